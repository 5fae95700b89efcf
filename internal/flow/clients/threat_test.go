package clients_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/flow/admit"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// TestThreat holds the rows of the list of threats that accounts answer.
func TestThreat(t *testing.T) {
	t.Run("R30_sub_account_never_exceeds_its_parent", func(t *testing.T) {
		each(t, func(t *testing.T, k *desk) {
			ops := 800
			if os.Getenv("INVOLT_THREATS") == "full" { // as make faults does
				ops = 5000
			}
			newWood(t, k).grow(ops)
		})
	})
	t.Run("R30_closing_reaches_every_card_within_a_second", func(t *testing.T) {
		each(t, cascade)
	})
}

// node is an account as the model has it.
type node struct {
	id       id.Account
	parent   *node
	children []*node
	depth    int
	closedBy *node // nil while open
	until    time.Time
	places   map[id.Location]bool // nil: all
	limit    int64
	users    int64
	card     string // of one of its users
}

// path is n and those above it.
func (n *node) path() (list []*node) {
	for ; n != nil; n = n.parent {
		list = append(list, n)
	}
	return list
}

func (n *node) below(do func(*node)) {
	do(n)
	for _, c := range n.children {
		c.below(do)
	}
}

func (n *node) count() (users int64) {
	n.below(func(x *node) { users += x.users })
	return users
}

// may is the model's own answer, found by asking each account on the path by
// itself.
func (n *node) may(at id.Location, now time.Time) bool {
	for _, x := range n.path() {
		if x.closedBy != nil || !x.until.IsZero() && !now.Before(x.until) || x.places != nil && !x.places[at] {
			return false
		}
	}
	return true
}

// wood is random trees three deep, and a model of them.
type wood struct {
	*testing.T
	k        *desk
	r        *rand.Rand
	admit    *admit.Service
	nodes    []*node
	places   []id.Location
	chargers []id.Charger
	count    int
}

func newWood(t *testing.T, k *desk) *wood {
	w := &wood{T: t, k: k, r: rand.New(rand.NewPCG(30, 5000)), admit: &admit.Service{DB: k.d}}
	for i := range 4 {
		l := k.location(fmt.Sprintf("Place %d", i))
		c := site.Charger{Workspace: k.ws.ID, Identity: fmt.Sprintf("CP-%d", i), Location: l.ID}
		k.update(func(tx *db.Tx) error { return site.InsertCharger(tx, &c, 1) })
		w.places, w.chargers = append(w.places, l.ID), append(w.chargers, c.ID)
	}
	if err := w.admit.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *wood) any() *node {
	if len(w.nodes) == 0 {
		return nil
	}
	return w.nodes[w.r.IntN(len(w.nodes))]
}

// grow does so many things, each through the use cases that people have, looks at
// the accounts it touched after each, and at all of them now and then.
func (w *wood) grow(ops int) {
	for i := range ops {
		n := w.step()
		if i%100 == 0 || i == ops-1 {
			w.check(w.nodes...)
		} else if n != nil {
			w.check(append(n.path(), n.children...)...)
		}
		if w.Failed() {
			w.Fatalf("after %d steps", i+1)
		}
	}
	w.Logf("%d accounts, %d of them deeper than the first", len(w.nodes), func() (n int) {
		for _, x := range w.nodes {
			n += min(1, x.depth-1)
		}
		return n
	}())
}

func (w *wood) step() *node {
	ctx, n := w.Context(), w.any()
	if n == nil || len(w.nodes) < 60 && w.r.IntN(20) == 0 {
		return w.plant()
	}
	switch w.r.IntN(6) {
	case 0:
		_, err := w.k.svc.Close(ctx, w.k.admin, n.id, "test")
		w.same("close", err, n.closedBy == nil)
		if err == nil {
			n.below(func(x *node) {
				if x.closedBy == nil {
					x.closedBy = n
				}
			})
		}
	case 1:
		fine := n.closedBy != nil
		for _, up := range n.path()[1:] {
			fine = fine && up.closedBy == nil
		}
		_, err := w.k.svc.Reopen(ctx, w.k.admin, n.id)
		w.same("reopen", err, fine)
		if err == nil {
			n.below(func(x *node) {
				if x.closedBy == n {
					x.closedBy = nil
				}
			})
		}
	case 2, 3:
		w.limit(n)
	default:
		w.user(n)
	}
	return n
}

// same fails unless what was done was refused exactly where the model says so.
func (w *wood) same(what string, err error, fine bool) {
	w.Helper()
	if err != nil && errs.KindOf(err) != errs.Conflict && errs.KindOf(err) != errs.Invalid {
		w.Fatalf("%s: %v", what, err)
	}
	if (err == nil) != fine {
		w.Errorf("%s: %v, and the model says %v", what, err, fine)
	}
}

func (w *wood) plant() *node {
	const deepest = 3
	up := w.any()
	if up != nil && (up.depth == deepest || w.r.IntN(10) == 0) {
		up = nil
	}
	w.count++
	n := &node{parent: up, depth: 1}
	a := account.Account{Workspace: w.k.ws.ID, Kind: account.Customer, Name: fmt.Sprint("Account ", w.count), Billing: account.Consumer}
	if up != nil {
		a.Parent, a.Kind, n.depth = up.id, account.Subsidiary, up.depth+1
	}
	err := w.k.d.Update(w.Context(), func(tx *db.Tx) error {
		if err := account.Insert(tx, &a); err != nil {
			return err
		}
		return journal.Record(tx, w.k.admin, "account.created", journal.About("account", a.ID), nil)
	})
	w.same("plant", err, up == nil || up.closedBy == nil)
	if err != nil {
		return nil
	}
	n.id = a.ID
	if up != nil {
		up.children = append(up.children, n)
	}
	w.nodes = append(w.nodes, n)
	return n
}

// limit says something at random: more than the accounts above allow, too.
func (w *wood) limit(n *node) {
	a := w.k.account(n.id)
	if w.r.IntN(3) == 0 {
		a.Until = time.Time{}
		if w.r.IntN(2) == 0 {
			a.Until = time.Now().Add(time.Duration(w.r.IntN(7)-3) * time.Hour).UTC().Truncate(time.Millisecond)
		}
	}
	if w.r.IntN(2) == 0 {
		a.Places = nil
		for _, l := range w.places {
			if w.r.IntN(2) == 0 {
				a.Places = append(a.Places, l)
			}
		}
	}
	if w.r.IntN(3) == 0 {
		a.UserLimit = int64(w.r.IntN(12))
	}
	a, err := w.k.svc.Limit(w.Context(), w.k.admin, a)
	if k := errs.KindOf(err); err != nil && k != errs.Invalid {
		w.Fatal(err)
	}
	if err != nil {
		return // more than those above allow
	}
	n.until, n.limit, n.places = a.Until, a.UserLimit, nil
	if len(a.Places) > 0 {
		n.places = map[id.Location]bool{}
		for _, l := range a.Places {
			n.places[l] = true
		}
	}
}

// user puts somebody new, with a card, into an account.
func (w *wood) user(n *node) {
	w.count++
	p := person.Person{Workspace: w.k.ws.ID, LastName: fmt.Sprint("Person ", w.count), Status: person.Active}
	number := fmt.Sprintf("04%012X", w.count)
	w.k.update(func(tx *db.Tx) error {
		p.ID = ""
		if err := person.Insert(tx, &p); err != nil {
			return err
		}
		if err := card.Insert(tx, &card.Card{Workspace: w.k.ws.ID, UID: number, Kind: card.RFID, Typed: number, State: card.Active, Person: p.ID}); err != nil {
			return err
		}
		return journal.Record(tx, w.k.admin, "person.created", journal.About("person", p.ID), nil)
	})
	fine, now := true, time.Now()
	for _, x := range n.path() {
		fine = fine && x.closedBy == nil && (x.until.IsZero() || now.Before(x.until)) && (x.limit == 0 || x.count() < x.limit)
	}
	err := w.k.svc.SetAccount(w.Context(), w.k.admin, p.ID, n.id)
	w.same("user", err, fine)
	if err == nil {
		n.users++
		n.card = number
	}
}

// check compares accounts with the model: what their limits come to, and what taps
// are answered.
func (w *wood) check(list ...*node) {
	w.Helper()
	if err := w.admit.Refresh(w.Context()); err != nil {
		w.Fatal(err)
	}
	now := time.Now()
	type pair struct{ mine, above account.Limits }
	limits := map[*node]pair{}
	if err := w.k.d.View(w.Context(), func(tx *db.Tx) error {
		for _, n := range list {
			path, err := account.Path(tx, w.k.ws.ID, n.id)
			if err != nil {
				return err
			}
			limits[n] = pair{account.Effective(path), account.Effective(path[1:])}
		}
		return nil
	}); err != nil {
		w.Fatal(err)
	}
	for _, n := range list {
		mine, above := limits[n].mine, limits[n].above
		if more := exceeds(&mine, &above); more != "" {
			w.Errorf("an account has more than the one above it: %s", more)
		}
		for i, at := range w.chargers {
			want := n.may(w.places[i], now)
			if got := mine.Refuses(now) == "" && (mine.Any || slices.Contains(mine.Places, w.places[i])); got != want {
				w.Errorf("an account at depth %d is open at place %d: %v, and the model says %v", n.depth, i, got, want)
			}
			if n.card == "" {
				continue
			}
			v := w.admit.Decide(&admit.Ask{Workspace: w.k.ws.ID, Charger: at, Token: n.card, Now: now})
			if v.Allowed() != want {
				w.Errorf("a card of an account at depth %d at place %d: %s, and the model says %v", n.depth, i, v.Reason, want)
			}
		}
	}
}

// exceeds says what limits allow that those above do not.
func exceeds(l, above *account.Limits) string {
	switch {
	case l.Open && !above.Open:
		return "it is open"
	case !above.Until.IsZero() && (l.Until.IsZero() || l.Until.After(above.Until)):
		return "it ends later"
	case above.Any:
		return ""
	case l.Any:
		return "it is open everywhere"
	}
	for _, p := range l.Places {
		if !slices.Contains(above.Places, p) {
			return "it is open at another place"
		}
	}
	return ""
}

// cascade closes the top of a wide tree while a server follows by itself.
func cascade(t *testing.T, k *desk) {
	w := newWood(t, k)
	const wide, each = 10, 20
	var cards []string
	top := w.put(nil)
	for range wide {
		mid := w.put(top)
		for range each {
			low := w.put(mid)
			w.user(low)
			cards = append(cards, low.card)
		}
	}
	stop := k.follows(w.admit)
	defer stop()
	all := func(want decision.Reason) bool {
		return !slices.ContainsFunc(cards, func(n string) bool {
			return w.admit.Decide(&admit.Ask{Workspace: k.ws.ID, Charger: w.chargers[0], Token: n, Now: time.Now()}).Reason != want
		})
	}
	k.eventually("every card works", func() bool { return all(decision.Allowed) })
	if _, err := k.svc.Close(t.Context(), k.admin, top.id, ""); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	k.eventually("every card is refused", func() bool { return all(decision.AccountClosed) })
	took := time.Since(began)
	t.Logf("%d cards in %d accounts were refused %s after the account was closed", len(cards), 1+wide+wide*each, took)
	if took > time.Second {
		t.Errorf("it took %s, want a second at most", took)
	}
	// Nobody of it does anything any more, and those above do.
	by := access.Actor{Workspace: k.ws.ID, Name: "person:x", Parts: []access.Part{{Perms: access.AccountsWrite | access.PeopleWrite, Reach: access.Reach{Accounts: []id.Account{top.children[0].id}}}}}
	_, _, err := k.svc.AddSubAccount(t.Context(), by, sub(top.children[0].id, account.Employee, "X", "x@example.com"))
	k.want(err, errs.Conflict, "", "is closed")
}

// put adds an account below another, or at the top.
func (w *wood) put(up *node) *node {
	w.Helper()
	n := &node{parent: up, depth: 1}
	a := account.Account{Workspace: w.k.ws.ID, Kind: account.Customer, Name: "A", Billing: account.Consumer}
	if up != nil {
		a.Parent, a.Kind, n.depth = up.id, account.Subsidiary, up.depth+1
	}
	w.k.update(func(tx *db.Tx) error {
		a.ID = ""
		if err := account.Insert(tx, &a); err != nil {
			return err
		}
		return journal.Record(tx, w.k.admin, "account.created", journal.About("account", a.ID), nil)
	})
	n.id = a.ID
	if up != nil {
		up.children = append(up.children, n)
	}
	return n
}
