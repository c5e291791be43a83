package operation

// Scan returns where scan finds block strings.
func Scan(text string, tokens, nesting int) (map[int]string, error) {
	blocks, err := scan(text, &Limits{Tokens: tokens, Nesting: nesting})
	if err != nil {
		return nil, err
	}
	return blocks.value, nil
}
