package limit

import (
	"net/http"
	"strconv"

	"github.com/weftql/weft/stages"
)

// headers say which headers tell a client of its rates. Those in observe mode
// are not told.
//
//	RateLimit-Policy: "user";q=100;w=60     100 at once, which takes 60 s to earn
//	RateLimit: "user";r=42;t=35             42 left, 100 again in 35 s
type headers struct{ standard, legacy bool }

func headersOf(word string) headers {
	return headers{
		standard: word == "" || word == "standard" || word == "both",
		legacy:   word == "legacy" || word == "both",
	}
}

// Names in their canonical form: http.Header is a map.
const (
	policyName = "Ratelimit-Policy"
	stateName  = "Ratelimit"
)

// set tells of all demands so far.
func (h headers) set(c *stages.Call, t *tally) {
	t.told = true
	if len(t.demands) == 0 || !h.standard && !h.legacy {
		return
	}
	var policy, state [256]byte
	p, s := policy[:0], state[:0]
	tightest := -1
	for i := range t.demands {
		d := &t.demands[i]
		if d.rule.observed {
			continue
		}
		if tightest < 0 || d.left() < t.demands[tightest].left() {
			tightest = i
		}
		if len(p) > 0 {
			p, s = append(p, ", "...), append(s, ", "...)
		}
		p = append(p, d.rule.policy...)
		s = strconv.AppendQuote(s, d.rule.name)
		s = strconv.AppendInt(append(s, ";r="...), d.left(), 10)
		s = strconv.AppendInt(append(s, ";t="...), seconds(d.owed), 10)
	}
	if tightest < 0 {
		return
	}
	if c.Header == nil {
		c.Header = make(http.Header, 4)
	}
	if h.standard {
		values := []string{string(p), string(s)}
		c.Header[policyName], c.Header[stateName] = values[:1:1], values[1:2:2]
	}
	if h.legacy {
		d := &t.demands[tightest]
		c.SetHeader("X-RateLimit-Limit", strconv.FormatInt(d.rule.burst, 10))
		c.SetHeader("X-RateLimit-Remaining", strconv.FormatInt(d.left(), 10))
		c.SetHeader("X-RateLimit-Reset", strconv.FormatInt(seconds(d.owed), 10))
	}
}

// left returns how many units more the key may do at once.
func (d *demand) left() int64 { return d.rule.remaining(d.owed) }
