package grpcapi

import (
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // for what is no frame
	"google.golang.org/grpc/mem"
)

// frame is a message as grpc-go sees it: bytes. out is copied when it is sent;
// in is the buffer that was received, to be given back with free.
type frame struct {
	out []byte
	in  mem.Buffer
}

func (f *frame) bytes() []byte {
	if f.in == nil {
		return nil
	}
	return f.in.ReadOnlyData()
}

func (f *frame) free() {
	if f.in != nil {
		f.in.Free()
		f.in = nil
	}
}

// codec passes frames through, and leaves all else, which is the messages of
// reflection, to the codec it stands for. It has that one's name, so that servers
// see application/grpc+proto.
type codec struct{}

var _ encoding.CodecV2 = codec{}

// Marshal copies: grpc-go may write the bytes after a call has ended, when its
// encoder has long gone on to the next one.
func (codec) Marshal(v any) (mem.BufferSlice, error) {
	f, ok := v.(*frame)
	if !ok {
		return encoding.GetCodecV2("proto").Marshal(v)
	}
	return mem.BufferSlice{mem.Copy(f.out, mem.DefaultBufferPool())}, nil
}

func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	f, ok := v.(*frame)
	if !ok {
		return encoding.GetCodecV2("proto").Unmarshal(data, v)
	}
	f.free()
	f.in = data.MaterializeToBuffer(mem.DefaultBufferPool())
	return nil
}

func (codec) Name() string { return "proto" }
