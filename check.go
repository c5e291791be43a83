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
	for i := range o.Subgraphs {
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
