package grpcapi

import (
	"fmt"
	"os"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/weftql/weft/fault"
)

// readSet reads a FileDescriptorSet, as protoc -o and buf build write it.
func readSet(path string) (*registry, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, &fault.Error{Code: DescriptorsInvalid, Message: "reading the descriptor set: " + err.Error(), Cause: err}
	}
	set := &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(b, set); err != nil {
		return nil, &fault.Error{Code: DescriptorsInvalid, Message: path + " is no descriptor set: write one with buf build -o or protoc --include_imports -o", Cause: err}
	}
	complete(set)
	files, err := protodesc.FileOptions{AllowUnresolvable: true}.NewFiles(set)
	if err != nil {
		return nil, &fault.Error{Code: DescriptorsInvalid, Message: fmt.Sprintf("the descriptor set %s is inconsistent: %v", path, err), Cause: err}
	}
	return &registry{files}, nil
}

// complete adds the well-known files a set imports and lacks: protoc leaves all
// imports out unless told otherwise. Others stay unresolved, which only matters
// where a connector meets them.
func complete(set *descriptorpb.FileDescriptorSet) {
	have := map[string]bool{}
	for _, f := range set.File {
		have[f.GetName()] = true
	}
	for i := 0; i < len(set.File); i++ { // grows while it is walked
		for _, name := range set.File[i].Dependency {
			if have[name] {
				continue
			}
			have[name] = true
			if fd, err := protoregistry.GlobalFiles.FindFileByPath(name); err == nil {
				set.File = append(set.File, protodesc.ToFileDescriptorProto(fd))
			}
		}
	}
}
