package people_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/apikey"
	"involt/internal/core/application"
	"involt/internal/core/bulk"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/claim"
	"involt/internal/core/decision"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/vehicle"
	"involt/internal/core/view"
	"involt/internal/core/workspace"
	"involt/internal/flow/admit"
	"involt/internal/flow/booking"
	"involt/internal/flow/enter"
	"involt/internal/flow/equip"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
)

// What is planted stands in everything that is written about one person; the
// card's number and the car's are looked for too.
const (
	planted = "zqplant"
	number  = "04FACADE00FACE"
	macs    = "AABBCC00FACE"
)

// mouth is a mail server that refuses everything with the address in its words.
type mouth struct{ refuses bool }

func (m *mouth) Send(_ context.Context, msg mail.Message) error {
	if m.refuses {
		return &mail.Refused{Code: 550, Reply: "no such user here: " + planted + "@x.example"}
	}
	return nil
}

// tapped is a decision that knows the card.
type tapped struct{ booking.Verdict }

func (t tapped) Decide(booking.Ask) booking.Verdict { return t.Verdict }

// victim is everything there can be about one person.
type victim struct {
	*office
	admit    *admit.Service
	enter    *enter.Service
	post     *mouth
	on       *onboard.Service
	who      id.Person
	charger  id.Charger
	session  string
	password string
}

func plant(t *testing.T, o *office) *victim {
	t.Helper()
	ctx, hasher := t.Context(), login.NewHasher()
	v := &victim{office: o, admit: &admit.Service{DB: o.d}, enter: &enter.Service{DB: o.d, Passwords: hasher}, post: &mouth{}, password: "four quiet volts"}
	v.on = &onboard.Service{DB: o.d, Keys: seal.Random(), Mail: v.post, Passwords: hasher, PublicURL: "https://x.example"}
	o.Inviter, o.Approver = v.on, v.on
	v.on.Jobs(o.pool)
	o.jobs()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	// Written about them, and changed.
	p, err := o.Create(ctx, o.boss, person.Person{
		Email: planted + "@x.example", FirstName: planted, LastName: planted, Phone: planted, Language: "de", ExternalID: planted + "-1",
		CostCenter: "4711", Info1: planted, Info2: planted,
	})
	must(err)
	v.who = p.ID
	p.LastName, p.Info1, p.ExternalID = planted+" two", planted+" two", planted+"-2"
	_, err = o.Update(ctx, o.boss, p)
	must(err)
	// Invited twice: refused by their mail server, then came in.
	v.post.refuses = true
	one := o.plan(o.boss, bulk.Invite, v.who)
	must(o.Start(ctx, o.boss, one, bulk.Args{}))
	o.work()
	v.post.refuses = false
	one = o.run(o.boss, bulk.Reinvite, bulk.Args{}, v.who)
	o.want(one, bulk.Done, 1)
	var token string
	o.view(func(tx *db.Tx) error {
		inv, err := invite.OpenOf(tx, o.ws.ID, v.who)
		token = inv.Token(v.on.Keys)
		return err
	})
	v.session, _, err = v.on.Activate(ctx, token, onboard.Entering{FirstName: planted, LastName: planted, Password: v.password, Language: "de"})
	must(err)
	o.update(func(tx *db.Tx) error {
		// As an invitation by the form would have left them.
		if _, err := tx.Exec(`UPDATE invite SET message = ?, bounce = ? WHERE person = ?`, planted+": welcome", planted+"@x.example unknown", v.who); err != nil {
			return err
		}
		return person.GiveRole(tx, o.ws.ID, v.who, access.Given{Role: "support"})
	})
	// Who pays for them: themselves, and a company that bears their address.
	o.update(func(tx *db.Tx) error {
		own := account.Account{Workspace: o.ws.ID, Kind: account.Customer, Name: planted, Email: planted + "@x.example", Billing: account.Consumer, Street: planted, City: planted}
		firm := account.Account{Workspace: o.ws.ID, Kind: account.Customer, Name: planted + "@x.example", Email: planted + "@x.example", Billing: account.Business, LegalName: "Firm"}
		for _, a := range []*account.Account{&own, &firm} {
			if err := account.Insert(tx, a); err != nil {
				return err
			}
			if err := journal.Record(tx, o.boss, "account.created", journal.About("account", a.ID), map[string]any{"name": a.Name}); err != nil {
				return err
			}
		}
		p, err := person.ByID(tx, o.ws.ID, v.who)
		if err != nil {
			return err
		}
		p.Account = own.ID
		return person.Save(tx, &p)
	})
	// A card, a car, a place by name, a view, a departure, a key, a claim, an application.
	cards, places := &wallet.Service{DB: o.d}, &equip.Service{DB: o.d}
	c, _, err := cards.Assign(ctx, o.boss, wallet.NewCard{Number: "04:fa:ca:de:00:fa:ce", Printed: planted, Person: v.who})
	must(err)
	_, err = cards.Change(ctx, o.boss, c.ID, card.Blocked, planted+" lost it")
	must(err)
	_, err = cards.Change(ctx, o.boss, c.ID, card.Active, planted+" found it")
	must(err)
	_, err = o.AddVehicle(ctx, o.boss, v.who, vehicle.Vehicle{Plate: planted + " 1", Country: "SE", Make: planted, Model: planted, MAC: macs})
	must(err)
	l, err := places.AddLocation(ctx, o.boss, site.Location{Name: "Depot", TimeZone: "Europe/Berlin", Country: "DE"})
	must(err)
	ch, _, err := places.AddCharger(ctx, o.boss, site.Charger{Identity: "CP-1", Location: l.ID}, 1)
	must(err)
	v.charger = ch.ID
	o.update(func(tx *db.Tx) error {
		return grant.Insert(tx, &grant.Grant{Workspace: o.ws.ID, Person: v.who, Location: l.ID})
	})
	mine := access.Actor{Workspace: o.ws.ID, Person: v.who, Name: "person:" + string(v.who), Perms: access.PeopleRead}
	_, err = o.SaveView(ctx, mine, view.View{List: "users", Name: planted, Query: "q=" + planted, Shared: true})
	must(err)
	must(o.PlanDeparture(ctx, o.boss, v.who, time.Now().AddDate(0, 1, 0), planted+" leaves"))
	o.update(func(tx *db.Tx) error {
		if err := claim.Make(tx, v.on.Keys, &claim.Claim{Workspace: o.ws.ID, Person: v.who, MadeBy: o.boss.Name}); err != nil {
			return err
		}
		a := application.Application{Workspace: o.ws.ID, Email: planted + "@x.example", FirstName: planted, LastName: planted, Message: planted + " asks", Language: "de"}
		if err := application.Insert(tx, v.on.Keys, &a, time.Hour); err != nil {
			return err
		}
		if err := application.Confirm(tx, &a, v.who); err != nil {
			return err
		}
		if err := application.Answer(tx, o.ws.ID, v.who, "", o.boss.Name, planted+" may"); err != nil {
			return err
		}
		if _, _, err := apikey.Claim(tx, o.ws.ID, "k", "r"); err != nil {
			return err
		}
		return apikey.Answer(tx, o.ws.ID, "k", apikey.Reply{Status: 201, Body: fmt.Sprintf(`{"id":%q,"email":"%s@x.example"}`, v.who, planted)})
	})
	// Bulk work: the list it came from, a reason, values from before.
	back, err := o.Plan(ctx, o.boss, bulk.CostCenter, []id.Person{v.who}, "q="+planted)
	must(err)
	must(o.Start(ctx, o.boss, back, bulk.Args{CostCenter: "4712"}))
	o.work()
	o.run(o.boss, bulk.Deactivate, bulk.Args{Reason: planted + " is away"}, v.who)
	o.run(o.boss, bulk.Reactivate, bulk.Args{}, v.who)
	must(o.Deactivate(ctx, o.boss, v.who, planted+" is ill"))
	must(o.Reactivate(ctx, o.boss, v.who))
	// Charged, in both versions; a stop from before anybody knew the card; taps.
	verdict := booking.Verdict{Allowed: true, Reason: decision.Allowed, CardUID: number, Card: c.ID, Person: v.who}
	book := &booking.Service{DB: o.d, Numbers: &charge.Numbers{DB: o.d}, Decide: tapped{verdict}}
	_, _, err = book.Start(ctx, o.ws.ID, v.charger, booking.StartInfo{EVSE: 1, Token: number, MeterWh: 10, At: time.Now(), Received: time.Now()})
	must(err)
	o.update(func(tx *db.Tx) error {
		if err := charge.Park(tx, charge.Orphan{Workspace: o.ws.ID, Charger: v.charger, TxID: "77", CardUID: number, At: tx.Now}); err != nil {
			return err
		}
		if _, err := charge.Insert(tx, &charge.Charge{
			Workspace: o.ws.ID, Charger: v.charger, EVSE: 1, Protocol: "ocpp1.6", TxID: "78", StartKey: "1|" + number + "|5|5", CardUID: number,
			Started: tx.Now, Ended: tx.Now, Status: charge.Ended, Wh: 500,
		}); err != nil {
			return err
		}
		_, err := decision.Load(tx, slices.Values([]decision.Decision{
			{Workspace: o.ws.ID, ID: id.New[id.Decision](), At: tx.Now, CardUID: number, Card: c.ID, Person: v.who, Allowed: true, Reason: decision.Allowed, Source: "api"},
			{Workspace: o.ws.ID, ID: id.New[id.Decision](), At: tx.Now, CardUID: number, Reason: decision.UnknownCard, Source: "api"},
		}))
		return err
	})
	must(v.admit.Load(ctx))
	return v
}

// traces looks for what was planted in every text column of every table.
func (v *victim) traces() (found []string) {
	v.t.Helper()
	v.view(func(tx *db.Tx) error {
		tables := `SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.type = 'TEXT' ORDER BY 1, 2`
		if v.d.Postgres {
			tables = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() AND data_type = 'text' ORDER BY 1, 2`
		}
		type column struct{ table, name string }
		all, err := db.All(tx, func(row db.Scanner) (c column, err error) {
			err = row.Scan(&c.table, &c.name)
			return c, err
		}, tables)
		if len(all) < 150 {
			v.t.Errorf("only %d columns were looked at", len(all))
		}
		for _, c := range all {
			var n int64
			if err := tx.Row(`SELECT COUNT(*) FROM "`+c.table+`" WHERE LOWER("`+c.name+`") LIKE ? OR LOWER("`+c.name+`") LIKE ? OR LOWER("`+c.name+`") LIKE ?`,
				[]any{"%" + planted + "%", "%" + strings.ToLower(number) + "%", "%" + strings.ToLower(macs) + "%"}, &n); err != nil {
				return err
			}
			if n > 0 {
				found = append(found, fmt.Sprintf("%s.%s ×%d", c.table, c.name, n))
			}
		}
		return err
	})
	return found
}

func (v *victim) decides(want decision.Reason, when string) {
	v.t.Helper()
	if err := v.admit.Refresh(v.ctx); err != nil {
		v.t.Fatal(err)
	}
	if got := v.admit.Decide(&admit.Ask{Workspace: v.ws.ID, Charger: v.charger, Token: number, Now: time.Now()}); got.Reason != want {
		v.t.Errorf("%s the card is %s, want %s", when, got.Reason, want)
	}
}

func TestErasureLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		v := plant(t, o)
		before := v.traces()
		for _, must := range []string{
			"person.email", "person.first_name", "person.sort_name", "person.phone", "person.external_id", "person.info_1", "identity.email", "card.uid", "card.typed", "card.printed",
			"vehicle.plate", "vehicle.make", "invite.email", "invite.message", "invite.bounce", "notice.recipient", "notice.reply", "charge.card_uid", "charge.start_key", "orphan_stop.card_uid",
			"decision.card_uid", "journal_value.value", "saved_view.query", "application.message", "departure.reason", "bulk.back", "bulk_chunk.before", "idempotency.body", "account.name", "account.email", "account.street",
		} {
			if !slices.ContainsFunc(before, func(f string) bool { return strings.HasPrefix(f, must+" ") }) {
				t.Errorf("nothing was planted in %s", must)
			}
		}
		v.decides(decision.Allowed, "before")
		if err := o.Delete(t.Context(), o.boss, v.who); err != nil {
			t.Fatal(err)
		}
		v.decides(decision.UserDeactivated, "when deleted")
		if _, err := v.enter.Who(t.Context(), v.session); errs.KindOf(err) != errs.SignedOut {
			t.Errorf("the browser's session after deletion: %v", err)
		}
		o.ahead.Add(int64(person.EraseAfter - time.Second))
		o.work()
		if _, err := o.Deleted(t.Context(), o.boss, v.who); err != nil {
			t.Errorf("just before the time: %v", err)
		}
		o.ahead.Add(int64(time.Minute + 2*time.Second))
		o.work()
		for _, f := range v.traces() {
			t.Errorf("left in %s", f)
		}
		v.decides(decision.UnknownCard, "when erased")
		_, _, err := v.enter.SignIn(t.Context(), planted+"@x.example", v.password, "c")
		o.kind(err, errs.Invalid, "signing in when erased")
		o.kind(o.UndoDelete(t.Context(), o.boss, v.who), errs.Gone, "bringing back who was erased")
		// What was charged stays, and the journal holds.
		var n, wh int64
		o.view(func(tx *db.Tx) error {
			return tx.Row(`SELECT COUNT(*), CAST(SUM(wh) AS BIGINT) FROM charge WHERE workspace = ?`, []any{o.ws.ID}, &n, &wh)
		})
		if n != 2 || wh != 500 {
			t.Errorf("%d sessions with %d Wh are left", n, wh)
		}
		o.verify()
	})
}

func TestADeletedPersonComesBack(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		v := plant(t, o)
		was := o.person(v.who)
		if err := o.Delete(t.Context(), o.boss, v.who); err != nil {
			t.Fatal(err)
		}
		o.kind(o.Delete(t.Context(), o.boss, v.who), errs.NotFound, "deleting twice")
		g, err := o.Deleted(t.Context(), o.boss, v.who)
		if err != nil || g.Email != was.Email || g.FirstName != planted || g.Status != person.Active {
			t.Errorf("%+v, %v", g, err)
		}
		blind := o.boss
		blind.Perms &^= access.PersonalData
		if g, err := o.Deleted(t.Context(), blind, v.who); err != nil || g.FirstName != "" || g.Email != "" {
			t.Errorf("masked: %+v, %v", g, err)
		}
		// Their address is free meanwhile; then they cannot have it back.
		other, err := o.Create(t.Context(), o.boss, person.Person{Email: was.Email, FirstName: "Other"})
		if err != nil {
			t.Fatal(err)
		}
		if err := o.UndoDelete(t.Context(), o.boss, v.who); errs.KindOf(err) != errs.Conflict || !strings.Contains(errs.Text(err), "e-mail address") {
			t.Errorf("with the address taken: %v", err)
		}
		if err := o.Delete(t.Context(), o.boss, other.ID); err != nil {
			t.Fatal(err)
		}
		manager, viewer := o.staff("fleet-manager"), o.staff("viewer")
		o.kind(o.UndoDelete(t.Context(), viewer, v.who), errs.Denied, "a viewer brings back")
		o.kind(o.Delete(t.Context(), viewer, v.who), errs.Denied, "a viewer deletes")
		o.kind(o.UndoDelete(t.Context(), manager, v.who), errs.Denied, "bringing a staff role back without the right to give it")
		if err := o.UndoDelete(t.Context(), o.boss, v.who); err != nil {
			t.Fatal(err)
		}
		now := o.person(v.who)
		now.Version = was.Version
		if now != was {
			t.Errorf("came back as\n%+v, was\n%+v", now, was)
		}
		v.decides(decision.Allowed, "when back")
		if _, _, err := v.enter.SignIn(t.Context(), was.Email, v.password, "c"); err != nil {
			t.Errorf("signing in when back: %v", err)
		}
		o.ahead.Add(int64(time.Hour))
		o.work()
		if o.person(v.who).Email != was.Email {
			t.Error("erased although they came back")
		}
		o.verify()
	})
}

func TestNotEverybodyMayBeDeleted(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.jobs()
		manager := o.staff("fleet-manager")
		o.kind(o.Delete(t.Context(), o.boss, o.boss.Person), errs.Conflict, "themselves")
		o.kind(o.Delete(t.Context(), manager, o.boss.Person), errs.Denied, "who holds more")
		system := access.System(o.ws.ID, "test")
		o.kind(o.Delete(t.Context(), system, o.boss.Person), errs.Conflict, "the last super-admin")
		stranger := o.boss
		stranger.Workspace = "elsewhere"
		who := o.people(1, person.Active)[0]
		o.kind(o.Delete(t.Context(), stranger, who), errs.NotFound, "from another workspace")
		o.kind(o.UndoDelete(t.Context(), o.boss, who), errs.Gone, "who was not deleted")
		if err := o.Delete(t.Context(), o.boss, who); err != nil {
			t.Fatal(err)
		}
		o.kind(o.UndoDelete(t.Context(), stranger, who), errs.Gone, "back into another workspace")
	})
}

// A login stays while it has another seat.
func TestALoginGoesWithItsLastSeat(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		v := plant(t, o)
		south := workspace.New("south", "South")
		o.update(func(tx *db.Tx) error {
			if err := workspace.Insert(tx, &south); err != nil {
				return err
			}
			p, err := person.ByID(tx, o.ws.ID, v.who)
			if err != nil {
				return err
			}
			other := person.Person{Workspace: south.ID, Email: p.Email, Status: person.Active, Identity: p.Identity}
			return person.Insert(tx, &other)
		})
		if err := o.Delete(t.Context(), o.boss, v.who); err != nil {
			t.Fatal(err)
		}
		o.ahead.Add(int64(time.Hour))
		o.work()
		visitor, err := v.enter.Who(t.Context(), v.session)
		if err != nil || len(visitor.Seats) != 1 || visitor.Seats[0].Workspace.Slug != "south" {
			t.Errorf("%+v, %v", visitor.Seats, err)
		}
	})
}

func TestConsequencesAreSaidBefore(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		v := plant(t, o)
		for action, want := range map[string][]string{
			"deactivate": {"Their 2 cards are refused within a second.", "A charging session that runs is stopped.", "Support", "stays planned", "reactivate them at any time"},
			"delete":     {"Their 2 cards are refused", "no longer sign in", "They lose their staff role: Support.", "Their saved view", "undo this for 30 minutes"},
			"reactivate": {"Their 2 active cards work again", "API keys and invitations"},
			"explode":    nil,
		} {
			list, err := o.Consequences(t.Context(), o.boss, v.who, action)
			all := strings.Join(list, "\n")
			if err != nil || want == nil && list != nil {
				t.Errorf("%s: %q, %v", action, list, err)
			}
			for _, w := range want {
				if !strings.Contains(all, w) {
					t.Errorf("%s does not say %q: %s", action, w, all)
				}
			}
			if strings.Contains(all, planted) {
				t.Errorf("%s names them: %s", action, all)
			}
		}
		bare := o.people(1, person.Active)[0]
		if list, err := o.Consequences(t.Context(), o.boss, bare, "deactivate"); err != nil || len(list) != 1 {
			t.Errorf("%q, %v", list, err)
		}
	})
}

var _ people.Inviter = (*onboard.Service)(nil)
