package steer

import (
	"time"

	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/locallist"
	"involt/internal/core/site"
	"involt/internal/kit/db"
)

// wanted is what a charger's list should hold: the cards of those who charged there in the
// last 90 days and may do so now at any hour, who came last first, as many as fit; each
// as the charger last spelt it. What a car says about itself, and apps, are left out: nobody
// could be asked whether it is true.
func (s *Service) wanted(tx *db.Tx, l *locallist.List) (list []locallist.Entry, err error) {
	h, err := site.ChargerByID(tx, l.Workspace, l.Charger)
	if err != nil {
		return nil, err
	}
	type came struct {
		uid    string
		card   id.Card
		leaves int64 // when the holder leaves; 0 if that is not planned
	}
	all, err := db.All(tx, func(row db.Scanner) (c came, err error) {
		var last int64
		err = row.Scan(&c.uid, &c.card, &c.leaves, &last)
		return c, err
	}, `SELECT c.card_uid, k.id, COALESCE(d.at, 0), MAX(c.started_at) FROM charge c
		JOIN card k ON k.workspace = c.workspace AND k.uid = c.card_uid AND k.kind = 'rfid' AND k.state = 'active'
		LEFT JOIN departure d ON d.workspace = k.workspace AND d.person = k.person AND d.done_at = 0
		WHERE c.workspace = ? AND c.charger = ? AND c.started_at > ?
		GROUP BY c.card_uid, k.id, d.at ORDER BY MAX(c.started_at) DESC, c.card_uid`, l.Workspace, l.Charger, tx.Now.Add(-lastCame).UnixMilli())
	if err != nil || len(all) == 0 {
		return nil, err
	}
	spelt, err := decision.Spellings(tx, l.Workspace, l.Charger)
	if err != nil {
		return nil, err
	}
	most := 36
	if h.Protocol == ocpp16 {
		most = 20
	}
	for _, c := range all {
		if len(list) == l.Room() {
			break
		}
		st := s.Decide.Standing(l.Workspace, l.Charger, c.uid, tx.Now)
		if !st.lasts() {
			continue
		}
		if c.leaves != 0 && (st.Until.IsZero() || c.leaves < st.Until.UnixMilli()) {
			st.Until = time.UnixMilli(c.leaves).UTC()
		}
		e := locallist.Entry{Token: c.uid, Card: c.card, Parent: st.Parent, Expires: st.Until}
		if said, ok := spelt[c.uid]; ok {
			e.Token, e.TokenType = said.Token, said.TokenType
		}
		if h.Protocol == ocpp16 {
			e.TokenType = ""
		} else if e.TokenType == "" {
			e.TokenType = tokenType(&card.Card{Kind: card.RFID})
		}
		if len(e.Token) <= most {
			list = append(list, e)
		}
	}
	return list, nil
}
