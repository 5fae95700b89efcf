package card

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// OfMany returns the cards of people, each person's as Of does.
func OfMany(tx *db.Tx, ws id.Workspace, list []id.Person) (map[id.Person][]Card, error) {
	of := make(map[id.Person][]Card, len(list))
	for c, err := range db.Each(tx, scan, `SELECT `+columns+` FROM card WHERE workspace = ? AND person IN `+db.In(len(list))+`
		ORDER BY CASE state WHEN 'deactivated' THEN 1 ELSE 0 END, created_at, id`, db.Args(list, any(ws))...) {
		if err != nil {
			return nil, err
		}
		of[c.Person] = append(of[c.Person], c)
	}
	return of, nil
}
