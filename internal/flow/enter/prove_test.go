package enter_test

import (
	"testing"
	"time"

	"involt/internal/core/login"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// What counts as proof is the password, given in this session, a short while ago.
// Sessions that began by a link or a code have none, whatever their age.
func TestThreat(t *testing.T) {
	t.Run("R35_only_a_password_is_proof", func(t *testing.T) {
		each(t, func(t *testing.T, g *gate) {
			proven := func(session string) bool {
				t.Helper()
				v, err := g.svc.Who(t.Context(), session)
				if err != nil {
					t.Fatal(err)
				}
				return v.Proven
			}
			var linked, coded string
			g.update(func(tx *db.Tx) error {
				who, err := login.ByID(tx, g.admin.Identity)
				if err != nil {
					return err
				}
				if coded, err = login.Start(tx, who, login.Begin{Staff: true, Method: login.ByLink, Proven: tx.Now}); err != nil { // a mistaken caller changes nothing
					return err
				}
				linked, err = login.NewLink(tx, who.ID, time.Hour)
				return err
			})
			linked, _, err := g.svc.FollowLink(t.Context(), linked)
			if err != nil {
				t.Fatal(err)
			}
			password := g.signIn("anna@north.example")
			if proven(linked) || proven(coded) || !proven(password) {
				t.Errorf("link %v, code %v, password %v", proven(linked), proven(coded), proven(password))
			}
			renewed, _, err := g.svc.Renew(t.Context(), linked)
			if err != nil || proven(renewed) {
				t.Errorf("a renewed session proves itself: %v", err)
			}
			g.later(10*time.Minute - time.Second)
			if !proven(password) {
				t.Error("too early")
			}
			g.later(2 * time.Second)
			if proven(password) {
				t.Error("after ten minutes")
			}
			again, _, err := g.svc.Renew(t.Context(), password)
			if err != nil || proven(again) {
				t.Errorf("renewing counts as proof: %v", err)
			}
			// Giving it again proves it, in this session alone.
			v, err := g.svc.Who(t.Context(), renewed)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := g.svc.Prove(t.Context(), v, "wrong volts"); err == nil || errs.KindOf(err) != errs.Invalid {
				t.Errorf("a wrong password: %v", err)
			}
			session, _, err := g.svc.Prove(t.Context(), v, good)
			if err != nil || !proven(session) || proven(again) {
				t.Errorf("%v", err)
			}
			for range 12 {
				_, _, err = g.svc.Prove(t.Context(), v, "wrong volts")
			}
			if errs.KindOf(err) != errs.Unavailable {
				t.Errorf("after many wrong ones: %v", err)
			}
		})
	})
}
