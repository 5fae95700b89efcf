package people

import (
	"strings"

	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/imports"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/kit/db"
)

// noteTraces keeps by what those who are erased can be found in the rows of files
// that are kept for a while; whoever keeps these hears of the erasure and goes
// through them. Everything about the people must still be there.
func noteTraces(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	if kept, err := imports.AnyKept(tx, ws); err != nil || !kept {
		return err
	}
	for _, who := range list {
		known, err := person.TracesOf(tx, ws, who)
		if err != nil {
			return err
		}
		t := imports.Traces{Emails: known.Emails, ExternalIDs: known.ExternalIDs}
		if known.Phone != "" {
			t.Phones = append(t.Phones, known.Phone)
		}
		if name := strings.TrimSpace(known.FirstName + " " + known.LastName); name != "" {
			t.Names = append(t.Names, name)
		}
		cards, err := card.Of(tx, ws, who)
		if err != nil {
			return err
		}
		for i := range cards {
			t.Cards = append(t.Cards, cards[i].UID)
		}
		cars, err := vehicle.Of(tx, ws, who)
		if err != nil {
			return err
		}
		for i := range cars {
			if key := vehicle.Key(cars[i].Plate); key != "" {
				t.Plates = append(t.Plates, key)
			}
			if cars[i].MAC != "" {
				t.Cards = append(t.Cards, cars[i].CardUID())
			}
		}
		if err := imports.NoteErasure(tx, ws, who, t); err != nil {
			return err
		}
	}
	return nil
}
