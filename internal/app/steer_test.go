package app

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/command"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/demo/charger"
	"involt/internal/flow/steer"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// yard is a workspace with one card, whose chargers are made of software, on one
// or several servers.
type yard struct {
	t    *testing.T
	at   string
	key  string // file of the servers' key
	apps []*App
	stop []func()
	ws   workspace.Workspace
	by   access.Actor
	loc  site.Location
	who  person.Person
	card card.Card

	config Config // of the servers, if it is not the usual one

	ahead atomic.Int64 // by how much the servers' time is
}

// versions are the protocols that chargers speak.
var versions = []string{"1.6", "2.0.1"}

func newYard(t *testing.T, at string) *yard {
	t.Helper()
	y := &yard{t: t, at: at, key: filepath.Join(t.TempDir(), "involt.key"), ws: workspace.New("north", "North")}
	y.ws.CardSessions = 0 // one card charges at several chargers here
	y.serve()
	y.settle()
	return y
}

// settle makes the workspace.
func (y *yard) settle() {
	y.t.Helper()
	y.by = access.Actor{Name: "person:somebody", Perms: access.All}
	y.update(func(tx *db.Tx) error {
		if err := workspace.Insert(tx, &y.ws); err != nil {
			return err
		}
		y.by.Workspace = y.ws.ID
		y.loc = site.Location{Workspace: y.ws.ID, Name: "Yard", TimeZone: "Europe/Berlin"}
		if err := site.InsertLocation(tx, &y.loc); err != nil {
			return err
		}
		y.who = person.Person{Workspace: y.ws.ID, ExternalID: "E-7", FirstName: "Anna", Status: person.Active}
		if err := person.Insert(tx, &y.who); err != nil {
			return err
		}
		y.card = card.Card{Workspace: y.ws.ID, UID: "04A2B3C4D5E680", Kind: card.RFID, State: card.Active, Person: y.who.ID}
		return card.Insert(tx, &y.card)
	})
	y.knows()
}

// serve starts one more server.
func (y *yard) serve() *App {
	y.t.Helper()
	c := y.config
	if c.Database == "" {
		c = Config{Database: y.at, KeyFile: y.key, Listen: "127.0.0.1:0"}
	}
	a, err := Open(y.t.Context(), c)
	if err != nil {
		y.t.Fatal(err)
	}
	a.DB.Clock = func(now time.Time) time.Time { return now.Add(time.Duration(y.ahead.Load())) }
	ctx, stop := context.WithCancel(y.t.Context())
	ready, ended := make(chan net.Addr, 1), make(chan error, 1)
	go func() { ended <- a.Run(ctx, func(addr net.Addr) { ready <- addr }) }()
	select {
	case addr := <-ready:
		a.Config.Listen = addr.String()
	case err := <-ended:
		y.t.Fatal(err)
	}
	down := false
	end := func() {
		if down {
			return
		}
		down = true
		stop()
		if err := <-ended; err != nil {
			y.t.Error(err)
		}
		if err := a.Close(); err != nil {
			y.t.Error(err)
		}
	}
	y.t.Cleanup(end)
	y.apps, y.stop = append(y.apps, a), append(y.stop, end)
	return a
}

func (y *yard) update(do func(*db.Tx) error) {
	y.t.Helper()
	if err := y.apps[len(y.apps)-1].DB.Update(y.t.Context(), do); err != nil {
		y.t.Fatal(err)
	}
}

// knows has every server read what was written past the journal.
func (y *yard) knows() {
	y.t.Helper()
	for _, a := range y.apps {
		if err := a.Admit.Load(y.t.Context()); err != nil {
			y.t.Fatal(err)
		}
	}
}

// add adds a charger that is switched off.
func (y *yard) add(identity string) (c site.Charger, key string) {
	y.t.Helper()
	c, key, err := y.apps[0].Equip.AddCharger(y.t.Context(), y.by, site.Charger{Identity: identity, Location: y.loc.ID}, 2)
	if err != nil {
		y.t.Fatal(err)
	}
	y.knows()
	return c, key
}

// on switches a charger on at a server, and returns how to switch it off.
func (y *yard) on(a *App, version, identity, key string) (c *charger.Charger, off func()) {
	y.t.Helper()
	c = charger.New(charger.Config{
		URL: "ws://" + a.Config.Listen + "/ocpp/north", ID: identity, Key: key, Protocol: version, EVSEs: 2, NeedWh: 40_000, Seed: 1, MaxBackoff: 200 * time.Millisecond,
	})
	ctx, cancel := context.WithCancel(y.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	gone := false
	off = func() {
		if gone {
			return
		}
		gone = true
		cancel()
		if err := <-ended; err != nil {
			y.t.Error(err)
		}
	}
	y.t.Cleanup(off)
	if err := c.Online(y.t.Context()); err != nil {
		y.t.Fatal(err)
	}
	return c, off
}

// soon waits for something to become true, and returns how long that took.
func (y *yard) soon(what string, ok func(tx *db.Tx) (bool, error)) time.Duration {
	y.t.Helper()
	began := time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		var done bool
		if err := y.apps[len(y.apps)-1].DB.View(y.t.Context(), func(tx *db.Tx) (err error) {
			done, err = ok(tx)
			return err
		}); err != nil {
			y.t.Fatal(err)
		}
		if done {
			return time.Since(began)
		}
		if time.Since(began) > 30*time.Second {
			y.t.Fatalf("never: %s", what)
		}
	}
}

// ended waits for a command to end.
func (y *yard) ended(c id.Command) (k command.Command, took time.Duration) {
	y.t.Helper()
	took = y.soon("the command ends", func(tx *db.Tx) (_ bool, err error) {
		k, err = command.ByID(tx, y.ws.ID, c)
		return k.State.Over(), err
	})
	return k, took
}

// running waits for the number of sessions that run, and returns them.
func (y *yard) running(n int) (list []charge.Charge) {
	y.t.Helper()
	y.soon("sessions run", func(tx *db.Tx) (_ bool, err error) {
		list, err = charge.AllRunning(tx, y.ws.ID)
		return len(list) == n, err
	})
	return list
}

func (y *yard) ask(a *App, q steer.Ask) command.Command {
	y.t.Helper()
	c, err := a.Steer.Ask(y.t.Context(), y.by, q)
	if err != nil {
		y.t.Fatal(err)
	}
	return c
}

// second is what a command may take from asking to the charger's answer: the
// machine may be busy with everything else.
const second = 3 * time.Second

func TestAChargerIsAskedAndAnswers(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		y := newYard(t, at)
		asked := y.apps[0]
		if strings.HasPrefix(at, "postgres") {
			asked = y.serve() // one that does not hold the charger's connection
			y.knows()
		}
		for _, version := range versions {
			h, key := y.add("CP-" + version)
			c, off := y.on(y.apps[0], version, h.Identity, key)
			k, took := y.ended(y.ask(asked, steer.Ask{Charger: h.ID, Kind: command.Start, EVSE: 2, Card: "04:a2:b3:c4:d5:e6:80"}).ID)
			if k.State != command.Accepted || took > second {
				t.Fatalf("%s: start %s %q after %v", version, k.State, k.Word, took)
			}
			s := y.running(1)[0]
			if s.EVSE != 2 || s.Card != y.card.ID {
				t.Errorf("%s: the session is %+v", version, s)
			}
			k, err := asked.Steer.StopSession(t.Context(), y.by, s.ID)
			if err != nil {
				t.Fatal(err)
			}
			if k, took = y.ended(k.ID); k.State != command.Accepted || took > second {
				t.Errorf("%s: stop %s %q after %v", version, k.State, k.Word, took)
			}
			y.running(0)
			if k, _ = y.ended(y.ask(asked, steer.Ask{Charger: h.ID, Kind: command.Unlock, EVSE: 1}).ID); k.State != command.Accepted {
				t.Errorf("%s: unlock %s %q", version, k.State, k.Word)
			}
			if k, _ = y.ended(y.ask(asked, steer.Ask{Charger: h.ID, Kind: command.Availability, EVSE: 1, Option: "off"}).ID); k.State != command.Accepted {
				t.Errorf("%s: availability %s %q", version, k.State, k.Word)
			}
			if k, _ = y.ended(y.ask(asked, steer.Ask{Charger: h.ID, Kind: command.Start, EVSE: 1, Card: "E-7"}).ID); k.State != command.Refused || k.Word != "Rejected" {
				t.Errorf("%s: start out of service %s %q", version, k.State, k.Word)
			}
			if k, _ = y.ended(y.ask(asked, steer.Ask{Charger: h.ID, Kind: command.Reset, Option: "soft"}).ID); k.State != command.Accepted {
				t.Errorf("%s: reset %s %q", version, k.State, k.Word)
			}
			if err := c.Online(t.Context()); err != nil {
				t.Fatal(err)
			}
			off()
		}
	})
}

func TestAChargerThatComesBackIsToldWhatWaits(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		y := newYard(t, at)
		for _, version := range versions {
			h, key := y.add("CP-" + version)
			wait := y.ask(y.apps[0], steer.Ask{Charger: h.ID, Kind: command.ClearCache})
			off := y.ask(y.apps[0], steer.Ask{Charger: h.ID, Kind: command.Availability, Option: "off"})
			y.on(y.apps[0], version, h.Identity, key)
			for _, c := range []command.Command{wait, off} {
				if k, took := y.ended(c.ID); k.State != command.Accepted || took > 5*time.Second {
					t.Errorf("%s: %s is %s %q, %v after it was back", version, k.Kind, k.State, k.Word, took)
				}
			}
		}
	})
}
