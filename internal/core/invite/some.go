package invite

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// ByIDs returns those of the invitations that there are.
func ByIDs(tx *db.Tx, ws id.Workspace, list []id.Invite) (map[id.Invite]Invite, error) {
	all := make(map[id.Invite]Invite, len(list))
	among, arg := db.Among(tx, "id", list)
	for v, err := range db.Each(tx, scan, `SELECT `+columns+` FROM invite WHERE workspace = ? AND `+among, ws, arg) {
		if err != nil {
			return nil, err
		}
		all[v.ID] = v
	}
	return all, nil
}

// Link names one link of an invitation.
type Link struct {
	ID         id.Invite
	Generation int64
}

// WereSent notes of many what WasSent notes of one.
func WereSent(tx *db.Tx, ws id.Workspace, list []Link) error {
	of := map[int64][]id.Invite{}
	for _, l := range list {
		of[l.Generation] = append(of[l.Generation], l.ID)
	}
	for generation, some := range of {
		among, arg := db.Among(tx, "id", some)
		if _, err := tx.Exec(`UPDATE invite SET sent_at = ?, expires_at = CAST(? AS BIGINT) + life WHERE workspace = ? AND generation = ? AND `+among,
			tx.NowMS(), tx.NowMS(), ws, generation, arg); err != nil {
			return err
		}
	}
	return nil
}
