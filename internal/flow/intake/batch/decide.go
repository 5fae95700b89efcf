package batch

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/db"
)

// Decide looks up what the rows name and settles what becomes of each.
func (r *Run) Decide(tx *db.Tx, list []*Entry) (*Batch, error) {
	b := &Batch{
		r: r, tx: tx, byEmail: map[string]*target{}, byExternalID: map[string]*target{}, byID: map[id.Person]*target{},
		cards: map[string]*card.Card{}, byRow: map[int]*target{}, kinds: map[int]Kind{}, sources: map[id.Person]map[string]source.Source{},
		groups: map[string]id.Group{}, knownCostCenters: map[string]bool{}, carsByKey: map[string]*car{}, carsByID: map[id.Vehicle]*car{},
	}
	if err := b.lookUp(r.keysOf(list)); err != nil {
		return nil, err
	}
	if err := b.askDates(list); err != nil {
		return nil, err
	}
	for i, e := range list {
		if b.place = i; i%64 == 63 {
			runtime.Gosched() // whoever wants a page meanwhile comes first
		}
		if !e.Done {
			warnings := e.Outcome.Warnings
			refused, err := b.settle(e)
			if err != nil {
				return nil, err
			}
			if refused != nil {
				e.Refuse(*refused)
			} else {
				e.Outcome.Warnings = joined(warnings, e.Outcome.Warnings)
			}
		}
		b.kinds[e.Row] = e.Outcome.Kind
	}
	return b, nil
}

// joined are warnings, each once.
func joined(list, more []sheet.Problem) []sheet.Problem {
	for _, p := range more {
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

// kindOf is what became of an earlier row.
func (b *Batch) kindOf(row int) Kind {
	if k, here := b.kinds[row]; here {
		return k
	}
	return b.r.KindOf(row)
}

// settle decides about one row. What it plans is planned only if the row is not refused.
func (b *Batch) settle(e *Entry) (*sheet.Problem, error) {
	e.Outcome = Outcome{Line: e.Number}
	if e.Prior != nil && b.kindOf(e.Prior.Row) == Refuse {
		return &sheet.Problem{Line: e.Number, Column: sheet.Email, Text: fmt.Sprintf("Line %d describes this user and is refused; correct it first.", e.Prior.Line)}, nil
	}
	later := e.Prior != nil && b.kindOf(e.Prior.Row) == Add // the user is new, by an earlier row
	t, problem := b.find(e)
	if problem != nil {
		return problem, nil
	}
	if t == nil && e.Nobody() && e.Prior == nil {
		return b.stock(e)
	}
	var added bool // the row is about a user who was not known
	var was person.Person
	switch {
	case t != nil:
		added, was = t.isNew || later, t.Person
	case later && b.r.Preview: // of an earlier chunk
		t, added = &target{isNew: true, listed: true}, true
		e.Fill(&t.Person)
		was = t.Person
	default:
		if problem := mayBeNew(e); problem != nil {
			return problem, nil
		}
		t, added = &target{isNew: true}, true
		t.Status = e.FirstStatus()
		if t.Status == person.Imported {
			t.CardsUntil = b.r.CardsUntil
			if !t.CardsUntil.IsZero() && !e.Until.IsZero() && e.Until.Before(t.CardsUntil) {
				t.CardsUntil = e.Until
			}
		}
	}

	// First everything that could refuse the row, on copies; then what it changes.
	next := t.Person
	changes := b.keep(t, e.Fill(&next), &next)
	status, problem, err := b.status(e, t, changes)
	if err != nil || problem != nil {
		return problem, err
	}
	roles, problem, err := b.roles(e, t)
	if err != nil || problem != nil {
		return problem, err
	}
	cp, problem := b.card(e, t)
	if problem != nil {
		return problem, nil
	}
	joins, err := b.joins(e, t)
	if err != nil {
		return nil, err
	}
	pays, problem, err := b.payer(e, t)
	if err != nil || problem != nil {
		return problem, err
	}
	paid, err := b.payerNow(t)
	if err != nil {
		return nil, err
	}
	drives, problem, err := b.vehicle(e, t)
	if err != nil || problem != nil {
		return problem, err
	}
	becomes := cmp.Or(status, t.Status)
	spans, begins, leaves, problem, err := b.dates(e, t, becomes)
	if err != nil || problem != nil {
		return problem, err
	}
	agrees, agreed, problem, err := b.rate(e, t, pays)
	if err != nil || problem != nil {
		return problem, err
	}
	t.Person = next
	made := sheet.Made(changes)
	t.changes = append(t.changes, made...)
	if !t.isNew && status != "" {
		changes = append(changes, sheet.Change{Column: sheet.Status, Old: string(was.Status), New: string(status)})
		t.status = status
	}
	if e.Prior == nil && t.isNew {
		changes = append(changes, sheet.Change{Column: sheet.Status, New: string(t.Status)})
	}
	t.giveRoles = append(t.giveRoles, roles...)
	for _, role := range roles {
		changes = append(changes, sheet.Change{Column: sheet.Role, New: role})
	}
	if pays != nil {
		t.payer = pays
		change := sheet.Change{Column: sheet.Account, Old: paid, New: pays.name}
		changes, t.changes = append(changes, change), append(t.changes, change)
	}
	changes, t.changes = append(changes, spans...), append(t.changes, sheet.Made(spans)...)
	if begins != nil {
		t.begins = begins
	}
	if leaves != nil {
		t.leaves = leaves
	}
	b.remember(e, t, len(sheet.Made(changes)) > 0)
	if agrees != nil {
		b.rates = append(b.rates, agrees)
		b.r.payers.rates[agrees.account.ID] = agrees
		changes = append(changes, agreed)
	}
	if drives != nil {
		b.drive(t, drives)
		changes = append(changes, drives.changes...)
	}
	if cp != nil {
		b.plan(cp)
		changes = append(changes, cp.changes...)
	}
	for _, name := range joins {
		changes = append(changes, sheet.Change{Column: sheet.Groups, New: name})
		b.join(t, name)
	}
	if c := t.CostCenter; c != "" && !b.knownCostCenters[c] {
		b.knownCostCenters[c] = true
		b.costCenters = append(b.costCenters, c)
	}
	if e.Invite != nil {
		changes = append(changes, b.asks(t, *e.Invite, becomes)...)
	}
	o := &e.Outcome
	o.Kind, o.Name, o.Email, o.Card, o.Changes = Same, next.Name(), next.Email, e.Card.UID, changes
	switch {
	case added:
		o.Kind = Add
	case len(sheet.Made(changes)) > 0:
		o.Kind = Update
	}
	return nil, nil
}

// asks notes whether a row wants somebody invited once all is applied, or not.
// Those who were invited before, or have come in, are not invited again.
func (b *Batch) asks(t *target, yes bool, becomes person.Status) []sheet.Change {
	switch {
	case !yes:
		b.stay = append(b.stay, t)
	case b.r.MayInvite && becomes == person.Imported && t.Email != "" && !slices.Contains(b.invite, t):
		b.invite = append(b.invite, t)
		return []sheet.Change{{Column: sheet.Invite, New: "yes"}}
	}
	return nil
}

// stock settles a row that is about a card and nobody: the card waits for its
// holder.
func (b *Batch) stock(e *Entry) (*sheet.Problem, error) {
	cp, problem := b.card(e, nil)
	if problem != nil {
		return problem, nil
	}
	o := &e.Outcome
	o.Kind, o.Card = Same, e.Card.UID
	if cp != nil {
		b.plan(cp)
		o.Changes = cp.changes
		o.Kind = Update
		if cp.isNew {
			o.Kind = Add
		}
	}
	return nil, nil
}

func (b *Batch) plan(cp *cardPlan) {
	b.cardList = append(b.cardList, cp)
	b.cards[cp.UID] = &cp.Card
	if cp.isNew {
		b.Cards++
	}
}

// keep takes back of changes those of fields that a person corrected by hand, and
// says so in them.
func (b *Batch) keep(t *target, changes []sheet.Change, next *person.Person) []sheet.Change {
	for i := range changes {
		c := &changes[i]
		s, there := b.sources[t.ID][string(c.Column)]
		if b.r.Overwrite || t.isNew || !there || !s.Kind.ByHand() || c.Old == "" {
			continue
		}
		sheet.Set(next, c.Column, c.Old)
		c.Kept = byHand(s, b.r.Zone)
	}
	return changes
}

// remember notes t among those that later rows may be about, and those to write.
func (b *Batch) remember(e *Entry, t *target, changed bool) {
	if t.isNew && !t.listed {
		b.People++
		t.ID = id.New[id.Person]()
		t.Workspace = b.r.By.Workspace
	}
	if e.Prior == nil {
		b.byRow[e.Row] = t
	}
	t.rows = append(t.rows, b.place)
	if len(t.rows) == 1 {
		b.about = append(b.about, t)
	}
	if t.Email != "" {
		b.byEmail[t.Email] = t
	}
	if t.ExternalID != "" {
		b.byExternalID[t.ExternalID] = t
	}
	if changed && !t.listed {
		t.listed = true
		b.people = append(b.people, t)
	}
}

// find returns whom the row is about: by e-mail, by external id, or, if it
// gives neither, by the card. It returns nil for someone new.
func (b *Batch) find(e *Entry) (*target, *sheet.Problem) {
	byEmail, byExternalID := b.byEmail[e.Email], b.byExternalID[e.ExternalID]
	switch {
	case byEmail != nil && byExternalID != nil && byEmail != byExternalID:
		return nil, &sheet.Problem{Line: e.Number, Column: sheet.ExternalID, Text: fmt.Sprintf("This external id belongs to %s, the e-mail address to %s.", byExternalID.Name(), byEmail.Name())}
	case byEmail != nil:
		return byEmail, nil
	case byExternalID != nil:
		return byExternalID, nil
	case e.Prior != nil && b.byRow[e.Prior.Row] != nil:
		return b.byRow[e.Prior.Row], nil
	}
	if c := b.cards[e.Card.UID]; c != nil && e.Email == "" && e.ExternalID == "" && c.Person != "" {
		return b.byID[c.Person], nil
	}
	return nil, nil
}

// mayBeNew says what a row lacks to make a new user.
func mayBeNew(e *Entry) *sheet.Problem {
	switch {
	case e.Email == "" && e.Card.UID == "":
		return &sheet.Problem{Line: e.Number, Column: sheet.Email, Text: "Nobody has this external id yet, and a new user needs an e-mail address or a card."}
	case e.Email == "" && e.ExternalID == "" && e.FirstName == "" && e.LastName == "":
		return &sheet.Problem{Line: e.Number, Column: sheet.LastName, Text: "Nobody has this card yet. Give a name, an external id or an e-mail address for its holder."}
	}
	return nil
}

// status returns what the user is to become, or why not; it also guards who may
// be renamed by a file: the address of someone who can sign in is their key.
func (b *Batch) status(e *Entry, t *target, changes []sheet.Change) (person.Status, *sheet.Problem, error) {
	if t.isNew {
		return "", nil, nil
	}
	mail := slices.ContainsFunc(changes, func(c sheet.Change) bool { return c.Column == sheet.Email })
	if mail && (t.Identity != "" || t.Status != person.Imported && t.Status != person.Active) {
		return "", &sheet.Problem{Line: e.Number, Column: sheet.Email, Text: t.Name() + " has the address " + t.Email + " and can sign in or was invited with it. Change it on the user's own page."}, nil
	}
	if e.Status == "" || e.Status == t.Status {
		if !mail {
			return "", nil, nil
		}
	}
	if err := b.askRoles(t); err != nil {
		return "", nil, err
	}
	if t.staff {
		return "", &sheet.Problem{Line: e.Number, Column: sheet.Status, Text: t.Name() + " is staff. Change their status and address on the user's own page."}, nil
	}
	if e.Status == "" || e.Status == t.Status {
		return "", nil, nil
	}
	if !t.May(e.Status) {
		return "", &sheet.Problem{Line: e.Number, Column: sheet.Status, Text: fmt.Sprintf("%s is %s, and from there cannot become %s.", t.Name(), t.Status.Label(), e.Status.Label())}, nil
	}
	return e.Status, nil, nil
}

// roles returns the staff roles the row gives that the user does not hold yet.
// Nobody gives what they do not hold themselves.
func (b *Batch) roles(e *Entry, t *target) (give []string, problem *sheet.Problem, err error) {
	if len(e.Roles) == 0 {
		return nil, nil, nil
	}
	if err := b.askRoles(t); err != nil {
		return nil, nil, err
	}
	for _, key := range e.Roles {
		if slices.Contains(t.roles, key) || slices.Contains(t.giveRoles, key) || slices.Contains(give, key) {
			continue
		}
		role, _ := access.RoleByKey(key)
		if role.Only != access.Everywhere {
			return nil, &sheet.Problem{Line: e.Number, Column: sheet.Role, Text: "The role " + role.Label + " is held for one account. Give it on the account's page."}, nil
		}
		if !b.r.By.Delegable(role, access.Scope{}) {
			return nil, &sheet.Problem{Line: e.Number, Column: sheet.Role, Text: "You cannot give the role " + role.Label + ", because you do not hold all of its permissions."}, nil
		}
		if e.Email == "" && t.Email == "" {
			return nil, &sheet.Problem{Line: e.Number, Column: sheet.Role, Text: "Staff need an e-mail address to sign in."}, nil
		}
		give = append(give, key)
	}
	return give, nil, nil
}

func (b *Batch) askRoles(t *target) (err error) {
	if !t.asked && !t.isNew {
		var held []access.Held
		held, err = person.Roles(b.tx, b.r.By.Workspace, t.ID)
		t.staff = len(held) > 0
		for _, h := range held {
			if h.At == (access.Scope{}) {
				t.roles = append(t.roles, h.Key)
			}
		}
		t.asked = err == nil
	}
	return err
}

// card returns what is to be written of the row's card, or nil if nothing is. t
// is nil for a card of nobody.
func (b *Batch) card(e *Entry, t *target) (*cardPlan, *sheet.Problem) {
	if e.Card.UID == "" {
		return nil, nil
	}
	if other := card.Reversed(e.Card.UID); other != e.Card.UID && b.cards[other] != nil && b.cards[e.Card.UID] == nil {
		if c := b.cards[other]; c.Version > 0 { // in the database; the file's own are compared when it is read
			e.Outcome.Warnings = append(e.Outcome.Warnings, sheet.Problem{Line: e.Number, Column: sheet.CardUID, Text: "There is the same card, reversed (" + other + "), already. Only one of the two is what a charger sends."})
		}
	}
	have := b.cards[e.Card.UID]
	if have == nil {
		c := card.Card{
			Workspace: b.r.By.Workspace, UID: e.Card.UID, Kind: card.Kind(e.Card.Kind), Typed: e.Card.Typed, Printed: e.Card.Printed, State: card.Active,
			Business: e.Card.Business == nil || *e.Card.Business, ValidFrom: e.Card.ValidFrom, ValidTo: e.Card.ValidTo,
		}
		return &cardPlan{Card: c, holder: t, isNew: true, changes: []sheet.Change{{Column: sheet.CardUID, New: c.UID}}}, nil
	}
	if t != nil && have.Person != "" && (t.isNew || have.Person != t.ID) {
		return nil, &sheet.Problem{Line: e.Number, Column: sheet.CardUID, Text: "This card belongs to " + b.holder(have) + " already. Take it from them first."}
	}
	next := *have
	var changes []sheet.Change
	if have.Person == "" && t != nil {
		changes = append(changes, sheet.Change{Column: sheet.CardUID, New: have.UID})
	}
	changes = append(changes, e.Card.Fill(&next, b.r.Zone)...)
	if len(changes) == 0 {
		return nil, nil
	}
	return &cardPlan{Card: next, before: *have, holder: t, changes: changes}, nil
}

func (b *Batch) holder(c *card.Card) string {
	if t := b.byID[c.Person]; t != nil {
		return t.Name()
	}
	return "another user"
}

// joins returns the names of the groups that the user is not in yet.
func (b *Batch) joins(e *Entry, t *target) (names []string, err error) {
	list := e.Groups
	if len(list) > 1 { // a name may have the separator in it
		if whole := strings.Join(list, ", "); b.groups[group.Key(whole)] != "" {
			list = []string{whole}
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	if t.in == nil {
		t.in = map[string]bool{}
		if !t.isNew {
			groups, err := group.Of(b.tx, b.r.By.Workspace, t.ID)
			if err != nil {
				return nil, err
			}
			for _, g := range groups {
				t.in[group.Key(g.Name)] = true
			}
		}
	}
	var keys []string
	for _, name := range list {
		if key := group.Key(name); !t.in[key] && !slices.Contains(keys, key) {
			keys, names = append(keys, key), append(names, name)
		}
	}
	return names, nil
}

func (b *Batch) join(t *target, name string) {
	key := group.Key(name)
	t.in[key] = true
	if _, known := b.groups[key]; !known {
		b.groups[key] = ""
		b.groupNames = append(b.groupNames, name)
	}
	b.memberships = append(b.memberships, membership{key, t})
	b.Memberships++
}
