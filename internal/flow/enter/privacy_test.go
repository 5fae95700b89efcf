package enter_test

import (
	"testing"

	"involt/internal/core/access"
	"involt/internal/kit/errs"

	"involt/internal/flow/enter"
)

func TestPrivacyModeMasksOneBrowserAndTakesNoAuthority(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		ctx := t.Context()
		mine, other := g.signIn("anna@north.example"), g.signIn("anna@north.example")
		seat := func(session string) access.Actor {
			t.Helper()
			v, err := g.svc.Who(ctx, session)
			if err != nil {
				t.Fatal(err)
			}
			s, _ := v.Seat("northgrid")
			if v.Masked == s.Actor.Perms.Has(access.PersonalData) {
				t.Errorf("masked: %t, but sees personal data: %t", v.Masked, s.Actor.Perms.Has(access.PersonalData))
			}
			return s.Actor
		}
		turn := func(session string, on bool) {
			t.Helper()
			v, err := g.svc.Who(ctx, session)
			if err == nil {
				err = g.svc.Privacy(ctx, v, on)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		turn(mine, true)
		by := seat(mine)
		if by.Perms != access.All&^access.PersonalData {
			t.Errorf("with privacy mode on: %v", by.Perms.Names())
		}
		for _, r := range access.Roles {
			at := access.Scope{}
			if r.Only == access.InAccount {
				at = access.Scope{Kind: access.InAccount, ID: "a"}
			}
			if !by.Delegable(r, at) || !by.MayGive([]access.Held{{Role: r, At: at}}) {
				t.Errorf("a super-admin in privacy mode may not give %s", r.Key)
			}
		}
		if !seat(other).Perms.Has(access.PersonalData) {
			t.Error("privacy mode reached another browser")
		}
		renewed, v, err := g.svc.Renew(ctx, mine)
		if err != nil || !v.Masked || seat(renewed).Perms.Has(access.PersonalData) {
			t.Errorf("renewing the session ended privacy mode: %v", err)
		}
		turn(renewed, false)
		if !seat(renewed).Perms.Has(access.PersonalData) {
			t.Error("privacy mode does not end")
		}
		turn(renewed, true)
		if !seat(g.signIn("anna@north.example")).Perms.Has(access.PersonalData) {
			t.Error("privacy mode outlives its session")
		}
		if err := g.svc.Privacy(ctx, enter.Visitor{}, true); errs.KindOf(err) != errs.SignedOut {
			t.Errorf("somebody who is signed out: %v", err)
		}
	})
}
