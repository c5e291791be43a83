package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/bff/typescript"
)

func bffGenerateCommand() *cobra.Command {
	var in inputs
	var output, lang, documents string
	var scalars []string
	c := &cobra.Command{
		Use: "generate [NAME] --lang ts", Short: "Write a client for a BFF's operations",
		Long: `Write a client for the operations of a BFF: one TypeScript module with a type for
what each operation takes and gives, and a class that runs them with fetch.

  weft bff generate ios --lang ts --config weft.yaml -o src/ios.ts
  weft bff generate ios --lang ts --config weft.yaml --scalar Date=string --scalar Long=number

NAME may be left out if there is one BFF.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if lang != "ts" {
				return &usageError{errors.New("--lang must be ts")}
			}
			o := typescript.Options{Scalars: map[string]string{}}
			for _, s := range scalars {
				name, typ, ok := strings.Cut(s, "=")
				if !ok || name == "" || typ == "" {
					return &usageError{errors.New("--scalar " + s + ": want NAME=TYPE")}
				}
				o.Scalars[name] = typ
			}
			p, err := in.profile(c.Context(), args)
			if err != nil {
				return err
			}
			if o.ByID, err = sendsIDs(documents, p); err != nil {
				return err
			}
			o.Profile, o.View, o.Operations, o.DropNulls = p.Name, p.View, p.Operations, p.Config.Shape.DropNulls
			text, err := typescript.Generate(o)
			if err != nil {
				return err
			}
			return write(c.OutOrStdout(), output, string(text))
		},
	}
	in.flags(c, true)
	c.Flags().StringVarP(&output, "output", "o", "", "file to write to (default standard output)")
	c.Flags().StringVar(&lang, "lang", "ts", "ts")
	c.Flags().StringVar(&documents, "documents", "", "what clients send, id or text (default id where the BFF takes only operations it knows)")
	c.Flags().StringArrayVar(&scalars, "scalar", nil, "NAME=TYPE: the TypeScript type of a scalar, by default unknown; may be repeated")
	return c
}

// sendsIDs reports whether clients send ids instead of texts.
func sendsIDs(documents string, p *bff.Profile) (bool, error) {
	switch documents {
	case "id":
		return true, nil
	case "text":
		return false, nil
	case "":
		switch p.Config.Operations.Mode {
		case "trusted", "allow_text", "id_only":
			return true, nil
		}
		return false, nil
	}
	return false, &usageError{errors.New("--documents must be id or text")}
}
