package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/schema"
	"involt/internal/testkit/need"
)

// powerCut records what a process writes to its disk, cuts the power at random
// moments, and looks at what is left: it opens, it is whole, it holds all that was
// acknowledged, and nothing of it is half done.
func powerCut(t *testing.T) {
	rounds, cuts, behind := 8, 160, 130
	if os.Getenv("INVOLT_THREATS") == "full" {
		rounds, cuts, behind = 180, 2000, 1000
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	before, events := recorded(t, rounds)
	var commits []int // behind which events they were made to stay
	told := 0
	for i, e := range events {
		switch {
		case e.kind == synced && e.file == "involt.db-wal":
			commits = append(commits, i+1)
		case e.kind == acked:
			told++
		}
	}
	t.Logf("%d events, %d syncs of the log, %d acknowledgements", len(events), len(commits), told)
	if told < rounds*14 {
		t.Fatalf("only %d things were done", told)
	}
	// Half of them right behind a commit, where something that takes two is in between.
	r := rand.New(rand.NewPCG(seed, 6))
	r.Shuffle(len(commits), func(i, j int) { commits[i], commits[j] = commits[j], commits[i] })
	at := slices.Clone(commits[:min(len(commits), behind)])
	for len(at) < cuts {
		at = append(at, r.IntN(len(events)+1))
	}
	slices.Sort(at)
	d := &disk{stays: map[string][]byte{"involt.db": before}, pending: map[string][]event{}}
	acks := map[string][]string{}
	slowest, done := time.Duration(0), 0
	for _, cut := range at {
		for ; done < cut; done++ {
			e := events[done]
			if e.kind != acked {
				d.do(e)
				continue
			}
			what, key, ok := strings.Cut(strings.TrimSpace(string(e.data)), " ")
			if !ok {
				t.Fatalf("%q is no acknowledgement", e.data)
			}
			acks[what] = append(acks[what], key)
		}
		dir := filepath.Join(t.TempDir(), "cut")
		if err := errors.Join(os.Mkdir(dir, 0o700), d.cut(dir, r)); err != nil {
			t.Fatal(err)
		}
		took, err := survives(t.Context(), dir, acks)
		slowest = max(slowest, took)
		if err != nil {
			t.Errorf("cut after event %d of %d: %v", cut, len(events), err)
		}
		if took > 5*time.Second {
			t.Errorf("cut after event %d: opening took %s", cut, took)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d cuts; opening took %s at most; acknowledged in the end: %d active, %d sessions, %d files, %d copies", cuts, slowest.Round(time.Millisecond),
		len(acks["active"]), len(acks["stopped"]), len(acks["imported"]), len(acks["copied"]))
}

// recorded lets a process work under strace and returns what its disk held before, and
// what it did since.
func recorded(t *testing.T, rounds int) (before []byte, events []event) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		need.Missing(t, "strace is missing (apt-get install strace): the power cut is not tested")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "involt.db")
	d, err := db.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	ws := workspace.New("lab", "Lab")
	ch := site.Charger{Identity: "CP-1"}
	err = schema.Migrate(t.Context(), d)
	if err == nil {
		err = d.Update(t.Context(), func(tx *db.Tx) error {
			if err := workspace.Insert(tx, &ws); err != nil {
				return err
			}
			l := site.Location{Workspace: ws.ID, Name: "Depot", TimeZone: "Europe/Berlin", Country: "DE"}
			if err := site.InsertLocation(tx, &l); err != nil {
				return err
			}
			ch.Workspace, ch.Location = ws.ID, l.ID
			return site.InsertCharger(tx, &ch, 1)
		})
	}
	if err := errors.Join(err, d.Close()); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(file + "-*"); err != nil || len(left) > 0 {
		t.Fatalf("closed, and there are still %v, %v", left, err)
	}
	if before, err = os.ReadFile(file); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	trace := filepath.Join(t.TempDir(), "trace")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, strace, "-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", "2000000", "-e", record, "-e", "signal=none", "-o", trace, self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s %d", powerWork, dir, ws.ID, ch.ID, rounds))
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if strings.Contains(said.String(), "Operation not permitted") || strings.Contains(said.String(), "PTRACE") {
			need.Missing(t, "strace may not look at processes here (ptrace is not permitted): the power cut is not tested")
		}
		t.Fatalf("%v: %s", err, said.String())
	}
	f, err := os.Open(trace)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if events, err = parse(f, dir); err != nil {
		t.Fatal(err)
	}
	// All that was said went by the recorder, and what was recorded is what there is.
	whole := &disk{stays: map[string][]byte{"involt.db": bytes.Clone(before)}, pending: map[string][]event{}}
	acks := 0
	for _, e := range events {
		if e.kind == acked {
			acks++
		}
		whole.do(e)
	}
	if lines := strings.Count(out.String(), "\n"); acks != lines || acks == 0 {
		t.Fatalf("%d acknowledgements were recorded of %d", acks, lines)
	}
	for _, name := range []string{"involt.db", "involt.db-wal"} {
		is, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := after(bytes.Clone(whole.stays[name]), whole.pending[name], func() bool { return true }); !bytes.Equal(got, is) {
			t.Fatalf("%s was recorded as %d bytes, and has %d, or others", name, len(got), len(is))
		}
	}
	return before, events
}

// survives opens what a power cut left and says what is wrong with it.
func survives(ctx context.Context, dir string, acks map[string][]string) (took time.Duration, err error) {
	began := time.Now()
	d, err := db.Open(ctx, filepath.Join(dir, "involt.db"))
	if err == nil {
		err = schema.Migrate(ctx, d) // as a server does that starts
	}
	took = time.Since(began)
	if err != nil {
		return took, fmt.Errorf("it does not open: %w", err)
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	err = d.View(ctx, func(tx *db.Tx) error {
		return errors.Join(sound(tx), acknowledged(tx, acks), whole(tx))
	})
	for _, name := range acks["copied"] {
		c, bad := db.Open(ctx, filepath.Join(dir, name))
		if bad == nil {
			bad = errors.Join(c.View(ctx, sound), c.Close())
		}
		if bad != nil {
			err = errors.Join(err, fmt.Errorf("the copy %s: %w", name, bad))
		}
	}
	return took, err
}

func sound(tx *db.Tx) error {
	var health string
	if err := tx.Row(`PRAGMA integrity_check`, nil, &health); err != nil || health != "ok" {
		return fmt.Errorf("integrity: %s %w", health, err)
	}
	broken, err := db.All(tx, func(row db.Scanner) (table string, err error) {
		var id, of, fk any
		err = row.Scan(&table, &id, &of, &fk)
		return table, err
	}, `PRAGMA foreign_key_check`)
	if err == nil && len(broken) > 0 {
		err = fmt.Errorf("references into nothing from %v", broken)
	}
	return err
}

// acknowledged looks for what the world was told.
func acknowledged(tx *db.Tx, acks map[string][]string) error {
	for what, query := range map[string]string{
		"invited":  `SELECT id FROM person`,
		"active":   `SELECT id FROM person WHERE status = 'active' AND identity IS NOT NULL`,
		"started":  `SELECT tx_id FROM charge`,
		"stopped":  `SELECT tx_id FROM charge WHERE ended_at IS NOT NULL`,
		"imported": `SELECT id FROM import WHERE state = 'done'`,
	} {
		list, err := db.All(tx, db.Text[string], query)
		if err != nil {
			return err
		}
		there := map[string]bool{}
		for _, key := range list {
			there[key] = true
		}
		for _, key := range acks[what] {
			if !there[key] {
				return fmt.Errorf("%s %s was acknowledged and is lost", what, key)
			}
		}
	}
	return nil
}

// whole looks for what is done in part.
func whole(tx *db.Tx) error {
	for what, query := range map[string]string{
		"somebody came in without a login, a session of the browser or a used link": `SELECT COUNT(*) FROM person p WHERE p.email LIKE 'in%' AND
			((p.status = 'active') <> (p.identity IS NOT NULL) OR (p.status = 'active') <> EXISTS (SELECT 1 FROM invite i WHERE i.person = p.id AND i.accepted_at IS NOT NULL)
			OR (p.status = 'active') <> EXISTS (SELECT 1 FROM web_session s WHERE s.identity = p.identity))`,
		"somebody was made without their invitation or its mail": `SELECT COUNT(*) FROM person p WHERE p.email LIKE 'in%' AND
			(NOT EXISTS (SELECT 1 FROM invite i WHERE i.person = p.id) OR NOT EXISTS (SELECT 1 FROM notice n WHERE n.person = p.id))`,
		"a login without a person":            `SELECT COUNT(*) FROM identity i WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.identity = i.id)`,
		"a session that ended without energy": `SELECT COUNT(*) FROM charge WHERE (ended_at IS NOT NULL) <> (wh = 7)`,
		"a chunk of an import in part": `SELECT COUNT(*) FROM import_chunk c WHERE c.applied_at > 0 AND c.adds <>
			(SELECT COUNT(*) FROM person p WHERE p.created_at = c.applied_at AND p.email LIKE 'im%')`,
		"people of no chunk": `SELECT COUNT(*) FROM person p WHERE p.email LIKE 'im%' AND NOT EXISTS (SELECT 1 FROM import_chunk c WHERE c.applied_at = p.created_at)`,
		"an imported user without their card, vehicle or account": `SELECT COUNT(*) FROM person p WHERE p.email LIKE 'im%' AND (p.account = ''
			OR NOT EXISTS (SELECT 1 FROM card c WHERE c.person = p.id) OR NOT EXISTS (SELECT 1 FROM vehicle v WHERE v.person = p.id))`,
		"an import that is further than its chunks": `SELECT COUNT(*) FROM import i WHERE i.reached <> (SELECT COUNT(*) FROM import_chunk c WHERE c.import = i.id AND c.applied_at > 0)`,
	} {
		var n int64
		if err := tx.Row(query, nil, &n); err != nil {
			return err
		}
		if n != 0 {
			return fmt.Errorf("%s: %d times", what, n)
		}
	}
	return nil
}
