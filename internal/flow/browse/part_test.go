package browse_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/card"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// pages follows a list from its first page to its last and back again, and
// returns the ids in it. Totals and tabs must say how many they are.
func usersOf(t *testing.T, s *browse.Service, by access.Actor, f browse.UserFilter) (list []id.Person) {
	t.Helper()
	f.Limit = 7
	for {
		p, err := s.Users(t.Context(), by, f)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range p.Rows {
			list = append(list, u.ID)
		}
		if p.Next == "" {
			if int64(len(list)) != p.Total || f.Status == "" && p.All() != p.Total {
				t.Errorf("%d rows, total %d, tabs %d, of %+v", len(list), p.Total, p.All(), f)
			}
			return list
		}
		f.At = p.Next
	}
}

// Lists of whoever has a part of a workspace hold what is in it, and their totals
// count that and nothing else, whatever they are narrowed down to.
func TestThreat(t *testing.T) {
	t.Run("R27_totals_are_of_what_is_visible", func(t *testing.T) {
		screens(t, func(t *testing.T, s *browse.Service, a *town) {
			rnd := rand.New(rand.NewPCG(27, 27))
			var accounts [3]account.Account // the second lies below the first
			var groups [2]group.Group
			type one struct {
				person.Person
				in   []id.Group
				open []id.Location
			}
			people := []one{}
			if err := s.DB.Update(t.Context(), func(tx *db.Tx) error {
				people = nil
				for i := range accounts {
					accounts[i] = account.Account{Workspace: a.ws, Kind: account.Customer, Name: fmt.Sprintf("Account %d", i), Billing: account.Consumer, Country: "DE"}
					if i == 1 {
						accounts[i].Kind, accounts[i].Parent = account.Subsidiary, accounts[0].ID
					}
					if err := account.Insert(tx, &accounts[i]); err != nil {
						return err
					}
				}
				for i := range groups {
					groups[i] = group.Group{Workspace: a.ws, Name: fmt.Sprintf("Part %d", i)}
					if err := group.Insert(tx, &groups[i]); err != nil {
						return err
					}
				}
				for i := range 90 {
					p := one{Person: person.Person{
						Workspace: a.ws, Email: fmt.Sprintf("part%02d@parts.example", i), FirstName: []string{"Ada", "Ben", "Cleo"}[i%3], LastName: fmt.Sprintf("Part %02d", i),
						Status: person.Statuses[rnd.IntN(len(person.Statuses))], CostCenter: []string{"", "Sales", "Works"}[rnd.IntN(3)], ExternalID: fmt.Sprintf("X-%02d", i),
					}}
					if n := rnd.IntN(4); n < 3 {
						p.Account = accounts[n].ID
					}
					if err := person.Insert(tx, &p.Person); err != nil {
						return err
					}
					for _, g := range groups {
						if rnd.IntN(3) == 0 {
							if _, err := group.Add(tx, a.ws, g.ID, p.ID); err != nil {
								return err
							}
							p.in = append(p.in, g.ID)
						}
					}
					if rnd.IntN(4) == 0 {
						if err := grant.Insert(tx, &grant.Grant{Workspace: a.ws, Person: p.ID, Location: a.dock.ID}); err != nil {
							return err
						}
						p.open = append(p.open, a.dock.ID)
					}
					c := card.Card{Workspace: a.ws, UID: fmt.Sprintf("04AA00%08d", i), Kind: card.RFID, State: card.Active, Person: p.ID}
					if err := card.Insert(tx, &c); err != nil {
						return err
					}
					if err := journal.Record(tx, a.staff, "person.created", journal.About("person", p.ID), map[string]any{"email": p.Email}); err != nil {
						return err
					}
					people = append(people, p)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			all := access.PeopleWrite | access.AccountsRead | access.PersonalData | access.CardsWrite | access.SessionsRead | access.ActivityRead | access.PlacesRead
			part := func(p access.Perm, r access.Reach) access.Part { return access.Part{Perms: p, Reach: r} }
			for name, by := range map[string]access.Actor{
				"an account and what is below": {Parts: []access.Part{part(all, access.Reach{Accounts: []id.Account{accounts[0].ID, accounts[1].ID}})}},
				"one below":                    {Parts: []access.Part{part(all, access.Reach{Accounts: []id.Account{accounts[1].ID}})}},
				"a group":                      {Parts: []access.Part{part(all, access.Reach{Groups: []id.Group{groups[0].ID}})}},
				"a location":                   {Parts: []access.Part{part(all, access.Reach{Locations: []id.Location{a.dock.ID}})}},
				"several":                      {Parts: []access.Part{part(all, access.Reach{Accounts: []id.Account{accounts[2].ID}}), part(all, access.Reach{Groups: []id.Group{groups[1].ID}})}},
				"an account without names":     {Parts: []access.Part{part(all&^access.PersonalData, access.Reach{Accounts: []id.Account{accounts[0].ID}})}},
				"an account that is not there": {Parts: []access.Part{part(all, access.Reach{Accounts: []id.Account{"none"}})}},
			} {
				by.Workspace, by.Name = a.ws, "person:y"
				masked := name == "an account without names"
				sees := func(p one) bool {
					for _, part := range by.Parts {
						r := part.Reach
						if slices.Contains(r.Accounts, p.Account) && p.Account != "" || slices.ContainsFunc(p.in, func(g id.Group) bool { return slices.Contains(r.Groups, g) }) ||
							slices.ContainsFunc(p.open, func(l id.Location) bool { return slices.Contains(r.Locations, l) }) {
							return true
						}
					}
					return false
				}
				for what, f := range map[string]struct {
					browse.UserFilter
					fits func(one) bool
				}{
					"all":            {browse.UserFilter{}, func(one) bool { return true }},
					"newest first":   {browse.UserFilter{Sort: "-created"}, func(one) bool { return true }},
					"a status":       {browse.UserFilter{Status: person.Active}, func(p one) bool { return p.Status == person.Active }},
					"an account":     {browse.UserFilter{Account: accounts[0].ID}, func(p one) bool { return p.Account == accounts[0].ID || p.Account == accounts[1].ID }},
					"a group":        {browse.UserFilter{Group: groups[0].ID}, func(p one) bool { return slices.Contains(p.in, groups[0].ID) }},
					"no group":       {browse.UserFilter{NoGroup: true}, func(p one) bool { return len(p.in) == 0 }},
					"a cost center":  {browse.UserFilter{CostCenter: "Sales"}, func(p one) bool { return p.CostCenter == "Sales" }},
					"a name":         {browse.UserFilter{Q: "ada"}, func(p one) bool { return p.FirstName == "Ada" && !masked }},
					"an external id": {browse.UserFilter{Q: "X-0"}, func(p one) bool { return p.ExternalID < "X-10" }},
					"a card":         {browse.UserFilter{Q: "04AA0000000007"}, func(p one) bool { return p.ExternalID == "X-07" && !masked }},
				} {
					var want []id.Person
					for _, p := range people {
						if sees(p) && f.fits(p) {
							want = append(want, p.ID)
						}
					}
					got := usersOf(t, s, by, f.UserFilter)
					slices.Sort(got)
					slices.Sort(want)
					if !slices.Equal(got, want) {
						t.Errorf("%s, %s: %d users, want %d", name, what, len(got), len(want))
					}
					matching := must[[]id.Person](t)(s.Matching(t.Context(), by, f.UserFilter))
					slices.Sort(matching)
					if !slices.Equal(matching, want) {
						t.Errorf("%s, %s: all matching are %d, want %d", name, what, len(matching), len(want))
					}
				}
				visible := map[id.Person]bool{}
				for _, p := range people {
					visible[p.ID] = sees(p)
					d, err := s.User(t.Context(), by, p.ID)
					if visible[p.ID] && (err != nil || masked == (d.Person.LastName == p.LastName)) || !visible[p.ID] && (err == nil || errs.KindOf(err) != errs.NotFound) {
						t.Errorf("%s: %s: %v", name, p.LastName, err)
					}
				}
				n := int64(0)
				for _, in := range visible {
					if in {
						n++
					}
				}
				cards := must[browse.CardPage](t)(s.Cards(t.Context(), by, browse.CardFilter{Paging: browse.Paging{Limit: 200}}))
				if cards.Total != n || int64(len(cards.Rows)) != n || cards.States[card.Active] != n {
					t.Errorf("%s: %d cards, total %d, want %d", name, len(cards.Rows), cards.Total, n)
				}
				for _, c := range cards.Rows {
					if !visible[c.Person] {
						t.Errorf("%s: shows the card of somebody else", name)
					}
				}
				past := must[browse.ActivityPage](t)(s.Activity(t.Context(), by, browse.ActivityFilter{What: "person.created", Paging: browse.Paging{Limit: 200}}))
				if past.Total != n || past.Chain.Seq != 0 {
					t.Errorf("%s: %d entries, chain at %d, want %d", name, past.Total, past.Chain.Seq, n)
				}
				sessions := must[browse.SessionPage](t)(s.Sessions(t.Context(), by, browse.SessionFilter{Paging: browse.Paging{Limit: 200}}))
				for _, c := range sessions.Rows {
					if c.Person != "" || c.User != "" && c.User != "Somebody else" && c.User != browse.Deleted || c.CardUID != "" && c.User != "" {
						t.Errorf("%s: a session names %q, card %q", name, c.User, c.CardUID)
					}
					if name != "a location" || c.Location != a.dock.ID {
						t.Errorf("%s: shows a session at %s", name, c.LocationName)
					}
				}
				if sessions.Total != int64(len(sessions.Rows)) {
					t.Errorf("%s: %d sessions, total %d", name, len(sessions.Rows), sessions.Total)
				}
			}
		})
	})
}
