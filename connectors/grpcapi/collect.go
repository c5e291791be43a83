package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/fault"
)

// collect appends all messages of a stream to out.Body as one list. A list that is
// longer than it may be is an error and no shorter list: nobody could tell it from
// a whole one. The errors are those of exchange; out.Body is then as it was. Who
// calls ends ctx, and so a stream that was not read to its end.
func (b *backend) collect(ctx context.Context, bound *binding, s *scratch, got *received, out *connectors.Answer) error {
	stream, err := b.start(ctx, bound, s)
	if err != nil {
		return err
	}
	at := len(out.Body)
	out.Body = append(out.Body, '[')
	for count := 0; ; count++ {
		if err = stream.RecvMsg(&s.frame); err != nil {
			break
		}
		if count == b.source.settings.MaxItems {
			err = b.tooMany()
			break
		}
		if count > 0 {
			out.Body = append(out.Body, ',')
		}
		if s.walker.room = b.source.settings.room() - (len(out.Body) - at); s.walker.room <= 0 {
			s.walker.room = 1 // 0 is no limit
		}
		if err = appendBody(out, bound, &s.walker, &s.frame); err != nil {
			break
		}
	}
	if errors.Is(err, io.EOF) {
		out.Body = append(out.Body, ']')
		got.of(stream)
		return nil
	}
	out.Body = out.Body[:at]
	if fault.CodeOf(err) == "" {
		got.of(stream)
	}
	return err
}

func (b *backend) tooMany() error {
	return &fault.Error{Code: fault.ConnectorResponseInvalid, Message: fmt.Sprintf(
		"%s streams more than %d messages, which is as many as make a list: ask for fewer, or raise max_items of the source",
		b.connector.GRPC.Method, b.source.settings.MaxItems)}
}
