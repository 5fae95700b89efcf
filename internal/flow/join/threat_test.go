package join_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/join"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/mail"
)

// What joining codes and approvals must withstand.
func TestThreat(t *testing.T) {
	for _, row := range []struct {
		name  string
		story func(*testing.T)
	}{
		{"R16_guessing_codes", guessing},
		{"R17_nobody_is_locked_out", lockedOut},
		{"R18_joining_tells_nothing", tellsNothing},
		{"R31_registration_that_is_off", registrationOff},
		{"R32_approve_and_decline_race", answersRace},
	} {
		t.Run(row.name, row.story)
	}
}

// A day of guessing from one address is counted, by the clock; a thousand
// addresses are a thousand times that.
func guessing(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		_, code := k.code(nil)
		guesses, evaluated := 0, 0
		guess := func(client string) error {
			guesses++
			_, err := k.svc.Find(t.Context(), fmt.Sprintf("%08d", 10_000_000+guesses), join.Asker{Client: client})
			if errs.KindOf(err) == errs.NotFound {
				evaluated++
			}
			return err
		}
		const step = 4 * time.Minute
		for at := time.Duration(0); at < 24*time.Hour; at += step {
			k.ahead.Store(int64(at))
			for range 3 {
				if k := errs.KindOf(guess("203.0.113.7")); k != errs.NotFound && k != errs.Unavailable {
					t.Fatal(k)
				}
			}
		}
		t.Logf("one address in a day: %d of %d guesses were looked up", evaluated, guesses)
		if evaluated > 144 || evaluated < 100 {
			t.Errorf("%d guesses a day from one address: a thousand of them look up %d, over 144,000", evaluated, 1000*evaluated)
		}
		// One network of the sixth version is one address.
		evaluated = 0
		for i := range 40 {
			_ = guess(fmt.Sprintf("2001:db8:1:2::%x", i+1))
		}
		if evaluated != 5 {
			t.Errorf("%d guesses from one network of the sixth version", evaluated)
		}
		// Who guesses in parallel gets no more of them.
		var mu sync.Mutex
		found := 0
		together(20, func(i int) error {
			_, err := k.svc.Find(t.Context(), fmt.Sprintf("%08d", 20_000_000+i), join.Asker{Client: "203.0.113.9"})
			if errs.KindOf(err) == errs.NotFound {
				mu.Lock()
				found++
				mu.Unlock()
			}
			return err
		})
		if found != 5 {
			t.Errorf("%d of 20 guesses at once were looked up", found)
		}
		// A right code among wrong ones does not fill the bucket up again.
		k.ahead.Store(0)
		k.update(func(tx *db.Tx) error { _, err := tx.Exec(`DELETE FROM attempt`); return err }) // the clock went back
		evaluated = 0
		for range 30 {
			_ = guess("203.0.113.11")
			_, _ = k.svc.Find(t.Context(), code, join.Asker{Client: "203.0.113.11"})
		}
		if evaluated != 5 {
			t.Errorf("%d guesses beside a right code", evaluated)
		}
	})
}

// While somebody burns every bucket there is, whoever holds a code gets in.
func lockedOut(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		_, code := k.code(nil)
		// The attacker has many addresses: the bucket over all is used up.
		burn := func() {
			k.update(func(tx *db.Tx) error {
				for range 2000 {
					if err := login.Limit(tx, "join-all", 1000, 600*time.Millisecond); err != nil {
						if errs.KindOf(err) != errs.Unavailable {
							return err
						}
						return nil
					}
				}
				return errors.New("the bucket over all addresses does not fill up")
			})
		}
		// Each address has fewer guesses of its own then, and still some.
		looked := 0
		for i := range 10 {
			burn() // it runs dry again while a slow machine looks
			if _, err := k.svc.Find(t.Context(), fmt.Sprintf("%08d", i), join.Asker{Client: "203.0.113.7"}); errs.KindOf(err) == errs.NotFound {
				looked++
			}
		}
		if looked != 2 {
			t.Errorf("%d guesses from an address in the slow mode", looked)
		}
		began := time.Now()
		var times []time.Duration
		for i := range 100 {
			start := time.Now()
			v := driver{login: k.login(fmt.Sprintf("d%d@example.com", i))}
			// Half of them sit behind the attacker's own address: their logins have
			// buckets of their own.
			client := []string{"203.0.113.7", "192.0.2.50"}[i%2]
			if _, err := k.svc.Join(t.Context(), code, nil, v.login, client); err != nil {
				t.Fatalf("driver %d: %v", i, err)
			}
			times = append(times, time.Since(start))
		}
		// And newcomers without a login, all behind one other address.
		for i := range 100 {
			if _, err := k.svc.Find(t.Context(), code, join.Asker{Client: "192.0.2.51"}); err != nil {
				t.Fatalf("newcomer %d: %v", i, err)
			}
		}
		slices.Sort(times)
		t.Logf("100 drivers joined in %s, the 95th slowest in %s", time.Since(began), times[94])
		if time.Since(began) > 30*time.Second {
			t.Errorf("100 drivers joined in %s", time.Since(began))
		}
	})
}

// What a code's page answers to a newcomer does not depend on their address.
func tellsNothing(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		c, _ := k.code(nil)
		for i, status := range person.Statuses {
			known, unknown := fmt.Sprintf("known%d@example.com", i), fmt.Sprintf("unknown%d@example.com", i)
			k.driver(known, status)
			ask := func(email string) (text string, rows int64) {
				k.update(func(tx *db.Tx) error { return tx.Row(`SELECT COUNT(*) FROM application`, nil, &rows) })
				before := rows
				err := k.onboard.Apply(t.Context(), k.ws.Slug, onboard.Applying{Email: email, FirstName: "Nia", LastName: "New", Language: "en", Code: c.ID, CodeGeneration: c.Generation}, "192.0.2."+fmt.Sprint(i))
				k.update(func(tx *db.Tx) error { return tx.Row(`SELECT COUNT(*) FROM application`, nil, &rows) })
				return fmt.Sprint(err), rows - before
			}
			a, n := ask(known)
			b, m := ask(unknown)
			if a != b || n != m || n != 1 {
				t.Errorf("%s: %q (%d rows) and %q (%d rows)", status, a, n, b, m)
			}
		}
	})
}

// With self-registration off and no code that works, no way in makes anybody.
func registrationOff(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		var before int64
		count := func() (n int64) {
			k.update(func(tx *db.Tx) error { return tx.Row(`SELECT COUNT(*) FROM person`, nil, &n) })
			return n
		}
		before = count()
		n := 0
		for _, domains := range []mail.Domains{nil, {"example.com"}} { // of those who need no approval
			for _, mode := range []workspace.Mode{workspace.Everyone, workspace.ByGroup} {
				for _, code := range []string{"none", "off"} {
					n++
					c, _ := k.code(nil)
					email := fmt.Sprintf("n%d@example.com", n)
					// On while the mail goes out, off before anybody comes.
					k.set(true, domains, mode)
					if err := k.apply(joincode.Code{}, "page-"+email); err != nil {
						t.Fatal(err)
					}
					if err := k.apply(c, "code-"+email); err != nil {
						t.Fatal(err)
					}
					page, byCode := k.token("page-"+email), k.token("code-"+email)
					k.set(false, domains, mode)
					if err := k.svc.Enable(t.Context(), k.admin, c.ID, false); err != nil {
						t.Fatal(err)
					}
					if code == "none" {
						c = joincode.Code{}
					}
					wantKind(t, k.apply(c, email), errs.NotFound, "asking")
					for _, token := range []string{page, byCode} {
						_, err := k.confirm(token)
						wantKind(t, err, errs.NotFound, "a link that was on its way")
						_, err = k.onboard.ConfirmAs(t.Context(), k.ws.Slug, token, login.Identity{Email: "page-" + email})
						if err == nil {
							t.Error("a link came in with a login")
						}
						wantKind(t, k.onboard.Again(t.Context(), k.ws.Slug, token, "192.0.2.9"), errs.NotFound, "a new link")
					}
					// What strangers make up leads nowhere.
					wantKind(t, k.apply(joincode.Code{ID: id.New[id.JoinCode](), Generation: 1}, email), errs.NotFound, "a code that nobody made")
					k.update(func(tx *db.Tx) error { _, err := tx.Exec(`DELETE FROM attempt`); return err })
				}
			}
		}
		if after := count(); after != before || n != 8 {
			t.Errorf("%d combinations made %d people", n, after-before)
		}
	})
}

func (k *town) set(on bool, domains mail.Domains, mode workspace.Mode) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		w, err := workspace.ByID(tx, k.ws.ID)
		if err != nil {
			return err
		}
		w.SelfRegistration, w.AutoApprove, w.AccessMode = on, domains, mode
		return workspace.Save(tx, &w)
	})
}

// Approving and declining at once: one of them is what happened, and nobody
// charges before.
func answersRace(t *testing.T) {
	each(t, func(t *testing.T, k *town) {
		c, code := k.code(func(c *joincode.Code) { c.Approval = true })
		const pairs = 12
		for i := range pairs {
			email := fmt.Sprintf("n%d@example.com", i)
			if err := k.apply(c, email); err != nil {
				t.Fatal(err)
			}
			p, err := k.confirm(k.token(email))
			if err != nil {
				t.Fatal(err)
			}
			uid := k.card(p.ID)
			if r := k.tap(uid, k.harbour); r == decision.Allowed {
				t.Fatal("somebody charges who waits")
			}
			got := together(2, func(j int) error {
				if j == 0 {
					return k.onboard.Approve(t.Context(), k.admin, p.ID, "")
				}
				return k.onboard.Decline(t.Context(), k.admin, p.ID, "")
			})
			if got.ok != 1 || got.kinds[errs.Conflict] != 1 {
				t.Errorf("user %d: %+v", i, got)
			}
			became := k.person(p.ID).Status
			if r := k.tap(uid, k.harbour); (r == decision.Allowed) != (became == person.Active) {
				t.Errorf("user %d is %s and a tap is answered %s", i, became, r)
			}
			k.update(func(tx *db.Tx) error { _, err := tx.Exec(`DELETE FROM attempt`); return err })
		}
		// The same of somebody who is in, and asks for a zone.
		for i := range pairs {
			v := k.driver(fmt.Sprintf("d%d@example.com", i), person.Active)
			k.mustJoin(v, code)
			if r := k.tap(v.uid, k.harbour); r == decision.Allowed {
				t.Fatal("somebody charges in a zone who waits for it")
			}
			var which id.Joining
			list, err := k.zones.RequestsOf(t.Context(), k.admin, v.by.Person)
			if err != nil || len(list) != 1 {
				t.Fatalf("%+v, %v", list, err)
			}
			which = list[0].ID
			var mu sync.Mutex
			done := map[bool]int{}
			together(2, func(j int) error {
				n, err := k.svc.Answer(t.Context(), k.admin, []id.Joining{which}, j == 0, "")
				mu.Lock()
				done[j == 0] += n
				mu.Unlock()
				return err
			})
			if done[true]+done[false] != 1 {
				t.Errorf("driver %d: %v", i, done)
			}
			if r := k.tap(v.uid, k.harbour); (r == decision.Allowed) != (done[true] == 1) {
				t.Errorf("driver %d: %v and %s", i, done, r)
			}
		}
		if c = k.again(c); c.Uses > 2*pairs {
			t.Errorf("%d uses", c.Uses)
		}
	})
}
