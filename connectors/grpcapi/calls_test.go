package grpcapi

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/internal/golden"
)

// A case is a connector, the variables it is asked with and what the server
// answers; the outputs are what the server was sent and what came back.
func TestCalls(t *testing.T) {
	shop := shopFiles(t)
	golden.Run(t, "testdata/calls", []string{"sent.json", "answer.json", "error.txt"}, func(t *testing.T, c *golden.Case) {
		var sent []string
		address := serve(t, shop, func(_ testing.TB, md protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
			for {
				in, err := receive(md, stream)
				if err != nil {
					break // the client has sent all
				}
				b, _ := protojson.MarshalOptions{UseProtoNames: true}.Marshal(in)
				sent = append(sent, indented(b))
				if !md.IsStreamingClient() {
					break
				}
			}
			if name := c.Header("status"); name != "" {
				var code codes.Code
				if err := code.UnmarshalJSON([]byte(`"` + name + `"`)); err != nil {
					return err
				}
				return status.Error(code, "the shelf is gone")
			}
			out := dynamicpb.NewMessage(md.Output())
			if text := section(c, "reply.json"); text != "" {
				if err := protojson.Unmarshal([]byte(text), out); err != nil {
					t.Error(err)
				}
			}
			return stream.SendMsg(out)
		})
		one := connector{target: address, method: c.Header("method"), root: c.Header("root"), mask: c.Header("mask"),
			request: section(c, "request"), selection: section(c, "selection"), list: c.Header("list") == "true"}
		one.settings = Settings{
			ExposeDetails: c.Header("expose") == "true", Redact: c.Header("redact") == "true", NotFoundIsNull: c.Header("not-found-is-null") == "true",
		}
		outcome := run(t, c, one)
		if len(sent) > 0 {
			c.Output(t, "sent.json", strings.Join(sent, ""))
		}
		if outcome.err != nil {
			c.Output(t, "error.txt", outcome.err.Error()+"\n")
			return
		}
		c.Output(t, "answer.json", outcome.text)
	})
}

type outcome struct {
	text string
	err  error
}

// run opens the connector and calls it once.
func run(t *testing.T, c *golden.Case, one connector) outcome {
	tr := New(Options{})
	defer tr.Close()
	sub := one.subgraph(t)
	s, err := tr.Subgraph(SubgraphOptions{Spec: sub, Dir: protoDir, Sources: map[string]Settings{"catalog": one.settings}})
	if err != nil {
		return outcome{err: err}
	}
	defer s.Close()
	reads := &mapping.Reads{All: true}
	if m := sub.Connectors[0].Selection; m != nil {
		reads = m.Compile(nil).Reads()
	}
	b, err := s.Open(sub.Connectors[0], reads)
	if err != nil {
		return outcome{err: err}
	}
	in := &connectors.Input{Retry: true}
	if args := section(c, "args.json"); args != "" {
		in.Vars = mapping.Vars{{Name: "$args", JSON: []byte(args)}}
	}
	var out connectors.Answer
	if err := b.Call(context.Background(), in, &out); err != nil {
		return outcome{err: err}
	}
	text := indented(out.Body)
	if out.Failed {
		text += fmt.Sprintf("status %d: %v\n%s\n", out.Status, out.Fault, out.Fault.Extensions)
	}
	return outcome{text: text}
}

func indented(b []byte) string {
	var v any
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return "not JSON: " + string(b) + "\n"
	}
	out, _ := json.MarshalIndent(v, "", " ")
	return string(out) + "\n"
}

func section(c *golden.Case, name string) string {
	text, _ := c.Input(name)
	return text
}
