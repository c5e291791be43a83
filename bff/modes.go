package bff

// strictness orders the modes of operations: what a profile takes.
func strictness(mode string) int {
	switch mode {
	case "audit":
		return modeAudit
	case "trusted", "allow_text":
		return modeTrusted
	case "id_only":
		return modeIDs
	}
	return modeOpen
}

const (
	modeOpen = iota
	modeAudit
	modeTrusted
	modeIDs
)
