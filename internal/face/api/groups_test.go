package api

import (
	"net/http"
	"strings"
	"testing"

	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestGroupsAndTheirRules(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		made := r.do(r.a.key, "POST", prefix+"/groups", map[string]any{"name": "  Night   shift "}, "Idempotency-Key", "g").want(http.StatusCreated).has(`"name":"Night shift"`, `"rank":3`)
		r.do(r.a.key, "POST", prefix+"/groups", map[string]any{"name": "night shift"}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/name"`)
		place := strings.TrimPrefix(made.header.Get("Location"), public)
		night, tag := made.json()["id"].(string), made.header.Get("ETag")
		r.do(r.a.key, "PATCH", place, map[string]any{"description": "By night"}, "If-Match", tag).want(http.StatusOK).has("By night", "Night shift")
		r.do(r.a.key, "PATCH", place, map[string]any{"name": "Day shift"}, "If-Match", tag).want(http.StatusPreconditionFailed)
		r.do(r.a.key, "PATCH", place, map[string]any{"name": "Alder group"}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/name"`)
		r.do(r.a.key, "PATCH", place, map[string]any{"name": "X", "default": true}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/default"`)
		r.do(r.a.key, "PATCH", place, map[string]any{"default": true}).want(http.StatusOK).has(`"default":true`)
		r.do(r.a.key, "PATCH", place, map[string]any{"default": false}).want(http.StatusOK).has(`"default":false`)

		order := prefix + "/groups/order"
		r.do(r.a.key, "PUT", order, map[string]any{"group_ids": []string{night, string(r.a.other)}}).want(http.StatusUnprocessableEntity).has("all 3 groups")
		r.do(r.a.key, "PUT", order, map[string]any{"group_ids": []string{night, string(r.a.other), string(r.b.group)}}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/group_ids/2"`)
		r.do(r.a.key, "GET", place, nil).want(http.StatusOK).has(`"rank":3`) // all or nothing
		list := r.do(r.a.key, "PUT", order, map[string]any{"group_ids": []string{night, string(r.a.other), string(r.a.group)}}).want(http.StatusOK).json()["groups"].([]any)
		for i, want := range []string{night, string(r.a.other), string(r.a.group)} {
			if g := list[i].(map[string]any); g["id"] != want || g["rank"] != float64(i+1) {
				t.Errorf("place %d has %v", i, g)
			}
		}

		rules := place + "/rules"
		for _, bad := range []struct {
			body map[string]any
			want string
		}{
			{map[string]any{}, `"pointer":"#/location_id"`},
			{map[string]any{"everywhere": true, "location_id": string(r.a.location)}, `"pointer":"#/location_id"`},
			{map[string]any{"location_id": string(r.b.location)}, `"pointer":"#/location_id"`},
			{map[string]any{"charger_id": string(r.b.charger)}, `"pointer":"#/charger_id"`},
			{map[string]any{"everywhere": true, "days": []string{"someday"}}, `#/days`},
			{map[string]any{"everywhere": true, "from_time": "25:00"}, `"pointer":"#/from_time"`},
			{map[string]any{"everywhere": true, "to_time": "noon"}, `"pointer":"#/to_time"`},
			{map[string]any{"everywhere": true, "from_time": "07:00", "time_zone": "Mars/Base"}, `"pointer":"#/time_zone"`},
			{map[string]any{"everywhere": true, "from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, `"pointer":"#/until"`},
		} {
			r.do(r.a.key, "POST", rules, bad.body).want(http.StatusUnprocessableEntity).has(bad.want).lacks("Zebra")
		}
		rule := r.do(r.a.key, "POST", rules, map[string]any{"location_id": string(r.a.location), "days": []string{"sun", "sat"}, "from_time": "22:00", "to_time": "6:00"}).want(http.StatusCreated).
			has(`"place":"Alder harbour"`, `"days":["sat","sun"]`, `"from_time":"22:00"`, `"to_time":"06:00"`, `"time_zone":"Europe/Berlin"`)
		at, tag := strings.TrimPrefix(rule.header.Get("Location"), public), rule.header.Get("ETag")
		r.do(r.a.key, "PATCH", at, map[string]any{"until": "2030-01-01T00:00:00Z"}, "If-Match", tag).want(http.StatusOK).has(`"until":"2030-01-01T00:00:00Z"`, `"from_time":"22:00"`)
		r.do(r.a.key, "PATCH", at, map[string]any{"until": ""}, "If-Match", tag).want(http.StatusPreconditionFailed)
		r.do(r.a.key, "PATCH", at, map[string]any{"until": "soon"}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/until"`)
		r.do(r.a.key, "PATCH", at, map[string]any{"until": "", "days": []string{}, "from_time": "", "to_time": ""}).want(http.StatusOK).has(`"until":null`, `"days":[]`, `"from_time":null`, `"time_zone":null`)
		r.do(r.a.key, "POST", rules, map[string]any{"charger_id": string(r.a.charger)}).want(http.StatusCreated).has(`"place":"Alder charger"`)
		r.do(r.a.key, "GET", rules, nil).want(http.StatusOK).has("Alder harbour", "Alder charger")
		r.do(r.a.key, "GET", place, nil).want(http.StatusOK).has("Alder harbour", "Alder charger")
		r.do(r.a.key, "DELETE", at, nil).want(http.StatusNoContent)
		r.do(r.a.key, "GET", at, nil).want(http.StatusNotFound)
		r.do(r.a.key, "DELETE", place+"?heir="+night, nil).want(http.StatusUnprocessableEntity).has(`"parameter":"heir"`)
		r.do(r.a.key, "DELETE", place+"?heir="+string(r.b.group), nil).want(http.StatusUnprocessableEntity).has(`"parameter":"heir"`).lacks("Zebra")
		r.do(r.a.key, "DELETE", place, nil).want(http.StatusNoContent)
		r.do(r.a.key, "GET", place, nil).want(http.StatusNotFound)
	})
}

// TestWhatTakesSomethingIsConfirmed takes a place away from somebody: it is said
// first, and done when it was seen.
func TestWhatTakesSomethingIsConfirmed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		r.mode(workspace.ByGroup)
		rule := prefix + "/rules/" + string(r.a.rule)
		said := r.do(r.a.key, "PATCH", rule, map[string]any{"days": []string{"mon"}}).want(http.StatusConflict).has(`"lose":1`, "Alder harbour", string(r.a.user))
		confirm, _ := said.json()["confirm"].(string)
		if confirm == "" {
			t.Fatalf("nothing to confirm with: %s", said.text)
		}
		r.do(r.a.key, "GET", rule, nil).want(http.StatusOK).has(`"days":[]`)
		r.do(r.a.key, "PATCH", rule, map[string]any{"days": []string{"mon"}, "confirm": "9.9.9.9"}).want(http.StatusConflict).has("changed while you looked")
		r.do(r.a.key, "PATCH", rule, map[string]any{"days": []string{"mon"}, "confirm": confirm}).want(http.StatusOK).has(`"days":["mon"]`)
		said = r.do(r.a.key, "DELETE", rule, nil).want(http.StatusConflict).has(`"lose":1`)
		r.do(r.a.key, "DELETE", rule+"?confirm="+said.json()["confirm"].(string), nil).want(http.StatusNoContent)
		group := prefix + "/groups/" + string(r.a.group)
		r.do(r.a.key, "DELETE", group, nil).want(http.StatusUnprocessableEntity).has(`"parameter":"heir"`)
		r.do(r.a.key, "DELETE", group+"?heir="+string(r.a.other), nil).want(http.StatusNoContent)
		r.do(r.a.key, "GET", prefix+"/users/"+string(r.a.user), nil).want(http.StatusOK).has("Alder spare group")
	})
}
