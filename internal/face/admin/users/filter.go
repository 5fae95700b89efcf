package users

import (
	"net/url"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
)

// The parameters of the list's address. What they say together is what a saved
// view keeps, what "all matching" means and where bulk work leads back to.
var (
	filters  = []string{"status", "group", "account", "cost", "location", "never", "nocard", "q"}
	settings = []string{"sort", "cols"}
)

// lists are the parameters that a saved view keeps.
var lists = slices.Concat(filters, settings)

// asked leaves of q what is named and not empty, in the form in which an address
// has it: one value of each.
func asked(q url.Values, names []string) url.Values {
	list := url.Values{}
	for _, name := range names {
		value := q.Get(name)
		if name == "cols" { // check boxes send one value each
			value = strings.Join(strings.FieldsFunc(strings.Join(q["cols"], ","), func(r rune) bool { return r == ',' }), ",")
		}
		if value = strings.TrimSpace(value); value != "" {
			list.Set(name, value)
		}
	}
	return list
}

// userFilter reads which users the address, or a form that kept it, means. What
// it cannot read is an error and never more users than were meant.
func userFilter(q url.Values) (f browse.UserFilter, err error) {
	f = browse.UserFilter{
		Account: id.Account(q.Get("account")), CostCenter: strings.TrimSpace(q.Get("cost")), Location: id.Location(q.Get("location")),
		NeverCharged: q.Get("never") != "", CardMissing: q.Get("nocard") != "",
		Q: q.Get("q"), Sort: browse.UserSort(q.Get("sort")), Paging: browse.Paging{At: q.Get("after") + q.Get("before")},
	}
	if s := q.Get("status"); s != "" {
		if f.Status, err = person.ParseStatus(s); err != nil {
			return f, err
		}
	}
	if g := q.Get("group"); g == "none" {
		f.NoGroup = true
	} else {
		f.Group = id.Group(g)
	}
	return f, nil
}

// Filters are the parameters of the list's address that say which users are
// meant.
func Filters() []string { return filters }

// FilterOf reads which users an address of the list means.
func FilterOf(q url.Values) (browse.UserFilter, error) { return userFilter(q) }

// sortable reports whether v may sort the list like that.
func sortable(v *frame.Visit, by browse.UserSort) bool {
	switch browse.UserSort(strings.TrimPrefix(string(by), "-")) {
	case browse.ByName:
		return v.May(access.PersonalData)
	case browse.ByCharged, browse.BySessions, browse.ByCreated:
		return true
	}
	return false
}

// orders are the list's orders as they are chosen by name.
func orders(v *frame.Visit) (list []ui.Option) {
	if v.May(access.PersonalData) {
		list = []ui.Option{{Value: "name", Label: "Name, A to Z"}, {Value: "-name", Label: "Name, Z to A"}}
	}
	return append(list,
		ui.Option{Value: "-charged", Label: "Last charge, newest first"}, ui.Option{Value: "charged", Label: "Last charge, longest ago first"},
		ui.Option{Value: "-sessions", Label: "Sessions, most first"}, ui.Option{Value: "sessions", Label: "Sessions, fewest first"},
		ui.Option{Value: "-created", Label: "Created, newest first"}, ui.Option{Value: "created", Label: "Created, oldest first"},
	)
}

// deleted stands where the name of a group or place was, of which an old link or
// a saved view still has the id.
const (
	deletedGroup    = "(deleted group)"
	deletedLocation = "(deleted location)"
)

// options are choices for a select. One that is chosen and no longer there is
// offered too: the filter says what it is.
func options(list []browse.Choice, chosen, deleted string) (all []ui.Option, gone bool) {
	found := chosen == ""
	for _, c := range list {
		all = append(all, ui.Option{Value: c.ID, Label: c.Name})
		found = found || c.ID == chosen
	}
	if !found {
		all = append(all, ui.Option{Value: chosen, Label: deleted})
	}
	return all, !found
}

func labelOf(list []ui.Option, value string) string {
	for _, o := range list {
		if o.Value == value {
			return o.Label
		}
	}
	return value
}

// chips are the filters that are on, less the status, which is the tab, and the
// search, which stands in its field.
func (p *usersPage) chips() (list []ui.Chip) {
	add := func(label, name string) {
		list = append(list, ui.Chip{Label: label, Href: ui.WithQuery(p.url, name, "")})
	}
	f := p.filter
	switch {
	case f.NoGroup:
		add("In no group", "group")
	case f.Group != "":
		add("Group: "+labelOf(p.groups, string(f.Group)), "group")
	}
	if f.Account != "" {
		add("Account: "+p.payer, "account")
	}
	if f.CostCenter != "" {
		add("Cost center: "+f.CostCenter, "cost")
	}
	if f.Location != "" {
		add("May charge at "+labelOf(p.places, string(f.Location)), "location")
	}
	if f.NeverCharged {
		add("Never charged", "never")
	}
	if f.CardMissing {
		add("Card missing", "nocard")
	}
	return list
}

// filtered reports whether the list is narrowed down by more than its tab.
func (p *usersPage) filtered() bool {
	f := p.filter
	return f.Q != "" || f.Group != "" || f.NoGroup || f.Account != "" || f.CostCenter != "" || f.Location != "" || f.NeverCharged || f.CardMissing
}

// more counts the filters that stand behind the button "Filters".
func (p *usersPage) more() (n int) {
	f := p.filter
	for _, on := range []bool{f.Account != "", f.CostCenter != "", f.Location != "", f.NeverCharged, f.CardMissing} {
		if on {
			n++
		}
	}
	return n
}

func (p *usersPage) bar() ui.FilterBarProps {
	placeholder := "Name, e-mail, card, plate, ID …"
	if !p.v.May(access.PersonalData) {
		placeholder = "External ID …"
	}
	group := string(p.filter.Group)
	if p.filter.NoGroup {
		group = "none"
	}
	chips := p.chips()
	bar := ui.FilterBarProps{
		Action: p.v.To("/users"), Target: "list", Query: p.filter.Q, Placeholder: placeholder,
		Filters: []ui.Filter{
			{Name: "status", Label: "Any status", Value: string(p.filter.Status), Options: statusOptions()},
			{Name: "group", Label: "Any group", Value: group, Options: p.groups},
		},
		More: moreFilters(p), Chips: chips, SelectForm: "sel", Right: listMenus(p),
	}
	if len(chips) > 0 {
		bar.Clear = ui.WithQuery(p.url, "group", "", "account", "", "cost", "", "location", "", "never", "", "nocard", "", "q", "")
	}
	q := p.url.Query()
	for _, name := range settings {
		if s := q.Get(name); s != "" {
			bar.Keep = append(bar.Keep, ui.Hidden{Name: name, Value: s})
		}
	}
	return bar
}

// hidden is what an address says, as hidden fields.
func hidden(q url.Values, names []string) (list []ui.Hidden) {
	q = asked(q, names)
	for _, name := range names {
		if s := q.Get(name); s != "" {
			list = append(list, ui.Hidden{Name: name, Value: s})
		}
	}
	return list
}

// statusOptions are the statuses of users for a select.
func statusOptions() []ui.Option {
	var all []ui.Option
	for _, s := range person.Statuses {
		all = append(all, ui.Option{Value: string(s), Label: s.Label()})
	}
	return all
}

func joined(list []string) string { return strings.Join(list, ", ") }
