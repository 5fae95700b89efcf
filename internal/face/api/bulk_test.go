package api

import (
	"net/http"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestBulkWork(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		for _, bad := range []struct {
			body map[string]any
			want string
		}{
			{map[string]any{"action": "explode", "users": []string{"x"}}, `"pointer":"#/action"`},
			{map[string]any{"action": "reactivate"}, `"pointer":"#/users"`},
			{map[string]any{"action": "reactivate", "users": []string{string(r.a.user)}, "filter": map[string]any{"status": "active"}}, `"pointer":"#/users"`},
			{map[string]any{"action": "delete", "filter": map[string]any{}}, `"pointer":"#/filter"`},
			{map[string]any{"action": "delete", "filter": map[string]any{"colour": "red"}}, `"pointer":"#/filter/colour"`},
			{map[string]any{"action": "delete", "filter": map[string]any{"status": "great"}}, `"pointer":"#/filter/status"`},
			{map[string]any{"action": "delete", "filter": map[string]any{"cost_center": "Nowhere"}}, `"pointer":"#/filter"`},
			{map[string]any{"action": "group-add", "filter": map[string]any{"status": "active"}}, `"pointer":"#/args/group_id"`},
			{map[string]any{"action": "group-add", "filter": map[string]any{"status": "active"}, "args": map[string]any{"group_id": string(r.b.group)}}, `"pointer":"#/args/group_id"`},
			{map[string]any{"action": "deactivate", "filter": map[string]any{"status": "active"}}, `"pointer":"#/args/reason"`},
		} {
			r.do(r.a.key, "POST", prefix+"/bulk", bad.body).want(http.StatusUnprocessableEntity).has(bad.want).lacks("Zebra")
		}
		body := map[string]any{"action": "group-add", "filter": map[string]any{"group": "none"}, "args": map[string]any{"group_id": string(r.a.group)}}
		var place string
		for range 2 { // a repeat starts nothing
			a := r.do(r.a.key, "POST", prefix+"/bulk", body, "Idempotency-Key", "b1").want(http.StatusAccepted).has(`"state":"running"`, `"total":4`)
			if at := a.header.Get("Location"); place != "" && at != place {
				t.Errorf("the repeat is at %s, the first at %s", at, place)
			}
			place = a.header.Get("Location")
		}
		place = strings.TrimPrefix(place, public)
		work := func() {
			t.Helper()
			if err := r.people.GoOn(t.Context(), r.a.ws, id.Bulk(place[strings.LastIndex(place, "/")+1:])); err != nil {
				t.Fatal(err)
			}
		}
		r.do(r.a.key, "POST", place+"/undo", nil).want(http.StatusConflict)
		work()
		r.do(r.a.key, "GET", place, nil).want(http.StatusOK).has(`"state":"done"`, `"done":4`, `"skipped":0`, `"undoable":true`, string(r.a.group), `"will":null`)
		next := r.do(r.a.key, "GET", place+"/outcomes?limit=3", nil).want(http.StatusOK).has("Aldernell").header.Get("Link")
		page := strings.TrimSuffix(strings.TrimPrefix(next, "<"+public), `>; rel="next"`)
		if n := len(r.do(r.a.key, "GET", page, nil).want(http.StatusOK).json()["items"].([]any)); n != 1 {
			t.Errorf("the second page has %d outcomes, want 1", n)
		}
		r.do(r.key(access.PeopleRead), "GET", place+"/outcomes", nil).want(http.StatusOK).lacks("Aldernell", "alder.example")
		r.do(r.a.key, "GET", place+"/outcomes?failed=true", nil).want(http.StatusOK).has(`"items":[]`)
		r.do(r.a.key, "POST", place+"/undo", nil).want(http.StatusAccepted).has(`"state":"undoing"`)
		work()
		r.do(r.a.key, "GET", place, nil).want(http.StatusOK).has(`"state":"undone"`, `"undone":4`, `"undoable":false`)
		r.do(r.a.key, "GET", prefix+"/users?group=none", nil).want(http.StatusOK).has(`"total":4`)

		// What belongs to another workspace is skipped as if it did not exist.
		a := r.do(r.a.key, "POST", prefix+"/bulk", map[string]any{"action": "delete", "users": []string{string(r.b.user), string(r.a.imported)}}).want(http.StatusAccepted)
		place = strings.TrimPrefix(a.header.Get("Location"), public)
		work()
		r.do(r.a.key, "GET", place, nil).want(http.StatusOK).has(`"done":1`, "is not here any more")
		r.do(r.a.key, "GET", place+"/outcomes", nil).want(http.StatusOK).lacks("Zebra").has(`"name":null`)
		r.do(r.b.key, "GET", prefix+"/users/"+string(r.b.user), nil).want(http.StatusOK)
	})
}
