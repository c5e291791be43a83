package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/reporter"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/weftql/weft/fault"
)

// compileProtos compiles .proto files. protos are paths relative to dir, or the
// names by which an import path knows them; without import paths dir is the one.
func compileProtos(ctx context.Context, dir string, protos, importPaths []string) (*registry, error) {
	paths := make([]string, 0, len(importPaths)+1)
	for _, p := range importPaths {
		paths = append(paths, in(dir, p))
	}
	if len(paths) == 0 {
		paths = append(paths, filepath.Clean(dir))
	}
	names := make([]string, len(protos))
	for i, p := range protos {
		names[i] = importName(dir, p, paths)
	}
	var problems fault.List
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{ImportPaths: paths}),
		Reporter: reporter.NewReporter(func(err reporter.ErrorWithPos) error {
			problems = append(problems, &fault.Error{Code: DescriptorsInvalid, Message: err.Error(), Cause: err})
			return nil
		}, nil),
		MaxParallelism: 1, // so that mistakes come in the same order every time
	}
	compiled, err := compiler.Compile(ctx, names...)
	if len(problems) > 0 {
		return nil, problems
	}
	if err != nil {
		if errors.Is(err, protoregistry.NotFound) {
			err = fmt.Errorf("%w below %s", err, strings.Join(paths, ", "))
		}
		return nil, &fault.Error{Code: DescriptorsInvalid, Message: "compiling .proto files: " + err.Error(), Cause: err}
	}
	r := &registry{new(protoregistry.Files)}
	for _, file := range compiled {
		if err := r.add(file); err != nil {
			return nil, &fault.Error{Code: DescriptorsInvalid, Message: "compiling .proto files: " + err.Error(), Cause: err}
		}
	}
	return r, nil
}

// in is path seen from dir.
func in(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// importName is how other files would import the file p: relative to the import
// path it lies below.
func importName(dir, p string, importPaths []string) string {
	file := in(dir, p)
	for _, path := range importPaths {
		if rel, err := filepath.Rel(path, file); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(p)
}
