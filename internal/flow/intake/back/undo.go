package back

import (
	"slices"

	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/flow/intake/sheet"
)

// Undo is what was done with a chunk, as far as undoing it needs to know.
type Undo struct {
	People      []id.Person  `json:"people,omitempty"` // that were added
	Rows        [][]int      `json:"rows,omitempty"`   // of the chunk that are about each of them
	Others      []Row        `json:"others,omitempty"` // rows about those who were known
	Cards       []id.Card    `json:"cards,omitempty"`  // that were added
	Changed     []Was        `json:"changed,omitempty"`
	Took        []CardWas    `json:"took,omitempty"`
	Members     []Member     `json:"members,omitempty"` // put into groups; those of added people go with them
	Staff       []id.Person  `json:"staff,omitempty"`   // of the added, those who were given roles
	Groups      []id.Group   `json:"groups,omitempty"`  // that were made
	CostCenters []string     `json:"cost_centers,omitempty"`
	Accounts    []id.Account `json:"accounts,omitempty"` // that were made
	Cars        []CarWas     `json:"cars,omitempty"`
	Rates       []RateWas    `json:"rates,omitempty"`
	Invite      []id.Person  `json:"invite,omitempty"` // to be invited once all is applied
	Stay        []id.Person  `json:"stay,omitempty"`   // not to be, whatever is said of all

	Left map[string][]string `json:"left,omitempty"` // once undone: what was left as it is, by the reason: names as subjects
}

// Was is a user who was known before, as they were.
type Was struct {
	Person id.Person       `json:"person"`
	Fields []sheet.Change  `json:"fields,omitempty"`
	Status person.Status   `json:"status,omitempty"` // that it became; "" if it stayed
	From   person.Status   `json:"from,omitempty"`
	Reason string          `json:"reason,omitempty"` // that went with From
	Roles  []string        `json:"roles,omitempty"`  // that were given
	Payer  *Payer          `json:"payer,omitempty"`  // if their account was changed
	Begins *Span           `json:"begins,omitempty"` // if their first moment was
	Leaves *Leaving        `json:"leaves,omitempty"` // if their last day was
	Hand   []source.Source `json:"hand,omitempty"`   // what a person had written by hand and was overwritten
}

// Payer is somebody's account, before and after; "" for none.
type Payer struct {
	From id.Account `json:"from"`
	To   id.Account `json:"to"`
}

// CardWas is a card that was known before, as it was.
type CardWas struct {
	Card      id.Card        `json:"card"`
	Holder    id.Person      `json:"holder,omitempty"` // whom it was given to; "" if its holder stayed
	Changes   []sheet.Change `json:"changes,omitempty"`
	Printed   string         `json:"printed"`
	ValidFrom int64          `json:"valid_from"` // milliseconds
	ValidTo   int64          `json:"valid_to"`
	Business  bool           `json:"business"`
}

// Row is a row of the chunk and whom it is about.
type Row struct {
	Place  int       `json:"at"`
	Person id.Person `json:"person"`
}

// Asked are those who are to be invited once all is applied: those whose row says
// so, and all who were added but for those whose row says no, if all is true.
func (u *Undo) Asked(all bool) []id.Person {
	if !all {
		return u.Invite
	}
	no, list := map[id.Person]bool{}, slices.Clone(u.Invite)
	for _, p := range slices.Concat(u.Invite, u.Stay) {
		no[p] = true
	}
	for _, p := range u.People {
		if !no[p] {
			list = append(list, p)
		}
	}
	return list
}

// Among returns those of people of whom it knows anything, each once.
func (u *Undo) Among(people map[id.Person]bool) (list []id.Person) {
	note := func(p id.Person) {
		if people[p] && !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	for _, p := range slices.Concat(u.People, u.Staff, u.Invite, u.Stay) {
		note(p)
	}
	for _, r := range u.Others {
		note(r.Person)
	}
	for i := range u.Changed {
		note(u.Changed[i].Person)
	}
	for _, m := range u.Members {
		note(m.Person)
	}
	for i := range u.Took {
		note(u.Took[i].Holder)
	}
	for i := range u.Cars {
		note(u.Cars[i].Holder)
	}
	return list
}

// Forget takes somebody who is erased out of what undoing knows, and returns the
// places of the rows that are about them.
func (u *Undo) Forget(who id.Person) (rows []int) {
	if i := slices.Index(u.People, who); i >= 0 {
		if i < len(u.Rows) {
			rows = append(rows, u.Rows[i]...)
			u.Rows = slices.Delete(u.Rows, i, i+1)
		}
		u.People = slices.Delete(u.People, i, i+1)
	}
	u.Others = slices.DeleteFunc(u.Others, func(r Row) bool {
		if r.Person == who {
			rows = append(rows, r.Place)
		}
		return r.Person == who
	})
	u.Changed = slices.DeleteFunc(u.Changed, func(w Was) bool { return w.Person == who })
	u.Members = slices.DeleteFunc(u.Members, func(m Member) bool { return m.Person == who })
	u.Took = slices.DeleteFunc(u.Took, func(c CardWas) bool { return c.Holder == who })
	u.Cars = slices.DeleteFunc(u.Cars, func(c CarWas) bool { return c.Holder == who })
	is := func(p id.Person) bool { return p == who }
	u.Invite, u.Stay, u.Staff = slices.DeleteFunc(u.Invite, is), slices.DeleteFunc(u.Stay, is), slices.DeleteFunc(u.Staff, is)
	return rows
}

// Member is somebody who was put into a group.
type Member struct {
	Group  id.Group  `json:"group"`
	Person id.Person `json:"person"`
}
