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

// The phone is told only after its reader pressed the button. The push service of
// the browser's maker is far away: what it would answer is put in its place.
func TestThePhoneIsToldAfterTheButton(t *testing.T) {
	k := open(t, dbtest.Open(t, dbtest.SQLite(t)))
	mux := http.NewServeMux()
	mux.Handle("/static/", ui.Static())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("X-Who", "lena@example.com")
		k.handler.ServeHTTP(w, r)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	count := func() (n int64) {
		k.update(func(tx *db.Tx) error { return tx.Row(`SELECT COUNT(*) FROM device`, nil, &n) })
		return n
	}
	b := browser.New(t)
	b.Viewport(390, 844)
	b.Open(srv.URL + "/my/messages?w=northgrid")
	b.WaitText("Messages on this device")
	b.Axe()
	if count() != 0 {
		t.Fatal("subscribed before anybody asked for it")
	}
	var done bool
	b.Eval(`(() => {
		Notification.requestPermission = async () => { window.askedFor = true; return "granted"; };
		const key = document.getElementById("push").dataset.key;
		let s = null;
		PushManager.prototype.subscribe = async (o) => {
			if (!o.userVisibleOnly || o.applicationServerKey.length !== 65 || !key) throw new Error("key");
			s = { endpoint: "https://push.example/1", getKey: () => new Uint8Array([1, 2, 3]).buffer, unsubscribe: async () => true };
			return s;
		};
		PushManager.prototype.getSubscription = async () => s;
		return true;
	})()`, &done)
	b.Click("Turn on")
	b.WaitText("On.")
	if count() != 1 {
		t.Error("the browser is not known")
	}
	b.Click("Turn off")
	b.WaitText("Turn on")
	if count() != 0 {
		t.Error("the browser is known still")
	}
}
