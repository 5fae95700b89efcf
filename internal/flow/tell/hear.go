package tell

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/device"
	"involt/internal/core/id"
	"involt/internal/core/inbox"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// news says which entries of the journal are told to whom they are about.
var news = map[string]inbox.Kind{
	"person.invited": inbox.Invited, "person.approved": inbox.Approved, "person.deactivated": inbox.Ended, "person.reactivated": inbox.Back,
	"card.blocked": inbox.CardBlocked, "card.suspended": inbox.CardBlocked, "card.doubted": inbox.Doubted, "card.proposed": inbox.Proposed,
	"group.member-added": inbox.Access, "group.member-removed": inbox.Access, "grant.created": inbox.Access, "grant.removed": inbox.Access,
}

// Subscribe has s hear of what happens that people are told of.
func (s *Service) Subscribe(post *journal.Post) {
	r := journal.Reader{Name: "tell", Do: s.hear}
	for what := range news {
		r.What = append(r.What, what)
	}
	post.Subscribe(r)
}

// once is how long a change of access is not told again while it was not read:
// staff who rearrange groups would ring everybody's phone all day.
const once = time.Hour

// hear tells people of one entry.
func (s *Service) hear(tx *db.Tx, e journal.Entry) error {
	kind := news[e.What]
	subjects, err := journal.SubjectsOf(tx, &e)
	if err != nil {
		return err
	}
	var value struct {
		UID    string    `json:"uid"`
		Person id.Person `json:"person"`
		Name   string    `json:"name"`
		Doubt  id.Doubt  `json:"doubt"`
	}
	if e.Value != "" {
		// Of an entry whose values have another shape the subjects are enough.
		_ = json.Unmarshal([]byte(e.Value), &value)
	}
	if value.Doubt != "" && e.What == "card.blocked" {
		kind = inbox.Doubted // it is on hold until they say whether it was them
	}
	var who []id.Person
	about := map[string]string{}
	for _, subject := range subjects {
		noun, of, _ := strings.Cut(subject, ":")
		switch noun {
		case "person":
			who = append(who, id.Person(of))
		case "card":
			c, err := card.ByID(tx, e.Workspace, id.Card(of))
			if errs.KindOf(err) == errs.NotFound && err != nil {
				continue
			}
			if err != nil {
				return err
			}
			if c.Person != "" {
				who = append(who, c.Person)
				about["card"] = c.UID
				if c.Printed != "" {
					about["card"] = c.Printed
				}
			}
		}
	}
	for part := range slices.Chunk(who, 500) {
		if err := s.tell(tx, &e, kind, about, part); err != nil {
			return fmt.Errorf("%s: %w", e.What, err)
		}
	}
	return nil
}

// tell puts a message into the apps of those of the people who have one, and onto
// their devices. Nobody is told what they did themselves.
func (s *Service) tell(tx *db.Tx, e *journal.Entry, kind inbox.Kind, about map[string]string, list []id.Person) error {
	people, err := person.ByIDs(tx, e.Workspace, list)
	if err != nil {
		return err
	}
	have := map[id.Person]bool{}
	if kind == inbox.Access {
		if have, err = inbox.WithUnread(tx, e.Workspace, kind, tx.Now.Add(-once), list); err != nil {
			return err
		}
	}
	if kind == inbox.Invited { // the mail tells everybody; the app those who let us
		devices, err := device.Of(tx, s.Keys, e.Workspace, list...)
		if err != nil {
			return err
		}
		may := map[id.Person]bool{}
		for i := range devices {
			may[devices[i].Person] = true
		}
		people = slices.DeleteFunc(people, func(p person.Person) bool { return !may[p.ID] })
	} else {
		people = slices.DeleteFunc(people, func(p person.Person) bool {
			return p.Identity == "" || kind == inbox.Access && p.Status != person.Active
		})
	}
	var items []*inbox.Item
	for i := range people {
		p := &people[i]
		if have[p.ID] || e.Actor == journal.About("person", p.ID) {
			continue
		}
		items = append(items, &inbox.Item{Workspace: e.Workspace, Person: p.ID, Kind: kind, About: about})
	}
	return s.Tell(tx, e.Workspace, items)
}

// Tell puts messages of one workspace into people's apps, and onto the devices of
// those who let us; none of them has two.
func (s *Service) Tell(tx *db.Tx, ws id.Workspace, items []*inbox.Item) error {
	if len(items) == 0 {
		return nil
	}
	if err := inbox.Load(tx, slices.Values(items)); err != nil {
		return err
	}
	return s.queuePush(tx, ws, items)
}

// Inbox returns a person's newest messages, and how many they have not read.
func (s *Service) Inbox(ctx context.Context, ws id.Workspace, who id.Person) (list []inbox.Item, unread int64, err error) {
	defer errs.Wrap(&err, "tell.Inbox")
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if list, err = inbox.Of(tx, ws, who, 100); err != nil {
			return err
		}
		unread, err = inbox.Unread(tx, ws, who)
		return err
	})
	return list, unread, err
}

// Unread counts a person's messages that they have not read.
func (s *Service) Unread(ctx context.Context, ws id.Workspace, who id.Person) (n int64, err error) {
	defer errs.Wrap(&err, "tell.Unread")
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		n, err = inbox.Unread(tx, ws, who)
		return err
	})
	return n, err
}

// ReadAll notes that a person has read their messages.
func (s *Service) ReadAll(ctx context.Context, ws id.Workspace, who id.Person) (err error) {
	defer errs.Wrap(&err, "tell.ReadAll")
	return s.DB.Update(ctx, func(tx *db.Tx) error { return inbox.ReadAll(tx, ws, who) })
}
