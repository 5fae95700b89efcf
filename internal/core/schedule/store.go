package schedule

import (
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

const columns = `workspace, id, name, what, query, format, semicolons, every, day, hour, emails, method, url, person, paused, next_at, version, created_at`

func scan(row db.Scanner) (s Schedule, err error) {
	var emails string
	var next, created int64
	err = row.Scan(&s.Workspace, &s.ID, &s.Name, &s.What, &s.Query, &s.Format, &s.Semicolons, &s.Every, &s.Day, &s.Hour, &emails, &s.Method, &s.URL, &s.Person, &s.Paused,
		&next, &s.Version, &created)
	s.Emails, s.NextAt, s.Created = strings.Fields(emails), at(next), at(created)
	return s, err
}

func at(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Insert stores a new schedule and sets its ID. A workspace has at most Most.
func Insert(tx *db.Tx, s *Schedule) error {
	var n int
	if err := tx.Row(`SELECT COUNT(*) FROM export_schedule WHERE workspace = ?`, []any{s.Workspace}, &n); err != nil {
		return err
	}
	if n >= Most {
		return errs.New(errs.Conflict, "There are %d scheduled exports already, which is the most. Remove one first.", n)
	}
	s.ID, s.Version, s.Created = id.New[id.Schedule](), 1, tx.Now
	_, err := tx.Exec(`INSERT INTO export_schedule (`+columns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		s.Workspace, s.ID, s.Name, s.What, s.Query, s.Format, s.Semicolons, s.Every, s.Day, s.Hour, strings.Join(s.Emails, " "), s.Method, s.URL, s.Person, s.Paused,
		s.NextAt.UnixMilli(), s.Version, tx.NowMS())
	return err
}

// Save writes what is set up of a schedule back, and whose it is by now. If somebody
// else changed it since s was read, that is an errs.Conflict.
func Save(tx *db.Tx, s *Schedule) error {
	n, err := tx.Exec(`UPDATE export_schedule SET name = ?, what = ?, query = ?, format = ?, semicolons = ?, every = ?, day = ?, hour = ?, emails = ?, method = ?, url = ?,
		person = ?, next_at = ?, version = version + 1 WHERE workspace = ? AND id = ? AND version = ?`,
		s.Name, s.What, s.Query, s.Format, s.Semicolons, s.Every, s.Day, s.Hour, strings.Join(s.Emails, " "), s.Method, s.URL, s.Person, s.NextAt.UnixMilli(), s.Workspace, s.ID, s.Version)
	if err == nil && n == 0 {
		err = errs.New(errs.Conflict, "Someone else changed this export meanwhile. Load the page again and repeat your change.")
	}
	if err == nil {
		s.Version++
	}
	return err
}

// Pause stops a schedule from going out, or lets it go on at next.
func Pause(tx *db.Tx, ws id.Workspace, one id.Schedule, paused bool, next time.Time) error {
	n, err := tx.Exec(`UPDATE export_schedule SET paused = ?, next_at = ?, version = version + 1 WHERE workspace = ? AND id = ?`, paused, next.UnixMilli(), ws, one)
	if err == nil && n == 0 {
		err = gone()
	}
	return err
}

// Remove removes a schedule with its history.
func Remove(tx *db.Tx, ws id.Workspace, one id.Schedule) error {
	if _, err := tx.Exec(`DELETE FROM export_run WHERE workspace = ? AND schedule = ?`, ws, one); err != nil {
		return err
	}
	n, err := tx.Exec(`DELETE FROM export_schedule WHERE workspace = ? AND id = ?`, ws, one)
	if err == nil && n == 0 {
		err = gone()
	}
	return err
}

// ByID returns one schedule of the workspace, or an errs.NotFound.
func ByID(tx *db.Tx, ws id.Workspace, one id.Schedule) (Schedule, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM export_schedule WHERE workspace = ? AND id = ?`, ws, one)
	if err == nil && len(all) == 0 {
		err = gone()
	}
	if err != nil {
		return Schedule{}, err
	}
	return all[0], nil
}

func gone() error {
	return errs.New(errs.NotFound, "There is no such scheduled export. Somebody may have removed it.")
}

// List returns the schedules of the workspace, by name.
func List(tx *db.Tx, ws id.Workspace) ([]Schedule, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM export_schedule WHERE workspace = ? ORDER BY name, id`, ws)
}

// Due returns schedules of all workspaces whose time has come.
func Due(tx *db.Tx, limit int) ([]Schedule, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM export_schedule WHERE NOT paused AND next_at <= ? ORDER BY next_at LIMIT ?`, tx.NowMS(), limit)
}

// MoveOn makes a schedule due at next, unless another replica did: then ok is
// false.
func MoveOn(tx *db.Tx, s *Schedule, next time.Time) (ok bool, err error) {
	n, err := tx.Exec(`UPDATE export_schedule SET next_at = ? WHERE workspace = ? AND id = ? AND next_at = ? AND NOT paused`, next.UnixMilli(), s.Workspace, s.ID, s.NextAt.UnixMilli())
	return n > 0, err
}

const runColumns = `workspace, id, schedule, due_at, state, tries, row_count, bytes, sent_to, note, ended_at`

func scanRun(row db.Scanner) (r Run, err error) {
	var due, ended int64
	var sent string
	err = row.Scan(&r.Workspace, &r.ID, &r.Schedule, &due, &r.State, &r.Tries, &r.Rows, &r.Bytes, &sent, &r.Note, &ended)
	r.Due, r.Ended, r.SentTo = at(due), at(ended), strings.Fields(sent)
	return r, err
}

// Begin stores a run that is due at a moment; there is one of each.
func Begin(tx *db.Tx, s *Schedule, due time.Time) (Run, error) {
	r := Run{Workspace: s.Workspace, ID: id.New[id.ExportRun](), Schedule: s.ID, Due: due, State: Queued}
	_, err := tx.Exec(`INSERT INTO export_run (`+runColumns+`) VALUES (?, ?, ?, ?, 'queued', 0, 0, 0, '', '', 0)`, r.Workspace, r.ID, r.Schedule, due.UnixMilli())
	return r, err
}

// SaveRun writes down how far a run has come.
func SaveRun(tx *db.Tx, r *Run) error {
	ended := int64(0)
	if !r.Ended.IsZero() {
		ended = r.Ended.UnixMilli()
	}
	_, err := tx.Exec(`UPDATE export_run SET state = ?, tries = ?, row_count = ?, bytes = ?, sent_to = ?, note = ?, ended_at = ? WHERE workspace = ? AND id = ?`,
		r.State, r.Tries, r.Rows, r.Bytes, strings.Join(r.SentTo, " "), r.Note, ended, r.Workspace, r.ID)
	return err
}

// RunByID returns one run of the workspace, or an errs.NotFound.
func RunByID(tx *db.Tx, ws id.Workspace, one id.ExportRun) (Run, error) {
	all, err := db.All(tx, scanRun, `SELECT `+runColumns+` FROM export_run WHERE workspace = ? AND id = ?`, ws, one)
	if err == nil && len(all) == 0 {
		err = errs.New(errs.NotFound, "There is no such run. Its export may have been removed.")
	}
	if err != nil {
		return Run{}, err
	}
	return all[0], nil
}

// Runs returns the newest runs of a schedule.
func Runs(tx *db.Tx, ws id.Workspace, one id.Schedule, limit int) ([]Run, error) {
	return db.All(tx, scanRun, `SELECT `+runColumns+` FROM export_run WHERE workspace = ? AND schedule = ? ORDER BY due_at DESC LIMIT ?`, ws, one, limit)
}
