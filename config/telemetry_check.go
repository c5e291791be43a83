package config

import "strconv"

// wrongShare says what a number that must be a share is not.
func wrongShare(share float64) string {
	if share < 0 || share > 1 || share != share {
		return "a share is between 0 and 1, not " + strconv.FormatFloat(share, 'g', -1, 64)
	}
	return ""
}

// wrongPropagator says what a word that must name a propagator is not.
func wrongPropagator(text string) string {
	switch text {
	case "w3c", "b3", "b3multi", "datadog":
		return ""
	}
	return "must be w3c, b3, b3multi or datadog, not " + strconv.Quote(text)
}
