package browse_test

import (
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/insight"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Every picture of the overview leads to a list that shows its number.
func TestListsBehindTheOverview(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		o := must[insight.Overview](t)(pictures(s).Overview(ctx, a.staff))
		for step, want := range map[insight.Step]int64{insight.StepInvited: o.Funnel.Invited, insight.StepOpened: o.Funnel.Opened, insight.StepActive: o.Funnel.Active} {
			p := must[insight.InviteePage](t)(pictures(s).Invitees(ctx, a.staff, step, browse.Paging{}))
			if p.Total != want || int64(len(p.Rows)) != want {
				t.Errorf("%s: %d of %d, want %d", step, len(p.Rows), p.Total, want)
			}
		}
		if _, err := pictures(s).Invitees(ctx, a.staff, "gone", browse.Paging{}); errs.KindOf(err) != errs.NotFound {
			t.Errorf("an unknown step: %v", err)
		}
		same(t, "weeks", len(o.Weeks), 12)
		var users int64
		for _, w := range o.Weeks {
			p := must[insight.ChargedPage](t)(pictures(s).Charged(ctx, a.staff, insight.ChargedFilter{From: w.From, To: w.To}))
			if p.Total != w.Users || w.From.Weekday() != time.Monday || w.From.Hour() != 0 {
				t.Errorf("week of %v: %d users, its list has %d", w.From, w.Users, p.Total)
			}
			users += w.Users
		}
		if users == 0 {
			t.Error("nobody charged in twelve weeks")
		}
		for _, g := range o.Groups {
			p := must[insight.ChargedPage](t)(pictures(s).Charged(ctx, a.staff, insight.ChargedFilter{From: o.Since, Group: g.ID, NoGroup: g.ID == ""}))
			if p.Wh != g.Wh || p.Sessions != g.Sessions || p.Group != g.Name {
				t.Errorf("group %q: %d Wh in %d sessions, its list has %d in %d", g.Name, g.Wh, g.Sessions, p.Wh, p.Sessions)
			}
			var wh int64
			for _, c := range p.Rows {
				wh += c.Wh
			}
			same(t, "rows of "+g.Name, wh, g.Wh)
		}
		for _, e := range o.Energy {
			p := must[insight.ChargedPage](t)(pictures(s).Charged(ctx, a.staff, insight.ChargedFilter{From: e.Day, To: e.Day.AddDate(0, 0, 1), Unknown: true}))
			if p.Wh != e.Wh || p.Sessions != e.Sessions {
				t.Errorf("day %v: %d Wh, its list has %d", e.Day, e.Wh, p.Wh)
			}
		}
		refused := false
		for _, r := range o.Refused {
			p := must[browse.DecisionPage](t)(s.Decisions(ctx, a.staff, browse.DecisionFilter{Allowed: &refused, Reason: r.Reason, From: o.Since}))
			same(t, string(r.Reason), p.Total, r.N)
		}
	})
}

// Whoever was deleted is "Deleted user" in what is left, at once, and leads
// nowhere.
func TestTheDeletedAreNotNamed(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		gone := a.anna
		before := must[browse.SessionPage](t)(s.Sessions(ctx, a.staff, browse.SessionFilter{Person: gone.ID}))
		if len(before.Rows) == 0 || before.Rows[0].User == browse.Deleted {
			t.Fatalf("%+v", before.Rows)
		}
		change(t, s.DB, func(tx *db.Tx) error {
			if err := journal.Record(tx, a.staff, "person.updated", journal.About("person", gone.ID), map[string]any{"phone": []string{"", "+49 30 12345"}}); err != nil {
				return err
			}
			_, err := tx.Exec(`UPDATE person SET deleted_at = ?, status = ? WHERE workspace = ? AND id = ?`, tx.NowMS(), person.Deactivated, a.ws, gone.ID)
			return err
		})
		named := func(what, name string, who any, none any) {
			t.Helper()
			if name != browse.Deleted || who != none {
				t.Errorf("%s: %q, leads to %q", what, name, who)
			}
		}
		n := 0
		for _, r := range must[browse.SessionPage](t)(s.Sessions(ctx, a.staff, browse.SessionFilter{Person: gone.ID})).Rows {
			named("session", r.User+r.Email+r.ExternalID, r.Person, gone.ID[:0])
			n++
		}
		for _, r := range must[browse.CardPage](t)(s.Cards(ctx, a.staff, browse.CardFilter{Person: gone.ID})).Rows {
			named("card", r.Owner+r.OwnerEmail, r.Person, gone.ID[:0])
			n++
		}
		for _, r := range must[browse.DecisionPage](t)(s.Decisions(ctx, a.staff, browse.DecisionFilter{Person: gone.ID})).Rows {
			named("tap", r.User, r.Person, gone.ID[:0])
			n++
		}
		for _, r := range must[browse.ActivityPage](t)(s.Activity(ctx, a.staff, browse.ActivityFilter{Subject: journal.About("person", gone.ID)})).Rows {
			if r.Subject != journal.About("person", gone.ID) {
				continue // of bulk work: its values name nobody
			}
			named("activity", r.SubjectName, r.Gone, true)
			if len(r.Value) > 0 {
				t.Errorf("activity still says %v", r.Value)
			}
			n++
		}
		for _, r := range must[insight.ChargedPage](t)(pictures(s).Charged(ctx, a.staff, insight.ChargedFilter{From: time.UnixMilli(0)})).Rows {
			if r.Name == browse.Deleted {
				named("charged", r.Name+r.Email, r.ID, gone.ID[:0])
				n++
			}
		}
		if n < 4 {
			t.Errorf("only %d places were looked at", n)
		}
	})
}

// The journal is found by whom or what an entry is about, who did it, and when.
func TestActivityIsFound(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		who := a.anna
		change(t, s.DB, func(tx *db.Tx) error {
			if err := journal.Record(tx, a.staff, "person.updated", journal.About("person", who.ID), map[string]any{"cost_center": []string{"", "4100"}}); err != nil {
				return err
			}
			return journal.Record(tx, access.System(a.ws, "mail"), "invitation.sent", journal.About("person", who.ID), nil)
		})
		count := func(f browse.ActivityFilter) int {
			t.Helper()
			n := 0
			p := must[browse.ActivityPage](t)(s.Activity(ctx, a.staff, f))
			for at := p; ; at = must[browse.ActivityPage](t)(s.Activity(ctx, a.staff, f)) {
				n += len(at.Rows)
				if f.At = at.Next; f.At == "" {
					break
				}
			}
			same(t, "the page's total", int(p.Total), n)
			return n
		}
		all := count(browse.ActivityFilter{})
		about := count(browse.ActivityFilter{Subject: journal.About("person", who.ID)})
		same(t, "by name", count(browse.ActivityFilter{Q: who.LastName, What: "person.updated"}), 1)
		if got := count(browse.ActivityFilter{Q: who.LastName}); got < about {
			t.Errorf("by name: %d entries, about them are %d", got, about)
		}
		same(t, "by nothing that is there", count(browse.ActivityFilter{Q: "zzzzqqq"}), 0)
		same(t, "by Involt", count(browse.ActivityFilter{Actor: "system", What: "invitation"}), 1)
		same(t, "of a noun", count(browse.ActivityFilter{What: "invitation"}), 1)
		same(t, "half a noun", count(browse.ActivityFilter{What: "invit"}), 0)
		same(t, "before yesterday", count(browse.ActivityFilter{To: a.noon.AddDate(0, 0, -1), Actor: "system"}), 0)
		if all < 2 {
			t.Errorf("%d entries in all", all)
		}
		actors := must[[]browse.Choice](t)(s.Actors(ctx, a.staff))
		for _, c := range actors {
			if c.ID == "" || c.Name == "" {
				t.Errorf("%+v", actors)
			}
		}
	})
}

func change(t *testing.T, d *db.DB, f func(*db.Tx) error) {
	t.Helper()
	if err := d.Update(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// pictures is the overview of the same database, with nothing kept yet.
func pictures(s *browse.Service) *insight.Service { return &insight.Service{DB: s.DB, Lists: s} }
