package api

import (
	"context"
	"net/http"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/command"
	"involt/internal/core/id"
	"involt/internal/face/api/frame"
	read "involt/internal/flow/browse/commands"
	"involt/internal/flow/steer"
)

func commandOperations() []Operation {
	const tag = "Commands"
	return []Operation{
		{
			Method: "POST", Path: frame.Prefix + "/chargers/{id}/commands", ID: "ask-charger", Tag: tag, Perm: access.ChargersRemote, Status: http.StatusAccepted, Refusals: changes,
			Summary: "Ask a charger", Description: "Asks a charger to do something. The answer says that it was asked; read the command for what the charger made of it. " +
				"start and unlock wait a minute for a charger that is offline, reset five, stop and availability a day, clear-cache and local-list a month.",
			Example: map[string]any{"kind": "start", "evse": 1, "card": "04:A2:B3:C4:D5:E6:80"}, Bind: handled((*desk).askCharger),
		},
		{
			Method: "GET", Path: frame.Prefix + "/chargers/{id}/commands", ID: "list-commands", Tag: tag, Perm: access.PlacesRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "List commands", Description: "What a charger was asked to do, the newest first.", Bind: handled((*desk).listCommands),
		},
		{
			Method: "GET", Path: frame.Prefix + "/commands/{id}", ID: "read-command", Tag: tag, Perm: access.PlacesRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read a command", Description: "One command. Its state ends as accepted, refused, failed or expired, and then stays.", Bind: handled((*desk).readCommand),
		},
		{
			Method: "POST", Path: frame.Prefix + "/sessions/{id}/stop", ID: "stop-session", Tag: tag, Perm: access.ChargersRemote, Status: http.StatusAccepted, Refusals: changes,
			Summary: "Stop a session", Description: "Asks the session's charger to end it.", Bind: handled((*desk).stopSession),
		},
		{
			Method: "GET", Path: frame.Prefix + "/cards/{id}/revocation", ID: "read-revocation", Tag: "Cards", Perm: access.CardsRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read a card's revocation", Description: "Which chargers were told to forget that the card might charge, when it was blocked or lost its right, and which have confirmed. Those are the chargers at which it was used in the last 30 days, and those whose local lists held it. Names of chargers need the permission places:read.",
			Bind: handled((*desk).readRevocation),
		},
	}
}

// Command is what a charger is asked to do, as the API shows it.
type Command struct {
	ID        string     `json:"id" doc:"The command's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Charger   frame.Ref  `json:"charger" doc:"Which is asked."`
	Kind      string     `json:"kind" enum:"start,stop,unlock,reset,availability,clear-cache,local-list" doc:"What it is asked to do." example:"start"`
	EVSE      int64      `json:"evse" doc:"The EVSE's number; 0 for the charger as a whole, or whichever it chooses." example:"1"`
	Option    *string    `json:"option" doc:"Of a reset: soft or hard. Of availability: on or off. Of a local list: anew if all of it is sent." example:"soft"`
	SessionID *string    `json:"session_id" doc:"Of a stop: which."`
	CardID    *string    `json:"card_id" doc:"Of a start: for which. Of what Involt asked by itself: because of which."`
	Reason    *string    `json:"reason" doc:"Of what Involt asked by itself: the decision that changed; review if a local list was to be brought up to date." example:"card-blocked"`
	AskedBy   *string    `json:"asked_by" doc:"A user's or key's name, masked without the permission personal-data; Involt for itself." example:"Fleet tool"`
	State     string     `json:"state" enum:"waiting,sent,accepted,refused,failed,expired" doc:"waiting for the charger, sent to it, or how it ended." example:"accepted"`
	Word      *string    `json:"word" doc:"The charger's own, such as Rejected; or why it failed." example:"Rejected"`
	AskedAt   time.Time  `json:"asked_at" doc:"When it was asked."`
	SentAt    *time.Time `json:"sent_at" doc:"When it was sent last."`
	EndedAt   *time.Time `json:"ended_at" doc:"When it ended; null before."`
	ExpiresAt time.Time  `json:"expires_at" doc:"It is not sent from then on."`
}

func commandOf(by access.Actor) func(c *read.Command) Command {
	return func(c *read.Command) Command {
		v := Command{
			ID: string(c.ID), Charger: frame.Ref{ID: string(c.Charger), Name: c.ChargerName}, Kind: string(c.Kind), EVSE: c.EVSE, Option: frame.OrNull(c.Option),
			Reason: frame.OrNull(c.Why), AskedBy: frame.OrNull(c.Asker), State: string(c.State), Word: frame.OrNull(c.Word),
			AskedAt: c.Asked, SentAt: frame.Instant(c.Sent), EndedAt: frame.Instant(c.Ended), ExpiresAt: c.Expires,
		}
		if by.Perms.Has(access.SessionsRead) {
			v.SessionID = frame.OrNull(c.Session)
		}
		if by.Perms.Has(access.CardsRead) {
			v.CardID = frame.OrNull(c.Card)
		}
		return v
	}
}

type askChargerIn struct {
	frame.PostByID
	Body struct {
		Kind   string `json:"kind" enum:"start,unlock,reset,availability,clear-cache,local-list" doc:"What it is asked to do. To stop a session, see there." example:"start"`
		EVSE   int64  `json:"evse,omitempty" minimum:"0" maximum:"64" doc:"The EVSE's number; absent for the charger as a whole, or whichever it chooses." example:"1"`
		Option string `json:"option,omitempty" maxLength:"10" doc:"Of a reset: soft or hard. Of availability: on or off. Of a local list: anew to send all of it." example:"soft"`
		Card   string `json:"card,omitempty" maxLength:"100" doc:"Of a start: a card's number in any spelling, or a user's external id; with the permission personal-data also an e-mail address." example:"04:A2:B3:C4:D5:E6:80"`
	} `nameHint:"AskCharger"`
}

func (s *desk) askCharger(ctx context.Context, by access.Actor, in *askChargerIn) (*frame.Accepted[Command], error) {
	which, err := frame.IDIn[id.Charger](in.ID, "charger")
	if err != nil {
		return nil, err
	}
	c, err := s.Steer.Ask(ctx, by, steer.Ask{Charger: which, Kind: command.Kind(in.Body.Kind), EVSE: in.Body.EVSE, Option: in.Body.Option, Card: in.Body.Card})
	return s.asked(ctx, by, c, err)
}

func (s *desk) stopSession(ctx context.Context, by access.Actor, in *frame.PostByID) (*frame.Accepted[Command], error) {
	which, err := frame.IDIn[id.Charge](in.ID, "charging session")
	if err != nil {
		return nil, err
	}
	c, err := s.Steer.StopSession(ctx, by, which)
	return s.asked(ctx, by, c, err)
}

func (s *desk) asked(ctx context.Context, by access.Actor, c command.Command, err error) (*frame.Accepted[Command], error) {
	if err != nil {
		return nil, err
	}
	got, err := s.commands().One(ctx, by, c.ID)
	if err != nil {
		return nil, err
	}
	return &frame.Accepted[Command]{Location: s.Public + frame.Prefix + "/commands/" + string(c.ID), Body: commandOf(by)(&got)}, nil
}

func (s *desk) commands() *read.Service { return &read.Service{DB: s.DB} }

type listCommandsIn struct {
	frame.ByID
	frame.Listing
}

func (s *desk) listCommands(ctx context.Context, by access.Actor, in *listCommandsIn) (*frame.Listed[Command], error) {
	which, err := frame.IDIn[id.Charger](in.ID, "charger")
	if err != nil {
		return nil, err
	}
	filters := frame.Filled()
	at, err := s.At(ctx, in.Listing, filters)
	if err != nil {
		return nil, err
	}
	got, err := s.commands().OfCharger(ctx, by, which, id.Command(at), in.Limit+1)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(got) > in.Limit {
		got = got[:in.Limit]
		next = string(got[in.Limit-1].ID)
	}
	return frame.PageOf(ctx, s.Server, in.Listing, filters, frame.Each(got, commandOf(by)), next)
}

func (s *desk) readCommand(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[Command], error) {
	which, err := frame.IDIn[id.Command](in.ID, "command")
	if err != nil {
		return nil, err
	}
	got, err := s.commands().One(ctx, by, which)
	if err != nil {
		return nil, err
	}
	out := &frame.One[Command]{Body: commandOf(by)(&got)}
	out.ETag = frame.Tag(0, out.Body)
	return out, nil
}

// Revocation is which chargers know that a card lost what it was allowed.
type Revocation struct {
	RevokedAt   *time.Time    `json:"revoked_at" doc:"When it last lost what it was allowed; null if no charger had to be told."`
	Chargers    int           `json:"chargers" doc:"How many were told." example:"43"`
	Confirmed   int           `json:"confirmed" doc:"How many have said yes." example:"41"`
	Unconfirmed []Unconfirmed `json:"unconfirmed" nullable:"false" doc:"The others."`
}

// Unconfirmed is a charger that has not confirmed.
type Unconfirmed struct {
	Charger      *frame.Ref `json:"charger" doc:"Null without the permission places:read."`
	State        string     `json:"state" enum:"waiting,sent,refused,failed,expired" doc:"Of the command." example:"waiting"`
	Word         *string    `json:"word" doc:"The charger's own, or why it failed."`
	Online       bool       `json:"online" doc:"Whether it is connected."`
	Disconnected *time.Time `json:"disconnected_at" doc:"Since when it is away; null while it is connected, and if it never was."`
}

func (s *desk) readRevocation(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[Revocation], error) {
	which, err := frame.IDIn[id.Card](in.ID, "card")
	if err != nil {
		return nil, err
	}
	if _, err := s.Browse.Card(ctx, by, which); err != nil {
		return nil, err
	}
	got, err := s.commands().OfCard(ctx, by, which)
	if err != nil {
		return nil, err
	}
	out := &frame.One[Revocation]{Body: Revocation{RevokedAt: frame.Instant(got.Since), Chargers: got.All, Confirmed: got.Confirmed, Unconfirmed: []Unconfirmed{}}}
	for _, u := range got.Others {
		v := Unconfirmed{State: string(u.State), Word: frame.OrNull(u.Word), Online: u.Connected, Disconnected: frame.Instant(u.Disconnected)}
		if u.Charger != "" {
			v.Charger = &frame.Ref{ID: string(u.Charger), Name: u.Name}
		}
		out.Body.Unconfirmed = append(out.Body.Unconfirmed, v)
	}
	out.ETag = frame.Tag(0, out.Body)
	return out, nil
}
