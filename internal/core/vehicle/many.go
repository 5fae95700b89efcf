package vehicle

import (
	"iter"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Load adds many vehicles at once, as [Insert] adds one.
func Load(tx *db.Tx, list iter.Seq[*Vehicle]) (int64, error) {
	return tx.Load("vehicle", []string{"workspace", "id", "person", "plate", "plate_key", "country", "make", "model", "battery_wh", "mac", "version", "created_at"}, func(yield func([]any) bool) {
		for v := range list {
			v.ID, v.Version, v.Created = id.New[id.Vehicle](), 1, tx.Now
			if !yield([]any{
				string(v.Workspace), string(v.ID), string(v.Person), v.Plate, Key(v.Plate), v.Country, v.Make, v.Model, v.BatteryWh, v.MAC, v.Version, tx.NowMS(),
			}) {
				return
			}
		}
	})
}

// Known returns the vehicles that have one of these plates, in the form of [Key]
// and of any country, or one of these MACs.
func Known(tx *db.Tx, ws id.Workspace, plates, macs []string) (all []Vehicle, err error) {
	for _, ask := range []struct {
		column string
		list   []string
	}{{"plate_key", plates}, {"mac", macs}} {
		if len(ask.list) == 0 {
			continue
		}
		among, arg := db.Among(tx, ask.column, ask.list)
		some, err := db.All(tx, scan, `SELECT `+columns+` FROM vehicle WHERE workspace = ? AND `+ask.column+` <> '' AND `+among, ws, arg)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// ByIDs returns those of the vehicles that are there.
func ByIDs(tx *db.Tx, ws id.Workspace, list []id.Vehicle) (map[id.Vehicle]Vehicle, error) {
	all := map[id.Vehicle]Vehicle{}
	if len(list) == 0 {
		return all, nil
	}
	among, arg := db.Among(tx, "id", list)
	for v, err := range db.Each(tx, scan, `SELECT `+columns+` FROM vehicle WHERE workspace = ? AND `+among, ws, arg) {
		if err != nil {
			return nil, err
		}
		all[v.ID] = v
	}
	return all, nil
}

// Remove takes vehicles out: those that a mistaken import brought in with their
// users.
func Remove(tx *db.Tx, ws id.Workspace, list []id.Vehicle) error {
	among, arg := db.Among(tx, "id", list)
	_, err := tx.Exec(`DELETE FROM vehicle WHERE workspace = ? AND `+among, ws, arg)
	return err
}
