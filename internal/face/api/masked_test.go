package api

import (
	"net/http"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
)

// planted are words that stand in the town's personal data and nowhere else.
var planted = []string{"qplant", "0917331", "QX PL 991", "QXPL991"}

// plant puts one of planted into everything personal that there is.
func (r *rig) plant() {
	r.t.Helper()
	r.update(func(tx *db.Tx) error {
		p, err := person.ByID(tx, r.a.ws, r.a.user)
		if err != nil {
			return err
		}
		p.FirstName, p.LastName, p.Email, p.Phone = "Qplantfirst", "Qplantlast", "qplantmail@qplanthost.example", "+49 555 0917331"
		p.Info1, p.Info2, p.StatusReason = "Qplantinfo1", "Qplantinfo2", "Qplantreason"
		if err := person.Save(tx, &p); err != nil {
			return err
		}
		v := vehicle.Vehicle{Workspace: r.a.ws, Person: r.a.user, Plate: "QX PL 991", Country: "DE", Make: "Make", Model: "Model"}
		if err := vehicle.Insert(tx, &v); err != nil {
			return err
		}
		by := access.System(r.a.ws, "test")
		return journal.Record(tx, by, "person.updated", journal.About("person", p.ID), map[string]any{"last_name": []string{"Qplantold", "Qplantlast"}, "phone": []string{"", p.Phone}})
	})
}

// A key without personal data reads none, whatever it asks; and what it cannot
// read it cannot find either.
func TestMaskedKeysSeeNothingPersonal(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		r.plant()
		masked := r.key(access.All &^ access.PersonalData)
		ask, seen := requests(&r.a), 0
		for _, op := range Operations() {
			if op.Method != http.MethodGet {
				continue
			}
			for _, q := range ask[op.ID] {
				clear := r.do(r.a.key, op.Method, q.path, nil).want(op.Status)
				for _, word := range planted {
					if strings.Contains(strings.ToLower(clear.text), strings.ToLower(word)) {
						seen++
						break
					}
				}
				status := op.Status
				if op.Perm&access.PersonalData != 0 {
					status = http.StatusForbidden
				}
				nothingPersonal(t, r.do(masked, op.Method, q.path, nil).want(status))
			}
		}
		if seen < 4 {
			t.Errorf("only %d answers hold anything personal in the clear: the test looks at the wrong data", seen)
		}
		for _, path := range []string{"/users", "/cards", "/sessions"} {
			for _, q := range []string{"qplantlast", "Qplantfirst", "qplantmail@qplanthost.example", "0917331", "QX%20PL%20991", "QXPL991"} {
				a := r.do(masked, http.MethodGet, prefix+path+"?q="+q, nil).want(http.StatusOK)
				nothingPersonal(t, a)
				if list, ok := a.json()["items"].([]any); !ok || len(list) != 0 {
					t.Errorf("%s finds somebody: %s", a.what, a.text)
				}
			}
		}
		// Refusals do not say it either.
		for _, q := range []struct {
			method, path string
			body         any
		}{
			{http.MethodPost, "/users", map[string]any{"email": "qplantmail@qplanthost.example"}},
			{http.MethodPatch, "/users/" + string(r.a.user), map[string]any{"external_id": r.a.mark + "-E1", "info_1": "x"}},
			{http.MethodPost, "/users/" + string(r.a.user) + "/reactivate", nil},
			{http.MethodPost, "/users/invite", map[string]any{"user_ids": []string{string(r.a.user)}}},
			{http.MethodPost, "/cards", map[string]any{"number": r.a.uid, "user_id": string(r.a.imported)}},
			{http.MethodPost, "/users/" + string(r.a.user) + "/deactivate", map[string]any{"reason": ""}},
		} {
			nothingPersonal(t, r.do(masked, q.method, prefix+q.path, q.body))
		}
	})
}

func nothingPersonal(t *testing.T, a reply) {
	t.Helper()
	text := a.text
	for name, values := range a.header {
		text += "\n" + name + ": " + strings.Join(values, ", ")
	}
	for _, word := range planted {
		if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
			t.Errorf("%s (%d) shows %q: %s", a.what, a.status, word, a.text)
		}
	}
}
