package driver_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"involt/internal/core/person"
	"involt/internal/face/ui"
	"involt/internal/kit/db"
	"involt/internal/testkit/browser"
	"involt/internal/testkit/dbtest"
)

func TestTheAppInABrowser(t *testing.T) {
	k := open(t, dbtest.Open(t, dbtest.SQLite(t)))
	k.furnish(k.north, k.lena, "Harbour garage", "04A1B2C3D4E5F6", 4)
	k.furnish(k.north, k.other, "Depot", "04FFFFFF", 2)
	mux := http.NewServeMux()
	mux.Handle("/static/", ui.Static())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("X-Who", "lena@example.com")
		k.handler.ServeHTTP(w, r)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	b := browser.New(t)
	for _, dark := range []bool{false, true} {
		b.Dark(dark)
		b.Viewport(390, 844)
		b.Open(srv.URL + "/my?w=northgrid")
		b.WaitText("04A1 B2C3 D4E5 F6")
		b.Axe()
		var wide bool
		if b.Eval("document.documentElement.scrollWidth > innerWidth", &wide); wide {
			t.Error("the page is wider than the phone")
		}
		b.Click("Sessions")
		b.WaitText("10.4 kWh")
		b.Axe()
		b.Viewport(1440, 900)
		b.Open(srv.URL + "/my?w=southgrid")
		b.WaitText("Nowhere yet")
		b.Axe()
	}
	k.update(func(tx *db.Tx) error {
		if err := k.lena.Become(person.Deactivated, tx.Now); err != nil {
			return err
		}
		return person.Save(tx, &k.lena)
	})
	b.Open(srv.URL + "/my?w=northgrid")
	b.WaitText("You cannot charge here at the moment")
	b.Axe()
}
