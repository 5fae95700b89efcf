package api

import (
	"net/http"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/kit/db"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/sheet"
)

func TestListsAreExportedAsFiles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := serve(t, d)
		for format, kind := range map[string]string{"csv": "text/csv; charset=utf-8", "json": "application/x-ndjson", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"} {
			a := r.do(r.a.key, "GET", prefix+"/exports/cards?format="+format+"&user="+string(r.a.user), nil).want(http.StatusOK)
			if a.header.Get("Content-Type") != kind || !strings.HasPrefix(a.header.Get("Content-Disposition"), `attachment; filename="`) || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %v", format, a.header)
			}
			rows := sheet.Maps(t, []byte(a.text))
			if len(rows) == 0 {
				t.Fatalf("%s: no rows", format)
			}
			for _, row := range rows {
				if row["user_id"] != string(r.a.user) {
					t.Errorf("%s: %v", format, row)
				}
			}
		}
		a := r.do(r.a.key, "GET", prefix+"/exports/sessions?separator=semicolon&decimal=comma&bom=true&columns=session_id,kwh", nil).want(http.StatusOK)
		if !strings.HasPrefix(a.text, "\ufeffsession_id;kwh\r\n") || !strings.Contains(a.text, string(r.a.session)+";") {
			t.Errorf("%q", a.text)
		}
		weak := r.key(access.All &^ access.PersonalData)
		r.do(weak, "GET", prefix+"/exports/users", nil).want(http.StatusOK).lacks("Alderanna", "alderanna")
		r.do(weak, "GET", prefix+"/exports/sessions", nil).want(http.StatusOK).lacks("Alderanna", "alderanna")

		for _, bad := range []string{
			"/exports/users?format=pdf", "/exports/users?columns=secrets", "/exports/users?status=odd", "/exports/users?limit=3", "/exports/sessions?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
			"/exports/activity?from=yesterday",
		} {
			r.do(r.a.key, "GET", prefix+bad, nil).want(http.StatusUnprocessableEntity)
		}
		r.do(r.a.key, "GET", prefix+"/exports/secrets", nil).want(http.StatusNotFound)
	})
}
