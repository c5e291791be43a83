package testkit

import (
	"context"
	"io"
	"net"
	"net/http"

	"github.com/vektah/gqlparser/v2/ast"
)

// Handler serves a subgraph over HTTP: POST with a JSON body. A refused
// connection is played by closing it without an answer. A subscription is
// answered as an event stream.
func Handler(s Server) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer, err := answerHTTP(s, r, body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if answer.Refused {
			hangUp(w)
			return
		}
		w.Header().Set("Content-Type", answer.ContentType)
		w.WriteHeader(answer.Status)
		_, _ = w.Write(answer.Body) // the client may be gone; nobody to tell
	})
}

func answerHTTP(s Server, r *http.Request, body []byte) (*Exchange, error) {
	req, err := ParseObject(body)
	if err != nil {
		return nil, err
	}
	d, err := ParseDocument(s.Schema().AST, req.Text("query"), req.Text("operationName"))
	if err != nil {
		return &Exchange{Status: http.StatusOK, ContentType: "application/json", Body: refusal(err).Append(nil)}, nil
	}
	variables, _ := req.Value("variables").(*Object)
	if d.Operation.Operation == ast.Subscription {
		return answerEvents(r.Context(), s, d, variables), nil
	}
	return s.Serve(r.Context(), d, variables), nil
}

// answerEvents plays all events of a subscription and completes it.
func answerEvents(ctx context.Context, s Server, d *Document, variables *Object) *Exchange {
	answer := &Exchange{Status: http.StatusOK, ContentType: "text/event-stream"}
	events, err := s.Events(ctx, d, variables)
	if err != nil {
		answer.ContentType, answer.Body = "application/json", refusal(err).Append(nil)
		return answer
	}
	for _, event := range events {
		answer.Body = append(event.Append(append(answer.Body, "event: next\ndata: "...)), "\n\n"...)
	}
	answer.Body = append(answer.Body, "event: complete\ndata:\n\n"...)
	return answer
}

func hangUp(w http.ResponseWriter) {
	h, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := h.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // reset instead of an orderly end; best effort
	}
	_ = conn.Close()
}
