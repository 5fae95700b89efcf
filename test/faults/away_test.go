package faults

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/equip"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/testkit/binary"
	"involt/internal/testkit/pgtest"
)

// TestThreatAway are rows of the list of threats that need the built program and a
// database that goes away.
func TestThreatAway(t *testing.T) {
	t.Run("FT9_chargers_go_on_while_the_database_is_away", databaseAway)
	t.Run("FT9_without_a_journal_chargers_are_hung_up_on", noJournal)
	t.Run("FT9_no_answer_before_the_journal_is_safe", journalSafe)
}

// town is the lab with chargers and cards.
type town struct {
	*lab
	pg       *pgtest.Server
	stations []*station
	sessions [][]*charging // of each station
	meters   []int64
}

const (
	unknownCard = "04FFFFFFFFFF01"
	revokedCard = "04DEAD00000001"
)

func knownCard(i int) string { return fmt.Sprintf("04A1B2C3D4%04X", i) }

// newTown makes a workspace with so many chargers, half of each protocol, each of
// which has a card that may charge there.
func newTown(t *testing.T, chargers int) *town {
	pg := pgtest.Start(t)
	w := &town{lab: newLab(t, pg.URL()), pg: pg, sessions: make([][]*charging, chargers), meters: make([]int64, chargers)}
	w.inside(func(ctx context.Context, d *db.DB) error {
		return d.Update(ctx, func(tx *db.Tx) error {
			ws, err := workspace.BySlug(tx, "lab")
			if err != nil {
				return err
			}
			l := site.Location{Workspace: ws.ID, Name: "Yard", TimeZone: "Europe/Berlin"}
			if err := site.InsertLocation(tx, &l); err != nil {
				return err
			}
			give := func(uid string, s card.State) error {
				p := person.Person{Workspace: ws.ID, FirstName: "Holder of", LastName: uid, Status: person.Active}
				if err := person.Insert(tx, &p); err != nil {
					return err
				}
				k := card.Card{Workspace: ws.ID, UID: uid, Kind: card.RFID, State: s, Person: p.ID}
				return card.Insert(tx, &k)
			}
			if err := give(revokedCard, card.Active); err != nil {
				return err
			}
			for i := range chargers {
				s := &station{l: w.lab, id: fmt.Sprintf("CP-%d", i), protocol: []string{v16, v201}[i%2]}
				var hash string
				s.key, hash = equip.NewKey()
				c := site.Charger{Workspace: ws.ID, Identity: s.id, Location: l.ID, KeyHash: hash, PlainOK: true}
				if err := errors.Join(site.InsertCharger(tx, &c, 1), give(knownCard(i), card.Active)); err != nil {
					return err
				}
				w.stations = append(w.stations, s)
				w.meters[i] = 1000
			}
			return nil
		})
	})
	return w
}

// each has every station do something at once, and ends the test at the first error.
func (w *town) each(what string, do func(ctx context.Context, i int, s *station) error) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), 3*time.Minute)
	defer cancel()
	var all sync.WaitGroup
	wrong := make([]error, len(w.stations))
	for i, s := range w.stations {
		all.Go(func() { wrong[i] = do(ctx, i, s) })
	}
	all.Wait()
	if err := errors.Join(wrong...); err != nil {
		w.Fatalf("%s: %v", what, err)
	}
}

// begin begins a session at a station.
func (w *town) begin(ctx context.Context, i int) error {
	c := &charging{from: w.meters[i], now: w.meters[i], card: knownCard(i)}
	if err := w.stations[i].begin(ctx, c); err != nil {
		return err
	}
	w.sessions[i] = append(w.sessions[i], c)
	return nil
}

func (w *town) last(i int) *charging { return w.sessions[i][len(w.sessions[i])-1] }

// goOn has the session of a station take some energy.
func (w *town) goOn(ctx context.Context, i int) error {
	return w.stations[i].meter(ctx, w.last(i), int64(500+i))
}

// end ends it.
func (w *town) end(ctx context.Context, i int) error {
	c := w.last(i)
	c.now += 7
	if err := w.stations[i].end(ctx, c); err != nil {
		return err
	}
	w.meters[i] = c.now + 100
	return nil
}

// whole is a session from beginning to end.
func (w *town) whole(ctx context.Context, i int) error {
	return errors.Join(w.begin(ctx, i), w.goOn(ctx, i), w.goOn(ctx, i), w.end(ctx, i))
}

// answers checks what is said of cards.
func (w *town) answers() {
	w.Helper()
	w.each("taps", func(ctx context.Context, i int, s *station) error {
		no := map[string]string{v16: "Invalid", v201: "Unknown"}
		for uid, want := range map[string]string{knownCard(i): "Accepted", revokedCard: "Blocked", unknownCard: no[s.protocol]} {
			if got, err := s.tap(ctx, uid); err != nil || got != want {
				return fmt.Errorf("%s: %s is answered %q, want %q (%w)", s.id, uid, got, want, err)
			}
		}
		return nil
	})
}

// page is what a browser gets.
func (w *town) page(path string) (status int, header http.Header, text string) {
	w.Helper()
	req, err := http.NewRequestWithContext(w.Context(), http.MethodGet, w.srv.URL+path, http.NoBody)
	if err != nil {
		w.Fatal(err)
	}
	res, err := (&http.Client{Timeout: 30 * time.Second}).Do(req)
	if err != nil {
		w.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.Fatal(err)
	}
	return res.StatusCode, res.Header, string(b)
}

// until waits for a condition.
func (w *town) until(what string, within time.Duration, done func() bool) time.Duration {
	w.Helper()
	began := time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		if time.Since(began) > within {
			w.Fatalf("not within %s: %s", within, what)
		}
		<-tick.C
	}
	return time.Since(began)
}

// gauge is a figure of the server.
func (w *town) gauge(name string) float64 {
	w.Helper()
	res, err := http.Get(w.srv.Metrics)
	if err != nil {
		return -1
	}
	defer res.Body.Close()
	for in := bufio.NewScanner(res.Body); in.Scan(); {
		if rest, ok := strings.CutPrefix(in.Text(), name+" "); ok {
			v, err := strconv.ParseFloat(rest, 64)
			if err != nil {
				w.Fatal(err)
			}
			return v
		}
	}
	return -1
}

func (w *town) readiness(want int) func() bool {
	return func() bool { s, _, _ := w.page("/readyz"); return s == want }
}

// again starts the server anew, at the address that it had.
func (w *town) again(start func()) {
	w.Helper()
	at := strings.TrimPrefix(w.srv.URL, "http://")
	w.env = append(w.env, "INVOLT_LISTEN="+strings.Replace(at, "localhost", "127.0.0.1", 1))
	start()
}

// databaseAway is FT-9 (c) in a short form: the database goes away under chargers of
// both protocols that charge, and comes back; the server is killed meanwhile, and while
// it books what it has kept. Afterwards there is each session that was acknowledged,
// once, with its energy.
func databaseAway(t *testing.T) {
	w := newTown(t, 12)
	w.start()
	w.until("a snapshot is there", 30*time.Second, func() bool { return w.gauge("involt_snapshot_age_seconds") >= 0 })
	w.each("a session before", func(ctx context.Context, i int, _ *station) error { return w.whole(ctx, i) })
	w.must(200, http.MethodGet, "/locations", jsonKind, nil)
	w.each("sessions that go on", func(ctx context.Context, i int, _ *station) error { return w.begin(ctx, i) })
	// One card is revoked right before.
	w.revoke()

	w.pg.Stop()
	w.until("the server is not ready", 30*time.Second, w.readiness(http.StatusServiceUnavailable))
	if s, _, _ := w.page("/healthz"); s != http.StatusOK {
		t.Errorf("alive? %d", s)
	}
	w.answers()
	w.each("sessions that the database does not see", func(ctx context.Context, i int, _ *station) error {
		if err := errors.Join(w.goOn(ctx, i), w.end(ctx, i)); err != nil {
			return err
		}
		return errors.Join(w.whole(ctx, i), w.begin(ctx, i), w.goOn(ctx, i))
	})
	for _, path := range []string{"/sign-in", "/w/lab/users", "/my", "/api/v1/users"} {
		w.until(path+" is 503", 30*time.Second, func() bool {
			s, h, _ := w.page(path)
			return s == http.StatusServiceUnavailable && h.Get("Retry-After") != ""
		})
	}
	if s, _, ok := w.ask(http.MethodPost, "/users", jsonKind, []byte(`{"people":[{"email":"a@lab.example"}]}`)); s != http.StatusServiceUnavailable || !ok {
		t.Errorf("a user was added: %d", s)
	}

	w.srv.Kill()
	w.again(func() { w.launch() })
	w.answers() // by what the file holds
	w.each("sessions of a server that has never seen its database", func(ctx context.Context, i int, _ *station) error {
		if err := errors.Join(w.goOn(ctx, i), w.end(ctx, i), w.whole(ctx, i), w.begin(ctx, i)); err != nil {
			return err
		}
		for range 60 { // so that booking them takes some time
			if err := w.goOn(ctx, i); err != nil {
				return err
			}
		}
		return nil
	})
	kept := w.gauge("involt_journal_messages")
	if kept < float64(12*len(w.stations)) {
		t.Errorf("the journal holds %v messages", kept)
	}

	w.pg.Again()
	back := time.Now()
	w.until("some is booked, and not all", 60*time.Second, func() bool { return w.gauge("involt_journal_booked_total") > 0 })
	w.srv.Kill()
	t.Logf("%v messages were kept; killed %s after the database was back", kept, time.Since(back).Round(time.Millisecond))
	w.again(w.start)
	if left := w.srv.Stderr(); !strings.Contains(left, "messages of chargers that are not booked yet") {
		t.Error("all was booked when the server was killed: nothing was seen of a crash in between")
	}
	w.until("all is booked", 60*time.Second, func() bool { return w.gauge("involt_journal_messages") == 0 })
	t.Logf("all is booked %s after the database was back, a restart included", time.Since(back).Round(time.Millisecond))
	w.each("sessions afterwards", func(ctx context.Context, i int, _ *station) error {
		return errors.Join(w.goOn(ctx, i), w.end(ctx, i), w.whole(ctx, i))
	})
	w.srv.Stop()
	w.compare(int64(6 * len(w.stations)))
}

// noJournal is a server whose disk takes no journal: while the database is away it hangs
// up on chargers that tell of a transaction, and answers none of them with an error.
func noJournal(t *testing.T) {
	w := newTown(t, 4)
	w.env = append(w.env, "INVOLT_AWAY_DIR=/dev/null/involt-away")
	w.start()
	w.each("sessions before", func(ctx context.Context, i int, _ *station) error { return w.begin(ctx, i) })
	w.pg.Stop()
	done := make(chan error, len(w.stations))
	for i := range w.stations {
		go func() {
			done <- errors.Join(w.goOn(t.Context(), i), w.end(t.Context(), i), w.whole(t.Context(), i))
		}()
	}
	w.until("every charger is hung up on", 60*time.Second, func() bool {
		for _, s := range w.stations {
			if s.hungUp.Load() < 2 {
				return false
			}
		}
		return true
	})
	w.pg.Again()
	for range w.stations {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	w.srv.Stop()
	w.compare(0)
}

func (w *town) launch() {
	w.Helper()
	w.srv = binary.Launch(w.TB, w.database, w.env...)
}

// revoke blocks a card, and waits until the chargers are told so.
func (w *town) revoke() {
	w.Helper()
	w.inside(func(ctx context.Context, d *db.DB) error { // beside the server, as the command line works
		var by access.Actor
		var one id.Card
		if err := d.View(ctx, func(tx *db.Tx) error {
			ws, err := workspace.BySlug(tx, "lab")
			if err != nil {
				return err
			}
			by = access.System(ws.ID, "test")
			k, err := card.ByUID(tx, ws.ID, revokedCard)
			one = k.ID
			return err
		}); err != nil {
			return err
		}
		_, err := (&wallet.Service{DB: d}).Change(ctx, by, one, card.Blocked, "lost")
		return err
	})
	w.until("the card is refused", 30*time.Second, func() bool {
		word, err := w.stations[0].tap(w.Context(), revokedCard)
		return err == nil && word == "Blocked"
	})
}

// compare looks whether the database holds the sessions that there were, and no
// others.
func (w *town) compare(least int64) {
	w.Helper()
	type row struct {
		charger, tx, status, conflict string
		from, wh, away                int64
	}
	var rows []row
	var orphans, memory, outages int64
	w.inside(func(ctx context.Context, d *db.DB) error {
		return d.View(ctx, func(tx *db.Tx) (err error) {
			rows, err = db.All(tx, func(in db.Scanner) (r row, err error) {
				err = in.Scan(&r.charger, &r.tx, &r.status, &r.conflict, &r.from, &r.wh, &r.away)
				return r, err
			}, `SELECT h.identity, c.tx_id, c.status, c.conflict, c.meter_start, c.wh, c.away_since FROM charge c JOIN charger h ON h.workspace = c.workspace AND h.id = c.charger`)
			if err != nil {
				return err
			}
			if err := tx.Row(`SELECT COUNT(*) FROM orphan_stop WHERE charge = ''`, nil, &orphans); err != nil {
				return err
			}
			if err := tx.Row(`SELECT COUNT(*) FROM journal WHERE what = 'server.outage-ended'`, nil, &outages); err != nil {
				return err
			}
			return tx.Row(`SELECT COUNT(*) FROM decision WHERE away_since <> 0 AND source IN ('ocpp1.6', 'ocpp2.0.1')`, nil, &memory)
		})
	})
	want, there := 0, map[string]row{}
	for _, r := range rows {
		there[r.charger+" "+strconv.FormatInt(r.from, 10)] = r
	}
	for i, list := range w.sessions {
		for _, c := range list {
			want++
			r, ok := there[w.stations[i].id+" "+strconv.FormatInt(c.from, 10)]
			if !ok || r.tx != c.tx || r.wh != c.now-c.from || r.status != "ended" || r.conflict != "" {
				w.Errorf("%s: session %s from %d Wh with %d Wh is stored as %+v", w.stations[i].id, c.tx, c.from, c.now-c.from, r)
			}
		}
	}
	if len(rows) != want {
		w.Errorf("%d sessions are stored, there were %d", len(rows), want)
	}
	if orphans != 0 {
		w.Errorf("%d ends have no beginning", orphans)
	}
	if memory < least {
		w.Errorf("%d taps are marked as answered from memory, there were at least %d", memory, least)
	}
	if least > 0 && outages == 0 {
		w.Error("the activity does not say that the database was away")
	}
	w.Logf("%d sessions, %d taps from memory, %d outages told", len(rows), memory, outages)
}
