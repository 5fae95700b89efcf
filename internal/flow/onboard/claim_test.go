package onboard_test

import (
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/claim"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// poolCar is a user without an e-mail address, in a group, with a card.
func (k *desk) poolCar(number string) (person.Person, group.Group) {
	k.t.Helper()
	g := group.Group{Workspace: k.ws.ID, Name: "Fleet " + number}
	k.update(func(tx *db.Tx) error { return group.Insert(tx, &g) })
	p, err := k.desk.AddCardholder(k.t.Context(), k.admin, people.Cardholder{Name: "Pool car " + number, Cards: []string{number}, Group: g.ID})
	if err != nil {
		k.t.Fatal(err)
	}
	return p, g
}

// letter makes one letter.
func (k *desk) letter(who id.Person) onboard.ClaimLetter {
	k.t.Helper()
	made, skipped, err := k.svc.MakeClaim(k.t.Context(), k.admin, []id.Person{who})
	if err != nil || len(made) != 1 || len(skipped) != 0 {
		k.t.Fatalf("%+v, %+v, %v", made, skipped, err)
	}
	return made[0]
}

func (k *desk) claim(code, email string) error {
	k.t.Helper()
	err := k.svc.Claim(k.t.Context(), onboard.Claiming{Code: code, Email: email, Language: "nl"}, email)
	k.runJobs()
	return err
}

func TestACardIsClaimedWithALetter(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		car, g := k.poolCar("04A29F1B")
		l := k.letter(car.ID)
		if len(l.Code) != 14 || l.Link != "https://charge.example/c/"+l.Code || l.Address != "https://charge.example/c" || l.Workspace != "Northgrid" ||
			l.Inviter != "Anna Berg" || l.Name != "Pool car 04A29F1B" || len(l.Cards) != 1 || l.Cards[0] != "04A29F1B" || l.Language != "en" {
			t.Errorf("the letter: %+v", l)
		}
		if rows := k.all(); strings.Contains(rows, l.Code) || strings.Contains(rows, strings.ReplaceAll(l.Code, "-", "")) {
			t.Error("the database holds the code in the clear")
		}
		// As people type it.
		typed := strings.ToLower(strings.NewReplacer("0", "o", "1", "l", "-", " ").Replace(l.Code))
		if err := k.claim(typed, "Lena@example.com"); err != nil {
			t.Fatal(err)
		}
		if got := k.person(car.ID); got.Email != "" || got.Identity != "" || got.Status != person.Active {
			t.Errorf("somebody came in before the mailbox was proven: %+v", got)
		}
		m := k.newest("lena@example.com")
		if !strings.Contains(m.Text, "Anna Berg nodigt u uit") || !strings.Contains(m.Text, "04A29F1B") {
			t.Errorf("the mail: %s", m.Text)
		}
		token := k.token("lena@example.com")
		if pg := k.look(token); !pg.Usable || pg.To != "lena@example.com" {
			t.Errorf("%+v", pg)
		}
		session, p := k.mustActivate(token)
		if p.ID != car.ID || p.Email != "lena@example.com" || p.Identity == "" || p.Status != person.Active || p.FirstName != "Lena" {
			t.Errorf("%+v", p)
		}
		if v, err := k.enter.Who(t.Context(), session); err != nil || len(v.Seats) != 1 || v.Seats[0].Person.ID != car.ID {
			t.Errorf("%+v, %v", v, err)
		}
		k.update(func(tx *db.Tx) error {
			cards, err := card.Of(tx, k.ws.ID, car.ID)
			if len(cards) != 1 || cards[0].UID != "04A29F1B" || cards[0].State != card.Active {
				t.Errorf("cards %+v", cards)
			}
			if err != nil {
				return err
			}
			groups, err := group.Of(tx, k.ws.ID, car.ID)
			if len(groups) != 1 || groups[0].ID != g.ID {
				t.Errorf("groups %+v", groups)
			}
			return err
		})
		if err := k.claim(l.Code, "other@example.com"); fields(err)["code"] == "" || len(k.mailsTo("other@example.com")) != 0 {
			t.Errorf("the code a second time: %v", err)
		}
		got := strings.Join(k.events(car.ID), " ")
		if !strings.HasPrefix(got, "person.created group.member-added claim.made person.invited invitation.sent claim.used person.activated") {
			t.Errorf("the journal: %s", got)
		}
	})
}

func TestWhoMistypesTheirAddressTriesAgain(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		car, _ := k.poolCar("04A29F1B")
		l := k.letter(car.ID)
		if err := k.claim(l.Code, "lnea@example.com"); err != nil {
			t.Fatal(err)
		}
		wrong := k.token("lnea@example.com")
		if err := k.claim(l.Code, "lena@example.com"); err != nil {
			t.Fatal(err)
		}
		_, _, err := k.activate(wrong)
		wantKind(t, err, errs.Gone, "the link that went to the wrong address")
		if _, p := k.mustActivate(k.token("lena@example.com")); p.Email != "lena@example.com" {
			t.Errorf("%+v", p)
		}
	})
}

func TestAnotherUsersAddressIsNotTaken(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		car, _ := k.poolCar("04A29F1B")
		_, lena := k.mustActivate(k.inviteToken("lena@example.com"))
		l := k.letter(car.ID)
		if err := k.claim(l.Code, "lena@example.com"); err != nil {
			t.Fatalf("the answer tells that the address is known: %v", err)
		}
		if m := k.newest("lena@example.com"); !strings.Contains(m.Text, "samen te voegen") && !strings.Contains(m.Text, "zusammenzuführen") || strings.Contains(m.Text, "/i/") {
			t.Errorf("the mail: %s", m.Text)
		}
		if got := k.person(lena.ID); got.Email != "lena@example.com" || k.person(car.ID).Email != "" {
			t.Error("somebody's address moved")
		}
		// Somebody comes in with that address after the mail went out.
		if err := k.claim(l.Code, "late@example.com"); err != nil {
			t.Fatal(err)
		}
		token := k.token("late@example.com")
		late := person.Person{Workspace: k.ws.ID, Email: "late@example.com", Status: person.Active}
		k.update(func(tx *db.Tx) error { return person.Insert(tx, &late) })
		before := k.all()
		_, _, err := k.activate(token)
		wantKind(t, err, errs.Conflict, "an address that another user got meanwhile")
		if k.all() != before {
			t.Error("a refused claim left something behind")
		}
	})
}

func TestANewLetterEndsTheOldOne(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		car, _ := k.poolCar("04A29F1B")
		old := k.letter(car.ID)
		if err := k.claim(old.Code, "lena@example.com"); err != nil {
			t.Fatal(err)
		}
		pending := k.token("lena@example.com")
		fresh := k.letter(car.ID)
		if fresh.Code == old.Code {
			t.Fatal("two letters have one code")
		}
		if err := k.claim(old.Code, "lena@example.com"); fields(err)["code"] == "" {
			t.Errorf("the old code: %v", err)
		}
		_, _, err := k.activate(pending)
		wantKind(t, err, errs.Gone, "the mail that the old code led to")
		if err := k.claim(fresh.Code, "lena@example.com"); err != nil {
			t.Error(err)
		}
		k.mustActivate(k.token("lena@example.com"))
	})
}

func TestACodeEndsAfter90Days(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		one, _ := k.poolCar("04A29F1B")
		two, _ := k.poolCar("04A29F1C")
		a, b := k.letter(one.ID), k.letter(two.ID)
		k.later(claim.Life - time.Minute)
		if err := k.claim(a.Code, "a@example.com"); err != nil {
			t.Errorf("just before the end: %v", err)
		}
		k.later(2 * time.Minute)
		if err := k.claim(b.Code, "b@example.com"); fields(err)["code"] == "" {
			t.Errorf("just after the end: %v", err)
		}
		k.mustActivate(k.token("a@example.com")) // who began in time may finish
	})
}

func TestThreatR03OneCardIsClaimedOnce(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		car, _ := k.poolCar("04A29F1B")
		l := k.letter(car.ID)
		emails := []string{"a@example.com", "b@example.com", "c@example.com", "d@example.com"}
		together(4, func(i int) error {
			return k.svc.Claim(t.Context(), onboard.Claiming{Code: l.Code, Email: emails[i]}, emails[i])
		})
		k.runJobs()
		var tokens []string
		for _, email := range emails {
			for _, m := range k.mailsTo(email) {
				tokens = append(tokens, tokenIn(t, m))
			}
		}
		for _, email := range emails {
			if err := k.claim(l.Code, email); err != nil {
				t.Fatal(err)
			}
			tokens = append(tokens, k.token(email))
		}
		wins := together(2*len(tokens), func(i int) error {
			_, _, err := k.activate(tokens[i%len(tokens)])
			return err
		})
		if wins.ok != 1 || wins.kinds[errs.Gone] != 2*len(tokens)-1 {
			t.Errorf("%d links, each clicked twice: %+v", len(tokens), wins)
		}
		if p := k.person(car.ID); p.Email == "" || p.Identity == "" {
			t.Errorf("%+v", p)
		}
	})
}

func TestWhoGetsALetter(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		car, _ := k.poolCar("04A29F1B")
		ended, _ := k.poolCar("04A29F1C")
		if err := k.desk.Deactivate(t.Context(), k.admin, ended.ID, "sold"); err != nil {
			t.Fatal(err)
		}
		masked := k.admin
		masked.Perms &^= access.PersonalData
		made, skipped, err := k.svc.MakeClaim(t.Context(), masked, []id.Person{k.admin.Person, car.ID, ended.ID, id.New[id.Person]()})
		if err != nil || len(made) != 1 || made[0].Person != car.ID || len(skipped) != 2 {
			t.Fatalf("%+v, %+v, %v", made, skipped, err)
		}
		if made[0].Name != "" || skipped[0].Name != "This user" {
			t.Errorf("without personal data it reads %q and %q", made[0].Name, skipped[0].Name)
		}
		_, _, err = k.svc.MakeClaim(t.Context(), access.Actor{Workspace: k.ws.ID, Perms: access.All &^ access.PeopleWrite}, []id.Person{car.ID})
		wantKind(t, err, errs.Denied, "without the permission")
		made, _, err = k.svc.MakeClaim(t.Context(), access.Actor{Workspace: id.New[id.Workspace](), Name: "person:x", Perms: access.All}, []id.Person{car.ID})
		if errs.KindOf(err) != errs.NotFound || len(made) != 0 {
			t.Errorf("another workspace: %+v, %v", made, err)
		}
		_, _, err = k.svc.MakeClaim(t.Context(), k.admin, make([]id.Person, onboard.MaxLetters+1))
		wantKind(t, err, errs.Invalid, "too many")
		// A letter that is out does not outlive a deactivation.
		l := k.letter(car.ID)
		if err := k.desk.Deactivate(t.Context(), k.admin, car.ID, "sold"); err != nil {
			t.Fatal(err)
		}
		if err := k.claim(l.Code, "lena@example.com"); fields(err)["code"] == "" {
			t.Errorf("the code of a deactivated user: %v", err)
		}
	})
}

func TestThreatR16GuessingCodesIsSlow(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		now := time.Now()
		k.d.Clock = func(time.Time) time.Time { return now }
		tries := 0
		var err error
		for errs.KindOf(err) != errs.Unavailable && tries < 40 {
			err = k.svc.Claim(t.Context(), onboard.Claiming{Code: "0000-0000-0000", Email: "x@example.com"}, "guesser")
			tries++
		}
		if tries != 21 {
			t.Errorf("the limit came at try %d", tries)
		}
		car, _ := k.poolCar("04A29F1B")
		l := k.letter(car.ID)
		if err := k.claim(l.Code, "lena@example.com"); err != nil {
			t.Errorf("somebody else is locked out: %v", err)
		}
	})
}

func TestAUserWithoutEmailNeedsACard(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		before := k.all()
		if _, err := k.desk.AddCardholder(t.Context(), k.admin, people.Cardholder{Name: "Pool car 7"}); !strings.Contains(fields(err)["card_number"], "needs a card") {
			t.Errorf("without a card: %v", err)
		}
		if _, err := k.desk.Create(t.Context(), k.admin, person.Person{ExternalID: "7"}); !strings.Contains(fields(err)["card_number"], "needs a card") {
			t.Errorf("without a card: %v", err)
		}
		for field, in := range map[string]people.Cardholder{
			"last_name":   {Cards: []string{"04A29F1B"}},
			"card_number": {Name: "x", Cards: []string{"nonsense!"}},
			"group":       {Name: "x", Cards: []string{"04A29F1B"}, Group: id.New[id.Group]()},
		} {
			if _, err := k.desk.AddCardholder(t.Context(), k.admin, in); fields(err)[field] == "" {
				t.Errorf("%s: %v", field, err)
			}
		}
		if _, err := k.desk.AddCardholder(t.Context(), k.admin, people.Cardholder{Name: "x", Cards: []string{"04A29F1B", "04:a2:9f:1b"}}); !strings.Contains(fields(err)["card_number"], "twice") {
			t.Errorf("one card twice: %v", err)
		}
		noCards := k.admin
		noCards.Perms = access.PeopleWrite | access.PersonalData
		_, err := k.desk.AddCardholder(t.Context(), noCards, people.Cardholder{Name: "x", Cards: []string{"04A29F1B"}})
		wantKind(t, err, errs.Denied, "without the permission for cards")
		if k.all() != before {
			t.Error("a refused user left something behind")
		}
		p, _ := k.poolCar("04A29F1B")
		if p.Status != person.Active {
			t.Errorf("%+v", p)
		}
		if _, err := k.desk.AddCardholder(t.Context(), k.admin, people.Cardholder{Name: "y", Cards: []string{"04A29F1B"}}); fields(err)["card_number"] == "" {
			t.Errorf("a card that somebody has: %v", err)
		}
	})
}
