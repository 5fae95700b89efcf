package person

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Standing is what rules about many people at once want to know of one.
type Standing struct {
	ID         id.Person
	Status     Status
	StatusAt   int64 // milliseconds
	Reason     string
	CostCenter string
	HasEmail   bool
	Identity   id.Identity
	DeletedAt  int64 // milliseconds; 0 while here
	EraseAt    int64 // milliseconds; 0 if erased, or not to be
}

// Here reports whether the person was not deleted.
func (s *Standing) Here() bool { return s.ID != "" && s.DeletedAt == 0 }

// Standings returns how those of the people stand who exist, deleted ones too.
// With lock they stay so until tx ends. A list may name somebody twice.
func Standings(tx *db.Tx, ws id.Workspace, list []id.Person, lock bool) (map[id.Person]Standing, error) {
	end := ``
	if lock {
		end = ` ORDER BY id` + tx.ForUpdate() // in one order, so that two who lock many do not wait for each other
	}
	all := make(map[id.Person]Standing, len(list))
	for s, err := range db.Each(tx, func(row db.Scanner) (s Standing, err error) {
		err = row.Scan(&s.ID, &s.Status, &s.StatusAt, &s.Reason, &s.CostCenter, &s.HasEmail, &s.Identity, &s.DeletedAt, &s.EraseAt)
		return s, err
	}, `SELECT id, status, status_at, status_reason, cost_center, email <> '', COALESCE(identity, ''), deleted_at, erase_at
		FROM person WHERE workspace = ? AND id IN `+db.In(len(list))+end, db.Args(list, any(ws))...) {
		if err != nil {
			return nil, err
		}
		all[s.ID] = s
	}
	return all, nil
}

// MoveMany gives many people a status with a reason. Whether they may take that
// step is the caller's to see to.
func MoveMany(tx *db.Tx, ws id.Workspace, list []id.Person, to Status, reason string) error {
	_, err := tx.Exec(`UPDATE person SET status = ?, status_reason = ?, status_at = ?, version = version + 1 WHERE workspace = ? AND id IN `+db.In(len(list)),
		db.Args(list, any(to), reason, tx.NowMS(), ws)...)
	return err
}

// SetCostCenterMany gives many people a cost center, or takes it away.
func SetCostCenterMany(tx *db.Tx, ws id.Workspace, list []id.Person, name string) error {
	_, err := tx.Exec(`UPDATE person SET cost_center = ?, version = version + 1 WHERE workspace = ? AND id IN `+db.In(len(list)),
		db.Args(list, any(name), ws)...)
	return err
}
