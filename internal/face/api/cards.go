package api

import (
	"context"
	"errors"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/face/api/frame"
	"involt/internal/flow/browse"
	"involt/internal/flow/wallet"
	"involt/internal/kit/errs"
)

// Card is a card as the API shows it.
type Card struct {
	ID        string     `json:"id" doc:"The card's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	UID       string     `json:"uid" doc:"Its number in canonical form." example:"04A2B3C4D5E680"`
	Kind      string     `json:"kind" enum:"rfid,app,mac,emaid" doc:"What sort of thing identifies." example:"rfid"`
	Printed   *string    `json:"printed" doc:"The number printed on it, if that is another one." example:"NG-000123"`
	State     string     `json:"state" enum:"inactive,active,blocked,suspended,expired,deactivated" doc:"Whether it works." example:"active"`
	UserID    *string    `json:"user_id" doc:"Whose it is; null if nobody's." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	UserName  *string    `json:"user_name" doc:"How to call that user; masked without the permission personal-data." example:"Anna Berg"`
	Business  bool       `json:"business" doc:"Whether it is for business trips."`
	ValidFrom *time.Time `json:"valid_from" doc:"Null: always."`
	ValidTo   *time.Time `json:"valid_to" doc:"The first moment at which it no longer works; null: for ever."`
	LastUsed  *time.Time `json:"last_used_at" doc:"When it last started a session; null if never."`
	Version   int64      `json:"version" doc:"Counts changes." example:"1"`
	CreatedAt time.Time  `json:"created_at" doc:"When it was added."`
}

func cardOf(c *browse.Card) Card {
	return Card{
		ID: string(c.ID), UID: c.UID, Kind: string(c.Kind), Printed: frame.OrNull(c.Printed), State: string(c.State), UserID: frame.OrNull(c.Person), UserName: frame.OrNull(c.Owner),
		Business: c.Business, ValidFrom: frame.Instant(c.ValidFrom), ValidTo: frame.Instant(c.ValidTo), LastUsed: frame.Instant(c.LastUsed), Version: c.Version, CreatedAt: c.Created,
	}
}

type listCardsIn struct {
	frame.Listing
	State    string `query:"state" enum:"inactive,active,blocked,suspended,expired,deactivated" doc:"Only cards of this state; without it, all but the deactivated ones."`
	Kind     string `query:"kind" enum:"rfid,app,mac,emaid" doc:"Only cards of this kind."`
	User     string `query:"user" maxLength:"26" doc:"Only cards of the user with this id."`
	Assigned string `query:"assigned" enum:"yes,no" doc:"Only cards that are somebody's, or nobody's."`
	Q        string `query:"q" maxLength:"200" doc:"Only cards with this number, in any spelling, printed number or owner; without the permission personal-data, owners are found by external id only."`
}

func (s *desk) listCards(ctx context.Context, by access.Actor, in *listCardsIn) (*frame.Listed[Card], error) {
	filters := frame.Filled("state", in.State, "kind", in.Kind, "user", in.User, "assigned", in.Assigned, "q", in.Q)
	at, err := s.At(ctx, in.Listing, filters)
	if err != nil {
		return nil, err
	}
	got, err := s.Browse.Cards(ctx, by, browse.CardFilter{
		State: card.State(in.State), Kind: card.Kind(in.Kind), Person: id.Person(in.User), Assigned: browse.Assigned(in.Assigned), Q: in.Q,
		Paging: browse.Paging{At: at, Limit: in.Limit},
	})
	if err != nil {
		return nil, err
	}
	return frame.PageOf(ctx, s.Server, in.Listing, filters, frame.Each(got.Rows, cardOf), got.Next)
}

func (s *desk) readCard(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[Card], error) {
	which, err := frame.IDIn[id.Card](in.ID, "card")
	if err != nil {
		return nil, err
	}
	return s.card(ctx, by, which)
}

// card answers with one card as it is now.
func (s *desk) card(ctx context.Context, by access.Actor, which id.Card) (*frame.One[Card], error) {
	c, err := s.Browse.Card(ctx, by, which)
	if err != nil {
		return nil, err
	}
	out := &frame.One[Card]{Body: cardOf(&c)}
	out.ETag = frame.Tag(c.Version, out.Body)
	return out, nil
}

type createCardIn struct {
	frame.Idempotent
	Body struct {
		Number    string    `json:"number" minLength:"1" maxLength:"100" doc:"Its number in any spelling: hex with or without separators, decimal, a MAC learned by Autocharge, an eMAID." example:"04:A2:B3:C4:D5:E6:80"`
		UserID    string    `json:"user_id" minLength:"1" maxLength:"26" doc:"Whose it is." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
		Printed   string    `json:"printed,omitempty" maxLength:"100" doc:"The number printed on it, if that is another one."`
		Business  bool      `json:"business,omitempty" doc:"Whether it is for business trips."`
		Pending   bool      `json:"pending,omitempty" doc:"true: it is inactive, and refused, until it is unblocked."`
		ValidFrom time.Time `json:"valid_from,omitempty" doc:"Its first moment; left out: always."`
		ValidTo   time.Time `json:"valid_to,omitempty" doc:"The first moment at which it no longer works; left out: for ever."`
	} `nameHint:"CreateCard"`
}

// MadeCard is a new card, with what there is to remark.
type MadeCard struct {
	Card
	Similar *string `json:"similar_uid" doc:"A card of this workspace whose number is the same with its bytes reversed: it may be the same piece of plastic, read by another reader. Null if there is none."`
}

func (s *desk) createCard(ctx context.Context, by access.Actor, in *createCardIn) (*frame.Made[MadeCard], error) {
	b := &in.Body
	c, similar, err := s.Wallet.Assign(ctx, by, wallet.NewCard{
		Number: b.Number, Printed: b.Printed, Person: id.Person(b.UserID), Business: b.Business, Pending: b.Pending,
		ValidFrom: b.ValidFrom, ValidTo: b.ValidTo,
	})
	switch errs.KindOf(err) {
	case errs.NotFound:
		return nil, errs.AtField("user_id", "There is no such user in this workspace.")
	case errs.Invalid:
		if !frame.MayKnow(by) && canonical(b.Number) && atNumber(err) {
			return nil, errs.AtField("number", "This card is here already.") // the sentence says whose
		}
	default:
	}
	if err != nil {
		return nil, err
	}
	got, err := s.card(ctx, by, c.ID) // writing cards implies reading them
	if err != nil {
		return nil, err
	}
	return &frame.Made[MadeCard]{
		Location: s.Public + frame.Prefix + "/cards/" + string(c.ID), ETag: got.ETag,
		Body: MadeCard{Card: got.Body, Similar: frame.OrNull(similar)},
	}, nil
}

func atNumber(err error) bool {
	e, ok := errors.AsType[*errs.Error](err)
	return ok && e.Field == "number"
}

func canonical(number string) bool {
	_, err := card.Canonical(number)
	return err == nil
}

type stepCardIn struct {
	frame.ByID
	frame.Idempotent
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"500" doc:"Why; kept with the change." example:"Lost"`
	} `nameHint:"StepCard"`
}

func (s *desk) stepCard(ctx context.Context, by access.Actor, text string, to card.State, reason string) (*frame.One[Card], error) {
	which, err := frame.IDIn[id.Card](text, "card")
	if err != nil {
		return nil, err
	}
	if _, err := s.Wallet.Change(ctx, by, which, to, reason); err != nil {
		return nil, err
	}
	return s.card(ctx, by, which)
}

func (in *stepCardIn) reason() string {
	if in.Body == nil {
		return ""
	}
	return in.Body.Reason
}

func (s *desk) blockCard(ctx context.Context, by access.Actor, in *stepCardIn) (*frame.One[Card], error) {
	return s.stepCard(ctx, by, in.ID, card.Blocked, in.reason())
}

func (s *desk) unblockCard(ctx context.Context, by access.Actor, in *stepCardIn) (*frame.One[Card], error) {
	return s.stepCard(ctx, by, in.ID, card.Active, in.reason())
}

func (s *desk) suspendCard(ctx context.Context, by access.Actor, in *stepCardIn) (*frame.One[Card], error) {
	return s.stepCard(ctx, by, in.ID, card.Suspended, in.reason())
}

type changeCardIn struct {
	frame.ByID
	frame.Precondition
	Body struct {
		Printed   *string `json:"printed,omitempty" maxLength:"100" doc:"The number printed on it; empty takes it away." example:"NG-000123"`
		Business  *bool   `json:"business,omitempty" doc:"Whether it is for business trips."`
		ValidFrom *string `json:"valid_from,omitempty" maxLength:"40" doc:"Its first moment (RFC 3339); empty for always."`
		ValidTo   *string `json:"valid_to,omitempty" maxLength:"40" doc:"The first moment at which it no longer works (RFC 3339); empty for ever." example:"2027-01-01T00:00:00Z"`
	} `nameHint:"ChangeCard"`
}

func (s *desk) changeCard(ctx context.Context, by access.Actor, in *changeCardIn) (*frame.One[Card], error) {
	b := &in.Body
	which, err := frame.IDIn[id.Card](in.ID, "card")
	if err != nil {
		return nil, err
	}
	now, err := s.Browse.Card(ctx, by, which)
	if err != nil {
		return nil, err
	}
	if err := frame.Unchanged(in.IfMatch, now.Version); err != nil {
		return nil, err
	}
	f := wallet.Facts{Printed: now.Printed, Business: now.Business, ValidFrom: now.ValidFrom, ValidTo: now.ValidTo}
	frame.Set(&f.Printed, b.Printed)
	frame.Set(&f.Business, b.Business)
	var wrong errs.List
	wrong.Add(frame.Moment("valid_from", b.ValidFrom, &f.ValidFrom))
	wrong.Add(frame.Moment("valid_to", b.ValidTo, &f.ValidTo))
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	if _, err := s.Wallet.Edit(ctx, by, which, now.Version, f); err != nil {
		return nil, frame.Raced(in.IfMatch, err)
	}
	return s.card(ctx, by, which)
}

func (s *desk) removeCard(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[Card], error) {
	return s.stepCard(ctx, by, in.ID, card.Deactivated, "")
}
