package overlay

import (
	"errors"
	"strings"
)

// Numbers and amounts as people of a language write them. The table is small on
// purpose: a language it does not know is written like English.

// manners are how a language writes numbers.
type manners struct {
	group, decimal string
	// before: the currency stands before the amount; gap between them.
	before bool
	gap    string
	// least is the number of digits from which groups are formed.
	least int
}

var (
	english    = manners{group: ",", decimal: ".", before: true, least: 4}
	german     = manners{group: ".", decimal: ",", gap: "\u00a0", least: 4}
	french     = manners{group: "\u202f", decimal: ",", gap: "\u00a0", least: 4}
	spanish    = manners{group: ".", decimal: ",", gap: "\u00a0", least: 5}
	slavic     = manners{group: "\u00a0", decimal: ",", gap: "\u00a0", least: 4}
	polish     = manners{group: "\u00a0", decimal: ",", gap: "\u00a0", least: 5}
	swiss      = manners{group: "’", decimal: ".", before: true, gap: "\u00a0", least: 4}
	austrian   = manners{group: "\u00a0", decimal: ",", before: true, gap: "\u00a0", least: 4}
	dutch      = manners{group: ".", decimal: ",", before: true, gap: "\u00a0", least: 4}
	brazilian  = manners{group: ".", decimal: ",", before: true, gap: "\u00a0", least: 4}
	turkish    = manners{group: ".", decimal: ",", before: true, least: 4}
	byLanguage = map[string]manners{
		"en": english, "ja": english, "zh": english, "ko": english, "he": english, "th": english,
		"de": german, "it": german, "da": german, "id": german, "el": german, "ro": german,
		"fr": french, "es": spanish, "pt": spanish, "pl": polish,
		"ru": slavic, "uk": slavic, "cs": slavic, "sk": slavic, "sv": slavic, "nb": slavic, "no": slavic, "fi": slavic, "bg": slavic, "hu": slavic,
		"nl": dutch, "tr": turkish,
		"de-ch": swiss, "de-li": swiss, "de-at": austrian, "pt-br": brazilian, "es-mx": english, "en-za": slavic,
	}
)

// mannersOf finds a language by its tag: the whole, else its first part.
func mannersOf(tag string) manners {
	tag = strings.ReplaceAll(strings.ToLower(tag), "_", "-")
	if m, ok := byLanguage[tag]; ok {
		return m
	}
	language, _, _ := strings.Cut(tag, "-")
	if m, ok := byLanguage[language]; ok {
		return m
	}
	return english
}

// decimals are those of currencies that do not have two.
var decimals = map[string]int{
	"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "HUF": 2, "UGX": 0, "XAF": 0, "XOF": 0, "XPF": 0, "PYG": 0, "RWF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

// symbols are those of currencies that are written with one everywhere.
var symbols = map[string]string{
	"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "KRW": "₩", "BRL": "R$", "ILS": "₪", "VND": "₫", "UAH": "₴", "TRY": "₺", "PLN": "zł", "RUB": "₽",
}

var errCurrency = errors.New("a currency is three letters")

// formatMoney is money(amount, currency, locale).
func formatMoney(args ...any) (any, error) {
	amount, ok := float(args[0])
	if !ok {
		return nil, errNumber
	}
	currency, ok := args[1].(string)
	if currency = strings.ToUpper(currency); !ok || len(currency) != 3 || !isName(currency) {
		return nil, errCurrency
	}
	m := mannersOf(localeArgument(args, 2))
	digits, listed := decimals[currency]
	if !listed {
		digits = 2
	}
	number := m.number(rounded(amount, digits))
	sign := ""
	if rest, negative := strings.CutPrefix(number, "-"); negative {
		sign, number = "-", rest
	}
	symbol, known := symbols[currency]
	gap := m.gap
	if !known {
		symbol, gap = currency, "\u00a0"
	}
	if m.before {
		return sign + symbol + gap + number, nil
	}
	return sign + number + gap + symbol, nil
}

// formatNumber is number(value, digits, locale).
func formatNumber(args ...any) (any, error) {
	f, ok := float(args[0])
	digits, whole := args[1].(int)
	if !ok || !whole || digits < 0 || digits > maxDigits {
		return nil, errNumber
	}
	return mannersOf(localeArgument(args, 2)).number(rounded(f, digits)), nil
}

func localeArgument(args []any, at int) string {
	if len(args) > at {
		if locale, ok := args[at].(string); ok {
			return locale
		}
	}
	return standardLocale
}

// number groups the digits of a number written with a point.
func (m manners) number(s string) string {
	sign := ""
	if rest, negative := strings.CutPrefix(s, "-"); negative {
		if strings.Trim(rest, "0.") != "" {
			sign = "-" // there is no minus nothing
		}
		s = rest
	}
	whole, fraction, some := strings.Cut(s, ".")
	var b strings.Builder
	b.WriteString(sign)
	for i, c := range []byte(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 && len(whole) >= m.least {
			b.WriteString(m.group)
		}
		b.WriteByte(c)
	}
	if some {
		b.WriteString(m.decimal + fraction)
	}
	return b.String()
}
