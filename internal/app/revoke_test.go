package app

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/command"
	"involt/internal/core/decision"
	"involt/internal/core/doubt"
	"involt/internal/core/grant"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/demo/charger"
	"involt/internal/flow/browse/commands"
	"involt/internal/flow/guard"
	"involt/internal/flow/join"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// cable is the network between a charger and its server, which can be cut.
type cable struct {
	to   string
	ln   net.Listener
	all  sync.WaitGroup
	mu   sync.Mutex // guards what follows
	cut  bool
	ends map[net.Conn]bool
}

func newCable(t *testing.T, to string) *cable {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{to: to, ln: ln, ends: map[net.Conn]bool{}}
	c.all.Go(c.serve)
	t.Cleanup(func() {
		_ = ln.Close()
		c.set(true)
		c.all.Wait()
	})
	return c
}

func (c *cable) serve() {
	for {
		a, err := c.ln.Accept()
		if err != nil {
			return
		}
		b, err := net.Dial("tcp", c.to)
		c.mu.Lock()
		if err != nil || c.cut {
			c.mu.Unlock()
			_ = a.Close()
			if b != nil {
				_ = b.Close()
			}
			continue
		}
		c.ends[a], c.ends[b] = true, true
		c.mu.Unlock()
		for from, to := range map[net.Conn]net.Conn{a: b, b: a} {
			c.all.Go(func() {
				_, _ = io.Copy(to, from)
				_ = to.Close()
				_ = from.Close()
			})
		}
	}
}

// set cuts the network, or mends it.
func (c *cable) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
	for end := range c.ends {
		_ = end.Close()
		delete(c.ends, end)
	}
}

// wired switches a charger on behind a cable.
func (y *yard) wired(version, identity, key string, deaf bool) (*charger.Charger, *cable) {
	y.t.Helper()
	net := newCable(y.t, y.apps[0].Config.Listen)
	c := charger.New(charger.Config{
		URL: "ws://" + net.ln.Addr().String() + "/ocpp/north", ID: identity, Key: key, Protocol: version, EVSEs: 2, NeedWh: 40_000, Seed: 1, Deaf: deaf,
		SampleEvery: -1, MaxBackoff: 100 * time.Millisecond,
	})
	ctx, cancel := context.WithCancel(y.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	y.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			y.t.Error(err)
		}
	})
	if err := c.Online(y.t.Context()); err != nil {
		y.t.Fatal(err)
	}
	return c, net
}

// online waits until a charger shows as connected, or as not.
func (y *yard) online(h id.Charger, want bool) {
	y.t.Helper()
	y.soon("the charger's connection is noticed", func(tx *db.Tx) (bool, error) {
		c, err := site.ChargerByID(tx, y.ws.ID, h)
		return c.Online() == want, err
	})
}

// revoked is the story of row 62: a card is blocked while one charger is away that
// charges for it, and another one that then begins to, from its cache.
func revoked(t *testing.T, at, version string) {
	y := newYard(t, at)
	away, awayKey := y.add("AWAY")
	cached, cachedKey := y.add("CACHED")
	here, hereKey := y.add("HERE")
	a, aNet := y.wired(version, away.Identity, awayKey, false)
	b, bNet := y.wired(version, cached.Identity, cachedKey, true)
	c, _ := y.wired(version, here.Identity, hereKey, false)
	for _, one := range []*charger.Charger{a, b, c} {
		s, err := one.Start(t.Context(), 1, y.card.UID)
		if err != nil {
			t.Fatal(err, s)
		}
	}
	y.running(3)
	if err := b.Stop(t.Context(), 1, y.card.UID, ""); err != nil {
		t.Fatal(err)
	}
	y.running(2)
	aNet.set(true)
	bNet.set(true)
	y.online(away.ID, false)
	y.online(cached.ID, false)

	began := time.Now()
	if _, err := y.apps[0].Wallet.Change(t.Context(), y.by, y.card.ID, card.Blocked, "Lost"); err != nil {
		t.Fatal(err)
	}
	for refused := false; !refused; {
		word, err := c.Tap(t.Context(), y.card.UID)
		if err != nil {
			t.Fatal(err)
		}
		if refused = word == "Blocked"; !refused && time.Since(began) > second {
			t.Fatalf("the card is %s %v after it was blocked", word, time.Since(began))
		}
	}
	t.Logf("refused %v after it was blocked", time.Since(began))
	took := y.soon("the session of the charger that is there ends", func(tx *db.Tx) (bool, error) {
		all, err := charge.AllRunning(tx, y.ws.ID)
		return len(all) == 1 && all[0].Charger == away.ID, err
	})
	t.Logf("the running session ended %v later", took)

	y.ahead.Add(int64(time.Hour))
	unasked := make(chan error, 1)
	go func() { _, err := b.StartUnasked(context.WithoutCancel(t.Context()), 1, y.card.UID); unasked <- err }()
	for name, one := range map[string]struct {
		net *cable
		id  id.Charger
	}{"that went on": {aNet, away.ID}, "that began from its cache": {bNet, cached.ID}} {
		one.net.set(false)
		y.online(one.id, true)
		var last charge.Charge
		took := y.soon("the session of the charger "+name+" ends", func(tx *db.Tx) (bool, error) {
			all, err := db.All(tx, db.Text[id.Charge], `SELECT id FROM charge WHERE workspace = ? AND charger = ? ORDER BY id DESC LIMIT 1`, y.ws.ID, one.id)
			if err == nil && len(all) == 1 {
				last, err = charge.ByID(tx, y.ws.ID, all[0])
			}
			return last.Status == charge.Ended && last.StopReason == "Remote", err
		})
		t.Logf("the session of the charger %s ended %v after it was back", name, took)
		if took > 5*time.Second {
			t.Errorf("the session of the charger %s ended %v after it was back", name, took)
		}
	}
	if err := <-unasked; err != nil {
		t.Error(err)
	}
	y.running(0)
	y.soon("the card's receipt is whole", func(*db.Tx) (bool, error) {
		r, err := (&commands.Service{DB: y.apps[0].DB}).OfCard(t.Context(), y.by, y.card.ID)
		return r.All == 3 && r.Confirmed == 3, err
	})
}

// A stop that somebody asked for waits a day; a blocked card's session is stopped
// after a month, too.
func TestAStopThatWasAskedForIsNotEnough(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, at string) {
		y := newYard(t, at)
		h, key := y.add("CP1")
		cp, off := y.on(y.apps[0], "1.6", h.Identity, key)
		if _, err := cp.Start(t.Context(), 1, y.card.UID); err != nil {
			t.Fatal(err)
		}
		s := y.running(1)[0]
		off()
		y.online(h.ID, false)
		if _, err := y.apps[0].Steer.StopSession(t.Context(), y.by, s.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := y.apps[0].Wallet.Change(t.Context(), y.by, y.card.ID, card.Blocked, ""); err != nil {
			t.Fatal(err)
		}
		y.soon("the session is to be stopped because of the card", func(tx *db.Tx) (bool, error) {
			c, _, err := command.StopOf(tx, y.ws.ID, h.ID, s.ID)
			return c.Why == string(decision.CardBlocked) && c.Expires.Sub(c.Asked) > 29*24*time.Hour, err
		})
	})
}

func TestTheWorkspaceSaysWhichSessionsAreStopped(t *testing.T) {
	block := func(y *yard) error {
		_, err := y.apps[0].Wallet.Change(y.t.Context(), y.by, y.card.ID, card.Blocked, "")
		return err
	}
	deactivate := func(y *yard) error { return y.apps[0].People.Deactivate(y.t.Context(), y.by, y.who.ID, "Left") }
	remove := func(y *yard) error {
		return y.apps[0].Join.Remove(y.t.Context(), y.by, y.loc.ID, y.who.ID, join.Also{})
	}
	hold := func(y *yard) error { // one of the two is the holder
		far, _ := y.add("FAR")
		now := time.Now()
		return y.apps[0].Guard.Ask(y.t.Context(), guard.Seen{Workspace: y.ws.ID, Card: y.card.ID, Charger: far.ID, At: now, FirstCharger: far.ID, FirstAt: now.Add(-time.Minute), Km: 300, Held: true})
	}
	deny := func(y *yard) error {
		if err := hold(y); err != nil {
			return err
		}
		var d doubt.Doubt
		y.update(func(tx *db.Tx) (err error) {
			d, _, err = doubt.OfCard(tx, y.ws.ID, y.card.ID)
			return err
		})
		return y.apps[0].Guard.Answer(y.t.Context(), access.Actor{Workspace: y.ws.ID, Person: y.who.ID, Name: journal.About("person", y.who.ID)}, d.ID, false)
	}
	for _, c := range []struct {
		name          string
		blocked, lost bool
		do            func(*yard) error
		stopped       bool
	}{
		{"blocked", true, false, block, true},
		{"blocked and left", false, true, block, false},
		{"deactivated", true, false, deactivate, true},
		{"removed from the zone", true, false, remove, false},
		{"removed from the zone and stopped", false, true, remove, true},
		{"on hold until its holder answers", true, true, hold, false},
		{"on hold, and its holder is deactivated", true, false, func(y *yard) error {
			if err := hold(y); err != nil {
				return err
			}
			return deactivate(y)
		}, true},
		{"on hold, and its holder says that it was not them", true, false, deny, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.EachURL(t, func(t *testing.T, at string) {
				y := newYard(t, at)
				y.update(func(tx *db.Tx) error {
					w, err := workspace.ByID(tx, y.ws.ID)
					if err != nil {
						return err
					}
					w.StopBlocked, w.StopLost = c.blocked, c.lost
					if err := workspace.Save(tx, &w); err != nil {
						return err
					}
					if _, err := site.SetMembersOnly(tx, y.ws.ID, y.loc.ID, true); err != nil {
						return err
					}
					return grant.Insert(tx, &grant.Grant{Workspace: y.ws.ID, Person: y.who.ID, Location: y.loc.ID})
				})
				h, key := y.add("CP1")
				cp, _ := y.on(y.apps[0], "1.6", h.Identity, key)
				if _, err := cp.Start(t.Context(), 1, y.card.UID); err != nil {
					t.Fatal(err)
				}
				y.running(1)
				if err := c.do(y); err != nil {
					t.Fatal(err)
				}
				// Whatever becomes of the session, the charger is told to forget the card.
				y.soon("the cache is cleared, and all is decided", func(tx *db.Tx) (done bool, err error) {
					err = tx.Row(`SELECT EXISTS (SELECT 1 FROM revocation v JOIN command k ON k.workspace = v.workspace AND k.id = v.command WHERE v.workspace = ? AND k.state = 'accepted')
						AND NOT EXISTS (SELECT 1 FROM job WHERE kind IN ('steer.check', 'journal.deliver'))`, []any{y.ws.ID}, &done)
					return done, err
				})
				if c.stopped {
					y.running(0)
				} else {
					y.running(1)
				}
			})
		})
	}
}
