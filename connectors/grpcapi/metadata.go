package grpcapi

import (
	"encoding/base64"
	"fmt"
	"net/textproto"
	"slices"
	"strings"

	"google.golang.org/grpc/metadata"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// metadataEntry is one entry of a source or connector.
type metadataEntry struct {
	name  string
	from  string // as http.Header writes it; "" with value
	value *mapping.Template
}

// metadataOf returns what a connector sends: the source's entries, but the
// connector's own where the names are equal.
func metadataOf(c *spec.Connector) ([]metadataEntry, error) {
	var entries []metadataEntry
	for _, headers := range [][]spec.Header{c.Source.GRPC.Metadata, c.GRPC.Metadata} {
		more := make([]metadataEntry, len(headers))
		for i, h := range headers {
			more[i] = metadataEntry{name: strings.ToLower(h.Name), value: h.Value}
			if h.Value == nil {
				more[i].from = textproto.CanonicalMIMEHeaderKey(h.From)
			}
		}
		entries = slices.DeleteFunc(entries, func(old metadataEntry) bool {
			return slices.ContainsFunc(more, func(e metadataEntry) bool { return e.name == old.name })
		})
		entries = append(entries, more...)
	}
	for _, e := range entries {
		if reserved(e.name) {
			return nil, &fault.Error{Code: MetadataInvalid, Message: fmt.Sprintf("metadata %q is reserved: gRPC sends it itself", e.name)}
		}
		if !validName(e.name) {
			return nil, &fault.Error{Code: MetadataInvalid, Message: fmt.Sprintf("%q is no name of metadata: write letters, digits, -, _ and .", e.name)}
		}
	}
	return entries, nil
}

// reserved tells whether the protocol keeps a name for itself, or HTTP does.
func reserved(name string) bool {
	if strings.HasPrefix(name, "grpc-") || strings.HasPrefix(name, ":") {
		return true
	}
	switch name {
	case "te", "content-type", "user-agent", "host", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
		"trailer", "content-length", "content-encoding", "accept-encoding":
		return true
	}
	return false
}

func validName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return name != ""
}

// metadata makes a call's metadata. What the subgraph's propagation rules say
// wins; what they say of reserved names is for HTTP and left out.
func (b *backend) metadata(in *connectors.Input) (metadata.MD, error) {
	md := make(metadata.MD, len(b.entries)+len(in.Header))
	for _, h := range in.Header {
		name := strings.ToLower(h.Name)
		if reserved(name) || !validName(name) {
			continue
		}
		if err := put(md, name, h.Value); err != nil {
			return nil, err
		}
	}
	ruled := len(in.Header) > 0
	for i := range b.entries {
		e := &b.entries[i]
		if ruled && slices.ContainsFunc(in.Header, func(h subgraphs.Header) bool { return strings.EqualFold(h.Name, e.name) }) {
			continue
		}
		if err := e.put(md, in); err != nil {
			return nil, err
		}
	}
	return md, nil
}

// put adds the values of one entry: none for a header the client did not send,
// and none for a value that is empty.
func (e *metadataEntry) put(md metadata.MD, in *connectors.Input) error {
	if e.value == nil {
		if in.Caller == nil {
			return nil
		}
		for _, v := range in.Caller.Header[e.from] {
			if err := put(md, e.name, v); err != nil {
				return err
			}
		}
		return nil
	}
	text, err := e.value.Append(nil, in.Vars, in.Problems)
	if err != nil {
		return &fault.Error{Code: fault.ConnectorRequest, Message: fmt.Sprintf("metadata %s: %v", e.name, err), Cause: err}
	}
	if len(text) == 0 {
		return nil
	}
	return put(md, e.name, string(text))
}

// put adds a value. grpc-go takes the bytes of a -bin value and makes base64 of
// them, so the base64 it comes in is undone here.
func put(md metadata.MD, name, value string) error {
	if strings.HasSuffix(name, "-bin") {
		raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "="))
		if err != nil {
			return &fault.Error{Code: fault.ConnectorRequest, Message: "metadata " + name + " is not base64", Cause: err}
		}
		md[name] = append(md[name], string(raw))
		return nil
	}
	for i := range len(value) {
		if c := value[i]; c < 0x20 || c > 0x7e {
			return &fault.Error{Code: fault.ConnectorRequest, Message: "metadata " + name + " has a character that is not printable ASCII"}
		}
	}
	md[name] = append(md[name], value)
	return nil
}

// appendHeaders writes received metadata in the order of names.
func appendHeaders(dst []subgraphs.Header, md metadata.MD) []subgraphs.Header {
	if len(md) == 0 {
		return dst
	}
	for _, name := range sortedNames(md) {
		for _, v := range md[name] {
			if strings.HasSuffix(name, "-bin") {
				v = base64.StdEncoding.EncodeToString([]byte(v))
			}
			dst = append(dst, subgraphs.Header{Name: name, Value: v})
		}
	}
	return dst
}

// sortedNames are the names of md in order.
func sortedNames(md metadata.MD) []string {
	names := make([]string, 0, len(md))
	for name := range md {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
