package weft

import (
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/subgraphs"
	"github.com/weftql/weft/subgraphs/traffic"
)

// keptTraffic is what is known of a subgraph's state: breaker and retry budget.
type keptTraffic struct{ *traffic.Traffic }

// Close does nothing: nothing runs.
func (keptTraffic) Close() {}

// trafficSettings are what the traffic of a subgraph depends on.
type trafficSettings struct {
	name, url string
	retry     config.Retry
	breaker   config.Breaker
}

// guard puts retries and a breaker in front of a subgraph. Its state outlives
// snapshots.
func (s *Snapshot) guard(source subgraphs.Source, entry Subgraph) (subgraphs.Source, error) {
	settings := trafficSettings{entry.Name, entry.HTTP.URL, entry.Retry, entry.Breaker}
	known, release, err := s.shared.traffic.acquire(settings, func() (keptTraffic, error) {
		o := traffic.FromConfig(entry.Name, entry.Retry, entry.Breaker)
		o.Trace = s.metrics.trafficTrace(entry.Name)
		return keptTraffic{traffic.New(o)}, nil
	})
	if err != nil {
		return nil, err
	}
	s.releases = append(s.releases, release)
	return known.Decorate(source), nil
}
