package onboard_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

// scale brings the figure of a threat to some seconds: INVOLT_THREATS=full runs it
// as RELIABILITY.md has it.
func scale(full, short int) int {
	if os.Getenv("INVOLT_THREATS") == "full" {
		return full
	}
	return short
}

// TestThreat shows the rows of RELIABILITY.md about links of invitations that the
// pages need not be asked for. Figures are a tenth of the table's or less; each
// says how much.
func TestThreat(t *testing.T) {
	for _, row := range []struct {
		name string
		show func(*testing.T, *desk)
	}{
		{"R04_expired_link", expiredLinks},
		{"R05_forged_token", forgedTokens},
		{"R06_truncated_token", truncatedTokens},
		{"R11_existing_account", existingAccounts},
		{"R12_pre_hijack", preHijack},
		{"R14_older_links_die", olderLinksDie},
		{"R15_equality_not_like", equalityNotLike},
	} {
		t.Run(row.name, func(t *testing.T) { each(t, row.show) })
	}
	t.Run("R03_double_use_by_race", func(t *testing.T) { replicas(t, oneOfTen) })
	t.Run("FT-2_mixed_races", func(t *testing.T) { replicas(t, mixedRaces) })
	t.Run("FT-2_inviter_disabled_meanwhile", func(t *testing.T) { replicas(t, inviterDisabled) })
}

// guest is somebody who was invited and can sign in, so that accepting costs no
// password.
type guest struct {
	who   id.Person
	token string
	login login.Identity
}

// guests invites n people. Their mails wait.
func (k *desk) guests(prefix string, n int, offer invite.Offer) (list []guest) {
	k.t.Helper()
	for at := 0; at < n; at += onboard.MaxInvitees {
		var some []onboard.Invitee
		for i := at; i < min(n, at+onboard.MaxInvitees); i++ {
			some = append(some, onboard.Invitee{Email: fmt.Sprintf("%s.%d@example.com", prefix, i)})
		}
		made, err := k.svc.Invite(k.t.Context(), k.admin, some, offer, "")
		if err != nil {
			k.t.Fatal(err)
		}
		k.update(func(tx *db.Tx) error {
			open, err := invite.OpenOfMany(tx, k.ws.ID, made)
			if err != nil {
				return err
			}
			for _, who := range made {
				v := open[who]
				g := guest{who: who, token: v.Token(k.svc.Keys), login: login.Identity{Email: v.Email, Hash: "x", Verified: tx.Now}}
				if err := login.Insert(tx, &g.login); err != nil {
					return err
				}
				list = append(list, g)
			}
			return nil
		})
	}
	return list
}

// replicas tells a story on two servers with one database, each with connections
// of its own.
func replicas(t *testing.T, story func(*testing.T, *desk, [2]*onboard.Service)) {
	t.Helper()
	dbtest.EachURL(t, func(t *testing.T, url string) {
		k := open(t, dbtest.Open(t, url))
		d, err := db.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		d.Clock = k.d.Clock
		other := *k.svc
		other.DB = d
		story(t, k, [2]*onboard.Service{k.svc, &other})
	})
}

// oneOfTen races ten acceptances per link from two servers. 1,000 links in the
// table, 100 here.
func oneOfTen(t *testing.T, k *desk, s [2]*onboard.Service) {
	list := k.guests("race", scale(1000, 100), invite.Offer{Locations: []id.Location{k.office}})
	const tries = 10
	var won, lost atomic.Int64
	said := sync.Map{}
	ready := make(chan struct{})
	var wg sync.WaitGroup
	work := make(chan guest)
	for i := range 2 * tries {
		wg.Go(func() {
			<-ready
			for g := range work {
				_, err := s[i%2].Accept(t.Context(), g.token, g.login)
				switch {
				case err == nil:
					won.Add(1)
				case errs.KindOf(err) == errs.Gone:
					lost.Add(1)
					said.Store(errs.Text(err), true)
				default:
					t.Errorf("a loser is told %v", err)
				}
			}
		})
	}
	close(ready)
	for _, g := range list {
		for range tries {
			work <- g
		}
	}
	close(work)
	wg.Wait()
	if won.Load() != int64(len(list)) || lost.Load() != int64(len(list)*(tries-1)) {
		t.Errorf("%d won and %d lost, of %d links with %d tries each", won.Load(), lost.Load(), len(list), tries)
	}
	messages := 0
	said.Range(func(any, any) bool { messages++; return true })
	if messages != 1 {
		t.Errorf("losers are told %d things", messages)
	}
	k.update(func(tx *db.Tx) error {
		var active, grants, entries int
		err := errs.Or(errs.Or(
			tx.Row(`SELECT COUNT(*) FROM person WHERE status = 'active' AND identity IS NOT NULL`, nil, &active),
			tx.Row(`SELECT COUNT(*) FROM access_grant`, nil, &grants)),
			tx.Row(`SELECT COUNT(*) FROM journal WHERE what = 'person.activated'`, nil, &entries))
		if active != len(list) || grants != len(list) || entries != len(list) {
			t.Errorf("%d active, %d grants, %d entries of the journal, of %d links", active, grants, entries, len(list))
		}
		return err
	})
}

// mixedRaces lets acceptance race with what ends, renews or outlives an
// invitation. 1,000 links per race in the table, 40 here; races on one link each.
func mixedRaces(t *testing.T, k *desk, s [2]*onboard.Service) {
	for name, against := range map[string]func(guest) error{
		"revoke": func(g guest) error { return s[1].RevokeInvitation(t.Context(), k.admin, g.who) },
		"resend": func(g guest) error {
			_, err := s[1].InviteAgain(t.Context(), k.admin, []id.Person{g.who})
			return err
		},
		"decline": func(g guest) error { return s[1].DeclineInvitation(t.Context(), g.token) },
		"deactivate the invitee": func(g guest) error {
			return k.desk.Deactivate(t.Context(), k.admin, g.who, "race")
		},
	} {
		list := k.guests(strings.ReplaceAll(name, " ", "-"), scale(1000, 40), invite.Offer{Locations: []id.Location{k.office}})
		for _, g := range list {
			var in, out error
			var wg sync.WaitGroup
			start := make(chan struct{})
			wg.Go(func() { <-start; _, in = s[0].Accept(t.Context(), g.token, g.login) })
			wg.Go(func() { <-start; out = against(g) })
			close(start)
			wg.Wait()
			if in != nil && errs.KindOf(in) != errs.Gone && errs.KindOf(in) != errs.NotFound {
				t.Errorf("%s: accepting says %v", name, in)
			}
			if k := errs.KindOf(out); out != nil && k != errs.Conflict && (k != errs.Gone || name != "decline") {
				t.Errorf("%s: the other says %v", name, out)
			}
			k.oneEnd(t, name, g, in == nil)
		}
	}
	// The moment of its end.
	for i, g := range k.guests("expiry", scale(1000, 40), invite.Offer{}) {
		k.later(k.left(g.token) - time.Millisecond*time.Duration(i%3))
		_, err := s[i%2].Accept(t.Context(), g.token, g.login)
		if err != nil && errs.KindOf(err) != errs.Gone {
			t.Errorf("at its end: %v", err)
		}
		k.oneEnd(t, "expiry", g, err == nil)
	}
}

// oneEnd checks that a link came to one end: used exactly if somebody came in by
// it, and then they have what was offered.
func (k *desk) oneEnd(t *testing.T, race string, g guest, won bool) {
	t.Helper()
	k.update(func(tx *db.Tx) error {
		p, err := person.ByID(tx, k.ws.ID, g.who)
		if err != nil {
			return err
		}
		v, err := invite.NewestOf(tx, k.ws.ID, g.who)
		if err != nil {
			return err
		}
		if used := !v.Accepted.IsZero(); used != won || used && !(v.Revoked.IsZero() && v.Declined.IsZero()) {
			t.Errorf("%s: won %v, but the invitation is %+v", race, won, v)
		}
		if seat := p.Identity != ""; seat != won {
			t.Errorf("%s: won %v, but their login is %q (%s)", race, won, p.Identity, p.Status)
		}
		var grants int
		err = tx.Row(`SELECT COUNT(*) FROM access_grant WHERE person = ?`, []any{g.who}, &grants)
		if want := len(v.Offer.Locations); won && grants != want || !won && grants != 0 {
			t.Errorf("%s: won %v, with %d grants of %d", race, won, grants, want)
		}
		return err
	})
}

// left is how long a link still works, by the database's clock.
func (k *desk) left(token string) (d time.Duration) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		v, err := invite.ByToken(tx, token)
		d = v.Expires.Sub(tx.Now)
		return err
	})
	return d
}

// expiredLinks: 1,000 a second before their end and 1,000 a second after it in the
// table, 100 each here. Nothing tidies up meanwhile.
func expiredLinks(t *testing.T, k *desk) {
	n := scale(1000, 100)
	early, late := k.guests("early", n, invite.Offer{}), k.guests("late", n, invite.Offer{})
	for _, g := range early {
		k.later(k.left(g.token) - time.Second)
		if _, err := k.svc.Accept(t.Context(), g.token, g.login); err != nil {
			t.Errorf("a second before its end: %v", err)
		}
	}
	for _, g := range late {
		k.later(k.left(g.token) + time.Second)
		_, err := k.svc.Accept(t.Context(), g.token, g.login)
		wantKind(t, err, errs.Gone, "a second after its end")
	}
}

// forgedTokens: tokens with one bit changed, halves of others, and what is none; 50,000
// in the table, some thousand here.
func forgedTokens(t *testing.T, k *desk) {
	list := k.guests("forged", scale(1000, 40), invite.Offer{})
	before := k.all()
	tries, taken := 0, 0
	try := func(g guest, token string) {
		tries++
		if _, err := k.svc.Look(t.Context(), token); errs.KindOf(err) != errs.NotFound {
			taken++
		}
		if _, err := k.svc.Accept(t.Context(), token, g.login); errs.KindOf(err) != errs.NotFound {
			taken++
		}
	}
	for i, g := range list {
		raw, err := base64.RawURLEncoding.DecodeString(g.token)
		if err != nil {
			t.Fatal(err)
		}
		for at := range raw { // every byte, one bit of it
			bent := append([]byte(nil), raw...)
			bent[at] ^= 1 << (at % 8)
			try(g, base64.RawURLEncoding.EncodeToString(bent))
		}
		other := list[(i+1)%len(list)].token
		try(g, g.token[:20]+other[20:]) // half of another invitation
	}
	for _, forged := range []string{
		"", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", strings.Repeat("A", invite.TokenLen), "' OR '1'='1", "%", list[0].token + "=", " " + list[0].token, list[0].token + "\n",
	} {
		try(list[0], forged)
	}
	if taken > 0 || k.all() != before {
		t.Errorf("%d of %d forged tokens were taken", taken, tries)
	}
}

// truncatedTokens: every strict prefix and suffix and every letter in the other
// case, of 1,000 tokens in the table and of 20 here.
func truncatedTokens(t *testing.T, k *desk) {
	list := k.guests("cut", scale(1000, 20), invite.Offer{})
	for _, g := range list {
		for i := range g.token {
			for _, cut := range []string{g.token[:i], g.token[i+1:], flipped(g.token, i)} {
				if cut == g.token {
					continue
				}
				if _, err := k.svc.Look(t.Context(), cut); errs.KindOf(err) != errs.NotFound {
					t.Errorf("%q of %q: %v", cut, g.token, err)
				}
			}
		}
	}
}

// flipped writes one letter in the other case.
func flipped(s string, i int) string {
	c := s[i : i+1]
	if up := strings.ToUpper(c); up != c {
		return s[:i] + up + s[i+1:]
	}
	return s[:i] + strings.ToLower(c) + s[i+1:]
}

// existingAccounts: whatever there is behind the address already, an invitation
// sets no credential of a login that was proven, and nobody gets a seat without
// signing in.
func existingAccounts(t *testing.T, k *desk) {
	other := k.neighbour()
	secret, err := passwords.Hash(t.Context(), "their own old secret")
	if err != nil {
		t.Fatal(err)
	}
	for state, make := range map[string]func(email string) login.Identity{
		"active": func(email string) login.Identity {
			_, token := other.invite(email, invite.Offer{})
			_, p := other.mustActivate(token)
			return login.Identity{ID: p.Identity}
		},
		"deactivated": func(email string) login.Identity {
			who, token := other.invite(email, invite.Offer{})
			_, p := other.mustActivate(token)
			if err := k.desk.Deactivate(t.Context(), other.admin, who, "left"); err != nil {
				t.Fatal(err)
			}
			return login.Identity{ID: p.Identity}
		},
		"deleted there": func(email string) login.Identity {
			who, token := other.invite(email, invite.Offer{})
			_, p := other.mustActivate(token)
			if err := k.desk.Delete(t.Context(), other.admin, who); err != nil {
				t.Fatal(err)
			}
			return login.Identity{ID: p.Identity}
		},
		"without a seat": func(email string) login.Identity {
			one := login.Identity{Email: email, Hash: secret}
			k.update(func(tx *db.Tx) error {
				one.Verified = tx.Now
				return login.Insert(tx, &one)
			})
			return one
		},
	} {
		email := strings.ReplaceAll(state, " ", "-") + "@example.com"
		one := make(email)
		hash := func() (h string) {
			k.update(func(tx *db.Tx) error {
				who, err := login.ByID(tx, one.ID)
				h = who.Hash
				return err
			})
			return h
		}
		before := hash()
		who, token := k.invite(email, invite.Offer{Roles: nil})
		_, _, err := k.svc.Activate(t.Context(), token, onboard.Entering{FirstName: "Eve", LastName: "Evil", Password: "a brand new password"})
		wantKind(t, err, errs.Conflict, state+": a new password")
		if hash() != before {
			t.Errorf("%s: the password was changed", state)
		}
		if p := k.person(who); p.Identity != "" || p.Status != person.Invited {
			t.Errorf("%s: a seat without signing in: %+v", state, p)
		}
	}
}

// preHijack: somebody else was there first with the address, with a password and
// sessions that nobody has proven. Once its owner comes in, none of them works.
func preHijack(t *testing.T, k *desk) {
	hash, err := passwords.Hash(t.Context(), "the impostor's own")
	if err != nil {
		t.Fatal(err)
	}
	var stolen []string
	var link string
	k.update(func(tx *db.Tx) error {
		stolen = nil
		who := login.Identity{Email: "lena@example.com", Hash: hash}
		if err := login.Insert(tx, &who); err != nil {
			return err
		}
		for range 3 {
			s, err := login.Start(tx, who, login.Begin{})
			if err != nil {
				return err
			}
			stolen = append(stolen, s)
		}
		return nil
	})
	_, token := k.invite("lena@example.com", invite.Offer{})
	session, _ := k.mustActivate(token)
	if _, _, err := k.enter.SignIn(t.Context(), "lena@example.com", "the impostor's own", "client"); err == nil {
		t.Error("the impostor's password still works")
	}
	for _, s := range append(stolen, link) {
		_, err := k.enter.Who(t.Context(), s)
		wantKind(t, err, errs.SignedOut, "an impostor's session")
	}
	if _, err := k.enter.Who(t.Context(), session); err != nil {
		t.Errorf("the owner's own: %v", err)
	}
}

// olderLinksDie: sent five times, alone and with others; only the newest works.
func olderLinksDie(t *testing.T, k *desk) {
	g := k.guests("again", 1, invite.Offer{})[0]
	links := []string{g.token}
	for i := range 5 {
		if i%2 == 0 {
			if _, err := k.svc.InviteAgain(t.Context(), k.admin, []id.Person{g.who}); err != nil {
				t.Fatal(err)
			}
		} else if v := k.carry("reinvite", g.who); v.Bulk.Done != 1 {
			t.Fatal(v)
		}
		v, _ := k.newestOf(g.who)
		links = append(links, v.Token(k.svc.Keys))
	}
	newest := len(links) - 1
	for i, token := range links[:newest] {
		_, err := k.svc.Accept(t.Context(), token, g.login)
		wantKind(t, err, errs.NotFound, fmt.Sprintf("link %d of %d", i+1, len(links)))
	}
	if _, err := k.svc.Accept(t.Context(), links[newest], g.login); err != nil {
		t.Errorf("the newest: %v", err)
	}
}

// equalityNotLike: addresses of which one is a part of the other, or a pattern for
// it, are different people. 10,000 pairs in the table, 400 here.
func equalityNotLike(t *testing.T, k *desk) {
	r := rand.New(rand.NewPCG(15, 1))
	n := scale(10_000, 400)
	var long, short []onboard.Invitee
	for i := range n {
		local := fmt.Sprintf("ice%d%c", i, 'a'+rune(r.IntN(26)))
		long = append(long, onboard.Invitee{Email: "al" + local + "@example.com"})
		switch i % 4 {
		case 0:
			short = append(short, onboard.Invitee{Email: local + "@example.com"})
		case 1:
			short = append(short, onboard.Invitee{Email: strings.Replace("al"+local, "i", "_", 1) + "@example.com"})
		case 2:
			short = append(short, onboard.Invitee{Email: "al" + local + "@example.co"})
		default:
			short = append(short, onboard.Invitee{Email: "al" + local + "x@example.com"})
		}
	}
	for _, list := range [][]onboard.Invitee{long, short} {
		for at := 0; at < len(list); at += onboard.MaxInvitees {
			if _, err := k.svc.Invite(t.Context(), k.admin, list[at:min(len(list), at+onboard.MaxInvitees)], invite.Offer{}, ""); err != nil {
				t.Fatalf("a false conflict: %v", err)
			}
		}
	}
}
