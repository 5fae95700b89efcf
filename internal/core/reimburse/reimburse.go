// Package reimburse is the agreements by which people are paid back what charging
// at home costs them: one per account of an employee or a subsidiary, with rates
// that each hold from a day on.
//
// A rate never touches the days before it. Money is whole ten-thousandths of the
// currency's unit and never a binary fraction.
package reimburse

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Agreement is what was agreed for one account.
type Agreement struct {
	Workspace id.Workspace
	Account   id.Account
	Currency  string // ISO 4217: "EUR"
	State     State
	StateAt   time.Time
	Rates     []Dated // by day; the first begins it
	Version   int64   // of the row that this was read from
	Created   time.Time
}

// State is how far an agreement has come.
type State string

// The states.
const (
	Draft   State = "draft"   // offered; nobody of the account has come in yet
	Waiting State = "waiting" // for the employee's bank details
	Active  State = "active"
	Paused  State = "paused"
	Ended   State = "ended"
)

// Label is the state as screens show it.
func (s State) Label() string {
	return map[State]string{Draft: "Draft", Waiting: "Waiting for bank details", Active: "Active", Paused: "Paused", Ended: "Ended"}[s]
}

// moves lists every step an agreement may take.
var moves = map[State][]State{
	Draft:   {Waiting, Active, Ended},
	Waiting: {Active, Paused, Ended},
	Active:  {Paused, Ended},
	Paused:  {Waiting, Active, Ended},
	Ended:   {Draft, Waiting, Active}, // reopened
}

// May reports whether an agreement may move to s.
func (a *Agreement) May(s State) bool { return slices.Contains(moves[a.State], s) }

// Rate is money per kWh in ten-thousandths of the currency's unit: 2,500 is
// 0.2500.
type Rate int64

// most is the highest rate: ten of any currency's units would be a slip of the
// comma in most, and a hundred is one in all.
const most Rate = 100 * 10_000

// ParseRate reads a rate with up to four decimals, with a point or a comma.
func ParseRate(text string) (Rate, error) {
	s := strings.ReplaceAll(strings.TrimSpace(text), ",", ".")
	whole, part, _ := strings.Cut(s, ".")
	wrong := errs.AtField("rate", "%q is not a rate. Give an amount per kWh with up to four decimals, as in 0.2500.", text)
	if whole == "" && part == "" || len(whole) > 3 || len(part) > 4 {
		return 0, wrong
	}
	n := Rate(0)
	for _, r := range whole + (part + "0000")[:4] {
		if r < '0' || r > '9' {
			return 0, wrong
		}
		n = n*10 + Rate(r-'0')
	}
	if n == 0 || n > most {
		return 0, errs.AtField("rate", "A rate lies above 0 and is at most %s per kWh.", most)
	}
	return n, nil
}

// String spells a rate with four decimals: "0.2500".
func (r Rate) String() string { return fmt.Sprintf("%d.%04d", r/10_000, r%10_000) }

// Dated is a rate and the day from which on it holds.
type Dated struct {
	From Day
	Rate Rate
	By   string // who agreed to it, as the journal names them
}

// Day is a day of the workspace: "2027-01-31".
type Day string

// ParseDay reads a day.
func ParseDay(text string) (Day, error) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(text))
	if err != nil || t.Year() < 2000 || t.Year() > 2200 {
		return "", errs.AtField("from", "%q is not a day. Write it as in 2027-01-31.", text)
	}
	return DayOf(t), nil
}

// DayOf returns the day of a moment in its own zone.
func DayOf(t time.Time) Day { return Day(t.Format(time.DateOnly)) }

// On returns the rate of a day; false if none holds yet.
func (a *Agreement) On(d Day) (Rate, bool) {
	for _, r := range slices.Backward(a.Rates) {
		if r.From <= d {
			return r.Rate, true
		}
	}
	return 0, false
}

// Currencies are those that a rate may be in.
var Currencies = []string{"EUR", "CHF", "CZK", "DKK", "GBP", "HUF", "NOK", "PLN", "RON", "SEK"}

// Check says whether a rate may be set from a day on, seen from today. The first
// of an agreement may begin on the first of this month; a later one begins today
// or later, so that no day that is over changes.
func (a *Agreement) Check(from, today Day) error {
	earliest := today
	if len(a.Rates) == 0 {
		earliest = today[:8] + "01"
	}
	if from < earliest {
		return errs.AtField("from", "A rate cannot begin before %s: days that are over keep the rate they had.", earliest)
	}
	return nil
}

// Save writes an agreement's state, or the whole of a new one (Version 0). If
// someone else wrote it meanwhile, that is an errs.Conflict.
func Save(tx *db.Tx, a *Agreement) (err error) {
	var n int64
	if a.Version == 0 {
		a.Created, a.StateAt = tx.Now, tx.Now
		n, err = tx.Exec(`INSERT INTO reimbursement (workspace, account, currency, state, state_at, version, created_at) VALUES (?, ?, ?, ?, ?, 1, ?) ON CONFLICT DO NOTHING`,
			a.Workspace, a.Account, a.Currency, a.State, tx.NowMS(), tx.NowMS())
	} else {
		n, err = tx.Exec(`UPDATE reimbursement SET state = ?, state_at = ?, version = version + 1 WHERE workspace = ? AND account = ? AND version = ?`,
			a.State, a.StateAt.UnixMilli(), a.Workspace, a.Account, a.Version)
	}
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Someone else changed this agreement meanwhile. Load the page again and repeat your change.")
	}
	a.Version++
	return err
}

// SetRate adds a rate to an agreement, which was saved, or replaces the one that
// begins on the same day.
func SetRate(tx *db.Tx, a *Agreement, r Dated) error {
	_, err := tx.Exec(`INSERT INTO reimbursement_rate (workspace, account, from_day, rate, set_at, set_by) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (workspace, account, from_day) DO UPDATE SET rate = excluded.rate, set_at = excluded.set_at, set_by = excluded.set_by`,
		a.Workspace, a.Account, r.From, r.Rate, tx.NowMS(), r.By)
	if err != nil {
		return err
	}
	a.Rates = slices.DeleteFunc(a.Rates, func(old Dated) bool { return old.From == r.From })
	i, _ := slices.BinarySearchFunc(a.Rates, r.From, func(d Dated, day Day) int { return strings.Compare(string(d.From), string(day)) })
	a.Rates = slices.Insert(a.Rates, i, r)
	return nil
}

// DropRate takes a rate away that has not begun yet; the caller sees to that.
func DropRate(tx *db.Tx, a *Agreement, from Day) error {
	_, err := tx.Exec(`DELETE FROM reimbursement_rate WHERE workspace = ? AND account = ? AND from_day = ?`, a.Workspace, a.Account, from)
	a.Rates = slices.DeleteFunc(a.Rates, func(old Dated) bool { return old.From == from })
	return err
}

// Of returns an account's agreement with its rates, or an errs.NotFound.
func Of(tx *db.Tx, ws id.Workspace, acc id.Account) (a Agreement, err error) {
	var stateAt, created int64
	a.Workspace, a.Account = ws, acc
	err = tx.Row(`SELECT currency, state, state_at, version, created_at FROM reimbursement WHERE workspace = ? AND account = ?`, []any{ws, acc},
		&a.Currency, &a.State, &stateAt, &a.Version, &created)
	if errs.KindOf(err) == errs.NotFound {
		return Agreement{}, errs.New(errs.NotFound, "No reimbursement is agreed for this account.")
	}
	if err != nil {
		return Agreement{}, err
	}
	a.StateAt, a.Created = time.UnixMilli(stateAt).UTC(), time.UnixMilli(created).UTC()
	a.Rates, err = db.All(tx, func(row db.Scanner) (d Dated, err error) {
		err = row.Scan(&d.From, &d.Rate, &d.By)
		return d, err
	}, `SELECT from_day, rate, set_by FROM reimbursement_rate WHERE workspace = ? AND account = ? ORDER BY from_day`, ws, acc)
	return a, err
}

// Begin is the state in which an agreement begins, or goes on: it waits until
// somebody of the account has come in, and an employee then for bank details.
func Begin(tx *db.Tx, ws id.Workspace, acc id.Account, employee bool) (State, error) {
	var active int64
	err := tx.Row(`SELECT COUNT(*) FROM person WHERE workspace = ? AND account = ? AND account <> '' AND status = 'active' AND deleted_at = 0`, []any{ws, acc}, &active)
	switch {
	case err != nil || active == 0:
		return Draft, err
	case employee:
		return Waiting, nil
	default:
		return Active, nil
	}
}

// Remove takes an agreement out as if it had never been: one that was made by
// mistake today.
func Remove(tx *db.Tx, ws id.Workspace, acc id.Account) error {
	if _, err := tx.Exec(`DELETE FROM reimbursement_rate WHERE workspace = ? AND account = ?`, ws, acc); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM reimbursement WHERE workspace = ? AND account = ?`, ws, acc)
	return err
}
