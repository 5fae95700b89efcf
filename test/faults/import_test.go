// Package faults is what happens to the built program when its surroundings fail:
// it is killed at any moment, its disk is full, its power is cut. Only what the
// world outside saw, and what the database holds afterwards, counts.
package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/schema"
	"involt/internal/testkit/binary"
	"involt/internal/testkit/dbtest"
)

// lab is a database with a workspace, and a server on it that may die.
type lab struct {
	testing.TB
	database string
	env      []string
	key      string
	srv      *binary.Server
}

func newLab(t testing.TB, database string) *lab {
	t.Helper()
	l := &lab{TB: t, database: database, env: []string{"INVOLT_KEY_FILE=" + filepath.Join(t.TempDir(), "involt.key")}}
	l.inside(func(ctx context.Context, d *db.DB) error {
		if err := schema.Migrate(ctx, d); err != nil {
			return err
		}
		return d.Update(ctx, func(tx *db.Tx) error {
			ws := workspace.New("lab", "Lab")
			if err := workspace.Insert(tx, &ws); err != nil {
				return err
			}
			var err error
			l.key, err = apikey.Insert(tx, &apikey.Key{Workspace: ws.ID, Name: "lab", Perms: access.All, CreatedBy: "system:test"})
			return err
		})
	})
	return l
}

// inside opens the database, whose server is not running.
func (l *lab) inside(do func(context.Context, *db.DB) error) {
	l.Helper()
	d, err := db.Open(l.Context(), l.database)
	if err != nil {
		l.Fatal(err)
	}
	err = do(l.Context(), d)
	if closed := d.Close(); err != nil || closed != nil {
		l.Fatal(err, closed)
	}
}

func (l *lab) start() {
	l.Helper()
	l.srv = binary.Serve(l.TB, l.database, l.env...)
}

// ask sends a request to the API. A server that dies meanwhile is no failure:
// then ok is false.
func (l *lab) ask(method, path, kind string, body []byte, headers ...string) (status int, answer map[string]any, ok bool) {
	l.Helper()
	req, err := http.NewRequestWithContext(l.Context(), method, l.srv.URL+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		l.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+l.key)
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := (&http.Client{Timeout: 60 * time.Second}).Do(req)
	if err != nil {
		return 0, nil, false
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil, false
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			l.Fatalf("%s %s: %s", method, path, text)
		}
	}
	return res.StatusCode, answer, true
}

// must is ask where the server lives.
func (l *lab) must(want int, method, path, kind string, body []byte, headers ...string) map[string]any {
	l.Helper()
	status, answer, ok := l.ask(method, path, kind, body, headers...)
	if !ok || status != want {
		l.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}

const (
	jsonKind  = "application/json"
	bytesKind = "application/octet-stream"
)

// until looks at an import until it is as it is waited for.
func (l *lab) until(one, what string, is func(map[string]any) bool) map[string]any {
	l.Helper()
	late := time.NewTimer(2 * time.Minute)
	defer late.Stop()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		status, im, ok := l.ask(http.MethodGet, "/imports/"+one, "", nil)
		if ok && status == http.StatusOK && is(im) {
			return im
		}
		select {
		case <-again.C:
		case <-late.C:
			l.Fatalf("the import is not %s after two minutes: %v", what, im)
		}
	}
}

// crowd is a file of n people, of whom some come twice and some are malformed.
func crowd(n int) (text string, twice, malformed int) {
	var b strings.Builder
	b.WriteString("email,first_name,last_name,groups,card_uid\n")
	for i := range n {
		fmt.Fprintf(&b, "p%d@lab.example,P%d,Lab,G%d,04%012X\n", i, i, i%7, i)
		if i%100 == 50 {
			fmt.Fprintf(&b, "p%d@lab.example,Again,Lab,,\n", i)
			twice++
		}
		if i%200 == 150 {
			b.WriteString("nobody at all,X,Y,,\n")
			malformed++
		}
	}
	return b.String(), twice, malformed
}

func TestFaults(t *testing.T) {
	t.Run("FT1_killed_during_an_import", func(t *testing.T) { dbtest.EachURL(t, killedDuringAnImport) })
	t.Run("FT6_power_cut", powerCut)
}

// killedDuringAnImport kills the server again and again: while a file is sent,
// while it is previewed, while it is applied. The file goes on where it broke
// off; the work goes on by itself; nothing is lost and nothing doubled.
func killedDuringAnImport(t *testing.T, database string) {
	const n, kills = 6_000, 2
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	l := newLab(t, database)
	text, twice, malformed := crowd(n)
	l.start()
	one, _ := l.must(http.StatusCreated, http.MethodPost, "/imports", jsonKind, fmt.Appendf(nil, `{"file_name":"crowd.csv","size":%d}`, len(text)))["id"].(string)
	// Pieces, between which it is killed.
	for sent, piece := 0, len(text)/4+1; sent < len(text); {
		end := min(sent+piece, len(text))
		if r.IntN(2) == 0 {
			l.srv.Kill()
			l.start()
		}
		status, _, ok := l.ask(http.MethodPatch, "/imports/"+one+"/file", bytesKind, []byte(text[sent:end]), "Upload-Offset", fmt.Sprint(sent))
		if ok && status != http.StatusNoContent {
			t.Fatalf("a piece at %d: %d", sent, status)
		}
		received, _ := l.must(http.StatusOK, http.MethodGet, "/imports/"+one, "", nil)["received"].(float64)
		sent = int(received)
	}
	l.must(http.StatusAccepted, http.MethodPost, "/imports/"+one+"/complete", jsonKind, nil)
	rows := func(im map[string]any) float64 {
		v, _ := im["rows"].(float64)
		return v
	}
	dies := func(state string) {
		t.Helper()
		for range kills {
			im := l.must(http.StatusOK, http.MethodGet, "/imports/"+one, "", nil)
			after := rows(im) + float64(1000*(1+r.IntN(2)))
			im = l.until(one, "further", func(im map[string]any) bool { return im["state"] != state || rows(im) >= after })
			if im["state"] != state {
				return // it was quicker
			}
			l.srv.Kill()
			l.start()
		}
	}
	dies("previewing")
	l.until(one, "previewed", func(im map[string]any) bool { return im["state"] == "previewed" })
	l.must(http.StatusAccepted, http.MethodPost, "/imports/"+one+"/apply", jsonKind, []byte(`{}`))
	dies("applying")
	im := l.until(one, "done", func(im map[string]any) bool { return im["state"] == "done" || im["state"] == "stopped" })
	if im["state"] != "done" || im["add"] != float64(n) || im["refused"] != float64(twice+malformed) || im["new_users"] != float64(n) {
		t.Errorf("the import says %v", im)
	}
	// Each refused row is in the report once.
	lines := map[float64]bool{}
	for cursor := ""; ; {
		page := l.must(http.StatusOK, http.MethodGet, "/imports/"+one+"/rows?kind=refuse&limit=200"+cursor, "", nil)
		items, _ := page["items"].([]any)
		for _, it := range items {
			row, _ := it.(map[string]any)
			line, _ := row["line"].(float64)
			if row["reason"] == nil || lines[line] {
				t.Errorf("a refused row without reason, or twice: %v", row)
			}
			lines[line] = true
		}
		next, _ := page["next_cursor"].(string)
		if next == "" {
			break
		}
		cursor = "&cursor=" + next
	}
	if len(lines) != twice+malformed {
		t.Errorf("%d refused rows are listed, want %d", len(lines), twice+malformed)
	}
	l.srv.Kill()
	l.inside(func(ctx context.Context, d *db.DB) error {
		return d.View(ctx, func(tx *db.Tx) error {
			for query, want := range map[string]int64{
				`SELECT COUNT(*) FROM person`: n, `SELECT COUNT(DISTINCT email) FROM person`: n, `SELECT COUNT(*) FROM card`: n, `SELECT COUNT(*) FROM group_member`: n,
				`SELECT COUNT(*) FROM user_group`: 7, `SELECT COUNT(*) FROM journal_subject WHERE subject LIKE 'person:%'`: n,
			} {
				var got int64
				if err := tx.Row(query, nil, &got); err != nil {
					return err
				}
				if got != want {
					t.Errorf("%s: %d, want %d", query, got, want)
				}
			}
			return nil
		})
	})
}
