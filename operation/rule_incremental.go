package operation

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// incrementalDelivery: labels of @defer and @stream are literal and unique in
// the document, @stream is on lists, and neither is on the root of a mutation
// or enabled in a subscription. It follows the rules DeferStreamDirectiveLabel,
// DeferStreamDirectiveOnRootField, DeferStreamDirectiveOnValidOperations and
// StreamDirectiveOnListField of the incremental delivery draft.
func incrementalDelivery(run *validation, events *core.Events, add core.AddErrFunc) {
	labels := map[string]*ast.Directive{}
	events.OnDirective(func(w *core.Walker, d *ast.Directive) {
		if d.Name != "defer" && d.Name != "stream" {
			return
		}
		if label := d.Arguments.ForName("label"); label != nil {
			switch {
			case label.Value.Kind == ast.Variable:
				add(core.Message(`Argument "label" of directive "@%s" must be a static string.`, d.Name), core.At(d.Position))
			case label.Value.Kind != ast.StringValue && label.Value.Kind != ast.BlockValue:
			case labels[label.Value.Raw] == nil:
				labels[label.Value.Raw] = d
			case labels[label.Value.Raw] != d:
				add(core.Message(`Label "%s" is used by more than one "@defer" or "@stream" directive.`, clip(label.Value.Raw)),
					core.At(labels[label.Value.Raw].Position), core.At(d.Position))
			}
		}
		op := w.CurrentOperation
		if op == nil {
			return
		}
		if op.Operation == ast.Subscription && !disabled(d) {
			add(core.Message(`Directive "@%s" may not be used in a subscription unless its argument "if" is false or a variable.`, d.Name), core.At(d.Position))
		}
		// A fragment's directive knows the fragment's type, a field's the type
		// of its value.
		if op.Operation == ast.Mutation && d.Name == "defer" && d.ParentDefinition != nil &&
			d.ParentDefinition == run.view.AST.Mutation {
			add(core.Message(`Directive "@defer" may not be used on root mutation type "%s".`, d.ParentDefinition.Name), core.At(d.Position))
		}
	})
	events.OnField(func(w *core.Walker, f *ast.Field) {
		d := f.Directives.ForName("stream")
		if d == nil || f.Definition == nil {
			return
		}
		if f.Definition.Type.Elem == nil {
			add(core.Message(`Directive "@stream" may not be used on field "%s", which is not a list.`, clip(f.Name)), core.At(d.Position))
		}
		if op := w.CurrentOperation; op != nil && op.Operation == ast.Mutation && f.ObjectDefinition == run.view.AST.Mutation {
			add(core.Message(`Directive "@stream" may not be used on root mutation type "%s".`, f.ObjectDefinition.Name), core.At(d.Position))
		}
	})
}

// disabled reports whether the directive's "if" is false or decided later.
func disabled(d *ast.Directive) bool {
	arg := d.Arguments.ForName("if")
	if arg == nil {
		return false
	}
	return arg.Value.Kind == ast.Variable || arg.Value.Kind == ast.BooleanValue && arg.Value.Raw == "false"
}
