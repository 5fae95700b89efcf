package intake

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/kit/db"
)

// batch is what a chunk of rows comes to: what the database has of it, and what
// is to be written. It belongs to one transaction.
type batch struct {
	r  *run
	tx *db.Tx

	byEmail, byExternalID map[string]*target
	byID                  map[id.Person]*target
	cards                 map[string]*card.Card // by UID
	byPrior               map[*first]*target    // of rows in this chunk
	groups                map[string]id.Group   // by group.Key; "" for one that is to be made
	knownCostCenters      map[string]bool

	people      []*target // that are new or change
	cardList    []*cardPlan
	memberships []membership
	groupNames  []string // to be made

	payersToMake []*payer
	costCenters  []string // to be made
	warnings     []Problem

	newPeople, newCards, newMemberships int
}

// target is the user a row is about.
type target struct {
	person.Person
	isNew     bool
	listed    bool // among batch.people
	changes   []Change
	status    person.Status // to become, if not ""
	giveRoles []string
	roles     []string // those held in the whole workspace; nil until asked
	staff     bool     // holds a role anywhere; known once asked
	asked     bool
	payer     *payer          // the account to be given; nil if it stays
	in        map[string]bool // keys of the groups they are in; nil until asked
}

type cardPlan struct {
	card.Card
	holder  *target
	isNew   bool
	changes []Change
}

type membership struct {
	key    string // of the group
	person *target
}

func groupKey(name string) string { return group.Key(name) }

// decide looks up what the rows name and settles what becomes of each.
func (r *run) decide(tx *db.Tx, list []*entry) (*batch, error) {
	b := &batch{
		r: r, tx: tx, byEmail: map[string]*target{}, byExternalID: map[string]*target{}, byID: map[id.Person]*target{},
		cards: map[string]*card.Card{}, byPrior: map[*first]*target{}, groups: map[string]id.Group{}, knownCostCenters: map[string]bool{},
	}
	if err := b.lookUp(keysOf(list)); err != nil {
		return nil, err
	}
	for _, e := range list {
		if e.done {
			continue
		}
		if e.own != nil {
			e.own.refused, e.own.isNew = false, false // if this is another try
		}
		refused, err := b.settle(e)
		if err != nil {
			return nil, err
		}
		if refused != nil {
			e.refuse(*refused)
		}
	}
	return b, nil
}

func (b *batch) lookUp(k keys) error {
	ws := b.r.by.Workspace
	people, err := person.ByEmails(b.tx, ws, k.emails)
	if err != nil {
		return err
	}
	b.know(people)
	if people, err = person.ByExternalIDs(b.tx, ws, k.externalIDs); err != nil {
		return err
	}
	b.know(people)
	cards, err := card.ByUIDs(b.tx, ws, k.uids)
	if err != nil {
		return err
	}
	var holders []id.Person
	for _, c := range cards {
		b.cards[c.UID] = &c
		if c.Person != "" && b.byID[c.Person] == nil {
			holders = append(holders, c.Person)
		}
	}
	if people, err = person.ByIDs(b.tx, ws, holders); err != nil {
		return err
	}
	b.know(people)
	if b.r.groups == nil {
		if err := b.r.list(b.tx); err != nil {
			return err
		}
	}
	maps.Copy(b.groups, b.r.groups)
	maps.Copy(b.knownCostCenters, b.r.costCenters)
	return nil
}

// list notes the workspace's groups and cost centers for all chunks.
func (r *run) list(tx *db.Tx) error {
	groups, err := group.List(tx, r.by.Workspace)
	if err != nil {
		return err
	}
	centers, err := person.CostCenters(tx, r.by.Workspace)
	if err != nil {
		return err
	}
	r.groups, r.costCenters = map[string]id.Group{}, map[string]bool{}
	r.payers = payers{byKey: map[string]*payer{}, left: map[id.Account]int64{}}
	for _, g := range groups {
		r.groups[group.Key(g.Name)] = g.ID
	}
	for _, c := range centers {
		r.costCenters[c] = true
	}
	return nil
}

func (b *batch) know(people []person.Person) {
	for _, p := range people {
		if b.byID[p.ID] != nil {
			continue
		}
		t := &target{Person: p}
		b.byID[p.ID] = t
		if p.Email != "" {
			b.byEmail[p.Email] = t
		}
		if p.ExternalID != "" {
			b.byExternalID[p.ExternalID] = t
		}
	}
}

// settle decides about one row. What it plans is planned only if the row is not refused.
func (b *batch) settle(e *entry) (*Problem, error) {
	no := func(c Column, format string, args ...any) (*Problem, error) {
		return &Problem{e.Number, c, fmt.Sprintf(format, args...)}, nil
	}
	if e.prior != nil && e.prior.refused {
		return no(Email, "Line %d describes this user and is refused; correct it first.", e.prior.line)
	}
	t, problem := b.find(e)
	if problem != nil {
		return problem, nil
	}
	var added bool // the row is about a user who was not known
	var was person.Person
	switch {
	case t != nil:
		added, was = t.isNew || e.prior != nil && e.prior.isNew, t.Person
	case e.prior != nil && e.prior.isNew: // of an earlier chunk of a preview
		t, added = &target{isNew: true, listed: true}, true
		e.fill(&t.Person)
		was = t.Person
	default:
		if problem := e.mayBeNew(); problem != nil {
			return problem, nil
		}
		t, added = &target{isNew: true}, true
		t.Status = e.firstStatus()
	}
	if added && e.own != nil {
		e.own.isNew = true
	}

	// First everything that could refuse the row, on copies; then what it changes.
	next := t.Person
	changes := e.fill(&next)
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
	t.Person = next
	t.changes = append(t.changes, changes...)
	if !t.isNew && status != "" {
		changes = append(changes, Change{Status, string(was.Status), string(status)})
		t.status = status
	}
	if e.prior == nil && t.isNew {
		changes = append(changes, Change{Status, "", string(t.Status)})
	}
	t.giveRoles = append(t.giveRoles, roles...)
	for _, role := range roles {
		changes = append(changes, Change{Role, "", role})
	}
	if pays != nil {
		t.payer = pays
		change := Change{Account, paid, pays.name}
		changes, t.changes = append(changes, change), append(t.changes, change)
	}
	b.remember(e, t, len(changes) > 0)
	if cp != nil {
		b.cardList = append(b.cardList, cp)
		b.cards[cp.UID] = &cp.Card
		changes = append(changes, cp.changes...)
		if cp.isNew {
			b.newCards++
		}
	}
	for _, name := range joins {
		changes = append(changes, Change{Groups, "", name})
		b.join(t, name)
	}
	if c := t.CostCenter; c != "" && !b.knownCostCenters[c] {
		b.knownCostCenters[c] = true
		b.costCenters = append(b.costCenters, c)
	}
	e.outcome = Outcome{Line: e.Number, Kind: Same, Name: next.Name(), Email: next.Email, Card: e.Card.UID, Changes: changes}
	switch {
	case added:
		e.outcome.Kind = Add
	case len(changes) > 0:
		e.outcome.Kind = Update
	}
	return nil, nil
}

// remember notes t among those that later rows may be about, and those to write.
func (b *batch) remember(e *entry, t *target, changed bool) {
	if t.isNew && !t.listed {
		b.newPeople++
		t.ID = id.New[id.Person]()
		t.Workspace = b.r.by.Workspace
	}
	if e.own != nil {
		b.byPrior[e.own] = t
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
func (b *batch) find(e *entry) (*target, *Problem) {
	byEmail, byExternalID := b.byEmail[e.Email], b.byExternalID[e.ExternalID]
	switch {
	case byEmail != nil && byExternalID != nil && byEmail != byExternalID:
		return nil, &Problem{e.Number, ExternalID, fmt.Sprintf("This external id belongs to %s, the e-mail address to %s.", byExternalID.Name(), byEmail.Name())}
	case byEmail != nil:
		return byEmail, nil
	case byExternalID != nil:
		return byExternalID, nil
	case e.prior != nil && b.byPrior[e.prior] != nil:
		return b.byPrior[e.prior], nil
	}
	if c := b.cards[e.Card.UID]; c != nil && e.Email == "" && e.ExternalID == "" && c.Person != "" {
		return b.byID[c.Person], nil
	}
	return nil, nil
}

// mayBeNew says what a row lacks to make a new user.
func (e *entry) mayBeNew() *Problem {
	switch {
	case e.Email == "" && e.Card.UID == "":
		return &Problem{e.Number, Email, "Nobody has this external id yet, and a new user needs an e-mail address or a card."}
	case e.Email == "" && e.ExternalID == "" && e.FirstName == "" && e.LastName == "":
		return &Problem{e.Number, LastName, "Nobody has this card yet. Give a name, an external id or an e-mail address for its holder."}
	}
	return nil
}

// status returns what the user is to become, or why not; it also guards who may
// be renamed by a file: the address of someone who can sign in is their key.
func (b *batch) status(e *entry, t *target, changes []Change) (person.Status, *Problem, error) {
	if t.isNew {
		return "", nil, nil
	}
	mail := slices.ContainsFunc(changes, func(c Change) bool { return c.Column == Email })
	if mail && (t.Identity != "" || t.Status != person.Imported && t.Status != person.Active) {
		return "", &Problem{e.Number, Email, t.Name() + " has the address " + t.Email + " and can sign in or was invited with it. Change it on the user's own page."}, nil
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
		return "", &Problem{e.Number, Status, t.Name() + " is staff. Change their status and address on the user's own page."}, nil
	}
	if e.Status == "" || e.Status == t.Status {
		return "", nil, nil
	}
	if !t.May(e.Status) {
		return "", &Problem{e.Number, Status, fmt.Sprintf("%s is %s, and from there cannot become %s.", t.Name(), t.Status.Label(), e.Status.Label())}, nil
	}
	return e.Status, nil, nil
}

// roles returns the staff roles the row gives that the user does not hold yet.
// Nobody gives what they do not hold themselves.
func (b *batch) roles(e *entry, t *target) (give []string, problem *Problem, err error) {
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
			return nil, &Problem{e.Number, Role, "The role " + role.Label + " is held for one account. Give it on the account's page."}, nil
		}
		if !b.r.by.Delegable(role, access.Scope{}) {
			return nil, &Problem{e.Number, Role, "You cannot give the role " + role.Label + ", because you do not hold all of its permissions."}, nil
		}
		if e.Email == "" && t.Email == "" {
			return nil, &Problem{e.Number, Role, "Staff need an e-mail address to sign in."}, nil
		}
		give = append(give, key)
	}
	return give, nil, nil
}

func (b *batch) askRoles(t *target) (err error) {
	if !t.asked && !t.isNew {
		var held []access.Held
		held, err = person.Roles(b.tx, b.r.by.Workspace, t.ID)
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

// card returns what is to be written of the row's card, or nil if nothing is.
func (b *batch) card(e *entry, t *target) (*cardPlan, *Problem) {
	if e.Card.UID == "" {
		return nil, nil
	}
	if other := card.Reversed(e.Card.UID); other != e.Card.UID && b.cards[other] != nil && b.cards[e.Card.UID] == nil {
		if c := b.cards[other]; c.Version > 0 { // in the database; the file's own are compared by seen
			b.warnings = append(b.warnings, Problem{e.Number, CardUID, "There is the same card, reversed (" + other + "), already. Only one of the two is what a charger sends."})
		}
	}
	have := b.cards[e.Card.UID]
	if have == nil {
		c := card.Card{
			Workspace: b.r.by.Workspace, UID: e.Card.UID, Kind: card.Kind(e.Card.Kind), Typed: e.Card.Typed, Printed: e.Card.Printed, State: card.Active,
			Business: e.Card.Business == nil || *e.Card.Business, ValidFrom: e.Card.ValidFrom, ValidTo: e.Card.ValidTo,
		}
		return &cardPlan{Card: c, holder: t, isNew: true, changes: []Change{{CardUID, "", c.UID}}}, nil
	}
	if have.Person != "" && (t.isNew || have.Person != t.ID) {
		return nil, &Problem{e.Number, CardUID, "This card belongs to " + b.holder(have) + " already. Take it from them first."}
	}
	next := *have
	var changes []Change
	if have.Person == "" {
		changes = append(changes, Change{CardUID, "", have.UID})
	}
	changes = append(changes, e.Card.fill(&next, b.r.zone)...)
	if len(changes) == 0 {
		return nil, nil
	}
	return &cardPlan{Card: next, holder: t, changes: changes}, nil
}

func (b *batch) holder(c *card.Card) string {
	if t := b.byID[c.Person]; t != nil {
		return t.Name()
	}
	return "another user"
}

// joins returns the names of the groups that the user is not in yet.
func (b *batch) joins(e *entry, t *target) (names []string, err error) {
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
			groups, err := group.Of(b.tx, b.r.by.Workspace, t.ID)
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

func (b *batch) join(t *target, name string) {
	key := group.Key(name)
	t.in[key] = true
	if _, known := b.groups[key]; !known {
		b.groups[key] = ""
		b.groupNames = append(b.groupNames, name)
	}
	b.memberships = append(b.memberships, membership{key, t})
	b.newMemberships++
}
