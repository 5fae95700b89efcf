package admin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/apikey"
	"involt/internal/core/application"
	"involt/internal/core/bulk"
	"involt/internal/core/card"
	"involt/internal/core/claim"
	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/guest"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/core/lesson"
	"involt/internal/core/locallist"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/core/reimburse"
	"involt/internal/core/role"
	"involt/internal/core/schedule"
	"involt/internal/core/vehicle"
	"involt/internal/core/view"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

// planted are words of which at least one stands in everything personal of the
// garden, and in nothing else.
var planted = []string{"qplant", "0917331", "qx pl", "qxpl", "d17331ab"}

// garden is a workspace full of planted words, and the ids of what is in it by
// the name that routes give them.
type garden struct {
	*desk
	ids map[string][]string
}

var plantedWork = job.Define[int]("test.planted")

func plant(k *desk) *garden {
	k.t.Helper()
	g := &garden{desk: k, ids: map[string][]string{}}
	cfg := k.c.Config
	cfg.Mails = box{{ID: "m1", To: "qplantmail@qplanthost.example", Subject: "Welcome Qplantfirst", Text: "Open http://localhost/i/qplanttoken.\nBye", HTML: "<p>Qplantlast"}}
	k.north.Demo = true
	k.c = New(cfg)
	g.note("mail", "m1")
	h := k.charger(k.location(k.north.ID, "Yard"), "CP1")
	g.note("charger", string(h.ID))
	g.note("location", string(h.Location))
	team := k.group(k.north.ID, "Team")
	g.note("group", string(team.ID))
	rule := grant.Grant{Workspace: k.north.ID, Group: team.ID, Location: h.Location}
	k.update(func(tx *db.Tx) error { return grant.Insert(tx, &rule) })
	g.note("grant", string(rule.ID))
	for i, s := range person.Statuses {
		g.person(i, s, team)
	}
	car := person.Person{Workspace: k.north.ID, FirstName: "Qplantfirst", LastName: "Qplantlast", ExternalID: "CAR-1", Status: person.Active}
	k.update(func(tx *db.Tx) error { return person.Insert(tx, &car) })
	g.note("user", string(car.ID))
	k.card(car, "04A1B2C3D4E5F7")
	one := g.first(person.Active)
	c := k.card(one, "04A1B2C3D4E5F6")
	g.note("card", string(c.ID))
	g.note("session", string(k.charging(h, one, c, 0).ID))
	g.note("session", string(k.charging(h, one, c, time.Hour).ID))
	k.update(func(tx *db.Tx) error {
		forget := command.Command{Workspace: k.north.ID, Charger: h.ID, Kind: command.ClearCache, Card: c.ID, AskedBy: "person:" + string(one.ID), Why: string(decision.CardBlocked)}
		start := command.Command{Workspace: k.north.ID, Charger: h.ID, Kind: command.Start, Card: c.ID, AskedBy: "person:" + string(one.ID)}
		if err := errors.Join(command.Insert(tx, &forget), command.Insert(tx, &start)); err != nil {
			return err
		}
		held := locallist.List{Workspace: k.north.ID, Charger: h.ID, Mode: locallist.On, Support: locallist.Supported, Version: 3, Known: true, Confirmed: tx.Now}
		if err := locallist.Apply(tx, &held, true, nil, []locallist.Entry{{Token: c.UID, Card: c.ID}}); err != nil {
			return err
		}
		return command.Revoke(tx, &forget, c.ID)
	})
	for _, kind := range []command.Kind{command.Start, command.Unlock, command.Reset, command.Availability, command.ClearCache} {
		g.note("thing", string(kind))
	}
	k.tap(h, c.UID, c, decision.CardBlocked)
	k.tap(h, c.UID, c, decision.Allowed)
	k.tap(h, "04123456", card.Card{}, decision.UnknownCard) // and the one who is planted was there
	g.work()
	k.update(func(tx *db.Tx) error { return g.accounts(tx, one) })
	k.update(func(tx *db.Tx) error { return g.zone(tx, h.Location, one) })
	k.update(func(tx *db.Tx) error {
		own := role.Role{Workspace: k.north.ID, Role: access.Role{Label: "Front desk", Does: "Answers the phone", Perms: access.PeopleRead}}
		if err := role.Insert(tx, &own); err != nil {
			return err
		}
		g.note("role", own.Key)
		payer := account.Account{Workspace: k.north.ID, Kind: account.Customer, Name: "Qplantfirst Qplantlast", Email: "qplantmail@qplanthost.example", Billing: account.Consumer, Country: "DE", Street: "Qplantstreet 1"}
		if err := account.Insert(tx, &payer); err != nil {
			return err
		}
		paid := account.Account{Workspace: k.north.ID, Kind: account.Employee, Parent: payer.ID, Name: "Qplantfirst Qplantlast", Billing: account.Consumer, Country: "DE"}
		if err := account.Insert(tx, &paid); err != nil {
			return err
		}
		g.note("account", string(payer.ID))
		g.note("account", string(paid.ID))
		for _, given := range []access.Given{{Role: own.Key}, {Role: "viewer", At: access.Scope{Kind: access.InGroup, ID: string(team.ID)}}} {
			if err := person.GiveRole(tx, k.north.ID, one.ID, given); err != nil {
				return err
			}
		}
		return nil
	})
	k.update(func(tx *db.Tx) error {
		b := bulk.Bulk{Workspace: k.north.ID, Action: bulk.Deactivate, Asker: bulk.Asker{Person: k.admin.ID}, Back: "q=Qplantlast", Args: bulk.Args{Reason: "Qplantreason"}}
		var all []id.Person
		for _, p := range g.ids["user"] {
			all = append(all, id.Person(p))
		}
		if err := bulk.Insert(tx, &b, all); err != nil {
			return err
		}
		g.note("bulk", string(b.ID))
		v := view.View{Workspace: k.north.ID, List: "users", Name: "Some of us", Query: "q=Qplantlast", Person: k.admin.ID, Shared: true}
		if err := view.Insert(tx, &v); err != nil {
			return err
		}
		g.note("view", string(v.ID))
		plan := schedule.Schedule{
			Workspace: k.north.ID, Name: "Monday's sheet", What: "users", Query: "q=Qplantlast", Format: "csv", Every: schedule.Weekly, Day: 1, Hour: 6,
			Emails: []string{"qplantmail@qplanthost.example"}, Person: k.admin.ID, NextAt: tx.Now.Add(time.Hour),
		}
		if err := schedule.Insert(tx, &plan); err != nil {
			return err
		}
		g.note("export", string(plan.ID))
		run, err := schedule.Begin(tx, &plan, tx.Now)
		if err != nil {
			return err
		}
		run.State, run.SentTo, run.Note = schedule.Failed, plan.Emails, "The mail server refused qplantmail@qplanthost.example."
		if err := schedule.SaveRun(tx, &run); err != nil {
			return err
		}
		g.note("run", string(run.ID))
		key := apikey.Key{Workspace: k.north.ID, Name: "Portal", Perms: access.PeopleRead, CreatedBy: k.by().Name}
		if _, err := apikey.Insert(tx, &key); err != nil {
			return err
		}
		g.note("key", string(key.ID))
		return g.past(tx, one, c)
	})
	g.drafts()
	return g
}

// drafts plants invitations that are being written, and some that were sent.
func (g *garden) drafts() {
	g.t.Helper()
	s := g.c.Onboard
	s.Keys, s.Mail, s.PublicURL = g.c.Keys, untold{}, "https://charge.example"
	for i, sent := range []bool{false, true} {
		one, err := s.Begin(g.t.Context(), g.by(), `{"people":[{"Email":"guest@guests.example"}],"method":"locations","locations":["`+g.ids["location"][0]+`"],"reached":6}`)
		if err == nil && sent {
			_, err = s.SendDraft(g.t.Context(), g.by(), one, []onboard.Invitee{{Email: fmt.Sprintf("qplantmail%d@qplanthost.example", 900+i)}}, invite.Offer{}, "Qplantmessage")
		}
		if err != nil {
			g.t.Fatal(err)
		}
		g.note("draft", string(one))
	}
	for _, kind := range workspace.MailKinds {
		g.note("kind", kind)
	}
	for _, language := range workspace.Languages {
		g.note("language", language)
	}
	for _, step := range []string{"people", "role", "method", "chargers", "subscription", "message", "summary"} {
		g.note("step", step)
	}
}

func (g *garden) note(noun, id string) { g.ids[noun] = append(g.ids[noun], id) }

// accounts plants a consumer who pays for somebody, with all that is written about
// them, and what they are paid back.
func (g *garden) accounts(tx *db.Tx, in person.Person) error {
	top := account.Account{
		Workspace: g.north.ID, Kind: account.Customer, Name: "Qplantlast", Email: "qplantmail@qplanthost.example", Billing: account.Consumer,
		Street: "Qplantstreet 1", Postcode: "QXPL 1", City: "Qplantcity", Country: "NL",
	}
	low := account.Account{Workspace: g.north.ID, Kind: account.Employee, Name: "qplantmail@qplanthost.example", Email: "qplantmail@qplanthost.example", Billing: account.Consumer}
	for _, a := range []*account.Account{&top, &low} {
		if a == &low {
			a.Parent = top.ID
		}
		if err := account.Insert(tx, a); err != nil {
			return err
		}
		g.note("account", string(a.ID))
		if err := journal.Record(tx, g.by(), "account.created", journal.About("account", a.ID), map[string]any{"name": a.Name, "kind": a.Kind, "billing": a.Billing}); err != nil {
			return err
		}
	}
	p, err := person.ByID(tx, g.north.ID, in.ID)
	if err != nil {
		return err
	}
	p.Account = low.ID
	if err := person.Save(tx, &p); err != nil {
		return err
	}
	rate := reimburse.Agreement{Workspace: g.north.ID, Account: low.ID, Currency: "EUR", State: reimburse.Waiting}
	if err := reimburse.Save(tx, &rate); err != nil {
		return err
	}
	return reimburse.SetRate(tx, &rate, reimburse.Dated{From: reimburse.DayOf(tx.Now), Rate: 2500, By: g.by().Name})
}

// lesson plants a charger that has learned somebody's card.
func (g *garden) lesson(tx *db.Tx, in person.Person) error {
	cards, err := card.Of(tx, g.north.ID, in.ID)
	if err != nil {
		return err
	}
	l := lesson.Lesson{Workspace: g.north.ID, Charger: id.Charger(g.ids["charger"][0]), Person: in.ID, AskedBy: g.by().Name}
	if err := lesson.Begin(tx, &l); err != nil {
		return err
	}
	g.note("lesson", string(l.ID))
	if _, err = lesson.End(tx, g.north.ID, l.ID, cards[0].ID, ""); err != nil {
		return err
	}
	visitor := person.Person{Workspace: g.north.ID, LastName: "Qplantlast", Status: person.Active}
	if err := person.Insert(tx, &visitor); err != nil {
		return err
	}
	v := guest.Guest{Workspace: g.north.ID, ID: id.New[id.Guest](), Person: visitor.ID, Name: "Qplantlast", LinkHash: "x", Begins: tx.Now, Ends: tx.Now.Add(time.Hour), MadeBy: g.by().Name}
	g.note("guest", string(v.ID))
	return guest.Insert(tx, &v)
}

// zone plants a code, somebody who came by it and somebody who waits.
func (g *garden) zone(tx *db.Tx, at id.Location, in person.Person) error {
	c := joincode.Code{Workspace: g.north.ID, Location: at, Name: "Gate", Enabled: true, MadeBy: g.by().Name, Questions: []string{"Flat number"}}
	if err := joincode.Insert(tx, g.c.Keys, &c); err != nil {
		return err
	}
	g.note("code", string(c.ID))
	if err := g.lesson(tx, in); err != nil {
		return err
	}
	if err := grant.Insert(tx, &grant.Grant{Workspace: g.north.ID, Person: in.ID, Location: at}); err != nil {
		return err
	}
	other := joincode.Code{Workspace: g.north.ID, Location: at, Name: "Yard", Enabled: true, Approval: true, MadeBy: g.by().Name, Questions: []string{"Flat number"}}
	if err := joincode.Insert(tx, g.c.Keys, &other); err != nil {
		return err
	}
	said := []joincode.Answer{{Question: "Flat number", Answer: "Qplantanswer"}}
	for _, j := range []joincode.Joining{
		{Workspace: g.north.ID, Code: c.ID, Person: in.ID, State: joincode.Joined, Answers: said},
		{Workspace: g.north.ID, Code: other.ID, Person: in.ID, State: joincode.Waiting, Answers: said},
		{Workspace: g.north.ID, Code: other.ID, Person: id.Person(g.ids["user"][slices.Index(person.Statuses, person.ToBeApproved)]), State: joincode.Waiting, Answers: said},
	} {
		if err := joincode.Enter(tx, &j); err != nil {
			return err
		}
		g.note("joining", string(j.ID))
	}
	return nil
}

// first is the planted user of a status.
func (g *garden) first(s person.Status) (p person.Person) {
	g.t.Helper()
	g.update(func(tx *db.Tx) (err error) {
		p, err = person.ByID(tx, g.north.ID, id.Person(g.ids["user"][slices.Index(person.Statuses, s)]))
		return err
	})
	return p
}

// person plants a user of a status with all that users have.
func (g *garden) person(i int, s person.Status, team group.Group) {
	g.t.Helper()
	g.update(func(tx *db.Tx) error {
		p := person.Person{
			Workspace: g.north.ID, Email: fmt.Sprintf("qplantmail%d@qplanthost.example", i), FirstName: "Qplantfirst", LastName: "Qplantlast", Phone: "+49 555 0917331",
			ExternalID: fmt.Sprintf("EXT-%d", i), CostCenter: "4100 Sales", Info1: "Qplantinfo1", Info2: "Qplantinfo2", Status: s, StatusReason: "Qplantreason",
		}
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		g.note("user", string(p.ID))
		if _, err := group.Add(tx, p.Workspace, team.ID, p.ID); err != nil {
			return err
		}
		v := vehicle.Vehicle{Workspace: p.Workspace, Person: p.ID, Plate: fmt.Sprintf("QX PL %d", 990+i), Country: "DE", Make: "Zoe", Model: "R135", MAC: fmt.Sprintf("D17331AB%04d", i)}
		if err := vehicle.Insert(tx, &v); err != nil {
			return err
		}
		g.note("vehicle", string(v.ID))
		n := notice.Notice{Workspace: p.Workspace, Person: p.ID, Channel: "mail", Kind: "invitation", Recipient: p.Email, Subject: "Qplantsubject for you"}
		if err := errs.Or(notice.Insert(tx, &n), notice.Became(tx, p.Workspace, n.ID, notice.Bounced, "550 <qplantmail@qplanthost.example> unknown", "")); err != nil {
			return err
		}
		switch s {
		case person.Invited:
			inv := invite.Invite{Workspace: p.Workspace, Person: p.ID, Channel: invite.ByMail, Email: p.Email, Life: time.Hour, InvitedBy: g.by().Name, Message: "Qplantmessage"}
			return errs.Or(invite.Open(tx, g.c.Keys, &inv), invite.WasBounced(tx, &inv, "550 <qplantmail@qplanthost.example> unknown"))
		case person.ToBeApproved:
			a := application.Application{Workspace: p.Workspace, Email: p.Email, FirstName: p.FirstName, LastName: p.LastName, Message: "Qplantmessage: please"}
			return errs.Or(application.Insert(tx, g.c.Keys, &a, time.Hour), application.Confirm(tx, &a, p.ID))
		case person.Imported:
			return claim.Make(tx, g.c.Keys, &claim.Claim{Workspace: p.Workspace, Person: p.ID, MadeBy: g.by().Name})
		case person.Active:
			return person.PlanDeparture(tx, &person.Departure{Workspace: p.Workspace, Person: p.ID, At: tx.Now.Add(48 * time.Hour), Reason: "Qplantreason", PlannedBy: g.by().Name})
		default:
			return nil
		}
	})
}

// past writes every kind of entry there is, with planted words in each value
// that an entry could have.
func (g *garden) past(tx *db.Tx, p person.Person, c card.Card) error {
	value := map[string]any{}
	for _, key := range []string{"name", "first_name", "last_name", "email", "to", "phone", "reply", "reason", "message", "plate", "identity", "answer", "query", "label", "uid", "who", "from", "note", "by", "reason_was"} {
		value[key] = "Qplantvalue"
	}
	pairs := maps.Clone(value)
	for _, key := range []string{"last_name", "info_1", "phone", "reason", "name"} {
		pairs[key] = []string{"Qplantold", "Qplantnew"}
	}
	for _, what := range slices.Sorted(maps.Keys(telling)) {
		about := journal.About("person", p.ID)
		if strings.HasPrefix(what, "card.") {
			about = journal.About("card", c.ID)
		}
		for _, v := range []map[string]any{value, pairs} {
			if err := journal.Record(tx, g.by(), what, about, v); err != nil {
				return err
			}
		}
	}
	return journal.Record(tx, access.Actor{Workspace: g.north.ID, Name: journal.About("person", p.ID)}, "person.updated", journal.About("person", p.ID), pairs)
}

// work leaves a failed job whose error names somebody.
func (g *garden) work() {
	g.t.Helper()
	pool := &job.Pool{DB: g.d}
	job.Handle(pool, plantedWork, func(context.Context, int) error {
		return job.Stop(errors.New("550 <qplantmail@qplanthost.example>: Qplantfirst Qplantlast has moved"))
	})
	g.update(func(tx *db.Tx) error { return plantedWork.Add(tx, 1, job.For(g.north.ID)) })
	if _, err := pool.RunDue(g.t.Context()); err != nil {
		g.t.Fatal(err)
	}
	g.update(func(tx *db.Tx) error {
		list, err := job.List(tx, string(g.north.ID), 10)
		for _, j := range list {
			g.note("job", j.ID)
		}
		return err
	})
}
