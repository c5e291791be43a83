package compose

import "fmt"

func (w *walk) report() (errs, hints []routeDiagnostic) {
	for _, f := range w.failures {
		s := f.walk.states[f.state]
		d := routeDiagnostic{}
		d.Code = "SATISFIABILITY_ERROR"
		d.Message = fmt.Sprint(w.r.g.Types[s.typ].Name, " ", w.r.g.Fields[f.step.field].Name, " ", f.step, s.at)
		errs = append(errs, d)
	}
	for _, x := range w.runtime.found {
		d := routeDiagnostic{}
		d.Message = w.r.g.Fields[x.field].Name
		if x.disjoint {
			d.Code = "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES"
			errs = append(errs, d)
		} else {
			hints = append(hints, d)
		}
	}
	return
}
