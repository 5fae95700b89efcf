package wallet_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// town is two workspaces with one person each.
func town(t *testing.T, d *db.DB) (by, other access.Actor, ann, bob person.Person) {
	t.Helper()
	make1 := func(slug, first string) (access.Actor, person.Person) {
		ws := workspace.New(slug, "")
		p := person.Person{FirstName: first, Email: strings.ToLower(first) + "@example.com", Status: person.Active}
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			if err := workspace.Insert(tx, &ws); err != nil {
				return err
			}
			p.Workspace = ws.ID
			return person.Insert(tx, &p)
		}); err != nil {
			t.Fatal(err)
		}
		return access.Actor{Workspace: ws.ID, Name: "person:x", Perms: access.All}, p
	}
	by, ann = make1("a", "Ann")
	other, bob = make1("b", "Bob")
	return by, other, ann, bob
}

func TestAssign(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by, other, ann, bob := town(t, d)
		s := &wallet.Service{DB: d}
		c, _, err := s.Assign(t.Context(), by, wallet.NewCard{Number: "04:a2:9f:1b", Person: ann.ID})
		if err != nil || c.UID != "04A29F1B" || c.Typed != "04:a2:9f:1b" || c.State != card.Active {
			t.Fatalf("Assign = %+v, %v", c, err)
		}
		_, similar, err := s.Assign(t.Context(), by, wallet.NewCard{Number: "1B9FA204", Person: ann.ID})
		if err != nil || similar != "04A29F1B" {
			t.Errorf("the same card reversed: warned of %q, %v", similar, err)
		}
		if _, _, err := s.Assign(t.Context(), other, wallet.NewCard{Number: "04A29F1B", Person: bob.ID}); err != nil {
			t.Errorf("the same number in another workspace: %v", err)
		}
		masked := by
		masked.Perms &^= access.PersonalData
		now := time.Now()
		for name, tc := range map[string]struct {
			by   access.Actor
			in   wallet.NewCard
			kind errs.Kind
			want string // field and sentence
		}{
			"taken":                   {by, wallet.NewCard{Number: "04A29F1B", Person: ann.ID}, errs.Invalid, "number: The card 04A29F1B belongs to Ann"},
			"taken, seen by support":  {masked, wallet.NewCard{Number: "04A29F1B", Person: ann.ID}, errs.Invalid, "number: The card 04A29F1B belongs to another user"},
			"no number":               {by, wallet.NewCard{Number: "", Person: ann.ID}, errs.Invalid, "number: "},
			"nonsense":                {by, wallet.NewCard{Number: "hello", Person: ann.ID}, errs.Invalid, "number: "},
			"ends before it begins":   {by, wallet.NewCard{Number: "04A29F1C", Person: ann.ID, ValidFrom: now, ValidTo: now}, errs.Invalid, "valid_to: "},
			"somebody else's user":    {by, wallet.NewCard{Number: "04A29F1C", Person: bob.ID}, errs.NotFound, ": "},
			"without the permission":  {access.Actor{Workspace: by.Workspace, Perms: access.CardsRead}, wallet.NewCard{Number: "04A29F1C", Person: ann.ID}, errs.Denied, ": "},
			"nobody acts without one": {access.Actor{}, wallet.NewCard{Number: "04A29F1C", Person: ann.ID}, errs.Denied, ": "},
		} {
			_, _, err := s.Assign(t.Context(), tc.by, tc.in)
			e, _ := errors.AsType[*errs.Error](err)
			if e == nil || e.Kind != tc.kind || !strings.HasPrefix(e.Field+": "+e.Text, tc.want) {
				t.Errorf("%s: %v, want kind %d and %q", name, err, tc.kind, tc.want)
			}
		}
	})
}

func TestChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by, other, ann, _ := town(t, d)
		s := &wallet.Service{DB: d}
		c, _, err := s.Assign(t.Context(), by, wallet.NewCard{Number: "04A29F1B", Person: ann.ID})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Change(t.Context(), other, c.ID, card.Blocked, ""); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another workspace's card: %v", err)
		}
		for _, to := range []card.State{card.Blocked, card.Active, card.Suspended, card.Deactivated} {
			if c, err = s.Change(t.Context(), by, c.ID, to, "test"); err != nil || c.State != to {
				t.Fatalf("to %s: %+v, %v", to, c, err)
			}
		}
		if _, err := s.Change(t.Context(), by, c.ID, card.Active, ""); errs.KindOf(err) != errs.Conflict {
			t.Errorf("a deactivated card came back: %v", err)
		}
		if _, _, err := s.Assign(t.Context(), by, wallet.NewCard{Number: "04A29F1B", Person: ann.ID}); err != nil {
			t.Errorf("its number cannot be given out again: %v", err)
		}
	})
}
