package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/weftql/weft/bff/rest"
	"github.com/weftql/weft/fault"
)

func bffOpenAPICommand() *cobra.Command {
	var in inputs
	var output string
	c := &cobra.Command{
		Use: "openapi [NAME]", Short: "Describe a BFF's REST paths with OpenAPI 3.1",
		Long: `Describe the REST paths of a BFF's operations with OpenAPI 3.1, as it is served at
PREFIX/openapi.json:

  weft bff openapi ios --config weft.yaml -o ios.json

NAME may be left out if there is one BFF.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := in.profile(c.Context(), args)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(p.Operations, func(op *rest.Operation) bool { return op.REST != nil }) {
				return &fault.Error{Code: fault.ConfigInvalid, Message: "BFF " + p.Name + " has no operation with @rest: there is nothing to describe"}
			}
			document, err := rest.OpenAPI(p.Face())
			if err != nil {
				return err
			}
			return write(c.OutOrStdout(), output, string(document))
		},
	}
	in.flags(c, true)
	c.Flags().StringVarP(&output, "output", "o", "", "file to write to (default standard output)")
	return c
}
