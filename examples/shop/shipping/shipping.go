// Package shipping is the shop's depot: a REST service that knows nothing of
// GraphQL. The schema beside it is how the shop's graph sees it.
package shipping

import (
	_ "embed" // for the SDL
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
)

// SDL is the schema as its owner registers it.
//
//go:embed schema.graphql
var SDL string

type carrier struct {
	Code    string `json:"code"`
	Label   string `json:"label"`
	MaxDays int    `json:"max_days"`
}

type quote struct {
	Product string  `json:"product_id"`
	Carrier string  `json:"carrier_code"`
	Days    int     `json:"days"`
	Fee     float64 `json:"fee"`
}

type parcel struct {
	Number  string `json:"number"`
	Status  string `json:"status"`
	Product string `json:"product_id"`
}

// depot is what the service knows. Safe for concurrent use.
type depot struct {
	carriers []carrier
	quotes   map[string]quote

	mu      sync.Mutex
	parcels []parcel
}

// New returns the service. Chairs are picked up: there is no quote for them.
func New() http.Handler {
	d := &depot{
		carriers: []carrier{{"post", "Parcel post", 4}, {"van", "Two people and a van", 9}},
		quotes: map[string]quote{
			"1": {"1", "van", 6, 49.5},
			"2": {"2", "van", 8, 79},
		},
		parcels: []parcel{{"p1", "on its way", "1"}},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/carriers", d.listCarriers)
	mux.HandleFunc("GET /v1/carriers/{code}", d.oneCarrier)
	mux.HandleFunc("POST /v1/quotes", d.quote)
	mux.HandleFunc("GET /v1/parcels/{number}", d.oneParcel)
	mux.HandleFunc("POST /v1/parcels", d.ship)
	return mux
}

func (d *depot) listCarriers(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusOK, map[string]any{"carriers": d.carriers})
}

func (d *depot) oneCarrier(w http.ResponseWriter, r *http.Request) {
	for _, c := range d.carriers {
		if c.Code == r.PathValue("code") {
			write(w, http.StatusOK, c)
			return
		}
	}
	refuse(w, http.StatusNotFound, "NOT_FOUND", "there is no such carrier")
}

// quote answers for many products at once, in the depot's order, leaving out
// what it does not carry.
func (d *depot) quote(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		IDs []string `json:"ids"`
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		refuse(w, http.StatusBadRequest, "BAD_USER_INPUT", "the body is not a list of ids")
		return
	}
	quotes := []quote{}
	for i := range asked.IDs {
		if q, ok := d.quotes[asked.IDs[len(asked.IDs)-1-i]]; ok {
			quotes = append(quotes, q)
		}
	}
	write(w, http.StatusOK, map[string]any{"quotes": quotes})
}

func (d *depot) oneParcel(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.parcels {
		if p.Number == r.PathValue("number") {
			write(w, http.StatusOK, p)
			return
		}
	}
	refuse(w, http.StatusNotFound, "NOT_FOUND", "there is no parcel "+strconv.Quote(r.PathValue("number")))
}

func (d *depot) ship(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Product string `json:"product_id"`
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		refuse(w, http.StatusBadRequest, "BAD_USER_INPUT", "the body names no product")
		return
	}
	if _, ok := d.quotes[asked.Product]; !ok {
		refuse(w, http.StatusConflict, "CONFLICT", "the depot does not carry product "+strconv.Quote(asked.Product))
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	p := parcel{"p" + strconv.Itoa(len(d.parcels)+1), "at the depot", asked.Product}
	d.parcels = append(d.parcels, p)
	write(w, http.StatusCreated, p)
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	write(w, status, map[string]any{"error": map[string]string{"code": code, "message": message}})
}

// write sends a value of this package, which always encodes; a client that is
// gone needs no answer.
func write(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
