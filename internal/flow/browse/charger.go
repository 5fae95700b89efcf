package browse

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// ChargerDetail is one charger with its EVSEs and what happened there last.
type ChargerDetail struct {
	Charger
	Own       *site.Connector // the charger's own status; nil while it has not said
	List      []EVSE
	Sessions  []Session  // the newest 10; none without [access.SessionsRead]
	Decisions []Decision // likewise
	Now       time.Time
}

// EVSE is one place to charge one car, with what it does now.
type EVSE struct {
	Number     int64
	ID         string // ISO 15118 EVSE id, or identity*number
	State      ChargerState
	Connectors []site.Connector
	Running    *Session // nil without [access.SessionsRead]
}

// recent is how many sessions and decisions a charger's page shows.
const recent = 10

// Charger returns one charger with its EVSEs.
func (s *Service) Charger(ctx context.Context, by access.Actor, which id.Charger) (d ChargerDetail, err error) {
	defer errs.Wrap(&err, "browse.Charger")
	see, in, err := look.Sight(by, access.PlacesRead)
	if err != nil {
		return d, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		d, err = charger(tx, see, in, which)
		return err
	})
	return d, err
}

func charger(tx *db.Tx, by access.Actor, in access.Reach, which id.Charger) (d ChargerDetail, err error) {
	all, err := db.All(tx, scanCharger, `SELECT `+chargerColumns+` FROM `+chargerTables+` WHERE h.workspace = ? AND h.id = ?`, by.Workspace, which)
	if err == nil && (len(all) == 0 || !in.Covers(access.Scope{Kind: access.AtLocation, ID: string(all[0].Location)})) {
		err = errs.New(errs.NotFound, "There is no such charger. It may have been removed.")
	}
	if err != nil {
		return d, err
	}
	d.Charger, d.Now = all[0], tx.Now
	evses, err := site.EVSEs(tx, by.Workspace, which)
	if err != nil {
		return d, err
	}
	connectors, err := site.Connectors(tx, by.Workspace, which)
	if err != nil {
		return d, err
	}
	var running []Session
	if by.Perms.Has(access.SessionsRead) {
		if running, err = runningAt(tx, by, which); err != nil {
			return d, err
		}
		if err := veilSessions(tx, by.Workspace, in, running); err != nil {
			return d, err
		}
		q := &paging.Query{}
		q.And("c.workspace = ? AND c.charger = ?", by.Workspace, which)
		if d.Sessions, err = someSessions(tx, by, q, recent); err != nil {
			return d, err
		}
		if err := veilSessions(tx, by.Workspace, in, d.Sessions); err != nil {
			return d, err
		}
		q = &paging.Query{}
		q.And("d.workspace = ? AND d.charger = ?", by.Workspace, which)
		if d.Decisions, err = someDecisions(tx, by, q, recent); err != nil {
			return d, err
		}
		if err := veilDecisions(tx, by.Workspace, in, d.Decisions); err != nil {
			return d, err
		}
	}
	for _, e := range evses {
		d.List = append(d.List, d.evse(e, connectors, running))
	}
	for _, k := range connectors {
		if k.EVSE == 0 {
			d.Own = &k
		}
	}
	return d, nil
}

func (d *ChargerDetail) evse(e site.EVSE, connectors []site.Connector, running []Session) EVSE {
	v := EVSE{Number: e.Number, ID: e.ID, State: Unknown}
	for _, k := range connectors {
		if k.EVSE == e.Number {
			v.Connectors = append(v.Connectors, k)
			v.State = moreUrgent(v.State, stateOfConnector(k.Status))
		}
	}
	for i := range running {
		if running[i].EVSE == e.Number {
			v.Running = &running[i]
			if v.State != Faulted {
				v.State = Charging
			}
			break
		}
	}
	if !d.Online {
		v.State = Offline
	}
	return v
}

// moreUrgent is the state of an EVSE of two connectors: one car at a time, so
// that one which is taken takes the other with it.
func moreUrgent(a, b ChargerState) ChargerState {
	for _, s := range []ChargerState{Faulted, Charging, Occupied, Available, Unavailable} {
		if a == s || b == s {
			return s
		}
	}
	return Unknown
}
