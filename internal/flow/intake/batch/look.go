package batch

import (
	"maps"
	"slices"

	"involt/internal/core/card"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/source"
	"involt/internal/core/vehicle"
	"involt/internal/kit/db"
)

// lookUp reads what the database has of what a chunk's rows name.
func (b *Batch) lookUp(k keys) error {
	ws := b.r.By.Workspace
	people, err := person.ByEmails(b.tx, ws, k.emails)
	if err != nil {
		return err
	}
	b.know(people)
	if people, err = person.ByExternalIDs(b.tx, ws, k.externalIDs); err != nil {
		return err
	}
	b.know(people)
	cards, err := card.ByUIDs(b.tx, ws, k.uids)
	if err != nil {
		return err
	}
	var holders []id.Person
	for _, c := range cards {
		b.cards[c.UID] = &c
		if c.Person != "" && b.byID[c.Person] == nil {
			holders = append(holders, c.Person)
		}
	}
	if people, err = person.ByIDs(b.tx, ws, holders); err != nil {
		return err
	}
	b.know(people)
	if len(k.plates)+len(k.macs) > 0 {
		if err := b.knowCars(k); err != nil {
			return err
		}
	}
	if err := b.askSources(); err != nil {
		return err
	}
	if b.r.groups == nil {
		if err := b.r.list(b.tx); err != nil {
			return err
		}
	}
	maps.Copy(b.groups, b.r.groups)
	maps.Copy(b.knownCostCenters, b.r.costCenters)
	return nil
}

// askSources finds out what people wrote by hand about those who are known.
func (b *Batch) askSources() error {
	list := slices.Collect(maps.Keys(b.byID))
	slices.Sort(list)
	all, err := source.List(b.tx, b.r.By.Workspace, list)
	for _, s := range all {
		if b.sources[s.Person] == nil {
			b.sources[s.Person] = map[string]source.Source{}
		}
		b.sources[s.Person][s.Field] = s
	}
	return err
}

// list notes the workspace's groups and cost centers for all chunks.
func (r *Run) list(tx *db.Tx) error {
	groups, err := group.Names(tx, r.By.Workspace)
	if err != nil {
		return err
	}
	centers, err := person.CostCenters(tx, r.By.Workspace)
	if err != nil {
		return err
	}
	r.groups, r.costCenters = map[string]id.Group{}, map[string]bool{}
	r.payers = payers{byKey: map[string]*payer{}, left: map[id.Account]int64{}, rates: map[id.Account]*agreement{}}
	for _, g := range groups {
		r.groups[group.Key(g.Name)] = g.ID
	}
	for _, c := range centers {
		r.costCenters[c] = true
	}
	return nil
}

func (b *Batch) know(people []person.Person) {
	for _, p := range people {
		if b.byID[p.ID] != nil {
			continue
		}
		t := &target{Person: p, before: p}
		b.byID[p.ID] = t
		if p.Email != "" {
			b.byEmail[p.Email] = t
		}
		if p.ExternalID != "" {
			b.byExternalID[p.ExternalID] = t
		}
	}
}

// keys collects what must be looked up for a chunk, each once.
type keys struct{ emails, externalIDs, uids, plates, macs []string }

func (r *Run) keysOf(chunk []*Entry) (k keys) {
	for _, e := range chunk {
		if r.Trust && e.Fresh || e.Done {
			continue
		}
		if e.Email != "" {
			k.emails = append(k.emails, e.Email)
		}
		if e.ExternalID != "" {
			k.externalIDs = append(k.externalIDs, e.ExternalID)
		}
		if v := e.Vehicle; v != nil {
			if v.Plate != "" {
				k.plates = append(k.plates, vehicle.Key(v.Plate))
			}
			if v.MAC != "" {
				k.macs, k.uids = append(k.macs, v.MAC), append(k.uids, v.CardUID())
			}
		}
		if e.Card.UID != "" {
			k.uids = append(k.uids, e.Card.UID)
			if r := card.Reversed(e.Card.UID); r != e.Card.UID {
				k.uids = append(k.uids, r)
			}
		}
	}
	for _, list := range []*[]string{&k.emails, &k.externalIDs, &k.uids, &k.plates, &k.macs} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return k
}
