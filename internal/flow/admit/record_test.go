package admit

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"involt/internal/core/decision"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

type stored struct{ uid, card, person, reason, charger, source string }

func decisions(t *testing.T, d *db.DB) (list []stored) {
	t.Helper()
	err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		list, err = db.All(tx, func(row db.Scanner) (s stored, err error) {
			err = row.Scan(&s.uid, &s.card, &s.person, &s.reason, &s.charger, &s.source)
			return s, err
		}, `SELECT card_uid, card, person, reason, charger, source FROM decision ORDER BY id`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestDecisionsAreStoredTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.Everyone)
		at, who := h.charger(h.location(false)), h.person()
		number, c := h.card(who)
		s := loaded(t, d)
		s.Answer(h.ask(number, at))
		s.Answer(h.ask("04:aa:bb:cc:dd:ee:ff", at))
		s.Answer(h.ask("some app's token", ""))
		s.Decide(h.ask(number, at)) // is not recorded
		if n := len(decisions(t, d)); n != 0 || s.Waiting() != 3 {
			t.Errorf("%d decisions were stored one by one, %d wait", n, s.Waiting())
		}
		h.must(s.record.Store(t.Context(), d))
		want := []stored{
			{number, string(c), string(who), string(decision.Allowed), string(at), "test"},
			{"04AABBCCDDEEFF", "", "", string(decision.UnknownCard), string(at), "test"},
			{"SOME APP'S TOKEN", "", "", string(decision.UnknownCard), "", "test"},
		}
		if got := decisions(t, d); fmt.Sprint(got) != fmt.Sprint(want) || s.Waiting() != 0 {
			t.Errorf("stored\n%v, want\n%v; %d wait", got, want, s.Waiting())
		}
		// The list's memory is used again, and what is in it is not.
		s.Answer(h.ask("DEADBEEF", at))
		h.must(s.record.Store(t.Context(), d))
		if got := decisions(t, d); len(got) != 4 || got[3].uid != "DEADBEEF" {
			t.Errorf("after another one there are %v", got)
		}
	})
}

func TestDecisionsSurviveADatabaseThatFails(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.Everyone)
		s := loaded(t, d)
		tap := func(i int) { s.Answer(h.ask(fmt.Sprintf("04%012X", i), "")) }
		for i := range 5 {
			tap(i)
		}
		h.do(func(tx *db.Tx) error { return tx.Script("ALTER TABLE decision RENAME TO away") })
		for i := range 3 {
			if err := s.record.Store(t.Context(), d); err == nil {
				t.Fatal("stored nowhere, and nobody noticed")
			}
			tap(5 + i)
		}
		h.do(func(tx *db.Tx) error { return tx.Script("ALTER TABLE away RENAME TO decision") })
		if s.Waiting() != 8 {
			t.Errorf("%d decisions wait, want 8", s.Waiting())
		}
		h.must(s.record.Store(t.Context(), d))
		got := decisions(t, d)
		if len(got) != 8 {
			t.Fatalf("%d decisions are stored, want 8", len(got))
		}
		for i, g := range got {
			if want := fmt.Sprintf("04%012X", i); g.uid != want {
				t.Errorf("decision %d is of card %s, want %s", i, g.uid, want)
			}
		}
	})
}

// Whatever is tapped or asked for can be stored.
func TestTokensThatNoDatabaseTakesHoldUpNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.Everyone)
		s := loaded(t, d)
		for _, token := range []string{"DEADBEEF", "a" + strings.Repeat("é", 30), "AB\x00CD", "AB\xffCD\xc3", "\x00"} {
			s.Answer(h.ask(token, ""))
		}
		h.must(s.record.Store(t.Context(), d))
		var uids []string
		for _, g := range decisions(t, d) {
			uids = append(uids, g.uid)
		}
		if want := []string{"DEADBEEF", "A" + strings.Repeat("é", 17), "ABCD", "ABCD", ""}; !slices.Equal(uids, want) || s.Waiting() != 0 {
			t.Errorf("stored %q, want %q; %d wait", uids, want, s.Waiting())
		}
	})
}

// logged is what the default logger said.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// of returns the lines that name a workspace.
func (l *logged) of(workspace string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for line := range strings.Lines(l.text.String()) {
		if strings.Contains(line, "workspace="+workspace) {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestDecisionThatTheDatabaseRefusesHoldsUpNoOther(t *testing.T) {
	var said logged // of both engines at once: there is one default logger
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.Everyone)
		s := loaded(t, d)
		refuse := `CREATE TRIGGER refuse BEFORE INSERT ON decision WHEN NEW.card_uid = 'BADCAFE1' BEGIN SELECT RAISE(ABORT, 'no BADCAFE1'); END`
		if d.Postgres {
			refuse = `ALTER TABLE decision ADD CHECK (card_uid <> 'BADCAFE1')`
		}
		h.do(func(tx *db.Tx) error { return tx.Script(refuse) })
		var want []string
		for i := range 100 {
			number := fmt.Sprintf("04%012X", i)
			if i == 0 || i == 41 || i == 99 {
				s.Answer(h.ask("BADCAFE1", ""))
			}
			s.Answer(h.ask(number, ""))
			want = append(want, number)
		}
		h.must(s.record.Store(t.Context(), d))
		var uids []string
		for _, g := range decisions(t, d) {
			uids = append(uids, g.uid)
		}
		if !slices.Equal(uids, want) || s.Waiting() != 0 {
			t.Errorf("stored %q, want %q; %d wait", uids, want, s.Waiting())
		}
		text := said.of(string(h.by.Workspace))
		if n := strings.Count(text, "not recorded"); n != 3 || strings.Contains(text, "BADCAFE1") {
			t.Errorf("the log says %d times, want 3 and not which card:\n%s", n, text)
		}
		// One alone goes as well, but not while the database takes none at all.
		s.Answer(h.ask("BADCAFE1", ""))
		h.do(func(tx *db.Tx) error { return tx.Script("ALTER TABLE decision RENAME TO away") })
		if err := s.record.Store(t.Context(), d); err == nil || s.Waiting() != 1 {
			t.Errorf("%d wait, error %v", s.Waiting(), err)
		}
		h.do(func(tx *db.Tx) error { return tx.Script("ALTER TABLE away RENAME TO decision") })
		h.must(s.record.Store(t.Context(), d))
		if n := len(decisions(t, d)); n != 100 || s.Waiting() != 0 {
			t.Errorf("%d are stored, %d wait", n, s.Waiting())
		}
	})
}

// A server that is told to stop stores what it has answered.
func TestDecisionsAreStoredAtTheEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d, "a", workspace.Everyone)
		s := loaded(t, d)
		t.Run("while it runs", func(t *testing.T) {
			background(t, s.Run)
			s.Answer(h.ask("04AABBCCDDEEFF", ""))
		})
		if n := len(decisions(t, d)); n != 1 {
			t.Errorf("%d decisions are stored, want 1", n)
		}
	})
}
