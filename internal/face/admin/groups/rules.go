package groups

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/equip"
	"involt/internal/kit/errs"
)

// everywhere is the value of the place that is all places.
const everywhere = "everywhere"

// places are what can be opened to the group.
func (p groupPage) places() []ui.Option {
	has := func(place string) bool {
		return slices.ContainsFunc(p.d.Grants, func(g browse.Grant) bool {
			return string(g.Location)+string(g.Charger) == place && g.Hours.Always() && g.Until.IsZero()
		})
	}
	var list []ui.Option
	if !has("") {
		list = append(list, ui.Option{Value: everywhere, Label: "Everywhere: all locations there are and will be"})
	}
	for _, l := range p.d.Offer.Locations {
		if !has(l.ID) {
			list = append(list, ui.Option{Value: "location:" + l.ID, Label: "Location: " + l.Name})
		}
	}
	for _, h := range p.d.Offer.Chargers {
		if !has(h.ID) {
			list = append(list, ui.Option{Value: "charger:" + h.ID, Label: "Charger: " + h.Name})
		}
	}
	return list
}

// ruleFields are the fields of a rule, from top to bottom.
var ruleFields = []string{"place", "days", "from_time", "to_time", "time_zone", "from", "until"}

// ruleForm is when a rule holds, as it stands in a form.
type ruleForm struct {
	days                   [7]bool
	fromTime, toTime, zone string
	from, until            string // days: 2027-03-31; until is the last one
	wrong                  ui.Errors
	touched                bool // it says something about times
	version                int64
	effect                 frame.Effect // what saving, or removing, would do
	seen                   string       // what was shown of it
	asked                  bool         // somebody would lose by it: a second click does it
}

// newForm is a rule that always holds.
func newForm() ruleForm {
	return ruleForm{days: [7]bool{true, true, true, true, true, true, true}}
}

func formOf(g grant.Grant, home *time.Location) ruleForm {
	f := newForm()
	for i := range f.days {
		f.days[i] = g.Hours.Days.Has(i)
	}
	if g.Hours.From != 0 || g.Hours.To != 0 {
		f.fromTime, f.toTime = grant.Clock(g.Hours.From), grant.Clock(g.Hours.To)
	}
	f.zone, f.version = g.Hours.Zone, g.Version
	if !g.From.IsZero() {
		f.from = g.From.In(home).Format(time.DateOnly)
	}
	if !g.Until.IsZero() {
		f.until = g.Until.Add(-time.Millisecond).In(home).Format(time.DateOnly)
	}
	return f
}

// readForm takes what was typed, and puts it into g as far as it is right.
func readForm(r *http.Request, g *grant.Grant, home *time.Location) (f ruleForm) {
	said := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	f = ruleForm{fromTime: said("from_time"), toTime: said("to_time"), zone: said("time_zone"), from: said("from"), until: said("until"), seen: said("seen"), wrong: ui.Errors{}}
	f.version, _ = strconv.ParseInt(said("version"), 10, 64)
	g.Hours = grant.Hours{Zone: f.zone}
	for _, d := range r.PostForm["days"] {
		if i, err := strconv.Atoi(d); err == nil && i >= 0 && i < len(f.days) {
			f.days[i] = true
			g.Hours.Days |= 1 << i
		}
	}
	if g.Hours.Days == 0 {
		f.wrong["days"] = "Choose at least one day."
	}
	var ok bool
	if g.Hours.From, ok = grant.ParseClock(f.fromTime); !ok || g.Hours.From == 24*60 {
		f.wrong["from_time"] = "Write the time as hours and minutes, for instance 07:00."
	}
	if g.Hours.To, ok = grant.ParseClock(f.toTime); !ok {
		f.wrong["to_time"] = "Write the time as hours and minutes, for instance 19:00."
	}
	day := func(field, text string, shift int) time.Time {
		if text == "" {
			return time.Time{}
		}
		t, err := time.ParseInLocation(time.DateOnly, text, home)
		if err != nil || t.Year() < 2000 || t.Year() > 2200 {
			f.wrong[field] = "Write the day as year, month and day, for instance 2027-03-31."
		}
		return t.AddDate(0, 0, shift)
	}
	g.From, g.Until = day("from", f.from, 0), day("until", f.until, 1)
	f.touched = f.fromTime+f.toTime+f.zone+f.from+f.until != "" || g.Hours.Days != grant.AllDays
	return f
}

func (c *Pages) ruleAdd(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.groupOf(r, v)
	if err != nil {
		return err
	}
	g := grant.Grant{Group: p.d.ID}
	p.place = r.PostFormValue("place")
	if r.PostForm.Has("from_time") { // else it is a form of the place alone, and at any time
		p.add = readForm(r, &g, p.rd.Zone)
	} else {
		p.add.wrong = ui.Errors{}
	}
	// Only what is offered can be chosen: places of this workspace.
	if !slices.ContainsFunc(p.places(), func(o ui.Option) bool { return o.Value == p.place }) {
		p.add.wrong["place"] = "Choose a place that is not open to the group yet."
	}
	switch noun, of, _ := strings.Cut(p.place, ":"); noun {
	case "location":
		g.Location = id.Location(of)
	case "charger":
		g.Charger = id.Charger(of)
	}
	if len(p.add.wrong) == 0 {
		_, err := c.Equip.Open(r.Context(), v.By, g)
		if err == nil {
			return c.done(w, r, v, "place-opened")
		}
		wrong, ok := ui.ErrorsOf(err)
		if !ok {
			return err
		}
		p.add.wrong = wrong
	}
	return c.showGroup(w, r, p, http.StatusUnprocessableEntity)
}

// rulePage is one rule of a group: when it holds, or the question before it is
// removed.
type rulePage struct {
	v    *frame.Visit
	base string // the rule's address
	up   ui.Link
	g    rule
	form ruleForm

	inSheet bool
}

func (c *Pages) ruleOf(r *http.Request, v *frame.Visit) (p rulePage, err error) {
	d, err := c.Browse.Group(r.Context(), v.By, id.Group(r.PathValue("group")))
	if err != nil {
		return p, err
	}
	i := slices.IndexFunc(d.Grants, func(g browse.Grant) bool { return string(g.ID) == r.PathValue("grant") })
	if i < 0 {
		return p, errs.New(errs.NotFound, "There is no such rule. It may have been removed.")
	}
	up := v.To("/groups/" + string(d.ID))
	return rulePage{
		v: v, inSheet: ui.WantsSheet(r), base: up + "/places/" + string(d.Grants[i].ID), up: ui.Link{Label: d.Name, Href: up},
		g: told(d.Grants[i].Grant, d.Grants[i].Place, ui.ReaderOf(r.Context())), form: formOf(d.Grants[i].Grant, ui.ReaderOf(r.Context()).Zone),
	}, nil
}

func (c *Pages) rule(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.ruleOf(r, v)
	if err != nil {
		return err
	}
	return c.showRule(w, r, p, http.StatusOK)
}

func (c *Pages) showRule(w http.ResponseWriter, r *http.Request, p rulePage, status int) error {
	s := ui.SheetProps{Title: p.g.place, Sub: "When members of " + p.up.Label + " may charge there", Href: p.base, Back: p.up}
	return c.sheet(w, r, p.v, s, ruleInside(p), status)
}

// looked puts into a page what a change would take, if that is why it was not
// made. ok is false for other errors.
func (c *Pages) looked(r *http.Request, v *frame.Visit, err error) (t frame.Effect, look *equip.Look, ok bool, _ error) {
	look, ok = errors.AsType[*equip.Look](err)
	if !ok {
		return t, nil, false, nil
	}
	t, err = frame.Foreseen(r.Context(), c.Browse, v, look.Effect)
	return t, look, true, err
}

func (c *Pages) ruleSave(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.ruleOf(r, v)
	if err != nil {
		return err
	}
	g := p.g.Grant
	f := readForm(r, &g, ui.ReaderOf(r.Context()).Zone)
	now := g.Version
	if f.version > 0 {
		g.Version = f.version
	}
	p.form = f
	if len(f.wrong) > 0 {
		return c.showRule(w, r, p, http.StatusUnprocessableEntity)
	}
	if g.Version != now {
		return c.ruleClash(w, r, p, now)
	}
	_, err = c.Equip.ChangeRule(r.Context(), v.By, g, f.seen)
	if err == nil {
		return c.done(w, r, v, "place-changed")
	}
	effect, look, ok, other := c.looked(r, v, err)
	switch {
	case other != nil:
		return other
	case ok:
		p.form.effect, p.form.seen, p.form.asked = effect, look.Effect.Seen(), true
		return c.showRule(w, r, p, http.StatusUnprocessableEntity)
	}
	wrong, ok := ui.ErrorsOf(err)
	if !ok {
		return err
	}
	p.form.wrong = wrong
	return c.showRule(w, r, p, http.StatusUnprocessableEntity)
}

// ruleClash shows what somebody else made of the rule while the form was open.
func (c *Pages) ruleClash(w http.ResponseWriter, r *http.Request, p rulePage, now int64) error {
	said := p.g.when
	if said == "" {
		said = "at any time"
	}
	p.form.version, p.form.seen = now, ""
	p.form.wrong = ui.Errors{"": "Somebody else has meanwhile changed this rule. Now it says: " + said + ". Save again to put yours in its place."}
	return c.showRule(w, r, p, http.StatusUnprocessableEntity)
}

func (c *Pages) ruleAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.ruleOf(r, v)
	if err != nil {
		return err
	}
	e, err := c.Admit.Foresee(r.Context(), v.By, grant.Change{Group: p.g.Group, Drop: p.g.ID})
	if err != nil {
		return err
	}
	return c.showRemove(w, r, p, e, http.StatusOK)
}

func (c *Pages) showRemove(w http.ResponseWriter, r *http.Request, p rulePage, e grant.Effect, status int) error {
	effect, err := frame.Foreseen(r.Context(), c.Browse, p.v, e)
	if err != nil {
		return err
	}
	p.form.effect, p.form.seen = effect, e.Seen()
	s := ui.SheetProps{Title: "Remove " + p.g.place + "?", Sub: "From where members of " + p.up.Label + " may charge", Href: p.base + "/remove", Back: p.up}
	return c.sheet(w, r, p.v, s, ruleGoing(p), status)
}

func (c *Pages) ruleRemove(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.ruleOf(r, v)
	if err != nil {
		return err
	}
	err = c.Equip.Shut(r.Context(), v.By, p.g.Grant, r.PostFormValue("seen"))
	if look, ok := errors.AsType[*equip.Look](err); ok {
		p.form.asked = look.Stale
		return c.showRemove(w, r, p, look.Effect, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return c.done(w, r, v, "place-shut")
}

// zoneOptions are the time zones that the browser offers while typing; any other
// IANA name is taken too.
var zoneOptions = func() (list []ui.Option) {
	for _, z := range []string{
		"Europe/Amsterdam", "Europe/Athens", "Europe/Berlin", "Europe/Brussels", "Europe/Bucharest", "Europe/Budapest", "Europe/Copenhagen", "Europe/Dublin",
		"Europe/Helsinki", "Europe/Lisbon", "Europe/London", "Europe/Luxembourg", "Europe/Madrid", "Europe/Oslo", "Europe/Paris", "Europe/Prague", "Europe/Rome",
		"Europe/Stockholm", "Europe/Vienna", "Europe/Warsaw", "Europe/Zurich", "America/New_York", "America/Chicago", "America/Los_Angeles", "Asia/Dubai", "Asia/Singapore",
		"Asia/Tokyo", "Australia/Sydney", "UTC",
	} {
		list = append(list, ui.Option{Value: z, Label: z})
	}
	return list
}()
