package acceptance

import (
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
)

// newGRPCProxy returns a server that passes every call on to address, message
// by message, and the connection it uses.
func newGRPCProxy(address string) (*grpc.Server, *grpc.ClientConn, error) {
	large := 64 << 20
	backend, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(verbatim{}), grpc.MaxCallRecvMsgSize(large)))
	if err != nil {
		return nil, nil, err
	}
	server := grpc.NewServer(grpc.ForceServerCodecV2(verbatim{}), grpc.MaxRecvMsgSize(large),
		grpc.UnknownServiceHandler(func(_ any, client grpc.ServerStream) error { return passOn(backend, client) }))
	return server, backend, nil
}

// passOn connects one call. The goroutine ends with the call, whose context
// ends when passOn returns.
func passOn(backend *grpc.ClientConn, client grpc.ServerStream) error {
	ctx := client.Context()
	method, _ := grpc.MethodFromServerStream(client)
	if sent, ok := metadata.FromIncomingContext(ctx); ok {
		ctx = metadata.NewOutgoingContext(ctx, sent.Copy())
	}
	call, err := backend.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method)
	if err != nil {
		return err
	}
	go func() {
		for {
			var message []byte
			if client.RecvMsg(&message) != nil {
				_ = call.CloseSend()
				return
			}
			if call.SendMsg(&message) != nil {
				return // the error is what RecvMsg below returns
			}
		}
	}()
	header, err := call.Header()
	if err != nil {
		return err
	}
	if err := client.SendHeader(header); err != nil {
		return err
	}
	for {
		var message []byte
		if err := call.RecvMsg(&message); err != nil {
			client.SetTrailer(call.Trailer())
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := client.SendMsg(&message); err != nil {
			return err
		}
	}
}

// verbatim is a codec whose messages are bytes.
type verbatim struct{}

func (verbatim) Name() string { return "proto" }

func (verbatim) Marshal(v any) (mem.BufferSlice, error) {
	message, ok := v.(*[]byte)
	if !ok {
		return nil, errors.New("not bytes")
	}
	return mem.BufferSlice{mem.SliceBuffer(*message)}, nil
}

func (verbatim) Unmarshal(data mem.BufferSlice, v any) error {
	message, ok := v.(*[]byte)
	if !ok {
		return errors.New("not bytes")
	}
	*message = data.Materialize()
	return nil
}
