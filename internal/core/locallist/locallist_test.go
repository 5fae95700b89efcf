package locallist_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/locallist"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// entries makes some of their tokens; one behind a colon is a parent.
func entries(tokens string) (list []locallist.Entry) {
	for _, t := range strings.Fields(tokens) {
		token, parent, _ := strings.Cut(t, ":")
		list = append(list, locallist.Entry{Token: token, Parent: parent})
	}
	return list
}

func tokens(list []locallist.Entry) string {
	var all []string
	for i := range list {
		all = append(all, list[i].Token)
	}
	return strings.Join(all, " ")
}

func TestAListBecomesWhatItShouldBe(t *testing.T) {
	for _, c := range []struct {
		name, is, should, drop, put string
		chunks                      string // of two entries, each as what leaves and what comes
	}{
		{"nothing", "", "", "", "", ""},
		{"the same", "a b", "b a", "", "", ""},
		{"new ones, in their order", "", "c a b", "", "c a b", "-c a|-b"},
		{"gone", "a b c", "b", "a c", "", "a c-"},
		{"room first", "a b", "c d", "a b", "c d", "a b-|-c d"},
		{"both in one", "a b", "b c", "a", "c", "a-c"},
		{"another holder", "a:x", "a:y", "", "a", "-a"},
		{"spelt anew", "ab", "AB c", "ab", "AB c", "ab-c|-AB"},
		{"twice", "", "a a", "", "a", "-a"},
	} {
		is, should := entries(c.is), entries(c.should)
		drop, put := locallist.Diff(is, should)
		if tokens(drop) != c.drop || tokens(put) != c.put {
			t.Errorf("%s: drops %q and puts %q, want %q and %q", c.name, tokens(drop), tokens(put), c.drop, c.put)
		}
		var chunks []string
		for len(drop)+len(put) > 0 && len(chunks) < 10 {
			d, p := locallist.Chunk(drop, put, 2)
			chunks = append(chunks, tokens(d)+"-"+tokens(p))
			has := func(list []locallist.Entry) func(locallist.Entry) bool {
				return func(e locallist.Entry) bool {
					return slices.ContainsFunc(list, func(o locallist.Entry) bool { return o.Token == e.Token })
				}
			}
			drop, put = slices.DeleteFunc(drop, has(d)), slices.DeleteFunc(put, has(p))
		}
		if got := strings.Join(chunks, "|"); got != c.chunks {
			t.Errorf("%s: in chunks %q, want %q", c.name, got, c.chunks)
		}
	}
}

func TestWhatChargersSayIsBelievedWithinReason(t *testing.T) {
	for _, c := range []struct {
		said       int64
		room, once int
	}{{0, 48, 48}, {7, 7, 7}, {1_850_027_108, 10_000, 500}} {
		l := locallist.List{Size: c.said, PerMessage: c.said}
		if l.Room() != c.room || l.AtOnce() != c.once {
			t.Errorf("%d: room for %d, %d at once", c.said, l.Room(), l.AtOnce())
		}
	}
}

// Whoever is erased leaves no card in what is known of lists; and the charger gets a
// whole list, for nobody can name the card to it any more.
func TestTheErasedLeaveLists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Update(t.Context(), func(tx *db.Tx) error {
			ws := workspace.New("north", "")
			if err := workspace.Insert(tx, &ws); err != nil {
				return err
			}
			where := site.Location{Workspace: ws.ID, Name: "Yard", TimeZone: "Europe/Berlin"}
			if err := site.InsertLocation(tx, &where); err != nil {
				return err
			}
			var chargers []id.Charger
			for _, identity := range []string{"CP1", "CP2"} {
				h := site.Charger{Workspace: ws.ID, Identity: identity, Location: where.ID, KeyHash: identity}
				if err := site.InsertCharger(tx, &h, 1); err != nil {
					return err
				}
				chargers = append(chargers, h.ID)
			}
			var people []id.Person
			var cards []id.Card
			for _, uid := range []string{"04A1B2C3D4E5F6", "04A1B2C3D4E5F7"} {
				p := person.Person{Workspace: ws.ID, FirstName: "A", ExternalID: uid, Status: person.Active}
				if err := person.Insert(tx, &p); err != nil {
					return err
				}
				k := card.Card{Workspace: ws.ID, UID: uid, Kind: card.RFID, State: card.Active, Person: p.ID}
				if err := card.Insert(tx, &k); err != nil {
					return err
				}
				people, cards = append(people, p.ID), append(cards, k.ID)
			}
			until := tx.Now.Add(time.Hour).Truncate(time.Millisecond)
			both := []locallist.Entry{{Token: "a", Card: cards[0], Expires: until}, {Token: "b", Card: cards[1]}}
			for i, h := range chargers {
				l := locallist.List{Workspace: ws.ID, Charger: h, Version: 4, Known: true}
				if err := locallist.Apply(tx, &l, true, nil, both[i:]); err != nil {
					return err
				}
			}
			if held, err := locallist.HoldersOf(tx, ws.ID, cards); err != nil || len(held) != 3 {
				t.Errorf("held %+v, %v", held, err)
			}
			if err := locallist.Erase(tx, ws.ID, people[:1]); err != nil {
				return err
			}
			for i, h := range chargers {
				l, err := locallist.Of(tx, ws.ID, h)
				if err != nil {
					return err
				}
				list, err := locallist.Entries(tx, ws.ID, h)
				if err != nil {
					return err
				}
				if tokens(list) != "b" || l.Known != (i == 1) || l.Version != 4 {
					t.Errorf("the charger %d holds %q, known %v, at %d", i, tokens(list), l.Known, l.Version)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
