package group

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// OfMany returns in which groups people are, each person's in order.
func OfMany(tx *db.Tx, ws id.Workspace, list []id.Person) (map[id.Person][]id.Group, error) {
	type one struct {
		who id.Person
		in  id.Group
	}
	of := make(map[id.Person][]id.Group, len(list))
	for m, err := range db.Each(tx, func(row db.Scanner) (m one, err error) {
		err = row.Scan(&m.who, &m.in)
		return m, err
	}, `SELECT m.person, m.user_group FROM group_member m JOIN user_group g ON g.workspace = m.workspace AND g.id = m.user_group
		WHERE m.workspace = ? AND m.person IN `+db.In(len(list))+` ORDER BY g.rank, g.id`, db.Args(list, any(ws))...) {
		if err != nil {
			return nil, err
		}
		of[m.who] = append(of[m.who], m.in)
	}
	return of, nil
}
