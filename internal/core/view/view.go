// Package view is the lists that staff have saved: which filters, which order,
// which columns, under a name.
//
// A view holds the list's address and nothing of what the list showed, so what
// it filters by may be gone when it is opened: the list says so then.
package view

import (
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Most is how many views of one list somebody may have: as many as a row of names
// can be read at a glance, and some more.
const Most = 50

// View is one saved view.
type View struct {
	Workspace id.Workspace
	ID        id.View
	List      string // which list: "users"
	Name      string // unique among the owner's views of that list, whatever its case
	Query     string // of the list's address, without "?"; "" is the list as it opens
	Person    id.Person
	Shared    bool // shown to all staff
	Created   time.Time
}

// key is the form of a name in which views are told apart.
func key(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// clean brings the name into its form, or says what is wrong with it.
func (v *View) clean() error {
	v.Name = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(v.Name, "\x00", ""), "")), " ")
	if n := len([]rune(v.Name)); n == 0 || n > 60 {
		return errs.AtField("name", "Give the view a name of 1 to 60 characters.")
	}
	if len(v.Query) > 2000 {
		return errs.AtField("name", "This list has too long a filter to be saved. Shorten what is searched for.")
	}
	return nil
}

func (v *View) taken() error {
	return errs.AtField("name", "You have a view called %s already. Choose another name, or remove that one first.", v.Name)
}

const columns = `workspace, id, list, name, query, person, shared, created_at`

func scan(row db.Scanner) (v View, err error) {
	var created int64
	err = row.Scan(&v.Workspace, &v.ID, &v.List, &v.Name, &v.Query, &v.Person, &v.Shared, &created)
	v.Created = time.UnixMilli(created).UTC()
	return v, err
}

// Insert adds v and sets its ID and Created. A second view of that name, and more
// than [Most] of them, are errors at the field "name".
func Insert(tx *db.Tx, v *View) error {
	if err := v.clean(); err != nil {
		return err
	}
	var have int64
	if err := tx.Row(`SELECT COUNT(*) FROM saved_view WHERE workspace = ? AND list = ? AND person = ?`, []any{v.Workspace, v.List, v.Person}, &have); err != nil {
		return err
	}
	if have >= Most {
		return errs.AtField("name", "You have saved %d views, which is as many as fit. Remove one first.", Most)
	}
	v.ID, v.Created = id.New[id.View](), tx.Now
	n, err := tx.Exec(`INSERT INTO saved_view (workspace, id, list, name, name_key, query, person, shared, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		v.Workspace, v.ID, v.List, v.Name, key(v.Name), v.Query, v.Person, v.Shared, tx.NowMS())
	if err == nil && n == 0 {
		err = v.taken()
	}
	return err
}

// Save writes the name and whether it is shared. A name that the owner has given
// to another view of the list is an error at the field "name".
func Save(tx *db.Tx, v *View) error {
	if err := v.clean(); err != nil {
		return err
	}
	var others int64
	if err := tx.Row(`SELECT COUNT(*) FROM saved_view WHERE workspace = ? AND list = ? AND person = ? AND name_key = ? AND id <> ?`,
		[]any{v.Workspace, v.List, v.Person, key(v.Name), v.ID}, &others); err != nil {
		return err
	}
	if others > 0 {
		return v.taken()
	}
	n, err := tx.Exec(`UPDATE saved_view SET name = ?, name_key = ?, shared = ? WHERE workspace = ? AND id = ?`, v.Name, key(v.Name), v.Shared, v.Workspace, v.ID)
	if err == nil && n == 0 {
		err = gone()
	}
	return err
}

// Remove removes a view. One that is gone already is no error.
func Remove(tx *db.Tx, ws id.Workspace, v id.View) error {
	_, err := tx.Exec(`DELETE FROM saved_view WHERE workspace = ? AND id = ?`, ws, v)
	return err
}

// ByID returns one view of the workspace, or an errs.NotFound.
func ByID(tx *db.Tx, ws id.Workspace, v id.View) (View, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM saved_view WHERE workspace = ? AND id = ?`, ws, v)
	if err == nil && len(all) == 0 {
		err = gone()
	}
	if err != nil {
		return View{}, err
	}
	return all[0], nil
}

func gone() error {
	return errs.New(errs.NotFound, "There is no such view. Somebody may have removed it.")
}

// For returns the views of a list that a person sees: their own, and what others
// share. Their own come first, then by name.
func For(tx *db.Tx, ws id.Workspace, list string, who id.Person) ([]View, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM saved_view WHERE workspace = ? AND list = ? AND (person = ? OR shared)
		ORDER BY CASE WHEN person = ? THEN 0 ELSE 1 END, name_key, id LIMIT 200`, ws, list, who, who)
}
