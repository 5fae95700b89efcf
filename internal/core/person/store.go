package person

import (
	"iter"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

var columnList = []string{
	"workspace", "id", "email", "first_name", "last_name", "sort_name", "phone", "language", "external_id", "cost_center", "info_1", "info_2",
	"account", "status", "status_reason", "status_at", "identity", "cards_until", "sessions", "wh", "last_charge_at", "version", "created_at",
}

// Columns are those that Scan reads, of a table called person.
const Columns = `person.workspace, person.id, person.email, person.first_name, person.last_name, person.phone, person.language,
	person.external_id, person.cost_center, person.info_1, person.info_2, person.account, person.status, person.status_reason, person.status_at,
	COALESCE(person.identity, ''), person.cards_until, person.sessions, person.wh, person.last_charge_at, person.version, person.created_at`

// Scan reads a row of Columns, and what follows them into more.
func Scan(row db.Scanner, more ...any) (p Person, err error) {
	var statusAt, until, last, created int64
	err = row.Scan(append([]any{
		&p.Workspace, &p.ID, &p.Email, &p.FirstName, &p.LastName, &p.Phone, &p.Language,
		&p.ExternalID, &p.CostCenter, &p.Info1, &p.Info2, &p.Account, &p.Status, &p.StatusReason, &statusAt,
		&p.Identity, &until, &p.Sessions, &p.Wh, &last, &p.Version, &created,
	}, more...)...)
	p.StatusAt, p.CardsUntil, p.LastCharge, p.Created = at(statusAt), at(until), at(last), at(created)
	return p, err
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// values are those of columnList.
func (p *Person) values() []any {
	var identity *string
	if p.Identity != "" {
		identity = (*string)(&p.Identity)
	}
	return []any{
		string(p.Workspace), string(p.ID), p.Email, p.FirstName, p.LastName, p.SortName(), p.Phone, p.Language, p.ExternalID, p.CostCenter, p.Info1, p.Info2,
		string(p.Account), string(p.Status), p.StatusReason, ms(p.StatusAt), identity, ms(p.CardsUntil), p.Sessions, p.Wh, ms(p.LastCharge), p.Version, ms(p.Created),
	}
}

// Insert adds p, and sets its ID (if it has none), Version, Created and
// StatusAt. A second person with the same address or external id in the
// workspace is an errs.Conflict.
func Insert(tx *db.Tx, p *Person) error {
	_, err := Load(tx, func(yield func(*Person) bool) { yield(p) })
	return err
}

// Load adds many people at once, as Insert adds one.
func Load(tx *db.Tx, people iter.Seq[*Person]) (int64, error) {
	return tx.Load("person", columnList, func(yield func([]any) bool) {
		for p := range people {
			if p.ID == "" {
				p.ID = id.New[id.Person]()
			}
			if p.Created.IsZero() {
				p.Created = tx.Now
			}
			if p.StatusAt.IsZero() {
				p.StatusAt = tx.Now
			}
			p.Version = 1
			if !yield(p.values()) {
				return
			}
		}
	})
}

// ByID returns one person of the workspace. Like every function here, it does
// not see those who were deleted.
func ByID(tx *db.Tx, ws id.Workspace, who id.Person) (Person, error) {
	return one(tx, `workspace = ? AND id = ?`, ws, who)
}

// ByIDs returns those of the people who exist, in no order.
func ByIDs(tx *db.Tx, ws id.Workspace, list []id.Person) ([]Person, error) {
	return some(tx, ws, "id", list)
}

// ByEmail returns the person of the workspace with that clean address.
func ByEmail(tx *db.Tx, ws id.Workspace, email string) (Person, error) {
	return one(tx, `workspace = ? AND email = ? AND email <> ''`, ws, email)
}

// ByEmails returns the people of the workspace with those clean addresses, in no
// order.
func ByEmails(tx *db.Tx, ws id.Workspace, list []string) ([]Person, error) {
	return some(tx, ws, "email", list)
}

// ByExternalIDs returns the people with those external ids, in no order.
func ByExternalIDs(tx *db.Tx, ws id.Workspace, list []string) ([]Person, error) {
	return some(tx, ws, "external_id", list)
}

// OfIdentity returns the seats of one login, in all workspaces: the login is
// the proof.
func OfIdentity(tx *db.Tx, who id.Identity) ([]Person, error) {
	return db.All(tx, func(row db.Scanner) (Person, error) { return Scan(row) }, `SELECT `+Columns+` FROM person WHERE identity = ? AND deleted_at = 0 ORDER BY created_at, id`, who)
}

func some[T ~string](tx *db.Tx, ws id.Workspace, column string, list []T) ([]Person, error) {
	if len(list) == 0 {
		return nil, nil
	}
	among, arg := db.Among(tx, column, list)
	return db.All(tx, func(row db.Scanner) (Person, error) { return Scan(row) },
		`SELECT `+Columns+` FROM person WHERE workspace = ? AND deleted_at = 0 AND `+column+` <> '' AND `+among, ws, arg)
}

func one(tx *db.Tx, where string, args ...any) (Person, error) {
	all, err := db.All(tx, func(row db.Scanner) (Person, error) { return Scan(row) }, `SELECT `+Columns+` FROM person WHERE deleted_at = 0 AND `+where, args...)
	if err == nil && len(all) == 0 {
		err = noUser()
	}
	if err != nil {
		return Person{}, err
	}
	return all[0], nil
}

func noUser() error {
	return errs.New(errs.NotFound, "There is no such user. They may have been deleted.")
}

// Save writes p back. If someone else wrote it since p was read, that is an
// errs.Conflict and nothing is written.
func Save(tx *db.Tx, p *Person) error {
	v := p.values()
	n, err := tx.Exec(`UPDATE person SET email = ?, first_name = ?, last_name = ?, sort_name = ?, phone = ?, language = ?, external_id = ?, cost_center = ?,
		info_1 = ?, info_2 = ?, account = ?, status = ?, status_reason = ?, status_at = ?, identity = ?, cards_until = ?, version = version + 1
		WHERE workspace = ? AND id = ? AND version = ?`, append(v[2:18:18], p.Workspace, p.ID, p.Version)...)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Someone else changed this user meanwhile. Load the page again and repeat your change.")
	}
	if err != nil {
		return err
	}
	p.Version++
	return nil
}

// mostWh is where a person's energy stops to count: 1 TWh, which nobody charges
// in a life. A sum that overflowed would be a broken number on SQLite and stop
// the count of everybody on PostgreSQL; and those of millions can be added up.
const mostWh = 1_000_000_000_000

// plusWh is the statement's part that adds watt-hours, more or less, and stays
// between 0 and mostWh. It takes what added returns.
const plusWh = `wh = CASE WHEN wh >= ? THEN ? WHEN wh <= ? THEN 0 ELSE wh + ? END`

func added(wh int64) []any {
	wh = min(max(wh, -mostWh), mostWh)
	return []any{mostWh - wh, int64(mostWh), -wh, wh}
}

// AddUsage counts a finished charging session. It does not touch the version:
// nobody's edit is lost by it. The energy saturates at 0 and at 1 TWh.
func AddUsage(tx *db.Tx, ws id.Workspace, who id.Person, wh int64, ended time.Time) error {
	_, err := tx.Exec(`UPDATE person SET sessions = sessions + 1, last_charge_at = CASE WHEN last_charge_at < ? THEN ? ELSE last_charge_at END, `+
		plusWh+` WHERE workspace = ? AND id = ?`, db.Args(append(added(wh), ws, who), any(ended.UnixMilli()), ended.UnixMilli())...)
	return err
}

// AddEnergy corrects the energy of sessions that were counted before, by so many
// watt-hours more or less. It saturates as AddUsage does.
func AddEnergy(tx *db.Tx, ws id.Workspace, who id.Person, wh int64) error {
	_, err := tx.Exec(`UPDATE person SET `+plusWh+` WHERE workspace = ? AND id = ?`, append(added(wh), ws, who)...)
	return err
}

// Count returns how many people have each status.
func Count(tx *db.Tx, ws id.Workspace) (map[Status]int64, error) {
	type line struct {
		s Status
		n int64
	}
	all, err := db.All(tx, func(row db.Scanner) (l line, err error) {
		err = row.Scan(&l.s, &l.n)
		return l, err
	}, `SELECT status, COUNT(*) FROM person WHERE workspace = ? AND deleted_at = 0 GROUP BY status`, ws)
	n := map[Status]int64{}
	for _, l := range all {
		n[l.s] = l.n
	}
	return n, err
}

// AddCostCenter makes a cost center known, if it is not.
func AddCostCenter(tx *db.Tx, ws id.Workspace, name string) (added bool, err error) {
	if name == "" {
		return false, nil
	}
	n, err := tx.Exec(`INSERT INTO cost_center (workspace, name) VALUES (?, ?) ON CONFLICT DO NOTHING`, ws, name)
	return n > 0, err
}

// CostCenters lists the workspace's cost centers by name.
func CostCenters(tx *db.Tx, ws id.Workspace) ([]string, error) {
	return db.All(tx, db.Text[string], `SELECT name FROM cost_center WHERE workspace = ? ORDER BY name`, ws)
}
