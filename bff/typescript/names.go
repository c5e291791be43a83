package typescript

import (
	"strings"

	"github.com/weftql/weft/bff/rest"
)

// names keeps what the module declares apart: names of the schema give way to
// those of the client and of operations by an underscore at the end.
type names struct {
	types map[string]bool // that are taken
}

// reserved are the words that cannot be names, and what client.ts declares or
// refers to.
const reserved = `abstract any as async await bigint boolean break case catch class const continue debugger declare default delete do else
enum eval export extends false finally for from function get if implements import in infer instanceof interface is keyof let module
namespace never new null number object of package private protected public readonly return satisfies set static string super switch
symbol this throw true try type typeof undefined unique unknown using var void while with yield arguments
Operation GraphQLError Answer ClientError ClientOptions RequestOptions Arguments Client Scalars answerOf
Array ReadonlyArray Record Readonly Promise AbortSignal AsyncGenerator JSON TextDecoderStream globalThis`

func newNames(operations []*rest.Operation) *names {
	n := &names{types: map[string]bool{}}
	for _, word := range strings.Fields(reserved) {
		n.types[word] = true
	}
	for _, op := range operations {
		n.types[op.Name+"Variables"], n.types[op.Name+"Result"] = true, true
	}
	return n
}

// constant is the name of an operation's constant.
func (n *names) constant(operation string) string {
	for _, word := range strings.Fields(reserved) {
		if word == operation {
			return operation + "_"
		}
	}
	return operation
}

// typ is the name of an enum's or an input object's type.
func (n *names) typ(name string) string {
	for n.types[name] {
		name += "_"
	}
	return name
}
