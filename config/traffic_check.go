package config

import "strconv"

// wrongTraffic is wrong for the rules of retries and breakers.
func wrongTraffic(rule, text string) string {
	switch rule {
	case "retry_on":
		switch text {
		case "connect", "reset", "timeout":
		default:
			if !isStatus(text) {
				return strconv.Quote(text) + " is neither connect, reset or timeout nor a status from 500 to 599"
			}
		}
	case "status":
		if !isStatus(text) {
			return strconv.Quote(text) + " is not a status from 500 to 599; what a client caused is no failure of a subgraph"
		}
	}
	return ""
}

func isStatus(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= 500 && n <= 599
}
