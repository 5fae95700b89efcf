// Package batch is a chunk of rows on their way into the database: what each
// would change of what is there, and the writing of it.
//
// A preview decides and forgets; applying decides in the same way, in the
// transaction that writes. So a preview cannot promise what applying does not do.
package batch

import (
	"time"

	"involt/internal/core/card"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/flow/intake/back"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/db"
)

// Kind is what a row does.
type Kind string

// The kinds.
const (
	Add    Kind = "add"    // a user, or a card of nobody, that was not known
	Update Kind = "change" // of a known user, or a card for one
	Same   Kind = "same"   // all as it is
	Refuse Kind = "refuse" // not taken; the reason says why
)

// Outcome is what becomes of one row.
type Outcome struct {
	Line     int             `json:"line"`
	Kind     Kind            `json:"kind"`
	Name     string          `json:"name"`               // of the user; as far as known
	Email    string          `json:"email,omitempty"`    //
	Card     string          `json:"card,omitempty"`     // canonical UID
	Changes  []sheet.Change  `json:"changes,omitempty"`  // for add and change, what is new; those with Kept are not made
	Column   sheet.Column    `json:"column,omitempty"`   // for refuse, the cell at fault
	Reason   string          `json:"reason,omitempty"`   // for refuse
	Warnings []sheet.Problem `json:"warnings,omitempty"` // what to look at
}

// Conflict reports whether the row says something else than a person who
// corrected it by hand, and was not followed.
func (o *Outcome) Conflict() bool {
	for _, c := range o.Changes {
		if c.Kept != "" {
			return true
		}
	}
	return false
}

// Prior is the earlier row that describes the same person.
type Prior struct {
	Row  int  `json:"r"` // from 0
	Line int  `json:"l"`
	Car  bool `json:"v,omitempty"` // the earlier rows about the person have this row's vehicle
}

// Entry is a row on its way.
type Entry struct {
	sheet.Line
	Row     int    // in the file, from 0
	Prior   *Prior // if this row adds to what an earlier one says
	Fresh   bool   // when the preview looked, nobody had any of its keys
	Outcome Outcome
	Done    bool // Outcome is final: the database need not be asked
}

// Refuse says why the row is not taken.
func (e *Entry) Refuse(p sheet.Problem) {
	e.Outcome = Outcome{Line: e.Number, Kind: Refuse, Name: e.Name(), Email: e.Email, Card: e.Card.UID, Column: p.Column, Reason: p.Text}
}

// Run is what all chunks of an import have in common.
type Run struct {
	back.Order
	CardsUntil time.Time // cards of imported people keep working until then
	Overwrite  bool      // also what a person corrected by hand
	MayInvite  bool      // those whose row says so can be invited
	Preview    bool      // nothing is written: those whom earlier chunks add are not in the database
	Trust      bool      // Fresh is believed: a clash of keys, which is an errs.Conflict, finds out

	// KindOf returns what became of an earlier row, in an earlier chunk.
	KindOf func(row int) Kind

	// What the workspace had when last looked at, and what chunks that were
	// written have added; groups is nil when it must be looked at again.
	groups      map[string]id.Group // by group.Key
	costCenters map[string]bool
	payers      payers
}

// Again forgets what was known of the workspace: somebody changed it meanwhile.
func (r *Run) Again() { r.groups, r.Trust = nil, false }

// Took notes what a chunk has made, once that is committed.
func (r *Run) Took(b *Batch) { r.groups, r.costCenters = b.groups, b.knownCostCenters }

// Batch is what a chunk comes to: what the database has of it, and what is to be
// written. It belongs to one transaction.
type Batch struct {
	r  *Run
	tx *db.Tx

	byEmail, byExternalID map[string]*target
	byID                  map[id.Person]*target
	cards                 map[string]*card.Card // by UID
	carsByKey             map[string]*car       // vehicles by plate and by MAC, see sheet.Line.VehicleKeys
	carsByID              map[id.Vehicle]*car
	arrivals              map[id.Person]time.Time // of those who are known, if rows have dates
	departures            map[id.Person]person.Departure
	byRow                 map[int]*target // whom rows of this chunk describe
	kinds                 map[int]Kind    // of rows of this chunk
	sources               map[id.Person]map[string]source.Source
	groups                map[string]id.Group // by group.Key; "" for one that is to be made
	knownCostCenters      map[string]bool

	place       int       // of the row that is settled
	about       []*target // whom rows are about
	people      []*target // that are new or change
	cardList    []*cardPlan
	memberships []membership
	groupNames  []string // to be made
	costCenters []string // to be made

	payersToMake []*payer
	cars         []*car       // that are new or change
	rates        []*agreement // to be made
	invite       []*target    // to be invited when all is applied
	stay         []*target    // not to be, whatever is said of all

	People, Cards, Memberships int // that are new
}

// Groups and CostCenters are the names of those that the chunk makes.
func (b *Batch) Groups() []string { return b.groupNames }

// CostCenters are the names of those that the chunk makes.
func (b *Batch) CostCenters() []string { return b.costCenters }

// target is the user a row is about.
type target struct {
	person.Person
	isNew     bool
	rows      []int // of the chunk that are about them, from 0
	listed    bool  // among Batch.people
	before    person.Person
	changes   []sheet.Change
	status    person.Status // to become, if not ""
	giveRoles []string
	roles     []string // those held in the whole workspace; nil until asked
	staff     bool     // holds a role anywhere; known once asked
	asked     bool
	payer     *payer          // the account to be given; nil if it stays
	begins    *time.Time      // their first moment, if it changes; zero: they have begun
	leaves    *time.Time      // the first moment after their last, if it changes
	in        map[string]bool // keys of the groups they are in; nil until asked
}

type cardPlan struct {
	card.Card
	before  card.Card
	holder  *target // nil: nobody's
	isNew   bool
	changes []sheet.Change
}

type membership struct {
	key    string // of the group
	person *target
}

// GroupKey is the form in which names of groups are compared.
func GroupKey(name string) string { return group.Key(name) }

// Warn adds something to look at, if it was not said yet.
func (e *Entry) Warn(p sheet.Problem) {
	e.Outcome.Warnings = joined(e.Outcome.Warnings, []sheet.Problem{p})
}
