package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/face/ocpp"
	"involt/internal/flow/admit"
	"involt/internal/flow/equip"
	"involt/internal/flow/steer"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// chargers is what the OCPP face needs to know about chargers.
type chargers struct {
	db      *db.DB
	replica string
	equip   *equip.Service
	admit   *admit.Service
	later   later
	knocks  knocks
}

// Lookup finds a charger by its workspace's short name and its identity.
func (c *chargers) Lookup(ctx context.Context, slug, identity string) (auth ocpp.Auth, err error) {
	defer errs.Wrap(&err, "app.Lookup")
	if _, away := c.db.Away(); away {
		return c.remembered(slug, identity, nil)
	}
	within, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	err = c.db.View(within, func(tx *db.Tx) error {
		ws, err := workspace.BySlug(tx, slug)
		if err != nil {
			return err
		}
		v, err := site.ChargerByIdentity(tx, ws.ID, identity)
		if errs.KindOf(err) == errs.NotFound {
			c.knocks.add(ws.ID, identity)
		}
		if err != nil {
			return err
		}
		auth.Ref = ocpp.Ref{Workspace: string(ws.ID), Charger: string(v.ID)}
		auth.AllowPlain, auth.KeyOK, auth.Blocked = v.PlainOK, v.KeyOK, v.Blocked
		if elsewhere, err := site.IdentityElsewhere(tx, ws.ID, identity); err != nil {
			return err
		} else if elsewhere {
			auth.Owners = []string{ws.Slug, ws.Name}
		}
		sum, err := hex.DecodeString(v.KeyHash)
		if err != nil || len(sum) != len(auth.KeyHash) {
			return fmt.Errorf("charger %s: its key's hash is damaged", v.ID)
		}
		copy(auth.KeyHash[:], sum)
		return nil
	})
	if errors.Is(err, db.ErrAway) || errors.Is(err, context.DeadlineExceeded) {
		return c.remembered(slug, identity, err)
	}
	return auth, err
}

func (c *chargers) link(l ocpp.Link) string { return c.replica + "/" + strconv.FormatUint(l.ID, 10) }

// Connected notes that a charger is there.
func (c *chargers) Connected(ctx context.Context, ref ocpp.Ref, l ocpp.Link) error {
	return c.tell(ctx, "link "+ref.Charger, func(tx *db.Tx) error {
		if err := command.Wake(tx, command.At{Workspace: id.Workspace(ref.Workspace), Charger: id.Charger(ref.Charger)}); err != nil {
			return err
		}
		return site.Connected(tx, id.Workspace(ref.Workspace), id.Charger(ref.Charger), c.link(l), l.Protocol)
	})
}

// Flooded notes that it is not let in until a moment.
func (c *chargers) Flooded(ctx context.Context, ref ocpp.Ref, times int, until time.Time) error {
	return c.equip.Flooded(ctx, id.Workspace(ref.Workspace), id.Charger(ref.Charger), times, until)
}

// TwoNetworks notes that it came from another network while it was connected.
func (c *chargers) TwoNetworks(ctx context.Context, ref ocpp.Ref, now, before ocpp.Link) error {
	return c.equip.CameTwice(ctx, id.Workspace(ref.Workspace), id.Charger(ref.Charger), now.Remote, before.Remote)
}

// Disconnected notes that it is gone.
func (c *chargers) Disconnected(ctx context.Context, ref ocpp.Ref, l ocpp.Link, _ string) error {
	return c.tell(ctx, "gone "+c.link(l), func(tx *db.Tx) error {
		return site.Disconnected(tx, id.Workspace(ref.Workspace), id.Charger(ref.Charger), c.link(l))
	})
}

// Booted notes what it says it is.
func (c *chargers) Booted(ctx context.Context, ref ocpp.Ref, b ocpp.BootInfo) error {
	return c.tell(ctx, "boot "+ref.Charger, func(tx *db.Tx) error {
		if err := site.Booted(tx, id.Workspace(ref.Workspace), id.Charger(ref.Charger), b.Vendor, b.Model, b.Serial, b.Firmware); err != nil {
			return err
		}
		return steer.Booted(tx, id.Workspace(ref.Workspace), id.Charger(ref.Charger))
	})
}

// Status notes the state of a connector.
func (c *chargers) Status(ctx context.Context, ref ocpp.Ref, s ocpp.StatusInfo) error {
	at := s.At
	// A clock that is far off must not hide every later report.
	if at.IsZero() || at.After(s.Received.Add(5*time.Minute)) {
		at = s.Received
	}
	return c.tell(ctx, fmt.Sprintf("status %s %d %d", ref.Charger, s.EVSE, s.Connector), func(tx *db.Tx) error {
		return site.SetStatus(tx, id.Workspace(ref.Workspace), site.Connector{
			Charger: id.Charger(ref.Charger), EVSE: int64(s.EVSE), Number: int64(s.Connector), Status: s.Status, ErrorCode: s.ErrorCode, StatusAt: at,
		})
	})
}

// tell stores what a charger says of itself. While the database is away it is
// remembered instead: key says what of that is only true until it says otherwise.
func (c *chargers) tell(ctx context.Context, key string, do func(*db.Tx) error) error {
	if _, failing := c.db.Failing(); failing {
		c.later.put(key, do)
		return nil
	}
	if c.later.behind(key, do) {
		return nil
	}
	within, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	err := c.store(within, do)
	if errors.Is(err, db.ErrAway) || errors.Is(err, context.DeadlineExceeded) {
		c.later.put(key, do)
		return nil
	}
	return err
}

func (c *chargers) store(ctx context.Context, do func(*db.Tx) error) error {
	return c.db.Update(ctx, func(tx *db.Tx) error {
		tx.Notify("charger")
		return do(tx)
	})
}

// taps answers Authorize.
type taps struct{ admit *admit.Service }

// Decide answers from memory and keeps a record.
func (t taps) Decide(a ocpp.Ask) ocpp.Answer {
	v := t.admit.Answer(&admit.Ask{
		Workspace: id.Workspace(a.Ref.Workspace), Charger: id.Charger(a.Ref.Charger), EVSE: int64(a.EVSE), Token: a.Token, TokenType: a.TokenType, Now: a.Now, Source: a.Protocol,
	})
	reply := answer(v.Reason, v.Parent(), v.Expires())
	reply.Text, reply.Language = t.admit.Line(id.Workspace(a.Ref.Workspace), v)
	return reply
}

func answer(reason decision.Reason, parent string, expires time.Time) ocpp.Answer {
	return ocpp.Answer{Reason: ocpp.Reason(reason), Parent: parent, Expires: expires}
}
