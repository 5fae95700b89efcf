package api

import (
	"net/http"
	"sync"
	"testing"

	"involt/internal/core/access"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestOneEffectOfManyRepeats(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		body := map[string]any{"last_name": "Van 7", "email": "van7@example.com"}
		before := r.count(r.a.ws)
		replies := make([]reply, 8)
		var all sync.WaitGroup
		for i := range replies {
			all.Go(func() {
				replies[i] = r.do(r.a.key, "POST", prefix+"/users", body, "Idempotency-Key", "k-1")
			})
		}
		all.Wait()
		first := 0
		for _, a := range replies {
			a.want(http.StatusCreated)
			if a.text != replies[0].text || a.header.Get("Location") != replies[0].header.Get("Location") || a.header.Get("ETag") != replies[0].header.Get("ETag") {
				t.Errorf("replies differ:\n%s\n%s", a.text, replies[0].text)
			}
			if a.header.Get("Idempotency-Replayed") == "" {
				first++
			}
		}
		if first != 1 {
			t.Errorf("%d replies say that they were the first", first)
		}
		if n := r.count(r.a.ws) - before; n != 1 {
			t.Errorf("8 requests left %d entries in the journal", n)
		}
		late := r.do(r.a.key, "POST", prefix+"/users", body, "Idempotency-Key", "k-1").want(http.StatusCreated)
		if late.text != replies[0].text {
			t.Errorf("a late repeat got another answer: %s", late.text)
		}
		// Another body, and another path, under the same key.
		r.do(r.a.key, "POST", prefix+"/users", map[string]any{"external_id": "POOL-8"}, "Idempotency-Key", "k-1").want(http.StatusUnprocessableEntity).has(`"header":"Idempotency-Key"`)
		r.do(r.a.key, "POST", prefix+"/decisions", map[string]any{"card": "04A2B3C4D5E680"}, "Idempotency-Key", "k-1").want(http.StatusUnprocessableEntity)
		// Another API key has names of its own: it is not told what this one was.
		r.do(r.key(access.PeopleWrite|access.PersonalData), "POST", prefix+"/users", map[string]any{"email": "van9@example.com"}, "Idempotency-Key", "k-1").want(http.StatusCreated).lacks("Van 7")
	})
}

func TestARefusedRequestMayBeMended(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		r.do(r.a.key, "POST", prefix+"/users", map[string]any{"email": "anna"}, "Idempotency-Key", "k").want(http.StatusUnprocessableEntity)
		r.do(r.a.key, "POST", prefix+"/users", map[string]any{"admin": 1}, "Idempotency-Key", "k").want(http.StatusUnprocessableEntity)
		r.do(r.a.key, "POST", prefix+"/users", map[string]any{"email": "anna@example.com"}, "Idempotency-Key", "k").want(http.StatusCreated)
		r.do(r.a.key, "POST", prefix+"/users", map[string]any{"email": "anna@example.com"}, "Idempotency-Key", "k").want(http.StatusCreated)
		for _, bad := range []string{" ", "a b", "ä"} {
			r.do(r.a.key, "POST", prefix+"/users", map[string]any{"external_id": "1"}, "Idempotency-Key", bad).want(http.StatusUnprocessableEntity)
		}
	})
}

// TestAKillLeavesAllOrNothing stops a request at its last write, as a kill would:
// the user that it had made is gone with it, and the repeat makes one.
func TestAKillLeavesAllOrNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		stop, start := `CREATE TRIGGER kill BEFORE UPDATE ON idempotency BEGIN SELECT RAISE(ABORT, 'killed'); END`, `DROP TRIGGER kill`
		if d.Postgres {
			stop = `CREATE FUNCTION kill() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'killed'; END $$ LANGUAGE plpgsql;
				CREATE TRIGGER kill BEFORE UPDATE ON idempotency FOR EACH ROW EXECUTE FUNCTION kill()`
			start = `DROP TRIGGER kill ON idempotency`
		}
		script := func(text string) { r.update(func(tx *db.Tx) error { return tx.Script(text) }) }
		before, body := r.count(r.a.ws), map[string]any{"email": "van7@example.com", "external_id": "POOL-7"}
		script(stop)
		r.do(r.a.key, "POST", prefix+"/users", body, "Idempotency-Key", "k").want(http.StatusInternalServerError).lacks("killed", "POOL-7")
		r.do(r.a.key, "GET", prefix+"/users?external_id=POOL-7", nil).want(http.StatusOK).has(`"items":[]`)
		script(start)
		made := r.do(r.a.key, "POST", prefix+"/users", body, "Idempotency-Key", "k").want(http.StatusCreated)
		if again := r.do(r.a.key, "POST", prefix+"/users", body, "Idempotency-Key", "k").want(http.StatusCreated); again.text != made.text {
			t.Errorf("the repeat got another answer: %s", again.text)
		}
		if n := r.count(r.a.ws) - before; n != 1 {
			t.Errorf("the journal grew by %d entries", n)
		}
	})
}
