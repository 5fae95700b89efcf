package batch

import (
	"fmt"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/reimburse"
	"involt/internal/core/source"
	"involt/internal/flow/intake/back"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// askDates reads when those begin and leave whom rows with dates may be about.
func (b *Batch) askDates(list []*Entry) (err error) {
	if !slices.ContainsFunc(list, func(e *Entry) bool { return !e.From.IsZero() || !e.Until.IsZero() }) {
		return nil
	}
	known := []id.Person{}
	for p := range b.byID {
		known = append(known, p)
	}
	if b.arrivals, err = person.Arrivals(b.tx, b.r.By.Workspace, known); err != nil {
		return err
	}
	b.departures, err = person.Departures(b.tx, b.r.By.Workspace, known)
	return err
}

// dates returns what the row changes of when somebody may charge. What is to be
// written is for the caller to note in t once the row is taken.
func (b *Batch) dates(e *Entry, t *target, becomes person.Status) (changes []sheet.Change, begins, leaves *time.Time, problem *sheet.Problem, err error) {
	zone, now := b.r.Zone, b.tx.Now
	kept := func(c sheet.Column, old, text string) sheet.Change {
		ch := sheet.Change{Column: c, Old: old, New: text}
		if s, there := b.sources[t.ID][string(c)]; there && s.Kind.ByHand() && !b.r.Overwrite {
			ch.Kept = byHand(s, zone)
		}
		return ch
	}
	if !e.From.IsZero() && t.begins == nil {
		have, want := b.arrivals[t.ID], e.From
		if !have.After(now) {
			have = time.Time{}
		}
		if !want.After(now) {
			want = time.Time{}
		}
		if !want.Equal(have) {
			c := kept(sheet.StartDate, sheet.FirstDay(have, zone), sheet.FirstDay(e.From, zone))
			if changes = append(changes, c); c.Kept == "" {
				begins = &want
			}
		}
	}
	if e.Until.IsZero() || t.leaves != nil || becomes == person.Deactivated || becomes == person.Declined {
		return changes, begins, nil, nil, nil
	}
	have, there := b.departures[t.ID]
	if there && have.At.Equal(e.Until) {
		return changes, begins, nil, nil, nil
	}
	last := sheet.LastDay(e.Until, zone)
	no := func(text string) (_ []sheet.Change, _, _ *time.Time, _ *sheet.Problem, _ error) {
		return nil, nil, nil, &sheet.Problem{Line: e.Number, Column: sheet.EndDate, Text: text}, nil
	}
	if !e.Until.After(now) {
		return no("The last day, " + last + ", is over. Leave the row out, or write deactivated as its status.")
	}
	if err := b.askRoles(t); err != nil {
		return nil, nil, nil, nil, err
	}
	if t.staff || len(e.Roles) > 0 {
		return no("Staff leave by a departure that is planned on the user's own page.")
	}
	old := ""
	if there && have.Done.IsZero() {
		old = sheet.LastDay(have.At, zone)
	}
	c := kept(sheet.EndDate, old, last)
	if changes = append(changes, c); c.Kept == "" {
		leaves = &e.Until
	}
	return changes, begins, leaves, nil, nil
}

// byHand says when somebody wrote something, and who.
func byHand(s source.Source, zone *time.Location) string {
	when := s.At.In(zone).Format(time.DateOnly)
	if s.Kind == source.Driver {
		return "written by the user on " + when
	}
	return "corrected by hand on " + when
}

// writeDates stores when t begins and leaves, and returns what was before.
func (b *Batch) writeDates(tx *db.Tx, t *target, was *back.Was) error {
	if t.begins != nil {
		was.Begins = &back.Span{From: back.Stamp(b.arrivals[t.ID]), To: back.Stamp(*t.begins)}
		if err := person.SetArrival(tx, person.Arrival{Workspace: t.Workspace, Person: t.ID, At: *t.begins}); err != nil {
			return err
		}
	}
	if t.leaves == nil {
		return nil
	}
	was.Leaves = &back.Leaving{To: back.Stamp(*t.leaves)}
	if d, there := b.departures[t.ID]; there && d.Done.IsZero() {
		was.Leaves.From, was.Leaves.Reason, was.Leaves.PlannedBy = back.Stamp(d.At), d.Reason, d.PlannedBy
	}
	about := journal.About("person", t.ID)
	const reason = "last day in an imported file"
	if err := person.PlanDeparture(tx, &person.Departure{Workspace: t.Workspace, Person: t.ID, At: *t.leaves, Reason: reason, PlannedBy: b.r.By.Name}); err != nil {
		return err
	}
	if t.isNew {
		return nil // being imported says it
	}
	return journal.Record(tx, b.r.By, "person.departure-planned", about, map[string]any{"at": back.Stamp(*t.leaves), "reason": reason, "import": b.r.Import})
}

// agreement is a rate that rows agree on for an account.
type agreement struct {
	account *account.Account
	rate    reimburse.Rate
	line    int
}

// rate returns what the row agrees on for the account of its user, nil if that holds
// already.
func (b *Batch) rate(e *Entry, t *target, pays *payer) (a *agreement, change sheet.Change, problem *sheet.Problem, err error) {
	if e.Rate == 0 {
		return nil, change, nil, nil
	}
	no := func(format string, args ...any) (*agreement, sheet.Change, *sheet.Problem, error) {
		return nil, change, &sheet.Problem{Line: e.Number, Column: sheet.ReimbursementRate, Text: fmt.Sprintf(format, args...)}, nil
	}
	if !b.r.By.Perms.Has(access.AccountsWrite) {
		return no("Your role does not allow you to agree on what accounts are paid back.")
	}
	acc := t.Account
	if t.payer != nil {
		acc = t.payer.id
	}
	if pays != nil {
		acc = pays.id
	}
	if acc == "" {
		return no("Reimbursement is agreed with the accounts of employees and subsidiaries, and this user has none. Write its name or path under account.")
	}
	if prior, there := b.r.payers.rates[acc]; there {
		if prior.rate != e.Rate {
			return no("Line %d agrees on another rate for the account %s.", prior.line, prior.account.Name)
		}
		return nil, change, nil, nil
	}
	of, err := account.ByID(b.tx, b.r.By.Workspace, acc)
	if err != nil {
		return nil, change, nil, err
	}
	switch {
	case of.Kind == account.Customer:
		return no("Reimbursement is agreed with employees and subsidiaries, and %s is a customer's account. Write the path to the one below it.", of.Name)
	case of.State == account.Closed:
		return no("The account %s is closed.", of.Name)
	}
	g, err := reimburse.Of(b.tx, b.r.By.Workspace, acc)
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return nil, change, nil, err
	}
	if g.State == reimburse.Ended {
		return no("The agreement of the account %s has ended. Reopen it first.", of.Name)
	}
	a = &agreement{account: &of, rate: e.Rate, line: e.Number}
	if now, there := g.On(reimburse.DayOf(b.tx.Now.In(b.r.Zone))); there {
		if now == e.Rate {
			return nil, change, nil, nil
		}
		change.Old = now.String()
	}
	change.Column, change.New = sheet.ReimbursementRate, e.Rate.String()
	return a, change, nil, nil
}

// writeRates agrees on rates from today on, as it is done on an account's page.
func (b *Batch) writeRates(tx *db.Tx, u *back.Undo) error {
	ws := b.r.By.Workspace
	from := reimburse.DayOf(tx.Now.In(b.r.Zone))
	for _, a := range b.rates {
		if err := account.Lock(tx, ws, a.account.ID); err != nil {
			return err
		}
		was := back.RateWas{Account: a.account.ID, From: from, Set: a.rate}
		g, err := reimburse.Of(tx, ws, a.account.ID)
		if errs.KindOf(err) == errs.NotFound {
			g, was.New = reimburse.Agreement{Workspace: ws, Account: a.account.ID, Currency: "EUR"}, true
			if g.State, err = reimburse.Begin(tx, ws, a.account.ID, a.account.Kind == account.Employee); err == nil {
				err = reimburse.Save(tx, &g)
			}
		}
		if err != nil {
			return err
		}
		before, text := reimburse.Rate(0), ""
		if r, there := g.On(from); there {
			before, text = r, r.String()+" "+g.Currency
		}
		for _, r := range g.Rates {
			if r.From == from {
				was.Was, was.By = before, r.By
			}
		}
		if err := reimburse.SetRate(tx, &g, reimburse.Dated{From: from, Rate: a.rate, By: b.r.By.Name}); err != nil {
			return err
		}
		u.Rates = append(u.Rates, was)
		if err := journal.Record(tx, b.r.By, "reimbursement.rate-set", journal.About("account", a.account.ID), map[string]any{
			"rate": [2]string{text, a.rate.String() + " " + g.Currency}, "from": from, "import": b.r.Import,
		}); err != nil {
			return err
		}
	}
	return nil
}
