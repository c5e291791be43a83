package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
)

func configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Check the configuration file, or print its schema", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(configCheckCommand(), configSchemaCommand())
	return c
}

func configCheckCommand() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "check", Short: "Report every mistake in the configuration file", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			read, err := config.Load(file, config.System())
			if err != nil {
				return err
			}
			wrong := append(fault.Of(weft.CheckConfig(read)), fault.Of(read.Broken())...) // the second is what serve would leave out
			if len(wrong) > 0 {
				return wrong
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), file+": ok")
			return err
		},
	}
	c.Flags().StringVar(&file, "config", "weft.yaml", "configuration file")
	return c
}

func configSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of the configuration file", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			text, err := config.JSONSchema()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), string(text))
			return err
		},
	}
}
