package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/flow/intake"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
	"involt/internal/testkit/dbtest"
)

// TestThreat shows the rows of RELIABILITY.md that the API itself has to hold.
func TestThreat(t *testing.T) {
	t.Run("R24_self_verify_email_by_api", func(t *testing.T) {
		dbtest.Each(t, func(t *testing.T, d *db.DB) { nobodyVerifies(t, serve(t, d)) })
	})
	t.Run("R24_a_changed_address_is_unproven_and_the_old_one_is_told", func(t *testing.T) {
		dbtest.Each(t, func(t *testing.T, d *db.DB) { theOldAddressIsTold(t, serve(t, d)) })
	})
}

// fiveRoles are those that the row asks of: from everything to nothing but reading.
var fiveRoles = []string{"super-admin", "admin", "fleet-manager", "support", "viewer"}

// holder makes a user of a status, with a login or without, proven or not.
func (r *rig) holder(name string, st person.Status, withLogin, proven bool) (p person.Person) {
	r.t.Helper()
	r.update(func(tx *db.Tx) error {
		p = person.Person{Workspace: r.a.ws, Email: name + "@alder.example", FirstName: "Vera", LastName: name, ExternalID: "V-" + name, Status: st}
		if withLogin {
			who := login.Identity{Email: p.Email, Hash: "x"}
			if proven {
				who.Verified = tx.Now
			}
			if err := login.Insert(tx, &who); err != nil {
				return err
			}
			p.Identity = who.ID
		}
		return person.Insert(tx, &p)
	})
	return p
}

// logins spells every login and who has which: what nobody may change by the API.
func (r *rig) logins() (text string) {
	r.t.Helper()
	r.update(func(tx *db.Tx) error {
		text = ""
		for _, q := range []string{
			`SELECT 'login ' || id || ' ' || email || ' ' || COALESCE(CAST(verified_at AS TEXT), 'unproven') || ' ' || password_hash FROM identity ORDER BY id`,
			`SELECT 'seat ' || id || ' ' || email || ' ' || identity FROM person WHERE identity IS NOT NULL ORDER BY id`,
		} {
			rows, err := db.All(tx, db.Text[string], q)
			if err != nil {
				return err
			}
			text += strings.Join(rows, "\n") + "\n"
		}
		return nil
	})
	return text
}

func nobodyVerifies(t *testing.T, r *rig) {
	users := []person.Person{
		r.holder("proven", person.Active, true, true), r.holder("unproven", person.Active, true, false),
		r.holder("waiting", person.ToBeApproved, true, false), r.holder("imported", person.Imported, false, false),
	}
	sheets := &intake.Service{DB: r.d}
	before := r.logins()
	tries, taken, applied := 0, 0, 0
	for _, name := range fiveRoles {
		role, _ := access.RoleByKey(name)
		key := r.key(role.Perms)
		wanted := func(answer reply, what string) {
			tries++
			if answer.status < 300 {
				taken++
				t.Errorf("%s: %s is answered %d", name, what, answer.status)
			}
			if now := r.logins(); now != before {
				t.Fatalf("%s: %s changed a login:\n%s\nwas\n%s", name, what, now, before)
			}
		}
		for _, p := range users {
			at := "/api/v1/users/" + string(p.ID)
			for _, body := range []string{
				`{"verified":true}`, `{"email_verified":true}`, `{"verified_at":"2026-01-01T00:00:00Z"}`, `{"first_name":"Eve","verified":true}`,
				`{"email":"mine@evil.example","verified":true}`, `{"email":"mine@evil.example","email_verified":true}`, `{"identity":"` + string(users[0].Identity) + `"}`, `{"Verified":true}`,
				`{"emails":[{"value":"mine@evil.example","primary":true,"verified":true}]}`,
			} {
				wanted(r.do(key, http.MethodPatch, at, body, "If-Match", "*"), "PATCH "+body+" of "+p.LastName)
				wanted(r.do(key, http.MethodPut, at, body, "If-Match", "*"), "PUT "+body+" of "+p.LastName)
			}
			if p.Identity != "" { // their address is their key: not even unproven
				wanted(r.do(key, http.MethodPatch, at, `{"email":"mine@evil.example"}`, "If-Match", "*"), "PATCH of the address of "+p.LastName)
			}
		}
		wanted(r.do(key, http.MethodPost, "/api/v1/users", `{"email":"new@evil.example","first_name":"Eve","verified":true}`), "POST with verified")
		for _, path := range []string{"/scim/v2/Users", "/api/v1/scim/v2/Users"} { // there is no SCIM yet: its routes must not appear without being tried here
			wanted(r.do(key, http.MethodPost, path, `{"userName":"eve","emails":[{"value":"mine@evil.example","verified":true}]}`), "POST "+path)
		}
		// A file with such columns: they are no columns.
		text := "email,external_id,first_name,verified,email_verified,verified_at,identity\n"
		for _, p := range users {
			text += fmt.Sprintf("%s,%s,Vera,true,true,2026-01-01,%s\n", p.Email, p.ExternalID, users[0].Identity)
			if p.Identity != "" {
				text += fmt.Sprintf("mine@evil.example,%s,Vera,true,true,2026-01-01,\n", p.ExternalID)
			}
		}
		text += "fresh-" + name + "@evil.example,,Eve,true,true,2026-01-01," + string(users[0].Identity) + "\n"
		made := r.do(key, http.MethodPost, "/api/v1/imports", map[string]any{"file_name": "v.csv", "text": text})
		tries++
		if made.status != http.StatusCreated {
			continue // this role imports nothing
		}
		one := made.json()["id"].(string)
		if err := sheets.GoOn(t.Context(), r.a.ws, id.Import(one)); err != nil {
			t.Fatal(err)
		}
		r.do(key, http.MethodPost, "/api/v1/imports/"+one+"/apply", `{}`)
		if err := sheets.GoOn(t.Context(), r.a.ws, id.Import(one)); err != nil {
			t.Fatal(err)
		}
		if now := r.logins(); now != before {
			t.Fatalf("%s: an import changed a login:\n%s\nwas\n%s", name, now, before)
		}
		r.update(func(tx *db.Tx) error {
			_, err := person.ByEmail(tx, r.a.ws, "fresh-"+name+"@evil.example")
			if err == nil {
				applied++
			}
			return err
		})
	}
	if applied < 3 {
		t.Errorf("%d roles applied their file: too few to show anything", applied)
	}
	if tries < 300 || taken > 0 {
		t.Errorf("%d of %d tries were taken", taken, tries)
	}
}

func theOldAddressIsTold(t *testing.T, r *rig) {
	ring := seal.Random()
	told := func(address string) (n int) {
		r.update(func(tx *db.Tx) error {
			return tx.Row(`SELECT COUNT(*) FROM notice WHERE kind = 'address-changed' AND recipient = ?`, []any{address}, &n)
		})
		return n
	}
	changed := 0
	for i, name := range fiveRoles {
		role, _ := access.RoleByKey(name)
		key := r.key(role.Perms)
		p := r.holder("moves-"+name, person.Imported, false, false)
		v := invite.Invite{Workspace: p.Workspace, Person: p.ID, Channel: invite.ByMail, Email: p.Email, InvitedBy: "system:test", Life: time.Hour}
		if i%2 == 0 { // somebody who was invited, and has a link
			r.update(func(tx *db.Tx) error {
				if err := p.Become(person.Invited, tx.Now); err != nil {
					return err
				}
				return errs.Or(person.Save(tx, &p), invite.Open(tx, ring, &v))
			})
		}
		next := "moved-" + name + "@alder.example"
		answer := r.do(key, http.MethodPatch, "/api/v1/users/"+string(p.ID), map[string]any{"email": next}, "If-Match", "*")
		if !role.Perms.Has(access.PeopleWrite | access.PersonalData) {
			if answer.status != http.StatusForbidden || told(p.Email) != 0 {
				t.Errorf("%s: %d, the old address is told %d times", name, answer.status, told(p.Email))
			}
			continue
		}
		answer.want(http.StatusOK)
		changed++
		if told(p.Email) != 1 || told(next) != 0 {
			t.Errorf("%s: the old address is told %d times, the new one %d times", name, told(p.Email), told(next))
		}
		r.update(func(tx *db.Tx) error {
			if _, err := login.ByEmail(tx, next); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s: the new address has a login: %v", name, err)
			}
			if i%2 == 0 {
				now, err := invite.ByID(tx, p.Workspace, v.ID)
				if err != nil || now.Revoked.IsZero() {
					t.Errorf("%s: the link in the older mailbox: %+v, %v", name, now, err)
				}
			}
			now, err := person.ByID(tx, p.Workspace, p.ID)
			if now.Email != next || now.Identity != "" || now.Status != person.Imported {
				t.Errorf("%s: they are %+v", name, now)
			}
			return err
		})
		// The same once more is no change.
		r.do(key, http.MethodPatch, "/api/v1/users/"+string(p.ID), map[string]any{"email": next}, "If-Match", "*").want(http.StatusOK)
		if told(p.Email)+told(next) != 1 {
			t.Errorf("%s: told again", name)
		}
	}
	if changed < 3 {
		t.Errorf("%d roles may change an address: too few to show anything", changed)
	}
}
