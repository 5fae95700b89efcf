package groups

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/face/api/frame"
	"involt/internal/flow/equip"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Rule lets the members of a group, or one user, charge somewhere.
type Rule struct {
	ID         string     `json:"id" doc:"The rule's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	GroupID    *string    `json:"group_id" doc:"Whose members it is for; null if it is for one user." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	UserID     *string    `json:"user_id" doc:"Whom it is for; null if it is for a group."`
	LocationID *string    `json:"location_id" doc:"Where: all chargers of this location; null if it names a charger, or is for everywhere." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	ChargerID  *string    `json:"charger_id" doc:"Where: this charger; null if it names a location, or is for everywhere."`
	Place      *string    `json:"place" doc:"What that location or charger is called; null for everywhere." example:"Harbour car park"`
	From       *time.Time `json:"from" doc:"Its first moment; null for always."`
	Until      *time.Time `json:"until" doc:"The first moment at which it no longer holds; null for ever."`
	Days       []string   `json:"days" nullable:"false" doc:"On which days of the week: mon to sun; empty for every day."`
	FromTime   *string    `json:"from_time" doc:"From which time of the day; null for the whole day." example:"07:00"`
	ToTime     *string    `json:"to_time" doc:"The first time of the day at which it no longer holds. Before from_time: it goes over midnight. Null for the whole day." example:"19:00"`
	TimeZone   *string    `json:"time_zone" doc:"By whose clocks: an IANA name; null where days and times do not limit it." example:"Europe/Berlin"`
	Version    int64      `json:"version" doc:"Counts changes; If-Match compares it." example:"1"`
	CreatedAt  time.Time  `json:"created_at" doc:"When it was made."`
}

// ruleOf shows a rule; places has the names of locations and chargers by id.
func ruleOf(g *grant.Grant, places map[string]string) Rule {
	r := Rule{
		ID: string(g.ID), GroupID: frame.OrNull(g.Group), UserID: frame.OrNull(g.Person), LocationID: frame.OrNull(g.Location), ChargerID: frame.OrNull(g.Charger),
		Place: frame.OrNull(places[string(g.Location)+string(g.Charger)]), From: frame.Instant(g.From), Until: frame.Instant(g.Until), Days: []string{},
		TimeZone: frame.OrNull(g.Hours.Zone), Version: g.Version, CreatedAt: g.Created,
	}
	for i, name := range grant.DayNames {
		if g.Hours.Days != 0 && g.Hours.Days.Has(i) {
			r.Days = append(r.Days, strings.ToLower(name))
		}
	}
	if g.Hours.From != 0 || g.Hours.To != 0 {
		from, to := grant.Clock(g.Hours.From), grant.Clock(g.Hours.To)
		r.FromTime, r.ToTime = &from, &to
	}
	return r
}

// shown shows rules with the names of their places.
func shown(tx *db.Tx, by access.Actor, all []grant.Grant) ([]Rule, error) {
	names := map[string]string{}
	for _, g := range all {
		switch key := string(g.Location) + string(g.Charger); {
		case key == "" || names[key] != "":
		case g.Location != "":
			l, err := site.LocationByID(tx, by.Workspace, g.Location)
			if err != nil {
				return nil, err
			}
			names[key] = l.Name
		default:
			c, err := site.ChargerByID(tx, by.Workspace, g.Charger)
			if err != nil {
				return nil, err
			}
			names[key] = c.Name
		}
	}
	return frame.Each(all, func(g *grant.Grant) Rule { return ruleOf(g, names) }), nil
}

func rulesOf(tx *db.Tx, by access.Actor, which id.Group) ([]Rule, error) {
	all, err := grant.OfGroup(tx, by.Workspace, which)
	if err != nil {
		return nil, err
	}
	return shown(tx, by, all)
}

type listRulesIn struct {
	frame.ByID
	frame.Listing
}

func (s *desk) listRules(ctx context.Context, by access.Actor, in *listRulesIn) (*frame.Listed[Rule], error) {
	which, err := frame.IDIn[id.Group](in.ID, "group")
	if err != nil {
		return nil, err
	}
	at, err := s.At(ctx, in.Listing, nil)
	if err != nil {
		return nil, err
	}
	var all []Rule
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if _, err := group.ByID(tx, by.Workspace, which); err != nil {
			return err
		}
		all, err = rulesOf(tx, by, which)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	rows, next := frame.Whole(all, func(r Rule) string { return r.ID }, at, in.Limit)
	return frame.PageOf(ctx, s.Server, in.Listing, nil, rows, next)
}

func (s *desk) readRule(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[Rule], error) {
	g, err := s.ruleByID(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	var all []Rule
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		all, err = shown(tx, by, []grant.Grant{g})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &frame.One[Rule]{ETag: frame.Tag(g.Version, all[0]), Body: all[0]}, nil
}

func (s *desk) ruleByID(ctx context.Context, by access.Actor, text string) (g grant.Grant, err error) {
	which, err := frame.IDIn[id.Grant](text, "rule")
	if err != nil {
		return g, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		g, err = grant.ByID(tx, by.Workspace, which)
		return err
	})
	return g, err
}

type createRuleIn struct {
	frame.ByID
	frame.Idempotent
	Body struct {
		LocationID string    `json:"location_id,omitempty" maxLength:"26" doc:"Where: all chargers of this location." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
		ChargerID  string    `json:"charger_id,omitempty" maxLength:"26" doc:"Where: this charger."`
		Everywhere bool      `json:"everywhere,omitempty" doc:"Where: at every charger, those to come included. One of the three has to be said."`
		From       time.Time `json:"from,omitempty" doc:"Its first moment; left out: always."`
		Until      time.Time `json:"until,omitempty" doc:"The first moment at which it no longer holds; left out: for ever."`
		Days       []string  `json:"days,omitempty" nullable:"false" maxItems:"7" enum:"mon,tue,wed,thu,fri,sat,sun" doc:"On which days of the week; left out: every day."`
		FromTime   string    `json:"from_time,omitempty" pattern:"^([0-9]{1,2}:[0-9]{2})?$" doc:"From which time of the day, such as 07:00." example:"07:00"`
		ToTime     string    `json:"to_time,omitempty" pattern:"^([0-9]{1,2}:[0-9]{2})?$" doc:"The first time of the day at which it no longer holds; before from_time: over midnight." example:"19:00"`
		TimeZone   string    `json:"time_zone,omitempty" maxLength:"60" doc:"By whose clocks: an IANA name; left out: those of the place, or of the workspace." example:"Europe/Berlin"`
	} `nameHint:"CreateRule"`
}

func (s *desk) createRule(ctx context.Context, by access.Actor, in *createRuleIn) (*frame.Made[Rule], error) {
	b := &in.Body
	which, err := frame.IDIn[id.Group](in.ID, "group")
	if err != nil {
		return nil, err
	}
	said := 0
	for _, where := range []bool{b.LocationID != "", b.ChargerID != "", b.Everywhere} {
		if where {
			said++
		}
	}
	if said != 1 {
		return nil, errs.AtField("location_id", "Say where: location_id, charger_id or everywhere, one of them.")
	}
	g := grant.Grant{Group: which, Location: id.Location(b.LocationID), Charger: id.Charger(b.ChargerID), From: b.From, Until: b.Until}
	if err := hours(&g.Hours, b.Days, &b.FromTime, &b.ToTime, &b.TimeZone); err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if _, err := group.ByID(tx, by.Workspace, which); err != nil {
			return err
		}
		if err := placeIsHere(tx, by, &g); err != nil {
			return err
		}
		g, err = s.Equip.Open(s.DB.Join(ctx, tx), by, g)
		return err
	})
	if err != nil {
		return nil, err
	}
	got, err := s.readRule(ctx, by, &frame.ByID{ID: string(g.ID)})
	if err != nil {
		return nil, err
	}
	return &frame.Made[Rule]{Location: s.Public + frame.Prefix + "/rules/" + got.Body.ID, ETag: got.ETag, Body: got.Body}, nil
}

func placeIsHere(tx *db.Tx, by access.Actor, g *grant.Grant) (err error) {
	field, what := "location_id", "location"
	switch {
	case g.Location != "":
		_, err = site.LocationByID(tx, by.Workspace, g.Location)
	case g.Charger != "":
		field, what = "charger_id", "charger"
		_, err = site.ChargerByID(tx, by.Workspace, g.Charger)
	}
	if errs.KindOf(err) == errs.NotFound && err != nil {
		err = errs.AtField(field, "There is no such %s in this workspace.", what)
	}
	return err
}

// hours sets what was sent of a rule's days and times; nil leaves one as it is.
func hours(h *grant.Hours, days []string, from, to, zone *string) error {
	var wrong errs.List
	if days != nil {
		h.Days = 0
		for i, name := range grant.DayNames {
			if slices.Contains(days, strings.ToLower(name)) {
				h.Days |= 1 << i
			}
		}
	}
	for _, v := range []struct {
		field string
		sent  *string
		to    *int
	}{{"from_time", from, &h.From}, {"to_time", to, &h.To}} {
		if v.sent == nil {
			continue
		}
		minute, ok := grant.ParseClock(*v.sent)
		if !ok {
			wrong.Add(errs.AtField(v.field, "Write the time as hours and minutes, for instance 07:00."))
		}
		*v.to = minute
	}
	frame.Set(&h.Zone, zone)
	return wrong.Err()
}

type changeRuleIn struct {
	frame.ByID
	frame.Precondition
	Body struct {
		From     *string  `json:"from,omitempty" maxLength:"40" doc:"Its first moment (RFC 3339); empty for always." example:"2026-11-01T00:00:00Z"`
		Until    *string  `json:"until,omitempty" maxLength:"40" doc:"The first moment at which it no longer holds (RFC 3339); empty for ever."`
		Days     []string `json:"days,omitempty" nullable:"false" maxItems:"7" enum:"mon,tue,wed,thu,fri,sat,sun" doc:"On which days of the week; empty for every day."`
		FromTime *string  `json:"from_time,omitempty" pattern:"^([0-9]{1,2}:[0-9]{2})?$" doc:"From which time of the day; from_time and to_time both empty for the whole day." example:"07:00"`
		ToTime   *string  `json:"to_time,omitempty" pattern:"^([0-9]{1,2}:[0-9]{2})?$" doc:"The first time of the day at which it no longer holds." example:"19:00"`
		TimeZone *string  `json:"time_zone,omitempty" maxLength:"60" doc:"By whose clocks: an IANA name; empty: those of the place, or of the workspace." example:"Europe/Berlin"`
		Confirm  string   `json:"confirm,omitempty" maxLength:"100" doc:"The confirm of a 409, where users would lose places or hours by this."`
	} `nameHint:"ChangeRule"`
}

func (s *desk) changeRule(ctx context.Context, by access.Actor, in *changeRuleIn) (*frame.One[Rule], error) {
	b := &in.Body
	g, err := s.ruleByID(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	if err := frame.Unchanged(in.IfMatch, g.Version); err != nil {
		return nil, err
	}
	var wrong errs.List
	wrong.Add(frame.Moment("from", b.From, &g.From))
	wrong.Add(frame.Moment("until", b.Until, &g.Until))
	wrong.Add(hours(&g.Hours, b.Days, b.FromTime, b.ToTime, b.TimeZone))
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	if _, err := s.Equip.ChangeRule(ctx, by, g, b.Confirm); err != nil {
		return nil, stale(in.IfMatch, err)
	}
	return s.readRule(ctx, by, &in.ByID)
}

// stale is raced for changes of which a conflict may also mean that they have to
// be confirmed.
func stale(header string, err error) error {
	if _, ok := errors.AsType[*equip.Look](err); ok {
		return err
	}
	return frame.Raced(header, err)
}

type removeRuleIn struct {
	frame.ByID
	frame.Precondition
	Confirm string `query:"confirm" maxLength:"100" doc:"The confirm of a 409, where users would lose places or hours by this."`
}

func (s *desk) removeRule(ctx context.Context, by access.Actor, in *removeRuleIn) (*frame.Nothing, error) {
	g, err := s.ruleByID(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	if err := frame.Unchanged(in.IfMatch, g.Version); err != nil {
		return nil, err
	}
	if err := s.Equip.Shut(ctx, by, g, in.Confirm); err != nil {
		return nil, err
	}
	return &frame.Nothing{}, nil
}
