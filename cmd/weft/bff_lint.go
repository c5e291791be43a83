package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/weftql/weft/bff"
)

func bffLintCommand() *cobra.Command {
	var in inputs
	var strict bool
	c := &cobra.Command{
		Use: "lint", Short: "Check the client profiles and their operations",
		Long: `Check the client profiles and their operations against the graph, as CI should
before a change goes out:

  weft bff lint --config weft.yaml
  weft bff lint --config weft.yaml --supergraph supergraph.graphql --strict

The exit code is 1 if there is an error, with --strict also if there is a warning.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			all, wrong := in.profiles(c.Context())
			if all == nil {
				return wrong
			}
			errors, warnings := 0, 0
			for _, f := range bff.Lint(all, wrong) {
				level := "warning"
				if f.Error {
					level = "error"
					errors++
				} else {
					warnings++
				}
				if _, err := fmt.Fprintf(c.OutOrStdout(), "%s: %s [%s]\n", level, f.Message, f.Rule); err != nil {
					return err
				}
			}
			if _, err := fmt.Fprintf(c.OutOrStdout(), "%s, %s, %s\n", counted(len(all.All()), "BFF"), counted(errors, "error"), counted(warnings, "warning")); err != nil {
				return err
			}
			if errors > 0 || strict && warnings > 0 {
				return reported{exitInput}
			}
			return nil
		},
	}
	in.flags(c, true)
	c.Flags().BoolVar(&strict, "strict", false, "fail on warnings too")
	return c
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func bffManifestCommand() *cobra.Command {
	var in inputs
	var output string
	c := &cobra.Command{
		Use: "manifest [NAME]", Short: "Print a profile's operations as a manifest in Apollo's format", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := in.profile(c.Context(), args)
			if err != nil {
				return err
			}
			return write(c.OutOrStdout(), output, string(p.Manifest()))
		},
	}
	in.flags(c, true)
	c.Flags().StringVarP(&output, "output", "o", "", "file to write it to (default standard output)")
	return c
}
