// Package line is the lines of the invitation form: the people and cards they
// make, and what is wrong or odd with them. One reading serves the check while
// typing and the sending.
package line

import (
	"fmt"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Invitee is one line of the invitation form.
type Invitee struct {
	Email     string // "" for a pool car or a guest card, which needs a name and a card, and is Active at once
	FirstName string
	LastName  string
	Card      string // RFID number in any spelling; "" for none
	Language  string // two letters; "" if unknown: then the workspace's
}

// Note is what is to be known of a line of the invitation form.
type Note struct {
	Field  string // "people.0.email", "people.0.name" or "people.0.card"
	Text   string
	Stops  bool      // the line cannot be sent like this
	Person id.Person // somebody who is here and is meant; "" for nobody
}

// Read makes people and cards of the lines of a form, and says what is to be
// known of them. reach is of whoever looks: others are not named to them.
func Read(tx *db.Tx, by access.Actor, r access.Reach, list []Invitee, account id.Account) (people []person.Person, cards []card.Card, notes []Note, err error) {
	f := form{reach: r, emails: map[string]int{}, uids: map[string]int{}}
	people = make([]person.Person, len(list))
	for i, in := range list {
		people[i] = f.person(i, in)
		people[i].Workspace, people[i].Account = by.Workspace, account
		if uid := f.card(i, in); uid != "" {
			cards = append(cards, card.Card{Workspace: by.Workspace, UID: uid, Kind: card.RFID, Typed: in.Card, State: card.Active, Person: people[i].ID})
		}
	}
	if err := f.here(tx, by); err != nil {
		return nil, nil, nil, err
	}
	return people, cards, f.notes, nil
}

// form is the lines of a form as they are looked at.
type form struct {
	reach        access.Reach   // of whoever looks: others are not named to them
	emails, uids map[string]int // clean -> the line that has it
	notes        []Note
}

func field(i int, of string) string { return fmt.Sprintf("people.%d.%s", i, of) }

func (f *form) stop(i int, of string, err error) {
	if err != nil {
		f.notes = append(f.notes, Note{Field: field(i, of), Text: errs.Text(err), Stops: true})
	}
}

func (f *form) person(i int, in Invitee) person.Person {
	p := person.Person{ID: id.New[id.Person](), FirstName: in.FirstName, LastName: in.LastName, Language: in.Language, Status: person.Imported}
	f.stop(i, "name", p.Clean())
	if strings.TrimSpace(in.Email) == "" && (in.Card != "" || p.FirstName+p.LastName != "") {
		// There is nobody who could be asked: the card is theirs at once.
		p.Status = person.Active
		if p.FirstName+p.LastName == "" {
			f.stop(i, "name", errs.New(errs.Invalid, "Without an e-mail address this needs a name, such as “Pool car 7”."))
		}
		if in.Card == "" {
			f.stop(i, "card", errs.New(errs.Invalid, "Without an e-mail address this needs a card."))
		}
		return p
	}
	email, err := person.CleanEmail(in.Email)
	f.stop(i, "email", err)
	if err != nil {
		return p
	}
	if first, twice := f.emails[email]; twice {
		f.stop(i, "email", errs.New(errs.Invalid, "%s is in row %d already.", email, first+1))
		return p
	}
	f.emails[email], p.Email = i, email
	local, domain, _ := strings.Cut(email, "@")
	if better, ok := person.LikelyTypo(domain); ok {
		f.notes = append(f.notes, Note{Field: field(i, "email"), Text: "Did you mean " + local + "@" + better + "?"})
	}
	return p
}

func (f *form) card(i int, in Invitee) string {
	if in.Card == "" {
		return ""
	}
	uid, err := card.Canonical(in.Card)
	f.stop(i, "card", err)
	if err != nil {
		return ""
	}
	if first, twice := f.uids[uid]; twice {
		f.stop(i, "card", errs.New(errs.Invalid, "The card %s is in row %d already.", uid, first+1))
		return ""
	}
	if first, twice := f.uids[card.Reversed(uid)]; twice {
		f.notes = append(f.notes, Note{Field: field(i, "card"), Text: fmt.Sprintf("This is the card of row %d with its bytes reversed. Is it the same card?", first+1)})
	}
	f.uids[uid] = i
	return uid
}

// here looks for addresses and cards that the workspace has already.
func (f *form) here(tx *db.Tx, by access.Actor) error {
	known, err := person.ByEmails(tx, by.Workspace, keys(f.emails))
	if err != nil {
		return err
	}
	open := map[id.Person]*invite.Invite{}
	if ids := idsOf(known); len(ids) > 0 {
		if open, err = invite.OpenOfMany(tx, by.Workspace, ids); err != nil {
			return err
		}
	}
	for i := range known {
		p := &known[i]
		theirs, err := f.mayName(tx, by, p.ID)
		if err != nil {
			return err
		}
		if !theirs {
			f.stop(f.emails[p.Email], "email", errs.New(errs.Invalid, "%s cannot be invited from here. Ask an admin of this workspace.", p.Email))
			continue
		}
		text := fmt.Sprintf("%s is here already (%s).", p.Email, p.Status.Label())
		switch v := open[p.ID]; {
		case v != nil && v.Expires.After(tx.Now):
			text = fmt.Sprintf("%s was invited before, and the link still works. Resend it there if it got lost.", p.Email)
		case v != nil:
			text = fmt.Sprintf("%s was invited before, and the link has expired. Resend it there.", p.Email)
		case p.Status == person.Imported:
			text = fmt.Sprintf("%s is here already (Imported). Invite them there.", p.Email)
		}
		f.notes = append(f.notes, Note{Field: field(f.emails[p.Email], "email"), Text: text, Stops: true, Person: p.ID})
	}
	return f.cardsHere(tx, by)
}

func (f *form) cardsHere(tx *db.Tx, by access.Actor) error {
	uids := keys(f.uids)
	backwards := map[string]string{}
	ask := slices.Clone(uids)
	for _, uid := range uids {
		if r := card.Reversed(uid); r != uid {
			backwards[r] = uid
			ask = append(ask, r)
		}
	}
	taken, err := card.ByUIDs(tx, by.Workspace, ask)
	if err != nil {
		return err
	}
	for _, c := range taken {
		if theirs, err := f.mayName(tx, by, c.Person); err != nil {
			return err
		} else if !theirs {
			c.Person = ""
		}
		if i, same := f.uids[c.UID]; same {
			f.notes = append(f.notes, Note{Field: field(i, "card"), Text: fmt.Sprintf("The card %s belongs to somebody already.", c.UID), Stops: true, Person: c.Person})
		} else if uid, reversed := backwards[c.UID]; reversed {
			f.notes = append(f.notes, Note{
				Field: field(f.uids[uid], "card"), Person: c.Person,
				Text: fmt.Sprintf("Somebody has the card %s, which is this one with its bytes reversed. Is it the same card?", c.UID),
			})
		}
	}
	return nil
}

// mayName reports whether somebody may be named to whoever looks.
func (f *form) mayName(tx *db.Tx, by access.Actor, who id.Person) (bool, error) {
	if who == "" {
		return false, nil
	}
	err := person.Within(tx, by.Workspace, f.reach, who)
	if errs.KindOf(err) == errs.NotFound {
		return err == nil, nil
	}
	return err == nil, err
}

func idsOf(people []person.Person) []id.Person {
	list := make([]id.Person, len(people))
	for i := range people {
		list[i] = people[i].ID
	}
	return list
}

func keys(m map[string]int) (list []string) {
	for k := range m {
		if k != "" {
			list = append(list, k)
		}
	}
	slices.Sort(list)
	return list
}
