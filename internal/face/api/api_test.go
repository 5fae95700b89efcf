package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/person"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestProblemsSayWhatAndWhere(t *testing.T) {
	r := serve(t, dbtest.Open(t, dbtest.SQLite(t)))
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	for _, tc := range []struct {
		name, method, path string
		body               any
		status             int
		want               string
	}{
		{"unknown path", "GET", "/api/v1/nothing", nil, 404, "/api/docs"},
		{"unknown version", "GET", "/api/v2/users", nil, 404, "There is no such path"},
		{"wrong method", "PUT", "/api/v1/users", nil, 405, "It knows: GET, HEAD, POST"},
		{"unknown field", "POST", "/api/v1/users", map[string]any{"external_id": "1", "admin": true}, 422, `"pointer":"#/admin"`},
		{"wrong type", "POST", "/api/v1/users", map[string]any{"external_id": 7}, 422, `"pointer":"#/external_id"`},
		{"field in other letters", "POST", "/api/v1/users", map[string]any{"External_ID": "7"}, 422, "External_ID"},
		{"field twice", "POST", "/api/v1/users", `{"external_id":"1","external_id":"2"}`, 422, "twice"},
		{"missing field", "POST", "/api/v1/decisions", map[string]any{}, 422, "card"},
		{"wrong e-mail", "POST", "/api/v1/users", map[string]any{"email": "anna"}, 422, `"pointer":"#/email"`},
		{"neither address nor number", "POST", "/api/v1/users", map[string]any{"cost_center": "x"}, 422, `"pointer":"#/email"`},
		{"wrong card", "POST", "/api/v1/cards", map[string]any{"number": "xyz", "user_id": string(r.a.user)}, 422, `"pointer":"#/number"`},
		{"a body where none is taken", "POST", "/api/v1/users/" + string(r.a.user) + "/reactivate", map[string]any{"x": 1}, 422, "no body"},
		{"no JSON", "POST", "/api/v1/users", "{", 400, "problem-malformed"},
		{"two JSON values", "POST", "/api/v1/users", `{"external_id":"1"}{}`, 400, "problem-malformed"},
		{"too deep", "POST", "/api/v1/users", deep, 400, "32"},
		{"NUL", "POST", "/api/v1/users", `{"external_id":"a\u0000"}`, 400, "NUL"},
		{"not UTF-8", "POST", "/api/v1/users", "{\"external_id\":\"\xff\"}", 400, "UTF-8"},
		{"empty body", "POST", "/api/v1/users", "", 400, "body"},
		{"too large", "POST", "/api/v1/users", `{"info_1":"` + strings.Repeat("x", 1<<20) + `"}`, 413, "1 MiB"},
		{"limit too high", "GET", "/api/v1/users?limit=201", nil, 422, `"parameter":"limit"`},
		{"limit too low", "GET", "/api/v1/users?limit=0", nil, 422, `"parameter":"limit"`},
		{"unknown parameter", "GET", "/api/v1/users?order=name", nil, 422, `"parameter":"order"`},
		{"unknown sort", "GET", "/api/v1/users?sort=age", nil, 422, `"parameter":"sort"`},
		{"parameter twice", "GET", "/api/v1/users?limit=1&limit=2", nil, 422, `"parameter":"limit"`},
		{"unknown status", "GET", "/api/v1/users?status=great", nil, 422, `"parameter":"status"`},
		{"NUL in a parameter", "GET", "/api/v1/users?q=a%00", nil, 422, `"parameter":"q"`},
		{"no text in a parameter", "GET", "/api/v1/users?q=%ff", nil, 422, `"parameter":"q"`},
		{"period upside down", "GET", "/api/v1/sessions?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", nil, 422, `"parameter":"to"`},
		{"no time", "GET", "/api/v1/sessions?from=yesterday", nil, 422, `"parameter":"from"`},
		{"no id", "GET", "/api/v1/users/42", nil, 404, "no such user"},
		{"no charger", "POST", "/api/v1/decisions", map[string]any{"card": "04A2B3C4D5E680", "charger": "nope"}, 422, `"pointer":"#/charger"`},
		{"no EVSE of it", "POST", "/api/v1/decisions", map[string]any{"card": "04A2B3C4D5E680", "charger": r.a.identity, "evse": 9}, 422, `"pointer":"#/evse"`},
		{"wrong step", "POST", "/api/v1/cards/" + string(r.a.card) + "/unblock", nil, 409, "problem-conflict"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := *r
			r.t = t
			a := r.do(r.a.key, tc.method, tc.path, tc.body).want(tc.status).has(tc.want)
			p := a.json()
			for _, name := range []string{"type", "title", "detail"} {
				if text, _ := p[name].(string); text == "" {
					t.Errorf("the problem has no %s: %s", name, a.text)
				}
			}
			if p["status"] != float64(tc.status) || !strings.HasPrefix(p["type"].(string), public+"/api/docs#problem-") {
				t.Errorf("the problem is %s", a.text)
			}
		})
	}
	r.do(r.a.key, "POST", prefix+"/users", `{}`, "Content-Type", "text/plain").want(http.StatusUnsupportedMediaType)
	if allow := r.do(r.a.key, "PUT", prefix+"/users", nil).header.Get("Allow"); allow != "GET, HEAD, POST" {
		t.Errorf("Allow is %q", allow)
	}
}

func TestPagesHoldEveryUserOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		r.update(func(tx *db.Tx) error {
			_, err := person.Load(tx, func(yield func(*person.Person) bool) {
				for i := range 120 {
					if !yield(&person.Person{Workspace: r.a.ws, ExternalID: fmt.Sprintf("N%03d", i), LastName: "Same", Status: person.Active}) {
						return
					}
				}
			})
			return err
		})
		path, seen := prefix+"/users?status=active&limit=17", []string{}
		for path != "" {
			a := r.do(r.a.key, "GET", path, nil).want(http.StatusOK)
			v := a.json()
			for _, u := range v["items"].([]any) {
				seen = append(seen, u.(map[string]any)["id"].(string))
			}
			link := a.header.Get("Link")
			if (link == "") != (v["next_cursor"] == nil) {
				t.Fatalf("Link is %q, next_cursor %v", link, v["next_cursor"])
			}
			next, ok := strings.CutSuffix(link, `>; rel="next"`)
			if path = ""; ok {
				if path, ok = strings.CutPrefix(next, "<"+public); !ok {
					t.Fatalf("Link %q is not at the public address", link)
				}
			}
		}
		if n := len(seen); n != 121 || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != n {
			t.Errorf("the pages hold %d users, want 121 different ones", n)
		}
	})
}

func TestTheListOfUsersCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		a := r.do(r.a.key, "GET", prefix+"/users?limit=1&sort=-created", nil).want(http.StatusOK).has(`"total":5`, `"active":1`, `"imported":2`, `"to-be-approved":2`, `"invited":0`, `"at_least":false`)
		link := strings.TrimSuffix(strings.TrimPrefix(a.header.Get("Link"), "<"+public), `>; rel="next"`)
		if !strings.Contains(link, "sort=-created") {
			t.Errorf("the link forgets the sort: %s", link)
		}
		next := r.do(r.a.key, "GET", link, nil).want(http.StatusOK).has(`"total":5`)
		if next.text == a.text {
			t.Error("the second page is the first one")
		}
		r.do(r.a.key, "GET", strings.Replace(link, "sort=-created", "sort=created", 1), nil).want(http.StatusUnprocessableEntity).has(`"parameter":"cursor"`)
		r.do(r.a.key, "GET", prefix+"/users?status=enabled", nil).want(http.StatusOK).has(`"total":1`, `"imported":2`)
		r.do(r.a.key, "GET", prefix+"/users?external_id=Alder-E1", nil).want(http.StatusOK).has(`"total":1`, `"active":1`, `"imported":0`)
		first := func(path string) string {
			return r.do(r.a.key, "GET", prefix+path, nil).want(http.StatusOK).json()["items"].([]any)[0].(map[string]any)["id"].(string)
		}
		if first("/users?sort=created") != string(r.a.user) || first("/users?sort=-created") != string(r.a.waiting[1]) {
			t.Error("the users are not sorted by when they were added")
		}
		masked := r.key(access.All &^ access.PersonalData)
		for _, sort := range []string{"name", "-name"} {
			r.do(masked, "GET", prefix+"/users?sort="+sort, nil).want(http.StatusUnprocessableEntity).has(`"parameter":"sort"`, "personal-data")
		}
	})
}

func TestCursorsAreSealed(t *testing.T) {
	r := serve(t, dbtest.Open(t, dbtest.SQLite(t)))
	next := r.do(r.a.key, "GET", prefix+"/users?limit=1", nil).want(http.StatusOK).json()["next_cursor"].(string)
	page := prefix + "/users?limit=1&cursor=" + url.QueryEscape(next)
	r.do(r.a.key, "GET", page, nil).want(http.StatusOK)
	r.do(r.b.key, "GET", page, nil).want(http.StatusUnprocessableEntity).has(`"parameter":"cursor"`)
	r.do(r.a.key, "GET", page+"&status=active", nil).want(http.StatusUnprocessableEntity)
	r.do(r.a.key, "GET", prefix+"/cards?limit=1&cursor="+next, nil).want(http.StatusUnprocessableEntity)
	for i := range next { // every character counts
		for _, c := range []byte{'A', 'z', '_'} {
			if forged := next[:i] + string(c) + next[i+1:]; forged != next {
				r.do(r.a.key, "GET", prefix+"/users?limit=1&cursor="+forged, nil).want(http.StatusUnprocessableEntity)
			}
		}
	}
}

func TestETags(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		user := prefix + "/users/" + string(r.a.user)
		read := r.do(r.a.key, "GET", user, nil).want(http.StatusOK)
		tag := read.header.Get("ETag")
		if a := r.do(r.a.key, "GET", user, nil, "If-None-Match", tag).want(http.StatusNotModified); a.text != "" || a.header.Get("ETag") != tag {
			t.Errorf("304 has the body %q and the tag %q", a.text, a.header.Get("ETag"))
		}
		changed := r.do(r.a.key, "PATCH", user, map[string]any{"cost_center": "One", "info_2": "Hall"}, "If-Match", tag).want(http.StatusOK).has(`"cost_center":"One"`, `"info_2":"Hall"`, "Alderanna")
		if changed.header.Get("ETag") == tag {
			t.Error("the tag did not change with the user")
		}
		r.do(r.a.key, "PATCH", user, map[string]any{"cost_center": "Two"}, "If-Match", tag).want(http.StatusPreconditionFailed).has("problem-changed")
		r.do(r.a.key, "GET", user, nil, "If-None-Match", tag).want(http.StatusOK).has(`"cost_center":"One"`)
		r.do(r.a.key, "PATCH", user, map[string]any{"cost_center": "Two"}, "If-Match", changed.header.Get("ETag")).want(http.StatusOK)
		r.do(r.a.key, "PATCH", user, map[string]any{"external_id": ""}).want(http.StatusOK).has(`"external_id":null`)
		for _, path := range []string{"/users", "/cards", "/groups", "/locations", "/chargers", "/decisions", "/cards/" + string(r.a.card), "/chargers/" + string(r.a.charger), "/sessions/" + string(r.a.session)} {
			tag := r.do(r.a.key, "GET", prefix+path, nil).want(http.StatusOK).header.Get("ETag")
			r.do(r.a.key, "GET", prefix+path, nil, "If-None-Match", `"other", W/`+tag).want(http.StatusNotModified)
		}
		r.do(r.a.key, "PATCH", user, map[string]any{"external_id": "Alder-E9"}).want(http.StatusOK)
		r.do(r.a.key, "PATCH", prefix+"/users/"+string(r.a.imported), map[string]any{"external_id": "Alder-E9"}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/external_id"`)
	})
}

func TestFilters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		for _, tc := range []struct {
			path string
			want int
		}{
			{"/users", 5},
			{"/users?status=imported", 2},
			{"/users?status=enabled", 1},
			{"/users?status=disabled", 0},
			{"/users?status=to-be-approved", 2},
			{"/users?group=none", 4},
			{"/users?group=none&status=active", 0},
			{"/users?cost_center=Alder+sales", 1},
			{"/users?cost_center=Other", 0},
			{"/users?external_id=Alder-E2&group=none", 1},
			{"/users?external_id=Alder-E1&group=none", 0},
			{"/users?sort=-name", 5},
			{"/users?sort=charged", 5},
			{"/users?never_charged=true&status=active", 1},
			{"/users?never_charged=false", 5},
			{"/users?card_missing=true", 4},
			{"/users?card_missing=true&status=active", 0},
			{"/users?location=" + string(r.a.location) + "&status=active", 1},
			{"/users?location=" + string(r.b.location), 0},
			{"/users?location=nowhere", 0},
			{"/users?q=ALDER+1", 1},
			{"/users?q=alder-e2", 1},
			{"/users?group=" + string(r.a.group), 1},
			{"/users?q=aldernell", 1},
			{"/users?external_id=Alder-E1", 1},
			{"/users?external_id=Alder-E1&status=active", 1},
			{"/users?external_id=Alder-E1&status=invited", 0},
			{"/users?external_id=Alder-E1&group=" + string(r.a.group), 1},
			{"/users?external_id=Alder-E1&group=" + string(r.a.user), 0},
			{"/users?external_id=Alder", 0},
			{"/cards?assigned=no", 0},
			{"/cards?assigned=yes&kind=rfid&state=active", 1},
			{"/cards?q=04:a2:b3:c4:d5:e6:80", 1},
			{"/chargers?state=offline", 1},
			{"/chargers?state=charging", 0},
			{"/locations?q=aldertown", 1},
			{"/locations?q=nowhere", 0},
			{"/sessions?from=2020-01-01T00:00:00Z&running=true", 1},
			{"/sessions?to=2020-01-01T00:00:00Z", 0},
			{"/sessions?user=" + string(r.a.imported), 0},
			{"/decisions?allowed=true&reason=allowed", 1},
			{"/decisions?allowed=false", 0},
		} {
			a := r.do(r.a.key, "GET", prefix+tc.path, nil).want(http.StatusOK)
			if n := len(a.json()["items"].([]any)); n != tc.want {
				t.Errorf("%s found %d, want %d: %s", tc.path, n, tc.want, a.text)
			}
		}
		for _, more := range []string{"q=x", "cost_center=x", "never_charged=true", "card_missing=true", "location=x"} {
			r.do(r.a.key, "GET", prefix+"/users?external_id=Alder-E1&"+more, nil).want(http.StatusUnprocessableEntity).has(`"parameter":"external_id"`)
		}
	})
}

// TestAUsersWay goes through the statuses and cards as a program would.
func TestAUsersWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		made := r.do(r.a.key, "POST", prefix+"/users", map[string]any{"email": "Carl@Example.com", "first_name": "Carl", "external_id": "C1"}).want(http.StatusCreated).has(`"status":"imported"`, "Carl@example.com"[1:])
		place := strings.TrimPrefix(made.header.Get("Location"), public)
		r.do(r.a.key, "GET", place, nil).want(http.StatusOK).has(`"name":"Carl"`)
		r.do(r.a.key, "POST", prefix+"/users", map[string]any{"email": "carl@example.com"}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/email"`)
		carl := made.json()["id"].(string)
		r.do(r.a.key, "POST", prefix+"/users/invite", map[string]any{"user_ids": []string{carl, string(r.a.user), "nobody"}}).want(http.StatusOK).
			lacks("/i/", "token").has(`"user_id":"` + carl + `","invited":true`)
		r.do(r.a.key, "GET", place, nil).want(http.StatusOK).has(`"status":"invited"`).lacks("/i/", "token")

		user := prefix + "/users/" + string(r.a.user)
		r.do(r.a.key, "POST", user+"/deactivate", map[string]any{"reason": ""}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/reason"`)
		r.do(r.a.key, "POST", user+"/deactivate", map[string]any{"reason": "Left"}).want(http.StatusOK).has(`"status":"deactivated"`, `"status_reason":"Left"`)
		r.do(r.a.key, "POST", user+"/deactivate", map[string]any{"reason": "Left"}).want(http.StatusConflict)
		r.do(r.a.key, "POST", user+"/reactivate", nil).want(http.StatusOK).has(`"status":"active"`)

		r.do(r.a.key, "POST", prefix+"/decisions", map[string]any{"card": r.a.uid, "evse_id": r.a.evse}).want(http.StatusOK).
			has(`"allowed":true`, `"reason":"allowed"`, "Alderanna", `"sentence":"The card may charge here."`)
		r.do(r.key(access.SessionsRead), "POST", prefix+"/decisions", map[string]any{"card": r.a.uid}).want(http.StatusOK).lacks("Alderanna")
		r.do(r.a.key, "POST", prefix+"/decisions", map[string]any{"card": "04 00 00 00 00 00 01"}).want(http.StatusOK).has(`"allowed":false`, "unknown-card")

		c := r.do(r.a.key, "POST", prefix+"/cards", map[string]any{"number": "04:11:22:33:44:55:66", "user_id": carl}).want(http.StatusCreated).has(`"uid":"04112233445566"`)
		place = strings.TrimPrefix(c.header.Get("Location"), public)
		r.do(r.a.key, "POST", prefix+"/cards", map[string]any{"number": "04112233445566", "user_id": carl}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/number"`)
		r.do(r.a.key, "POST", place+"/block", nil).want(http.StatusOK).has(`"state":"blocked"`)
		r.do(r.a.key, "POST", place+"/unblock", map[string]any{"reason": "Found"}).want(http.StatusOK).has(`"state":"active"`)
		r.do(r.a.key, "POST", place+"/suspend", nil).want(http.StatusOK).has(`"state":"suspended"`)
		r.do(r.a.key, "POST", place+"/unblock", nil).want(http.StatusOK).has(`"state":"active"`)
		tag := r.do(r.a.key, "GET", place, nil).header.Get("ETag")
		r.do(r.a.key, "PATCH", place, map[string]any{"printed": "N 1", "valid_to": "2030-01-01T00:00:00Z"}, "If-Match", tag).want(http.StatusOK).has(`"printed":"N 1"`, `"valid_to":"2030-01-01T00:00:00Z"`)
		r.do(r.a.key, "PATCH", place, map[string]any{"valid_to": ""}, "If-Match", tag).want(http.StatusPreconditionFailed)
		r.do(r.a.key, "PATCH", place, map[string]any{"valid_to": "soon"}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/valid_to"`)
		r.do(r.a.key, "PATCH", place, map[string]any{"valid_to": "", "business": true}).want(http.StatusOK).has(`"valid_to":null`, `"business":true`, `"printed":"N 1"`)
		r.do(r.a.key, "DELETE", place, nil).want(http.StatusOK).has(`"state":"deactivated"`)
		r.do(r.a.key, "PATCH", place, map[string]any{"business": false}).want(http.StatusConflict)
		r.do(r.a.key, "DELETE", place, nil).want(http.StatusConflict)
		r.do(r.a.key, "GET", prefix+"/sessions?running=true", nil).want(http.StatusOK).has(string(r.a.session))
		r.do(r.a.key, "GET", prefix+"/sessions?running=false", nil).want(http.StatusOK).lacks(string(r.a.session))
	})
}
