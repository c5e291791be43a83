package rest

func describe(o Options, routes []*route) ([]byte, error) { return []byte("{}"), nil }
