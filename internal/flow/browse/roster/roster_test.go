package roster

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"involt/internal/core/id"
	"involt/internal/core/person"

	"pgregory.net/rapid"
)

// crowd is people made up for a roster, few names and numbers among many so that
// much is equal.
type crowd struct {
	r      *Roster
	people map[id.Raw]Entry
	groups []id.Group
}

var nouns = []string{"anna", "annabel", "berg", "de boer", "", "muller", "ølgaard", "li", "x", "o'neil", "\u043b\u044f", "\u674e"}

func (c *crowd) entry(t *rapid.T, who id.Raw) Entry {
	pick := func(label string) string { return rapid.SampledFrom(nouns).Draw(t, label) }
	e := Entry{
		ID: who, Status: rapid.SampledFrom(person.Statuses).Draw(t, "status"), Name: strings.TrimSpace(pick("last") + " " + pick("first")),
		Sessions: int64(rapid.IntRange(0, 3).Draw(t, "sessions")), Last: int64(rapid.IntRange(0, 3).Draw(t, "last charge")),
		Created: int64(rapid.IntRange(1, 5).Draw(t, "created")), Card: rapid.Bool().Draw(t, "card"), Cost: rapid.SampledFrom([]string{"", "4000", "4010"}).Draw(t, "cost"),
	}
	if rapid.Bool().Draw(t, "has mail") {
		e.Email = fmt.Sprintf("%s.%x@fleet.example", strings.ReplaceAll(e.Name, " ", "."), who[14:])
	}
	if rapid.Bool().Draw(t, "has number") {
		e.External = fmt.Sprintf("E-%x", who[15:])
	}
	e.Account = rapid.SampledFrom([]id.Account{"", "north", "south", "south-1"}).Draw(t, "account")
	for _, g := range c.groups {
		if rapid.IntRange(0, 2).Draw(t, "in group") == 0 {
			e.Groups = append(e.Groups, g)
		}
	}
	return e
}

func (c *crowd) filter(t *rapid.T) Filter {
	f := Filter{}
	rare := func(label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }
	if rare("status") {
		f.Status = rapid.SampledFrom(person.Statuses).Draw(t, "of status")
	}
	if rare("group") {
		f.Group = rapid.SampledFrom(append(c.groups, "nowhere")).Draw(t, "of group")
	}
	if rare("account") {
		f.Accounts = rapid.SampledFrom([][]id.Account{{}, {"north"}, {"south", "south-1"}, {"nobody's"}, {"nobody's", "north", "south"}}).Draw(t, "of accounts")
	}
	if rare("within") {
		f.Within = &Reach{
			Accounts: rapid.SampledFrom([][]id.Account{nil, {"north"}, {"south", "south-1"}}).Draw(t, "within accounts"),
			Groups:   c.groups[:rapid.IntRange(0, len(c.groups)).Draw(t, "within groups")],
		}
		if rapid.Bool().Draw(t, "within people") {
			f.Within.People = []id.Raw{raw(3), raw(250)}
		}
	}
	f.NoGroup, f.NeverCharged, f.CardMissing = rare("no group"), rare("never"), rare("cardless")
	if rare("cost") {
		f.Cost = rapid.SampledFrom([]string{"4000", "4010", "9"}).Draw(t, "of cost")
	}
	if rare("place") {
		f.Place = &Place{Everyone: rapid.Bool().Draw(t, "everyone"), Groups: c.groups[:1], NoGroup: rapid.Bool().Draw(t, "who has no group"), People: []id.Raw{raw(3)}}
	}
	if rapid.Bool().Draw(t, "words") {
		f.Words = Words(rapid.SampledFrom([]string{"ann", "anna", "an", "a", "berg a", "bel", "e-0", "uller", "fleet", "example berg", "o'neil", "zz", "l", "li", "\u043b\u044f", "\u674e", "@", ".", "%", "exa mple"}).Draw(t, "what"))
		f.External = rapid.IntRange(0, 4).Draw(t, "external") == 0
		if rare("also") {
			f.Also = []id.Raw{raw(1), raw(200)}
		}
	}
	return f
}

func raw(n int) id.Raw { return id.Raw{15: byte(n), 8: byte(n)} }

// has is a filter as one would write it down.
func (c *crowd) has(f *Filter, e *Entry) bool {
	in := func(g id.Group) bool { return slices.Contains(e.Groups, g) }
	if f.Group != "" && !in(f.Group) || f.NoGroup && len(e.Groups) > 0 || f.Cost != "" && e.Cost != f.Cost ||
		f.Accounts != nil && !slices.Contains(f.Accounts, e.Account) || f.NeverCharged && e.Last != 0 || f.CardMissing && e.Card {
		return false
	}
	if w := f.Within; w != nil && (e.Account == "" || !slices.Contains(w.Accounts, e.Account)) && !slices.ContainsFunc(w.Groups, in) && !slices.Contains(w.People, e.ID) {
		return false
	}
	if p := f.Place; p != nil && (e.Status != person.Active || !p.Everyone && !slices.ContainsFunc(p.Groups, in) && (!p.NoGroup || len(e.Groups) > 0) && !slices.Contains(p.People, e.ID)) {
		return false
	}
	if len(f.Words) == 0 || slices.Contains(f.Also, e.ID) {
		return true
	}
	external := person.Fold(e.External)
	text := e.Name + "\n" + e.Email + "\n" + external
	if f.External {
		text = external
	}
	for _, w := range f.Words {
		found := strings.Contains(text, w)
		if len(w) < 3 {
			found = strings.HasPrefix(text, w)
			for i := 1; i < len(text); i++ {
				found = found || strings.HasPrefix(text[i:], w) && !letter(text[i-1])
			}
		}
		if !found {
			return false
		}
	}
	return true
}

func (c *crowd) sorted(w *Want) (list []Entry, counts [statuses]int) {
	for _, e := range c.people {
		if !c.has(&w.Filter, &e) {
			continue
		}
		counts[slices.Index(person.Statuses, e.Status)]++
		if w.Status == "" || w.Status == e.Status {
			list = append(list, e)
		}
	}
	number := func(e *Entry) int64 { return [...]int64{0, e.Last, e.Sessions, e.Created}[w.Sort] }
	slices.SortFunc(list, func(a, b Entry) int {
		n := int(number(&a) - number(&b))
		if w.Sort == ByName {
			n = strings.Compare(a.Name, b.Name)
		}
		if n == 0 {
			n = bytes.Compare(a.ID[:], b.ID[:])
		}
		if w.Down {
			n = -n
		}
		return n
	})
	return list, counts
}

// Whatever is put in, changed and dropped: each list, page by page, there and
// back, is what looking at everybody one by one gives.
func TestListsAreWhatLookingAtEverybodyGives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &crowd{r: newRoster(), people: map[id.Raw]Entry{}, groups: []id.Group{"g1", "g2", "g3"}}
		c.r.few = rapid.SampledFrom([]uint64{0, 3, 20, 2048}).Draw(t, "few")
		c.r.dear = rapid.SampledFrom([]uint64{0, 10, 300_000}).Draw(t, "dear")
		for n := range rapid.IntRange(1, 80).Draw(t, "changes") {
			if n%20 == 19 {
				c.compare(t) // and words are learned that have to be kept up to date
			}
			who := raw(rapid.IntRange(1, 60).Draw(t, "who"))
			if rapid.IntRange(0, 3).Draw(t, "drop") == 0 {
				c.r.drop(who)
				delete(c.people, who)
				continue
			}
			e := c.entry(t, who)
			c.people[who] = e
			c.r.put(&e)
		}
		if c.r.Len() != len(c.people) {
			t.Fatalf("%d people, want %d", c.r.Len(), len(c.people))
		}
		for range 5 {
			c.compare(t)
		}
	})
}

func (c *crowd) compare(t *rapid.T) {
	w := Want{Filter: c.filter(t), Sort: Sort(rapid.IntRange(0, 3).Draw(t, "sort")), Down: rapid.Bool().Draw(t, "down"), Limit: rapid.IntRange(1, 7).Draw(t, "limit")}
	list, counts := c.sorted(&w)
	want := make([]id.Person, len(list))
	for i := range list {
		want[i] = id.Text[id.Person](list[i].ID)
	}
	var got []id.Person
	p := c.r.Part(&w)
	for {
		if p.Counts != counts || p.Total != len(list) || p.About {
			t.Fatalf("%+v: counts are %v, in all %d, about %v; want %v, %d", w, p.Counts, p.Total, p.About, counts, len(list))
		}
		got = append(got, p.IDs...)
		if !p.More {
			break
		}
		next := p.Last
		w.From = &next
		p = c.r.Part(&w)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%+v: list is %v, want %v", w, got, want)
	}
	for len(p.IDs) > 0 { // and back
		first := p.First
		w.From, w.Back = &first, true
		before := slices.Index(want, p.IDs[0])
		if p = c.r.Part(&w); !slices.Equal(p.IDs, want[max(0, before-w.Limit):before]) || p.More != (before > w.Limit) {
			t.Fatalf("%+v: before place %d is %v", w, before, p.IDs)
		}
	}
	all := c.r.All(&w.Filter)
	slices.Sort(want)
	if !slices.Equal(all, want) {
		t.Fatalf("%+v: all are %v, want %v", w, all, want)
	}
}

// Many people: chunks are split and emptied, texts tidied up, rows used again.
func TestManyPeopleComeAndGo(t *testing.T) {
	r := newRoster()
	entry := func(i int) *Entry {
		e := &Entry{Status: person.Active, Name: fmt.Sprintf("name %05d", i*7919%10007), Email: fmt.Sprintf("p%d@x.example", i), Created: int64(i)}
		e.ID = id.Raw{0: byte(i >> 16), 1: byte(i >> 8), 2: byte(i), 8: byte(i), 9: byte(i >> 8)}
		return e
	}
	const n = 10_000
	for i := range n {
		r.put(entry(i))
	}
	for i := range n {
		if i%3 != 0 {
			r.drop(entry(i).ID)
		}
	}
	r.texts.tidy()
	for i := range n {
		if i%3 == 1 {
			r.put(entry(i))
		}
	}
	w := Want{Sort: ByName, Limit: n}
	p := r.Part(&w)
	if want := (n + 2) / 3 * 2; p.Total < want-2 || p.Total > want || len(p.IDs) != p.Total || len(r.ids) != n {
		t.Errorf("%d people in %d rows, %d listed", p.Total, len(r.ids), len(p.IDs))
	}
	names := map[id.Person]string{}
	for i := range n {
		e := entry(i)
		names[id.Text[id.Person](e.ID)] = e.Name
	}
	if !slices.IsSortedFunc(p.IDs, func(a, b id.Person) int { return strings.Compare(names[a], names[b]) }) {
		t.Error("not in order")
	}
	w.Words = []string{"p9001@"}
	if p := r.Part(&w); p.Total != 1 {
		t.Errorf("found %d", p.Total)
	}
}

// Of many matches it is said that there are many, and the page is as it should be;
// of a word that could be learned they are counted.
func TestCommonWordIsNotCountedToTheEnd(t *testing.T) {
	r := newRoster()
	dear := r.dear
	r.dear = 0
	const n = 30_100
	for i := range n {
		e := &Entry{Status: person.Active, Name: fmt.Sprintf("anna %05d", n-i), ID: id.Raw{0: byte(i >> 8), 1: byte(i), 8: byte(i), 9: byte(i >> 8)}}
		if i%100 == 0 {
			e.Status = person.Invited
		}
		if i%20 == 1 {
			e.Name = fmt.Sprintf("ann %05d xnna", n-i) // has the parts of the word and not the word
		}
		r.put(e)
	}
	w := Want{Filter: Filter{Words: []string{"anna"}}, Limit: 50, Sort: ByName}
	p := r.Part(&w)
	active, invited := slices.Index(person.Statuses, person.Active), slices.Index(person.Statuses, person.Invited)
	if !p.About || !p.Over[active] || p.Counts[active] != CountTo || p.Over[invited] || p.Counts[invited] != n/100 || len(p.IDs) != 50 || !p.More {
		t.Errorf("%d and %d counted, about %v; %d on the page", p.Counts[active], p.Counts[invited], p.About, len(p.IDs))
	}
	if got := len(r.All(&w.Filter)); got != n-n/20 {
		t.Errorf("all are %d, want %d", got, n-n/20)
	}
	w.Status = person.Invited
	if p = r.Part(&w); p.About || p.Total != n/100 || len(p.IDs) != 50 {
		t.Errorf("invited: %d in all, about %v, %d on the page", p.Total, p.About, len(p.IDs))
	}
	w.Status, r.dear = "", dear
	for range 2 { // learned, and known
		if p = r.Part(&w); p.About || p.Counts[active] != n-n/20-n/100 || p.Counts[invited] != n/100 || len(p.IDs) != 50 {
			t.Errorf("learned: %v counted, about %v, %d on the page", p.Counts, p.About, len(p.IDs))
		}
	}
}
