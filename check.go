package weft

import (
	"strconv"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
	"github.com/weftql/weft/telemetry"
)

// CheckConfig reports what is wrong with a configuration beyond its form, as far
// as that can be told without schemas and without asking anybody. It returns a
// fault.List of CONFIG_INVALID with every mistake at its place.
func CheckConfig(c *config.Config) error {
	var wrong fault.List
	wrong = append(wrong, fault.Of(telemetry.Check(c.Telemetry))...)
	_, err := corsFrom(c.Edge.CORS)
	wrong = append(wrong, fault.Of(err)...)
	o := FromConfig(c, false)
	unsendable := checkClaims(&o)
	wrong = append(wrong, unsendable...)
	for i := range o.Subgraphs {
		if len(unsendable) > 0 {
			break // each would say it again
		}
		_, err := subgraphs.NewHeaderRules(o.Subgraphs[i].Headers, claims(&o)...)
		for _, f := range fault.Of(err) {
			wrong = append(wrong, &fault.Error{Code: f.Code, Message: "subgraphs.list[" + strconv.Itoa(i) + "].headers: " + f.Message, Cause: f.Cause})
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return c.Locate(wrong)
}

// checkClaims reports claims that could not be sent under their header.
func checkClaims(o *Options) (wrong fault.List) {
	for i, claim := range claims(o) {
		_, err := subgraphs.NewHeaderRules(nil, claim)
		for _, f := range fault.Of(err) {
			wrong = append(wrong, &fault.Error{Code: f.Code, Message: "auth.propagate.claims[" + strconv.Itoa(i) + "].header: " + f.Message, Cause: f.Cause})
		}
	}
	return wrong
}
