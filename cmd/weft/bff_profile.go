package main

import (
	"context"
	"errors"
	"strings"

	"github.com/weftql/weft"
	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/fault"
)

// profiles compiles the client profiles of the configuration over its graph. As
// of bff.New, they can be used beside an error, unless they are nil.
func (in *inputs) profiles(ctx context.Context) (*bff.Profiles, error) {
	settings, err := in.load()
	if err != nil {
		return nil, err
	}
	if len(settings.BFFs) == 0 {
		return nil, &usageError{errors.New("name a configuration file with bffs: in it with --config")}
	}
	o := weft.FromConfig(settings, false)
	graph, err := weft.ReadSupergraph(ctx, &o)
	if err != nil {
		return nil, err
	}
	return bff.New(bff.Options{Graph: graph, Files: bff.Read(settings.BFFs), Limits: settings.Limits, Auth: settings.Auth,
		Documents: o.Limits, Introspection: o.Introspection})
}

// profile returns one profile: the one named, or the only one there is. Others
// may be broken.
func (in *inputs) profile(ctx context.Context, args []string) (*bff.Profile, error) {
	all, err := in.profiles(ctx)
	if all == nil {
		return nil, err
	}
	var names []string
	for _, p := range all.All() {
		names = append(names, p.Name)
	}
	if len(args) == 0 && len(names) > 1 {
		return nil, &usageError{errors.New("name one of the BFFs: " + strings.Join(names, ", "))}
	}
	p := all.All()[0]
	if len(args) > 0 {
		p = all.Named(args[0])
	}
	if p == nil {
		return nil, &usageError{errors.New("there is no BFF " + args[0] + "; there are " + strings.Join(names, ", "))}
	}
	if p.Broken {
		if p.Err == nil {
			return nil, &fault.Error{Code: fault.ConfigInvalid, Message: "BFF " + p.Name + " is broken"}
		}
		return nil, p.Err
	}
	return p, nil
}
