package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/journal"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

func TestDeletedUsersComeBackForAWhile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		user := prefix + "/users/" + string(r.a.user)
		tag := r.do(r.a.key, "GET", user, nil).want(http.StatusOK).header.Get("ETag")
		r.do(r.a.key, "PATCH", user, map[string]any{"cost_center": "One"}).want(http.StatusOK)
		r.do(r.a.key, "DELETE", user, nil, "If-Match", tag).want(http.StatusPreconditionFailed)
		if a := r.do(r.a.key, "DELETE", user, nil).want(http.StatusNoContent); a.text != "" {
			t.Errorf("an empty answer holds %q", a.text)
		}
		for _, path := range []string{"", "/departure", "/vehicles", "/merge?gone=" + string(r.a.spare)} {
			r.do(r.a.key, "GET", user+path, nil).want(http.StatusNotFound)
		}
		r.do(r.a.key, "GET", prefix+"/vehicles/"+string(r.a.vehicle), nil).want(http.StatusNotFound)
		r.do(r.a.key, "PATCH", prefix+"/vehicles/"+string(r.a.vehicle), map[string]any{"model": "X"}).want(http.StatusNotFound)
		r.do(r.a.key, "GET", prefix+"/users", nil).want(http.StatusOK).lacks(string(r.a.user), "Alderberg\"").has(`"total":4`)
		r.do(r.a.key, "DELETE", user, nil).want(http.StatusNotFound)
		again := r.do(r.a.key, "POST", user+"/restore", nil, "Idempotency-Key", "r1").want(http.StatusOK).has(`"status":"active"`, "Alderberg", `"cost_center":"One"`)
		r.do(r.a.key, "POST", user+"/restore", nil, "Idempotency-Key", "r1").want(http.StatusOK).has(again.json()["id"].(string))
		r.do(r.a.key, "POST", user+"/restore", nil).want(http.StatusGone)
	})
}

func TestApplicantsAreAnswered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		first, second := prefix+"/users/"+string(r.a.waiting[0]), prefix+"/users/"+string(r.a.waiting[1])
		r.do(r.a.key, "POST", first+"/approve", map[string]any{"message": strings.Repeat("x", 2001)}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/message"`)
		r.do(r.a.key, "POST", first+"/approve", map[string]any{"message": "Welcome"}).want(http.StatusOK).lacks(`"status":"to-be-approved"`)
		r.do(r.a.key, "POST", first+"/decline", nil).want(http.StatusConflict)
		r.do(r.a.key, "POST", second+"/decline", map[string]any{"message": "No"}).want(http.StatusOK).has(`"status":"declined"`)
		masked := r.key(access.All &^ access.PersonalData)
		r.do(masked, "POST", second+"/approve", nil).want(http.StatusConflict).lacks("Alder")
	})
}

func TestGroupsOfAUser(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		groups := prefix + "/users/" + string(r.a.user) + "/groups/"
		before := r.count(r.a.ws)
		for range 2 { // a PUT may be repeated
			r.do(r.a.key, "PUT", groups+string(r.a.other), nil).want(http.StatusOK).has("Alder group", "Alder spare group")
		}
		for range 2 {
			r.do(r.a.key, "DELETE", groups+string(r.a.other), nil).want(http.StatusOK).lacks("Alder spare group")
		}
		if n := r.count(r.a.ws) - before; n != 2 {
			t.Errorf("the journal grew by %d entries, want 2", n)
		}
		r.do(r.a.key, "PUT", groups+string(r.b.other), nil).want(http.StatusNotFound).lacks("Zebra")
		r.do(r.a.key, "PUT", groups+"nothing", nil).want(http.StatusNotFound)
		r.mode(workspace.ByGroup)
		r.do(r.a.key, "DELETE", groups+string(r.a.group), nil).want(http.StatusConflict).has("only group")
		r.do(r.key(access.All&^access.PersonalData), "DELETE", groups+string(r.a.group), nil).want(http.StatusConflict).lacks("Alderanna")
	})
}

// mode sets the access mode of the first workspace.
func (r *rig) mode(to workspace.Mode) {
	r.t.Helper()
	r.update(func(tx *db.Tx) error {
		w, err := workspace.ByID(tx, r.a.ws)
		if err != nil {
			return err
		}
		w.AccessMode = to
		if err := workspace.Save(tx, &w); err != nil {
			return err
		}
		return journal.Record(tx, access.System(r.a.ws, "test"), "settings.changed", journal.About("workspace", r.a.ws), nil)
	})
}

func TestADepartureIsPlannedAndCancelled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		user := prefix + "/users/" + string(r.a.user)
		at := time.Now().Add(72 * time.Hour).UTC().Truncate(time.Second)
		r.do(r.a.key, "PUT", user+"/departure", map[string]any{"at": at.Add(-100 * time.Hour), "reason": "Gone"}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/at"`)
		r.do(r.a.key, "PUT", user+"/departure", map[string]any{"at": at, "reason": " "}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/reason"`)
		r.do(r.a.key, "PUT", user+"/departure", map[string]any{"at": at, "reason": "Contract ends"}).want(http.StatusOK).has("Contract ends", "Alder group", r.a.uid, `"done_at":null`)
		r.do(r.a.key, "GET", user, nil).want(http.StatusOK).has(`"leaves_at":"` + at.Format(time.RFC3339))
		r.do(r.key(access.PeopleRead), "GET", user+"/departure", nil).want(http.StatusOK).lacks("Contract").has(`"reason":null`)
		r.do(r.a.key, "DELETE", user+"/departure", nil).want(http.StatusNoContent)
		r.do(r.a.key, "GET", user+"/departure", nil).want(http.StatusNotFound)
		r.do(r.a.key, "DELETE", user+"/departure", nil).want(http.StatusConflict)
		r.do(r.a.key, "GET", user, nil).want(http.StatusOK).has(`"leaves_at":null`)
	})
}

func TestTwoRecordsBecomeOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		user := prefix + "/users/" + string(r.a.user)
		preview := r.do(r.a.key, "GET", user+"/merge?gone="+string(r.a.spare), nil).want(http.StatusOK).has(`"name":"phone"`, "+49 30 Alder", "+49 31 Alder", `"stays":"keep"`)
		for _, bad := range []struct {
			body map[string]any
			want string
		}{
			{map[string]any{"gone": string(r.a.user)}, `"pointer":"#/gone"`},
			{map[string]any{"gone": string(r.b.user)}, `"pointer":"#/gone"`},
			{map[string]any{"gone": "nobody"}, `"pointer":"#/gone"`},
			{map[string]any{"gone": string(r.a.spare), "choices": map[string]string{"age": "keep"}}, `"pointer":"#/choices/age"`},
			{map[string]any{"gone": string(r.a.spare), "choices": map[string]string{"phone": "mine"}}, `"pointer":"#/choices/phone"`},
		} {
			r.do(r.a.key, "POST", user+"/merge", bad.body).want(http.StatusUnprocessableEntity).has(bad.want).lacks("Zebra")
		}
		r.do(r.a.key, "GET", user+"/merge?gone="+string(r.b.spare), nil).want(http.StatusUnprocessableEntity).has(`"parameter":"gone"`)
		r.do(r.a.key, "GET", user+"/merge", nil).want(http.StatusUnprocessableEntity).has("gone")
		r.do(r.a.key, "POST", user+"/merge", `{"gone":"`+string(r.a.spare)+`","choices":{"phone":"gone","phone":"keep"}}`).want(http.StatusUnprocessableEntity).has("twice")
		r.do(r.a.key, "POST", user+"/merge", map[string]any{"gone": string(r.a.spare)}, "If-Match", `"99.x"`).want(http.StatusPreconditionFailed)
		body := map[string]any{"gone": string(r.a.spare), "choices": map[string]string{"phone": "gone"}}
		for range 2 {
			r.do(r.a.key, "POST", user+"/merge", body, "If-Match", preview.header.Get("ETag"), "Idempotency-Key", "m1").want(http.StatusOK).has(`"phone":"+49 31 Alder"`, "Alder-E1")
		}
		r.do(r.a.key, "GET", prefix+"/users/"+string(r.a.spare), nil).want(http.StatusNotFound)
		r.do(r.key(access.PeopleWrite|access.PersonalData), "POST", user+"/merge", body).want(http.StatusForbidden).has("cards:write")
	})
}

func TestVehicles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		mine := prefix + "/users/" + string(r.a.user) + "/vehicles"
		for _, bad := range []struct {
			body map[string]any
			want string
		}{
			{map[string]any{}, `"pointer":"#/plate"`},
			{map[string]any{"plate": "B-EV 1"}, `"pointer":"#/country"`},
			{map[string]any{"plate": "B-EV 1", "country": "XX"}, `"pointer":"#/country"`},
			{map[string]any{"make": "X", "mac": "12"}, `"pointer":"#/mac"`},
			{map[string]any{"make": "X", "battery_wh": 9_000_000}, `"pointer":"#/battery_wh"`},
			{map[string]any{"plate": "alder-1", "country": "de"}, `"pointer":"#/plate"`},
			{map[string]any{"make": "X", "colour": "red"}, `"pointer":"#/colour"`},
		} {
			r.do(r.a.key, "POST", mine, bad.body).want(http.StatusUnprocessableEntity).has(bad.want)
		}
		made := r.do(r.a.key, "POST", mine, map[string]any{"plate": "b-ev 123e", "country": "de", "make": "Renault", "battery_wh": 52000, "mac": "00:7d:fa:01:2b:3c"}).
			want(http.StatusCreated).has(`"plate":"B-EV 123E"`, `"country":"DE"`, `"mac":"007DFA012B3C"`)
		car := strings.TrimPrefix(made.header.Get("Location"), public)
		r.do(r.a.key, "GET", prefix+"/cards?user="+string(r.a.user), nil).want(http.StatusOK).has("VID:007DFA012B3C")
		tag := r.do(r.a.key, "GET", car, nil).want(http.StatusOK).header.Get("ETag")
		r.do(r.a.key, "PATCH", car, map[string]any{"model": "Zoe", "mac": ""}, "If-Match", tag).want(http.StatusOK).has(`"mac":null`, `"model":"Zoe"`, `"battery_wh":52000`)
		r.do(r.a.key, "PATCH", car, map[string]any{"model": "Megane"}, "If-Match", tag).want(http.StatusPreconditionFailed)
		r.do(r.a.key, "DELETE", car, nil, "If-Match", tag).want(http.StatusPreconditionFailed)
		r.do(r.a.key, "GET", mine, nil).want(http.StatusOK).has("Zoe", "Alder motors")
		r.do(r.a.key, "GET", prefix+"/users/"+string(r.a.user), nil).want(http.StatusOK).has("Zoe", "Alder motors")
		next := r.do(r.a.key, "GET", mine+"?limit=1", nil).want(http.StatusOK).header.Get("Link")
		page := strings.TrimSuffix(strings.TrimPrefix(next, "<"+public), `>; rel="next"`)
		r.do(r.a.key, "GET", page, nil).want(http.StatusOK).has("Zoe").lacks("Alder motors")
		r.do(r.a.key, "GET", strings.Replace(page, string(r.a.user), string(r.a.imported), 1), nil).want(http.StatusUnprocessableEntity).has(`"parameter":"cursor"`)

		cardless := r.key(access.PeopleWrite | access.PersonalData)
		r.do(cardless, "POST", mine, map[string]any{"make": "X", "mac": "00:7d:fa:01:2b:3d"}).want(http.StatusForbidden).has("cards:write")
		r.do(cardless, "PATCH", prefix+"/vehicles/"+string(r.a.vehicle), map[string]any{"mac": ""}).want(http.StatusForbidden).has("cards:write")
		r.do(cardless, "DELETE", prefix+"/vehicles/"+string(r.a.vehicle), nil).want(http.StatusForbidden).has("cards:write")
		r.do(cardless, "DELETE", car, nil).want(http.StatusNoContent)
		r.do(r.a.key, "GET", car, nil).want(http.StatusNotFound)
		r.do(r.key(access.PeopleRead), "GET", mine, nil).want(http.StatusOK).has("Alder motors", `"plate":null`, `"mac":null`).lacks("ALDER 1", r.a.mac)
	})
}

func TestAnAddressIsCorrected(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		user := prefix + "/users/" + string(r.a.imported)
		r.do(r.a.key, "POST", prefix+"/users/invite", map[string]any{"user_ids": []string{string(r.a.imported)}}).want(http.StatusOK).has(`"invited":1`)
		r.do(r.a.key, "PATCH", user, map[string]any{"email": "nell"}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/email"`)
		r.do(r.a.key, "PATCH", user, map[string]any{"email": "alder@alder.example"}).want(http.StatusUnprocessableEntity).has(`"pointer":"#/email"`)
		r.do(r.a.key, "PATCH", user, map[string]any{"email": "nell@alder.example", "cost_center": "Two"}).want(http.StatusOK).
			has(`"email":"nell@alder.example"`, `"status":"imported"`, `"cost_center":"Two"`)
		r.do(r.key(access.PeopleWrite), "PATCH", user, map[string]any{"email": "n@alder.example"}).want(http.StatusForbidden).has("personal-data")
	})
}
