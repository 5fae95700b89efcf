package admin

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/page"
)

// asked sends something of the script's, and reads what it is told.
func (k *desk) asked(method, path, kind string, body string, status int, into any) string {
	k.t.Helper()
	r := httptest.NewRequest(method, "/w/north"+path, strings.NewReader(body))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	res, text := k.ask(r)
	if res.StatusCode != status {
		k.t.Fatalf("%s %s: %d, want %d: %.300s", method, path, res.StatusCode, status, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			k.t.Fatalf("%s %s: %v in %.200s", method, path, err, text)
		}
	}
	return text
}

// A large file comes in pieces: the page says where to go on, also after the
// answer to a piece was lost, and leads to the preview when all of it is here.
func TestLargeFileComesInPieces(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		const text = "email,first_name\nann@north.example,Ann\n"
		const form, bytes = "application/x-www-form-urlencoded", "application/octet-stream"
		about := url.Values{"name": {"people.csv"}, "size": {strconv.Itoa(len(text))}, "mark": {"1"}}.Encode()
		type answer struct {
			Import   string
			Received int
			Location string
		}
		var at, again answer
		k.asked("GET", "/users/import/pieces?"+about, "", "", http.StatusOK, &at)
		if at.Import != "" {
			t.Errorf("asking began something: %+v", at)
		}
		k.asked("POST", "/users/import/pieces", form, about, http.StatusOK, &at)
		to := "/users/import?import=" + at.Import + "&offset="
		k.asked("POST", to+"0", bytes, text[:10], http.StatusOK, &again)
		if again.Import != at.Import || again.Received != 10 {
			t.Errorf("the first piece is answered %+v", again)
		}
		k.asked("POST", to+"0", bytes, text[:10], http.StatusConflict, nil)
		k.asked("GET", "/users/import/pieces?"+about, "", "", http.StatusOK, &again)
		if again.Received != 10 {
			t.Errorf("chosen again: %+v", again)
		}
		if p := k.get("/imports/"+at.Import, http.StatusOK); !p.Has("choose the same file again") {
			t.Errorf("its page does not say how to go on: %s", p.Text())
		}
		k.asked("POST", "/imports/"+at.Import+"/complete", form, "", http.StatusUnprocessableEntity, nil)
		k.asked("POST", to+"10", bytes, text[10:], http.StatusOK, &again)
		for range 2 {
			k.asked("POST", "/imports/"+at.Import+"/complete", form, "", http.StatusOK, &again)
		}
		if again.Location != "/w/north/imports/"+at.Import {
			t.Errorf("it leads to %s", again.Location)
		}
		k.works()
		if p := k.get("/imports/"+at.Import, http.StatusOK); !p.Has("ann@north.example") {
			t.Errorf("the preview lacks Ann: %s", p.Text())
		}

		// What is no piece of a file, and what is too large.
		for _, wrong := range []string{"?import=x&offset=0", "?import=" + at.Import + "&offset=-1", "?import=" + at.Import} {
			k.asked("POST", "/users/import"+wrong, bytes, "x", http.StatusUnprocessableEntity, nil)
		}
		k.asked("POST", "/users/import/pieces", form, "name=a.csv", http.StatusUnprocessableEntity, nil)
		said := k.asked("POST", "/users/import/pieces", form, "name=a.csv&size=99999999999", http.StatusUnprocessableEntity, nil)
		if p := page.Parse(t, strings.NewReader(said)); !p.Has("at most 2 GB") {
			t.Errorf("a file that is too large: %s", p.Text())
		}

		// A file of somebody else is not there to go on with.
		k.asked("POST", "/users/import/pieces", form, "name=b.csv&size=20&mark=2", http.StatusOK, &at)
		other := k.by()
		other.Person = k.people(k.north.ID, person.Active, 1)[0].ID
		other.Name = "person:" + string(other.Person)
		k.acting = &other
		k.asked("GET", "/users/import/pieces?name=b.csv&size=20&mark=2", "", "", http.StatusOK, &again)
		if again.Import != "" {
			t.Errorf("somebody else goes on with it: %+v", again)
		}
		k.asked("POST", "/users/import?import="+at.Import+"&offset=0", bytes, "email", http.StatusForbidden, nil)
	})
}
