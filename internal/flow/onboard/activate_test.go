package onboard_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"involt/internal/core/access"

	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Whoever is in no group comes into the default one: mail and page say so before,
// and it holds afterwards. A chosen group takes its place.
func TestTheDefaultGroupIsNamedBeforeItIsJoined(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		guests := group.Group{Workspace: k.ws.ID, Name: "Guests", Default: true}
		staff := group.Group{Workspace: k.ws.ID, Name: "Night shift"}
		k.update(func(tx *db.Tx) error { return errs.Or(group.Insert(tx, &guests), group.Insert(tx, &staff)) })
		for email, tc := range map[string]struct {
			offer invite.Offer
			want  string
		}{
			"none@example.com":   {invite.Offer{Locations: []id.Location{k.office}}, "Guests"},
			"chosen@example.com": {invite.Offer{Groups: []id.Group{staff.ID}}, "Night shift"},
		} {
			who, token := k.invite(email, tc.offer)
			if pg := k.look(token); !slices.Equal(pg.Groups, []string{tc.want}) {
				t.Errorf("%s: the page names the groups %v, want %s", email, pg.Groups, tc.want)
			}
			if mails := k.mailsTo(email); !strings.Contains(mails[0].Text, tc.want) {
				t.Errorf("%s: the mail does not name %s", email, tc.want)
			}
			k.mustActivate(token)
			k.update(func(tx *db.Tx) error {
				have, err := group.Of(tx, k.ws.ID, who)
				if len(have) != 1 || have[0].Name != tc.want {
					t.Errorf("%s is in %+v, want %s", email, have, tc.want)
				}
				return err
			})
		}
	})
}

func TestActivationMakesAnActiveUser(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		staff := group.Group{Workspace: k.ws.ID, Name: "Night shift"}
		k.update(func(tx *db.Tx) error { return group.Insert(tx, &staff) })
		who, token := k.invite("lena@example.com", invite.Offer{Groups: []id.Group{staff.ID}, Locations: []id.Location{k.office}, Roles: access.Give("support")})
		if pg := k.look(token); !pg.Usable || !pg.Staff || pg.HasLogin || pg.To != "lena@example.com" || !slices.Equal(pg.Groups, []string{"Night shift"}) || !slices.Equal(pg.Roles, []string{"Support"}) || pg.Link != "" || pg.Code != "" {
			t.Errorf("the page: %+v", pg)
		}
		session, p := k.mustActivate(token)
		if p.ID != who || p.Status != person.Active || p.Email != "lena@example.com" || p.Name() != "Lena Vos" || p.Language != "de" {
			t.Errorf("person: %+v", p)
		}
		v, err := k.enter.Who(t.Context(), session)
		if err != nil || len(v.Seats) != 1 || !v.Staff() || v.Identity.Email != "lena@example.com" {
			t.Errorf("session: %+v, %v", v, err)
		}
		k.update(func(tx *db.Tx) error {
			id, err := login.ByEmail(tx, "lena@example.com")
			if id.Verified.IsZero() {
				t.Error("the mailbox is not proven")
			}
			return err
		})
		if got := v.Seats[0].RoleLabels(); got != "Support" {
			t.Errorf("roles: %s", got)
		}
		k.update(func(tx *db.Tx) error {
			in, err := group.Of(tx, k.ws.ID, who)
			if err != nil || len(in) != 1 || in[0].ID != staff.ID {
				t.Errorf("groups: %+v", in)
			}
			may, err := grant.OfPerson(tx, k.ws.ID, who)
			if len(may) != 1 || may[0].Location != k.office {
				t.Errorf("grants: %+v", may)
			}
			return err
		})
		if got := k.events(who); !slices.Equal(got, []string{"person.invited", "invitation.sent", "person.role-given", "person.activated"}) {
			t.Errorf("journal: %v", got)
		}
		if st := k.look(token).State; st != "accepted" {
			t.Errorf("the used link is %s", st)
		}
		if _, _, err := k.enter.SignIn(t.Context(), "LENA@example.com", good, "client"); err != nil {
			t.Errorf("signing in with the new password: %v", err)
		}
	})
}

func TestLinkIsGoneAfterADay(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		_, inTime := k.invite("early@example.com", invite.Offer{})
		_, late := k.invite("late@example.com", invite.Offer{})
		// Where the time goes meanwhile is measured on the database's clock.
		left := func(token string) (d time.Duration) {
			k.update(func(tx *db.Tx) error {
				v, err := invite.ByToken(tx, token)
				d = v.Expires.Sub(tx.Now)
				return err
			})
			return d
		}
		k.later(left(inTime) - time.Second)
		if pg := k.look(inTime); !pg.Usable {
			t.Errorf("a second before the end: %s", pg.State)
		}
		k.mustActivate(inTime)
		k.later(left(late) + time.Second)
		if pg := k.look(late); pg.Usable || pg.State != "expired" {
			t.Errorf("a second after the end: %s", pg.State)
		}
		_, _, err := k.activate(late)
		wantKind(t, err, errs.Gone, "a second after the end")
	})
}

func TestOfTenWithOneLinkOneWins(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		who, token := k.invite("lena@example.com", invite.Offer{Locations: []id.Location{k.office}})
		got := make([]error, 10)
		var wg sync.WaitGroup
		for i := range got {
			wg.Go(func() { _, _, got[i] = k.activate(token) })
		}
		wg.Wait()
		won := 0
		for _, err := range got {
			if err == nil {
				won++
				continue
			}
			wantKind(t, err, errs.Gone, "a loser")
		}
		if won != 1 {
			t.Errorf("%d won", won)
		}
		k.update(func(tx *db.Tx) error {
			list, err := grant.OfPerson(tx, k.ws.ID, who)
			if len(list) != 1 {
				t.Errorf("%d grants", len(list))
			}
			return err
		})
		if n := len(k.events(who)); n != 3 {
			t.Errorf("journal: %v", k.events(who))
		}
	})
}

func TestLookingChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		_, token := k.invite("lena@example.com", invite.Offer{})
		before := k.all()
		for range 5 {
			k.look(token)
			_, err := k.svc.Look(t.Context(), token[1:])
			wantKind(t, err, errs.NotFound, "a cut token")
		}
		if k.all() != before {
			t.Error("a look changed something")
		}
		if err := k.svc.Opened(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		if st := k.look(token).State; st != "opened" {
			t.Errorf("after the first act on the page: %s", st)
		}
		k.mustActivate(token)
	})
}

func TestOnlyTheWholeTokenOpens(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		_, token := k.invite("lena@example.com", invite.Offer{})
		before := k.all()
		tries := []string{"", " " + token, token + " ", token + "=", token + token, strings.ToUpper(token), strings.ToLower(token), "eyJhbGciOiJub25lIn0.e30.", "%", "' OR 1=1 --", strings.Repeat("A", invite.TokenLen)}
		for i := range token {
			tries = append(tries, token[:i], token[i+1:], token[:i]+token[i+1:])
			flipped := []byte(token)
			if r := rune(flipped[i]); unicode.IsUpper(r) {
				flipped[i] = byte(unicode.ToLower(r))
			} else {
				flipped[i] ^= 1
			}
			tries = append(tries, string(flipped))
		}
		for _, forged := range tries {
			if forged == token {
				continue
			}
			if _, err := k.svc.Look(t.Context(), forged); errs.KindOf(err) != errs.NotFound {
				t.Errorf("looking with %q: %v", forged, err)
			}
			if _, _, err := k.activate(forged); errs.KindOf(err) != errs.NotFound {
				t.Errorf("activating with %q: %v", forged, err)
			}
		}
		if k.all() != before {
			t.Error("a forged token changed something")
		}
		k.mustActivate(token)
	})
}

func TestAWeakPasswordUsesNothingUp(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		_, token := k.invite("lena.vos@example.com", invite.Offer{})
		before := k.all()
		for _, weak := range []string{"", "short", "password1", "PASSWORD1", "12345678", "lena.vos@example.com", "Lena.Vos", "aaaaaaaaaaaa", "        ", strings.Repeat("x1", 200)} {
			_, _, err := k.svc.Activate(t.Context(), token, onboard.Entering{FirstName: "Lena", LastName: "Vos", Password: weak})
			if fields(err)["password"] == "" {
				t.Errorf("%q: %v", weak, err)
			}
		}
		_, _, err := k.svc.Activate(t.Context(), token, onboard.Entering{Password: good})
		if fields(err)["first_name"] == "" {
			t.Errorf("without a name: %v", err)
		}
		if k.all() != before {
			t.Error("a refused form changed something")
		}
		k.mustActivate(token)
	})
}

func TestAProvenLoginSignsInFirst(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		_, first := k.invite("lena@example.com", invite.Offer{})
		session, _ := k.mustActivate(first)
		other := k.neighbour()
		_, token := other.invite("lena@example.com", invite.Offer{Roles: access.Give("support")})
		if pg := k.look(token); !pg.HasLogin || !pg.Usable || pg.Workspace != "Southgrid" {
			t.Errorf("the page: %+v", pg)
		}
		before := k.all()
		_, _, err := k.svc.Activate(t.Context(), token, onboard.Entering{FirstName: "Eve", LastName: "Evil", Password: "another long one"})
		wantKind(t, err, errs.Conflict, "a new password for a login that is proven")
		_, third := k.invite("eve@example.com", invite.Offer{})
		eve, _ := k.mustActivate(third)
		v, err := k.enter.Who(t.Context(), eve)
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.svc.Accept(t.Context(), token, v.Identity)
		wantKind(t, err, errs.Denied, "somebody else's invitation")
		if k.look(token).State != "sent" || !strings.Contains(k.all(), "lena@example.com") || before == "" {
			t.Error("the invitation was touched")
		}
		if v, err = k.enter.Who(t.Context(), session); err != nil {
			t.Fatal(err)
		}
		p, err := k.svc.Accept(t.Context(), token, v.Identity)
		if err != nil || p.Workspace != other.ws.ID || p.Status != person.Active {
			t.Fatal(p, err)
		}
		_, err = k.svc.Accept(t.Context(), token, v.Identity)
		wantKind(t, err, errs.Gone, "accepting twice")
		// A driver's session is too long for a console: it is changed for another.
		_, err = k.enter.Who(t.Context(), session)
		wantKind(t, err, errs.SignedOut, "a driver's session after a role was given")
		renewed, v, err := k.enter.Renew(t.Context(), session)
		if err != nil || len(v.Seats) != 2 || !v.Staff() {
			t.Fatal(v, err)
		}
		if _, err := k.enter.Who(t.Context(), renewed); err != nil {
			t.Error(err)
		}
		_, _, err = k.enter.Renew(t.Context(), session)
		wantKind(t, err, errs.SignedOut, "renewing a session that was renewed")
	})
}

// neighbour is the same server with another workspace.
func (k *desk) neighbour() *desk {
	k.t.Helper()
	n := &desk{t: k.t, d: k.d, svc: k.svc, desk: k.desk, enter: k.enter, pool: k.pool, post: k.post, ws: workspace.New("southgrid", "Southgrid")}
	k.update(func(tx *db.Tx) error { return workspace.Insert(tx, &n.ws) })
	n.admin = n.staff("sam@south.example", "super-admin")
	return n
}

func TestAnUnprovenLoginIsWiped(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		// Somebody was first, with an address that is not theirs.
		hash, err := passwords.Hash(t.Context(), "the impostor's own")
		if err != nil {
			t.Fatal(err)
		}
		var stolen string
		k.update(func(tx *db.Tx) error {
			who := login.Identity{Email: "lena@example.com", Hash: hash}
			if err := login.Insert(tx, &who); err != nil {
				return err
			}
			stolen, err = login.Start(tx, who, login.Begin{})
			return err
		})
		_, token := k.invite("lena@example.com", invite.Offer{})
		if k.look(token).HasLogin {
			t.Error("an unproven login counts")
		}
		session, _ := k.mustActivate(token)
		if _, _, err := k.enter.SignIn(t.Context(), "lena@example.com", "the impostor's own", "x"); err == nil {
			t.Error("the impostor's password still works")
		}
		_, err = k.enter.Who(t.Context(), stolen)
		wantKind(t, err, errs.SignedOut, "the impostor's session")
		if _, err := k.enter.Who(t.Context(), session); err != nil {
			t.Error(err)
		}
	})
}

func TestRolesAreCheckedAgainAtAcceptance(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		top := k.admin
		for name, lose := range map[string]func(*db.Tx, id.Person) error{
			"demoted": func(tx *db.Tx, who id.Person) error { return person.TakeRoles(tx, k.ws.ID, who) },
			"gone": func(tx *db.Tx, who id.Person) error {
				p, err := person.ByID(tx, k.ws.ID, who)
				if err == nil {
					err = p.Become(person.Deactivated, tx.Now)
				}
				if err == nil {
					err = person.Save(tx, &p)
				}
				return err
			},
			"": func(*db.Tx, id.Person) error { return nil },
		} {
			k.admin = k.staff("boss-"+name+"@north.example", "admin")
			who, token := k.invite("new-"+name+"@example.com", invite.Offer{Roles: access.Give("support"), Locations: []id.Location{k.office}})
			k.update(func(tx *db.Tx) error { return lose(tx, k.admin.Person) })
			k.admin = top
			k.mustActivate(token)
			var roles []access.Held
			k.update(func(tx *db.Tx) (err error) {
				roles, err = person.Roles(tx, k.ws.ID, who)
				return err
			})
			if given := len(roles) > 0; given != (name == "") {
				t.Errorf("inviter %q: roles %v", name, roles)
			}
		}
	})
}

func TestTheCodeNeedsTheAddress(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		_, token := k.invite("lena@example.com", invite.Offer{})
		k.invite("other@example.com", invite.Offer{})
		code := k.code("lena@example.com")
		for _, typed := range []string{code, strings.ToLower(code), strings.ReplaceAll(code, "-", " "), strings.NewReplacer("0", "O", "1", "l").Replace(code)} {
			if got, err := k.svc.FindByCode(t.Context(), " LENA@example.com", typed, "client"); err != nil || got != "/i/"+token {
				t.Errorf("%q: %v", typed, err)
			}
		}
		for _, c := range []struct{ email, code, field string }{
			{"other@example.com", code, "code"},
			{"lena@example.com", k.code("other@example.com"), "code"},
			{"", code, "email"},
			{"lena@example.com", "", "code"},
			{"nobody@example.com", code, "code"},
			{"%@example.com", code, "email"},
			{"lena", code, "email"},
		} {
			if got, err := k.svc.FindByCode(t.Context(), c.email, c.code, "client"); got != "" || fields(err)[c.field] == "" {
				t.Errorf("%s with %s: %q, %v", c.email, c.code, got, err)
			}
		}
		var err error
		for range 12 {
			if _, err = k.svc.FindByCode(t.Context(), "lena@example.com", "00000000", "client-2"); errs.KindOf(err) == errs.Unavailable {
				break
			}
		}
		wantKind(t, err, errs.Unavailable, "guessing on")
		k.later(time.Minute)
		if _, err := k.svc.FindByCode(t.Context(), "lena@example.com", code, "client-3"); err != nil {
			t.Errorf("the right code a minute after the guesses: %v", err)
		}
	})
}
