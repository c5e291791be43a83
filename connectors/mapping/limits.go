package mapping

// What a mapping and one evaluation of it may use. The first five are the
// design's; the others are chosen, not measured. Passing one is an error of the
// text or a problem of the evaluation, never a crash.
const (
	maxDepth     = 64        // of nesting in a mapping's text
	maxLength    = 64 << 10  // bytes of a mapping's text
	maxNodes     = 1_000_000 // values written by one evaluation
	maxJSONParse = 1 << 20   // bytes of text that jsonParse reads
	maxLiteral   = 10_000    // elements of one list or object literal

	maxJSONDepth = 512       // of nesting in JSON that comes in
	maxSteps     = 5_000_000 // visits of a value by one evaluation
	maxMade      = 64 << 20  // bytes of text that methods of one evaluation make
	maxBytes     = 256 << 20 // that one evaluation writes
	maxShape     = 5_000     // parts of a Shape, all levels together
	maxProblems  = 1_000     // different problems kept by Problems
)
