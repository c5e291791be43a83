// Package pricing is the shop's pricing department: a gRPC service that knows
// nothing of GraphQL. The schema beside it is how the shop's graph sees it.
package pricing

import (
	"context"
	_ "embed" // for the SDL
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/weftql/weft/examples/shop/pricing/pricingpb"
)

// SDL is the schema as its owner registers it.
//
//go:embed schema.graphql
var SDL string

// changeInterval is the pause between two changes of an offer.
const changeInterval = 20 * time.Millisecond

// department knows the offers by product; it is read only.
type department struct {
	pricingpb.UnimplementedPricingServer
	offers map[string]*pricingpb.Offer
}

// New returns the server, which also answers reflection. There is no offer for
// chairs.
func New() *grpc.Server {
	until := timestamppb.New(time.Date(2031, time.January, 31, 0, 0, 0, 0, time.UTC))
	server := grpc.NewServer()
	pricingpb.RegisterPricingServer(server, &department{offers: map[string]*pricingpb.Offer{
		"1": {ProductId: "1", Discount: 10, Reason: pricingpb.Reason_SEASON, ValidUntil: until},
		"2": {ProductId: "2", Discount: 25, Reason: pricingpb.Reason_CLEARANCE, ValidUntil: until},
	}})
	reflection.Register(server)
	return server
}

// BatchGetOffers leaves out products without an offer.
func (d *department) BatchGetOffers(_ context.Context, r *pricingpb.BatchGetOffersRequest) (*pricingpb.BatchGetOffersResponse, error) {
	answer := &pricingpb.BatchGetOffersResponse{}
	for _, id := range r.GetProductIds() {
		if offer := d.offers[id]; offer != nil {
			answer.Offers = append(answer.Offers, offer)
		}
	}
	return answer, nil
}

// WatchOffer sends count offers, each a per cent better than the one before. It
// answers NOT_FOUND for a product without an offer.
func (d *department) WatchOffer(r *pricingpb.WatchOfferRequest, stream grpc.ServerStreamingServer[pricingpb.Offer]) error {
	offer := d.offers[r.GetProductId()]
	if offer == nil {
		return status.Errorf(codes.NotFound, "there is no offer for product %q", r.GetProductId())
	}
	tick := time.NewTicker(changeInterval)
	defer tick.Stop()
	for i := range r.GetCount() {
		next := proto.CloneOf(offer)
		next.Discount += i + 1
		select {
		case <-stream.Context().Done():
			return stream.Context().Err()
		case <-tick.C:
		}
		if err := stream.Send(next); err != nil {
			return err
		}
	}
	return nil
}
