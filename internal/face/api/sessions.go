package api

import (
	"context"
	"strconv"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/face/api/frame"
	"involt/internal/flow/admit/judge"
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Session is a charging session as the API shows it.
type Session struct {
	ID         string     `json:"id" doc:"The session's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Status     string     `json:"status" enum:"running,ended" doc:"Whether it runs." example:"ended"`
	StartedAt  time.Time  `json:"started_at" doc:"By the charger's clock, or ours if that is absurd."`
	EndedAt    *time.Time `json:"ended_at" doc:"Null while it runs."`
	DurationS  int64      `json:"duration_s" doc:"So far, or in all, in seconds." example:"5400"`
	EnergyWh   int64      `json:"energy_wh" doc:"So far, or in all, in watt-hours." example:"14820"`
	PowerW     int64      `json:"power_w" doc:"At the last report." example:"10900"`
	UserID     *string    `json:"user_id" doc:"Who charged; null if nobody knows." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	UserName   *string    `json:"user_name" doc:"Masked without the permission personal-data." example:"Anna Berg"`
	ExternalID *string    `json:"external_id" doc:"The user's." example:"E-1042"`
	CostCenter *string    `json:"cost_center" doc:"The user's." example:"Sales"`
	CardID     *string    `json:"card_id" doc:"Null if started without a card that is known."`
	CardUID    *string    `json:"card_uid" doc:"Null if started without a card." example:"04A2B3C4D5E680"`
	Charger    frame.Ref  `json:"charger" doc:"Where."`
	Identity   string     `json:"charger_identity" doc:"The charger's OCPP identity." example:"NG-HAM-01"`
	Location   frame.Ref  `json:"location" doc:"Where that stands."`
	EVSE       int64      `json:"evse" doc:"The EVSE's number." example:"1"`
	Connector  int64      `json:"connector" doc:"The connector's number." example:"1"`
	Protocol   string     `json:"protocol" doc:"By which the charger told of it." example:"ocpp1.6"`
	Reason     *string    `json:"reason" doc:"Of the decision at the start." example:"allowed"`
	StopReason *string    `json:"stop_reason" doc:"As the charger spelt it." example:"Local"`
	Offline    bool       `json:"offline" doc:"Whether it was reported after the fact."`
	AwaySince  *time.Time `json:"away_since" doc:"Since when the database had been away when the start was answered from memory; null if it was there."`
	Spec       bool       `json:"speculative" doc:"Whether the card could charge only because of that."`
}

// SessionDetail is a session with its meter values.
type SessionDetail struct {
	Session
	Samples []Sample `json:"samples" nullable:"false" doc:"What the meter showed, in order."`
}

// Sample is what the meter showed at one moment.
type Sample struct {
	At      time.Time `json:"at" doc:"When."`
	MeterWh int64     `json:"meter_wh" doc:"The meter's register, in watt-hours." example:"120480"`
	PowerW  int64     `json:"power_w" doc:"The power." example:"10900"`
}

func sessionOf(v *browse.Session) Session {
	return Session{
		ID: string(v.ID), Status: string(v.Status), StartedAt: v.Started, EndedAt: frame.Instant(v.Ended), DurationS: int64(v.Duration / time.Second),
		EnergyWh: v.Wh, PowerW: v.PowerW, UserID: frame.OrNull(v.Person), UserName: frame.OrNull(v.User), ExternalID: frame.OrNull(v.ExternalID), CostCenter: frame.OrNull(v.CostCenter),
		CardID: frame.OrNull(v.Card), CardUID: frame.OrNull(v.CardUID), Charger: frame.Ref{ID: string(v.Charger), Name: v.ChargerName}, Identity: v.Identity,
		Location: frame.Ref{ID: string(v.Location), Name: v.LocationName}, EVSE: v.EVSE, Connector: v.Connector, Protocol: v.Protocol, Reason: frame.OrNull(v.Reason),
		StopReason: frame.OrNull(v.StopReason), Offline: v.Offline, AwaySince: frame.Instant(v.AwaySince), Spec: v.Speculative,
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

type listSessionsIn struct {
	frame.Listing
	frame.Period
	User    string `query:"user" maxLength:"26" doc:"Only sessions of the user with this id."`
	Charger string `query:"charger" maxLength:"26" doc:"Only sessions at the charger with this id."`
	Running string `query:"running" enum:"true,false" doc:"Only sessions that run, or only those that ended."`
	Q       string `query:"q" maxLength:"200" doc:"Only sessions of users or cards that this finds; without the permission personal-data, users are found by external id only."`
}

func (s *desk) listSessions(ctx context.Context, by access.Actor, in *listSessionsIn) (*frame.Listed[Session], error) {
	if err := in.Check(); err != nil {
		return nil, err
	}
	filters := frame.Filled("user", in.User, "charger", in.Charger, "running", in.Running, "q", in.Q, "from", stamp(in.From), "to", stamp(in.To))
	at, err := s.At(ctx, in.Listing, filters)
	if err != nil {
		return nil, err
	}
	got, err := s.Browse.Sessions(ctx, by, browse.SessionFilter{
		Status: map[string]charge.Status{"true": charge.Running, "false": charge.Ended}[in.Running], Person: id.Person(in.User), Charger: id.Charger(in.Charger),
		Q: in.Q, From: in.From, To: in.To, Paging: browse.Paging{At: at, Limit: in.Limit},
	})
	if err != nil {
		return nil, err
	}
	return frame.PageOf(ctx, s.Server, in.Listing, filters, frame.Each(got.Rows, sessionOf), got.Next)
}

func (s *desk) readSession(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[SessionDetail], error) {
	which, err := frame.IDIn[id.Charge](in.ID, "charging session")
	if err != nil {
		return nil, err
	}
	got, err := s.Browse.Session(ctx, by, which)
	if err != nil {
		return nil, err
	}
	out := &frame.One[SessionDetail]{Body: SessionDetail{Session: sessionOf(&got.Session), Samples: frame.Each(got.Samples, func(v *charge.Sample) Sample {
		return Sample{v.At, v.Meter, v.PowerW}
	})}}
	text := out.Body
	text.DurationS = 0 // it grows by itself while the session runs
	out.ETag = frame.Tag(0, text)
	return out, nil
}

// Decision is an answer that was given, as the API shows it.
type Decision struct {
	ID          string    `json:"id" doc:"The decision's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	At          time.Time `json:"at" doc:"When it was asked."`
	Allowed     bool      `json:"allowed" doc:"Whether the card may charge." example:"false"`
	Reason      string    `json:"reason" doc:"Why, in one word." example:"card-blocked"`
	Sentence    string    `json:"sentence" doc:"Why, for staff." example:"The card is blocked."`
	CardUID     string    `json:"card_uid" doc:"In canonical form, or as tapped if it has none." example:"04A2B3C4D5E680"`
	CardID      *string   `json:"card_id" doc:"Null if nobody knows the card."`
	UserID      *string   `json:"user_id" doc:"Null if the card is nobody's."`
	UserName    *string   `json:"user_name" doc:"Masked without the permission personal-data." example:"Anna Berg"`
	ChargerID   *string   `json:"charger_id" doc:"Null where the question named none."`
	ChargerName *string   `json:"charger_name" doc:"What it is called."`
	EVSE        int64     `json:"evse" doc:"The EVSE's number; 0 where the question named none." example:"1"`
	Source      string    `json:"source" doc:"Who asked: ocpp1.6, ocpp2.0.1, api, cli." example:"ocpp1.6"`

	AwaySince *time.Time `json:"away_since" doc:"Since when the database had been away when this was answered from memory; null if it was there."`
	Spec      bool       `json:"speculative" doc:"Whether the card could charge only because of that."`
}

type listDecisionsIn struct {
	frame.Listing
	frame.Period
	Allowed string `query:"allowed" enum:"true,false" doc:"Only this answer."`
	Reason  string `query:"reason" maxLength:"40" doc:"Only this reason."`
	User    string `query:"user" maxLength:"26" doc:"Only about cards of the user with this id."`
	Charger string `query:"charger" maxLength:"26" doc:"Only at the charger with this id."`
	Card    string `query:"card" maxLength:"100" doc:"Only about the card with this number, in any spelling."`
}

func (s *desk) listDecisions(ctx context.Context, by access.Actor, in *listDecisionsIn) (*frame.Listed[Decision], error) {
	if err := in.Check(); err != nil {
		return nil, err
	}
	filters := frame.Filled("allowed", in.Allowed, "reason", in.Reason, "user", in.User, "charger", in.Charger, "card", in.Card, "from", stamp(in.From), "to", stamp(in.To))
	at, err := s.At(ctx, in.Listing, filters)
	if err != nil {
		return nil, err
	}
	f := browse.DecisionFilter{
		Reason: decision.Reason(in.Reason), Person: id.Person(in.User), Charger: id.Charger(in.Charger), CardUID: in.Card,
		From: in.From, To: in.To, Paging: browse.Paging{At: at, Limit: in.Limit},
	}
	if in.Allowed != "" {
		allowed := in.Allowed == "true"
		f.Allowed = &allowed
	}
	got, err := s.Browse.Decisions(ctx, by, f)
	if err != nil {
		return nil, err
	}
	return frame.PageOf(ctx, s.Server, in.Listing, filters, frame.Each(got.Rows, func(d *browse.Decision) Decision {
		return Decision{
			ID: string(d.ID), At: d.At, Allowed: d.Allowed, Reason: string(d.Reason), Sentence: d.Reason.Sentence(), CardUID: d.CardUID, CardID: frame.OrNull(d.Card),
			UserID: frame.OrNull(d.Person), UserName: frame.OrNull(d.User), ChargerID: frame.OrNull(d.Charger), ChargerName: frame.OrNull(d.ChargerName), EVSE: d.EVSE, Source: d.Source, AwaySince: frame.Instant(d.AwaySince), Spec: d.Speculative,
		}
	}), got.Next)
}

type decideIn struct {
	frame.Idempotent
	Body struct {
		Card    string    `json:"card" minLength:"1" maxLength:"100" doc:"The card's number in any spelling." example:"04:A2:B3:C4:D5:E6:80"`
		EVSEID  string    `json:"evse_id,omitempty" maxLength:"100" doc:"The EVSE's id." example:"DE*NGR*E000101"`
		Charger string    `json:"charger,omitempty" maxLength:"48" doc:"Instead of evse_id: the charger's OCPP identity." example:"NG-HAM-01"`
		EVSE    int64     `json:"evse,omitempty" minimum:"1" maximum:"64" doc:"With charger: the EVSE's number." example:"1"`
		At      time.Time `json:"at,omitempty" doc:"Another moment than now."`
	} `nameHint:"Question"`
}

// Verdict is the answer to a question.
type Verdict struct {
	Allowed    bool       `json:"allowed" doc:"Whether the card may charge there." example:"true"`
	Reason     string     `json:"reason" doc:"Why, in one word." example:"allowed"`
	Sentence   string     `json:"sentence" doc:"Why, for staff." example:"The card may charge here."`
	At         time.Time  `json:"at" doc:"The moment the answer is for."`
	CardID     *string    `json:"card_id" doc:"Null if nobody knows the card."`
	CardUID    string     `json:"card_uid" doc:"In canonical form, or as sent if it has none." example:"04A2B3C4D5E680"`
	UserID     *string    `json:"user_id" doc:"Null if the card is nobody's."`
	UserName   *string    `json:"user_name" doc:"Null without the permission personal-data." example:"Anna Berg"`
	ChargerID  *string    `json:"charger_id" doc:"Null where the question named none."`
	EVSE       int64      `json:"evse" doc:"The EVSE's number; 0 where the question named none." example:"1"`
	ValidUntil *time.Time `json:"valid_until" doc:"When the card ends; null if it does not."`
	Remedy     *string    `json:"remedy" doc:"What staff can do about a refusal; null if the card may charge." example:"Reactivate the user."`
	Steps      []Step     `json:"steps" doc:"Every check that was made, in order. The first that failed is the reason."`
}

// Step is one check of a decision.
type Step struct {
	Step     string  `json:"step" enum:"card,card-state,user,account,access,one-place,sessions,budget" doc:"What was looked at." example:"user"`
	Outcome  string  `json:"outcome" enum:"passed,failed,not-seen" doc:"What became of it; not-seen if nothing is known of it." example:"failed"`
	Reason   *string `json:"reason" doc:"Of a check that failed, in one word." example:"user-deactivated"`
	Sentence string  `json:"sentence" doc:"What was seen, for staff." example:"The card's user is deactivated."`
}

func (s *desk) decide(ctx context.Context, by access.Actor, in *decideIn) (*frame.One[Verdict], error) {
	b := &in.Body
	evse, err := s.evse(ctx, by, b.EVSEID, b.Charger, b.EVSE)
	if err != nil {
		return nil, err
	}
	x, err := s.Admit.Explain(ctx, by, b.Card, evse, b.Charger, b.At, "api")
	if err != nil {
		return nil, err
	}
	d := &x.Decision
	return &frame.One[Verdict]{Body: Verdict{
		Allowed: d.Allowed, Reason: string(d.Reason), Sentence: x.Sentence, At: d.At, CardID: frame.OrNull(d.Card), CardUID: d.CardUID, UserID: frame.OrNull(d.Person),
		UserName: frame.OrNull(x.Name), ChargerID: frame.OrNull(d.Charger), EVSE: d.EVSE, ValidUntil: frame.Instant(x.Expires), Remedy: frame.OrNull(x.Remedy),
		Steps: frame.Each(x.Steps, func(s *judge.Step) Step {
			return Step{s.Name, string(s.Outcome), frame.OrNull(s.Reason), s.Text}
		}),
	}}, nil
}

// evse is the id of the EVSE that a question names, in either way.
func (s *desk) evse(ctx context.Context, by access.Actor, evseID, charger string, number int64) (string, error) {
	switch {
	case evseID != "" && (charger != "" || number != 0):
		return "", errs.AtField("evse_id", "Name the EVSE by evse_id, or by charger and evse; not by both.")
	case number != 0 && charger == "":
		return "", errs.AtField("charger", "The number of an EVSE needs its charger.")
	case number == 0:
		return evseID, nil
	}
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		c, err := site.ChargerByIdentity(tx, by.Workspace, charger)
		if errs.KindOf(err) == errs.NotFound {
			return errs.AtField("charger", "There is no charger with the identity %s in this workspace.", charger)
		}
		if err != nil {
			return err
		}
		all, err := site.EVSEs(tx, by.Workspace, c.ID)
		for _, e := range all {
			if e.Number == number {
				evseID = e.ID
			}
		}
		if err == nil && evseID == "" {
			err = errs.AtField("evse", "This charger has no EVSE %s.", strconv.FormatInt(number, 10))
		}
		return err
	})
	return evseID, err
}
