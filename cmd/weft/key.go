package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/weftql/weft/stages/auth/keys"
)

func keyCommand() *cobra.Command {
	c := &cobra.Command{Use: "key", Short: "Make, list and revoke API keys", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(keyNewCommand(), keyListCommand(), keyRevokeCommand())
	return c
}

// pepperVariable names the environment variable with the pepper: a flag would
// show in the list of processes.
const pepperVariable = "WEFT_KEY_PEPPER"

// keyStore is the flag every subcommand has.
func keyStore(c *cobra.Command, file *string) {
	c.Flags().StringVar(file, "store", "", "file with the hashes: a bbolt database if it ends in .db or .bbolt, JSON lines for .jsonl, else YAML")
	_ = c.MarkFlagRequired("store") // the flag is there
}

// keyNew are the flags of weft key new.
type keyNew struct {
	store, rotate      string
	expires, notBefore string
	json               bool
	record             keys.Record
}

func keyNewCommand() *cobra.Command {
	n := &keyNew{}
	c := &cobra.Command{
		Use: "new", Short: "Make a key: printed once, stored as a hash", Args: cobra.NoArgs,
		Long: "Make a key. It is printed to standard output, once: the store holds only a hash of it,\n" +
			"together with the secret in the environment variable " + pepperVariable + ", if there is one.",
		RunE: func(c *cobra.Command, _ []string) error { return n.run(c) },
	}
	keyStore(c, &n.store)
	f := c.Flags()
	f.StringVar(&n.record.Env, "env", "live", "where the key is for; part of it")
	f.StringVar(&n.record.Name, "name", "", "subject of those who come with it; default its id")
	f.StringVar(&n.record.BFF, "bff", "", "the only client profile it is for; default any")
	f.StringSliceVar(&n.record.Scopes, "scope", nil, "scope it has; may be repeated")
	f.StringSliceVar(&n.record.Roles, "role", nil, "role it has; may be repeated")
	f.StringVar(&n.record.Owner, "owner", "", "whom to ask about it")
	f.StringVar(&n.record.Tenant, "tenant", "", "tenant it belongs to")
	f.StringSliceVar(&n.record.CIDRs, "cidr", nil, "network it may be used from; may be repeated, default all")
	f.StringVar(&n.notBefore, "not-before", "", "when it begins to hold: a date, a time, or a duration such as 90d; default now")
	f.StringVar(&n.expires, "expires", "", "when it ends, in the same way; default never")
	f.StringVar(&n.rotate, "rotate", "", "id of a key that gets a second secret instead; the older of two goes")
	f.BoolVar(&n.json, "json", false, "print JSON")
	return c
}

func (n *keyNew) run(c *cobra.Command) error {
	now := time.Now().UTC()
	if err := n.check(c, now); err != nil {
		return &usageError{err}
	}
	pepper := os.Getenv(pepperVariable)
	var key keys.Key
	err := keys.Edit(n.store, func(records []keys.Record) ([]keys.Record, error) {
		if n.rotate == "" {
			key = keys.New(n.record.Env, "")
			n.record.ID, n.record.Hashes, n.record.Created = key.ID, []string{key.Hash(pepper)}, now.Format(time.RFC3339)
			return append(records, n.record), nil
		}
		r, err := findKey(records, n.rotate)
		if err != nil {
			return nil, err
		}
		key = keys.New(r.Env, r.ID)
		r.Hashes = append([]string{key.Hash(pepper)}, r.Hashes...)
		r.Hashes = r.Hashes[:min(len(r.Hashes), keys.MaxSecrets)]
		n.record = *r
		return records, nil
	})
	if err != nil {
		return keyFailure(c, err)
	}
	if n.json {
		return printKeyJSON(c.OutOrStdout(), struct {
			Key string `json:"key"`
			keyView
		}{key.Reveal(), viewKey(&n.record, now)})
	}
	fmt.Fprintf(c.ErrOrStderr(), "Key %s, stored in %s. It is shown this once:\n", key.ID, n.store)
	_, err = fmt.Fprintln(c.OutOrStdout(), key.Reveal())
	return err
}

// check holds the flags against each other and reads the times.
func (n *keyNew) check(c *cobra.Command, now time.Time) error {
	if n.rotate != "" {
		for _, name := range []string{"env", "name", "bff", "scope", "role", "owner", "tenant", "cidr", "not-before", "expires"} {
			if c.Flags().Changed(name) {
				return errors.New("--rotate keeps what the key is for: it does not go with --" + name)
			}
		}
		return nil
	}
	if !keys.ValidEnv(n.record.Env) {
		return errors.New("--env takes up to 16 letters and digits")
	}
	for _, text := range n.record.CIDRs {
		if _, err := netip.ParsePrefix(text); err != nil {
			return fmt.Errorf("--cidr takes networks such as 10.0.0.0/8, not %q", text)
		}
	}
	var err error
	if n.record.NotBefore, err = keyTime("--not-before", n.notBefore, now); err != nil {
		return err
	}
	if n.record.Expires, err = keyTime("--expires", n.expires, now); err != nil {
		return err
	}
	if n.record.Expires != "" && n.record.Expires <= now.Format(time.RFC3339) {
		return errors.New("--expires lies in the past")
	}
	return nil
}

// keyTime reads a date, a time or a duration from now.
func keyTime(flag, text string, now time.Time) (string, error) {
	if text == "" {
		return "", nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC().Format(time.RFC3339), nil
		}
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 100_000 {
			return now.AddDate(0, 0, n).Format(time.RFC3339), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(d).Format(time.RFC3339), nil
	}
	return "", fmt.Errorf("%s takes 2027-06-30, 2027-06-30T12:00:00Z or 90d, not %q", flag, text)
}

func keyListCommand() *cobra.Command {
	var store string
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "List keys, without what would open anything", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			records, err := keys.Read(store)
			if err != nil {
				return keyFailure(c, err)
			}
			return listKeys(c.OutOrStdout(), records, asJSON)
		},
	}
	keyStore(c, &store)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func listKeys(w io.Writer, records []keys.Record, asJSON bool) error {
	now := time.Now()
	views := []keyView{}
	for i := range records {
		views = append(views, viewKey(&records[i], now))
	}
	if asJSON {
		return printKeyJSON(w, views)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tNAME\tENV\tSTATE\tOWNER\tBFF\tSCOPES\tEXPIRES\tSECRETS")
	for _, v := range views {
		cells := []string{v.ID, v.Name, v.Env, v.State, v.Owner, v.BFF, strings.Join(v.Scopes, ","), v.Expires, strconv.Itoa(v.Secrets)}
		for i, cell := range cells {
			if cell == "" {
				cells[i] = "-"
			}
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	return t.Flush()
}

// keyView is a record as it is shown: without hashes.
type keyView struct {
	ID        string   `json:"id"`
	Name      string   `json:"name,omitempty"`
	Env       string   `json:"env"`
	State     string   `json:"state"` // live, expired or later
	Owner     string   `json:"owner,omitempty"`
	BFF       string   `json:"bff,omitempty"`
	Scopes    []string `json:"scopes,omitempty"`
	Roles     []string `json:"roles,omitempty"`
	Tenant    string   `json:"tenant,omitempty"`
	CIDRs     []string `json:"cidrs,omitempty"`
	NotBefore string   `json:"not_before,omitempty"`
	Expires   string   `json:"expires,omitempty"`
	Created   string   `json:"created,omitempty"`
	Secrets   int      `json:"secrets"`
}

func viewKey(r *keys.Record, now time.Time) keyView {
	v := keyView{ID: r.ID, Name: r.Name, Env: r.Env, State: "live", Owner: r.Owner, BFF: r.BFF, Scopes: r.Scopes, Roles: r.Roles,
		Tenant: r.Tenant, CIDRs: r.CIDRs, NotBefore: r.NotBefore, Expires: r.Expires, Created: r.Created, Secrets: len(r.Hashes)}
	if t, err := time.Parse(time.RFC3339, r.NotBefore); err == nil && now.Before(t) {
		v.State = "later"
	}
	if t, err := time.Parse(time.RFC3339, r.Expires); err == nil && !now.Before(t) {
		v.State = "expired"
	}
	return v
}

func keyRevokeCommand() *cobra.Command {
	var store string
	var old bool
	c := &cobra.Command{
		Use: "revoke ID", Short: "Take a key away, or after a rotation its older secret", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if _, err := keys.Read(store); err != nil { // Edit would make the file
				return keyFailure(c, err)
			}
			err := keys.Edit(store, func(records []keys.Record) ([]keys.Record, error) { return revokeKey(records, args[0], old) })
			if err != nil {
				return keyFailure(c, err)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s: revoked; a running weft knows within seconds\n", args[0])
			return err
		},
	}
	keyStore(c, &store)
	c.Flags().BoolVar(&old, "old", false, "only the older of two secrets")
	return c
}

func revokeKey(records []keys.Record, id string, old bool) ([]keys.Record, error) {
	r, err := findKey(records, id)
	if err != nil {
		return nil, err
	}
	if !old {
		return slices.DeleteFunc(records, func(r keys.Record) bool { return r.ID == id }), nil
	}
	if len(r.Hashes) < 2 {
		return nil, noKey("the key " + id + " has no older secret")
	}
	r.Hashes = r.Hashes[:1]
	return records, nil
}

// noKey is a key that is not there: the input is wrong, not the environment.
type noKey string

func (n noKey) Error() string { return string(n) }

func findKey(records []keys.Record, id string) (*keys.Record, error) {
	for i := range records {
		if records[i].ID == id {
			return &records[i], nil
		}
	}
	return nil, noKey("there is no key " + strconv.Quote(id))
}

// keyFailure tells a missing key from a file that cannot be used.
func keyFailure(c *cobra.Command, err error) error {
	var missing noKey
	if errors.As(err, &missing) {
		fmt.Fprintln(c.ErrOrStderr(), "weft:", err)
		return reported{exitInput}
	}
	return &environmentError{err}
}

func printKeyJSON(w io.Writer, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, string(text))
	return err
}
