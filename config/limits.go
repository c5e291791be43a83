package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Limits are what clients may ask for.
type Limits struct {
	Store        string `yaml:"store" jsonschema:"enum=local,enum=redis,enum=redis+local" jsonschema_description:"Where rates are counted: local is this process alone, redis is stores.redis for all of them, redis+local refuses what this process alone knows to be too much without asking Redis. Default local. Not below bffs."`
	OnStoreError string `yaml:"on_store_error" jsonschema:"enum=local,enum=open,enum=closed" jsonschema_description:"While Redis is away: local counts here, open lets everything pass, closed answers 503. Default local. Not below bffs."`
	Instances    int    `yaml:"instances" check:"positive" jsonschema_description:"How many processes share the store; on_store_error: local gives each its share of a rate. Default 1. Not below bffs."`
	MaxKeys      int    `yaml:"max_keys" check:"positive" jsonschema_description:"How many keys this process counts at most; the one nearest to its full allowance is forgotten first. Default 1000000. Not below bffs."`
	Headers      string `yaml:"headers" jsonschema:"enum=standard,enum=legacy,enum=both,enum=off" jsonschema_description:"Which headers tell clients of rates: standard is RateLimit and RateLimit-Policy, legacy is X-RateLimit-Limit, -Remaining and -Reset. Default standard."`

	Document    DocumentLimits    `yaml:"document" jsonschema_description:"Of one request."`
	Variables   VariableLimits    `yaml:"variables" jsonschema_description:"Of one request's variables."`
	Rates       []Rate            `yaml:"rates" jsonschema_description:"How often. All that match must allow a request; one that is refused counts nowhere."`
	Cost        CostLimits        `yaml:"cost" jsonschema_description:"What one operation may cost, by @cost and @listSize. On when max or subgraphs is given."`
	Concurrency ConcurrencyLimits `yaml:"concurrency" jsonschema_description:"How many operations at once."`
}

// DocumentLimits bound one request.
type DocumentLimits struct {
	MaxBody Bytes `yaml:"max_body" jsonschema_description:"Size of a body, inflated; default 2MiB. Not below bffs."`
	MaxURL  Bytes `yaml:"max_url" jsonschema_description:"Size of a GET's URL; default 8KiB. Not below bffs."`

	MaxDocument   Bytes `yaml:"max_document" jsonschema_description:"Size of the GraphQL text; default 1MiB. Not below bffs."`
	MaxTokens     int   `yaml:"max_tokens" check:"positive" jsonschema_description:"Tokens of the text, comments included; default 15000. Not below bffs."`
	MaxRecursion  int   `yaml:"max_recursion" check:"positive" jsonschema_description:"Levels of braces and brackets, of fields after fragments were inlined, and of variables; default 200, at most 1000. Not below bffs."`
	MaxSelections int   `yaml:"max_selections" check:"positive" jsonschema_description:"Fields and fragments after inlining; default 20000. Not below bffs."`

	Mode          string `yaml:"mode" jsonschema:"enum=enforce,enum=observe,enum=off" jsonschema_description:"What becomes of an operation beyond the numbers below: enforce answers 400, observe counts it and lets it pass, off does not look. Default enforce."`
	MaxDepth      int    `yaml:"max_depth" check:"positive" jsonschema_description:"Levels of fields; default 50."`
	MaxHeight     int    `yaml:"max_height" check:"positive" jsonschema_description:"Fields, of those with one response name in one selection set one; default 500."`
	MaxAliases    int    `yaml:"max_aliases" check:"positive" jsonschema_description:"Aliases, those of a fragment at each place it is spread; default 60."`
	MaxRootFields int    `yaml:"max_root_fields" check:"positive" jsonschema_description:"Fields of the operation itself; default 40."`
	MaxDirectives int    `yaml:"max_directives" check:"positive" jsonschema_description:"Uses of directives, those of a fragment at each place it is spread; default 100."`
	MaxFragments  int    `yaml:"max_fragments" check:"positive" jsonschema_description:"Fragment definitions; default 200."`
}

// VariableLimits bound what one request's variables hold.
type VariableLimits struct {
	Mode      string `yaml:"mode" jsonschema:"enum=enforce,enum=observe,enum=off" jsonschema_description:"As of limits.document. Default enforce."`
	MaxDepth  int    `yaml:"max_depth" check:"positive" jsonschema_description:"Levels of lists and objects; default 32, at most 512."`
	MaxList   int    `yaml:"max_list" check:"positive" jsonschema_description:"Items of one list; default 10000."`
	MaxString Bytes  `yaml:"max_string" jsonschema_description:"Size of one string; default 256KiB."`
}

// Rate is how often something may happen for one key.
type Rate struct {
	Name  string `yaml:"name" check:"limit_name" jsonschema_description:"Unique; in headers, errors and metrics. A change of the rate keeps what was counted under the name."`
	Match string `yaml:"match" check:"condition" jsonschema_description:"Expression: which operations are counted; default all."`
	Key   string `yaml:"key" check:"expression" jsonschema_description:"Expression: what is counted apart, as principal.sub ?? request.ip. An IPv6 address counts with its /64 network. Without a value the client's address is the key."`
	Rate  string `yaml:"rate" check:"rate" jsonschema_description:"How many in which time: 50/s, 600/m, 1000/h, 10000/d, 100/10s."`
	Burst int    `yaml:"burst" check:"positive" jsonschema_description:"How many at once after a rest; default the number of rate."`
	Cost  string `yaml:"cost" check:"weight" jsonschema_description:"What an operation counts: a number, estimated for its cost before it runs, or actual, which sets that right by what it cost. Default 1."`
	Mode  string `yaml:"mode" jsonschema:"enum=enforce,enum=observe,enum=off" jsonschema_description:"enforce answers 429, observe counts it and lets it pass. Default enforce."`

	// BFF says that the rate is a client profile's, not the graph's; see
	// [Limits.Within].
	BFF bool `yaml:"-"`
}

// CostLimits bound what one operation costs.
type CostLimits struct {
	Mode            string         `yaml:"mode" jsonschema:"enum=enforce,enum=observe,enum=off" jsonschema_description:"enforce answers 400, observe counts it and lets it pass. Default enforce."`
	Max             int            `yaml:"max" check:"positive" jsonschema_description:"Most that an operation may be estimated to cost; default no bound."`
	DefaultListSize int            `yaml:"default_list_size" check:"positive" jsonschema_description:"Length of a list that @listSize says nothing of; default 10. Not below bffs."`
	Subgraphs       map[string]int `yaml:"subgraphs" check:"positive" jsonschema_description:"Most that the fields of a subgraph may be estimated to cost, by its name."`
	Actual          string         `yaml:"actual" jsonschema:"enum=off,enum=by_response_shape" jsonschema_description:"Whether the cost of answers is counted too: by_response_shape goes through each answer. Default by_response_shape where a rate has cost: actual or headers are on, else off."`
	Headers         bool           `yaml:"headers" jsonschema_description:"Tell clients with X-Cost-Max, X-Cost-Estimated and X-Cost-Actual; default false."`
}

// ConcurrencyLimits bound operations under way.
type ConcurrencyLimits struct {
	Mode string `yaml:"mode" jsonschema:"enum=enforce,enum=observe,enum=off" jsonschema_description:"enforce answers 503, observe counts it and lets it pass. Default enforce."`
	Max  int    `yaml:"max" check:"positive" jsonschema_description:"Most operations at once; default no bound."`

	// BFF is the most a client profile may have of them, 0 for no bound; see
	// [Limits.Within].
	BFF int `yaml:"-"`
}

// Every is a parsed Rate.Rate: Count in Per.
type Every struct {
	Count int64
	Per   time.Duration
}

// ParseRate reads what Rate.Rate says.
func ParseRate(text string) (Every, error) {
	bad := errors.New("is not a rate such as 50/s, 600/m, 1000/h, 10000/d or 100/10s")
	number, unit, ok := strings.Cut(text, "/")
	count, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if !ok || err != nil || count < 1 || count > math.MaxInt32 {
		return Every{}, bad
	}
	per, ok := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[strings.TrimSpace(unit)]
	if !ok {
		if per, err = time.ParseDuration(strings.TrimSpace(unit)); err != nil {
			return Every{}, bad
		}
	}
	if per < time.Millisecond || per > 366*24*time.Hour || per/time.Duration(count) == 0 {
		return Every{}, bad
	}
	return Every{Count: count, Per: per}, nil
}
