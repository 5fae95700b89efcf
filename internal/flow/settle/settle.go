// Package settle acts on charging sessions that have ended. So far it counts
// them on the user whose they are; prices, points and receipts join it here.
//
// It hears of sessions from the journal and works in the transaction that moves
// its place there, so that each end counts exactly once, whatever is stopped,
// repeated or delivered again in between.
package settle

import (
	"encoding/json"
	"fmt"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/kit/db"
)

// session is what the journal says of a session's end.
type session struct {
	Person    id.Person `json:"person"`
	Wh        int64     `json:"wh"`
	EndedAt   int64     `json:"ended_at"`   // milliseconds since 1970
	WasPerson id.Person `json:"was_person"` // of a correction
	WasWh     int64     `json:"was_wh"`     // likewise
}

// Reader returns what is to be subscribed to the journal.
func Reader() journal.Reader {
	return journal.Reader{Name: "settle", What: []string{"session.ended", "session.corrected"}, Do: count}
}

// count adds a session to its user's usage. One that nobody was known for when
// it ended counts when it comes to light whose it was; one that was counted
// already is corrected by the difference.
func count(tx *db.Tx, e journal.Entry) error {
	if e.Value == "" {
		return nil // erased with the person
	}
	var s session
	if err := json.Unmarshal([]byte(e.Value), &s); err != nil {
		return fmt.Errorf("settle: entry %s: %w", e.ID, err)
	}
	if s.Person == "" {
		return nil
	}
	who := s.Person
	if heir, err := person.Heir(tx, e.Workspace, who); err != nil {
		return err
	} else if heir != "" { // merged meanwhile: what they counted so far went there too
		who = heir
	}
	if e.What == "session.corrected" && s.WasPerson == s.Person {
		return person.AddEnergy(tx, e.Workspace, who, s.Wh-s.WasWh)
	}
	return person.AddUsage(tx, e.Workspace, who, s.Wh, time.UnixMilli(s.EndedAt).UTC())
}
