package weft

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// drawLabels decides for one request which of an operation's override labels
// are on: bit i stands for labels[i].
func (s *Snapshot) drawLabels(labels []string) uint64 {
	var on uint64
	for i, label := range labels {
		share, ok := s.options.Labels[label]
		if !ok {
			share = percent(label)
		}
		if share > 0 && rand.Float64()*100 < share {
			on |= 1 << i
		}
	}
	return on
}

// percent reads a label of the form percent(N); any other is 0.
func percent(label string) float64 {
	number, ok := strings.CutPrefix(label, "percent(")
	if !ok {
		return 0
	}
	share, err := strconv.ParseFloat(strings.TrimSuffix(number, ")"), 64)
	if err != nil {
		return 0
	}
	return share
}
