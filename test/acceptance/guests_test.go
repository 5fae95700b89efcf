package acceptance

import (
	"context"
	"strings"
	"testing"
	"time"

	"involt/internal/demo/charger"
	"involt/internal/testkit/browser"
)

// standing switches a charger of software on, which stays until the test ends.
func (w *town) standing(identity, key string) *charger.Charger {
	w.Helper()
	c := charger.New(charger.Config{
		URL: "ws" + strings.TrimPrefix(w.srv.URL, "http") + "/ocpp/" + slug, ID: identity, Key: key, Protocol: "2.0.1", EVSEs: 1, NeedWh: 40_000, Seed: 1, MaxBackoff: 200 * time.Millisecond,
	})
	ctx, stop := context.WithCancel(context.WithoutCancel(w.Context()))
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	w.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			w.Error(err)
		}
	})
	if err := c.Online(w.Context()); err != nil {
		w.Fatal(err)
	}
	return c
}

// cardIsLearned: staff have a charger wait for somebody's card, who holds it there.
func cardIsLearned(t *testing.T, database string) {
	w := newTown(t, database)
	w.place("Harbour", false)
	c := w.standing("HARB-1", w.charger("HARB-1", "Harbour"))
	w.importFile("email,first_name,last_name,status\nada@northgrid.example,Ada,Ampere,enabled\n")
	tap := func(want string) {
		t.Helper()
		if said, err := c.Tap(t.Context(), "04AABBCC"); err != nil || said != want {
			t.Errorf("the card is answered %q, %v, want %s", said, err, want)
		}
	}
	tap("Unknown")
	w.console.Open(w.page("/chargers"))
	w.console.Within("#list").Click("link: HARB-1")
	w.console.Click("button: More")
	w.console.Click("menuitem: Learn a card …")
	w.console.WaitText("For two minutes HARB-1 waits")
	w.axe(w.console)
	w.console.Fill("Whose card will it be?", "ampere")
	w.console.Click("button: Wait for their card: Ada Ampere")
	w.console.WaitText("Hold the card to HARB-1 now")
	w.axe(w.console)
	tap("Invalid")
	w.console.WaitText("Card learned: 04AABBCC")
	w.axe(w.console)
	tap("Accepted")
	w.console.Click("link: Open the user")
	w.console.WaitText("04AABBCC")
}

// guestCharges: staff make a guest's access, and the guest charges by the link, on a
// phone and without an account, until what they were given is used up.
func guestCharges(t *testing.T, database string) {
	w := newTown(t, database)
	w.place("Harbour", false)
	w.standing("HARB-1", w.charger("HARB-1", "Harbour"))
	w.console.Open(w.page("/guests"))
	w.console.WaitText("No guests yet")
	w.axe(w.console)
	w.console.Open(w.page("/guests/new"))
	w.console.Fill("For whom", "Visitor of Ms Vos")
	w.console.Check("Harbour", true)
	w.console.Fill("Sessions in all", "1")
	w.console.Check("Also a code to type", true)
	w.axe(w.console)
	w.console.Click("Make guest access")
	w.console.WaitText("Guest access made.")
	w.axe(w.console)
	link := strings.TrimSpace(w.console.Text("css:#link"))

	phone := browser.New(t)
	phone.Viewport(390, 844)
	phone.Open(link)
	phone.WaitText("Charging at Northgrid")
	phone.WaitText("0 of 1")
	w.axe(phone)
	phone.Click("Start at HARB-1")
	phone.WaitText("Charging now")
	phone.WaitText("1 of 1")
	w.axe(phone)
	phone.Click("Stop charging")
	phone.WaitGone("Charging now")
	phone.WaitText("What you were given is used up.")
	w.axe(phone)

	w.console.Open(w.page("/guests"))
	w.console.WaitText("Used up")
	w.console.Click("link: Visitor of Ms Vos")
	w.console.Click("Revoke …")
	w.console.Click("button: Revoke")
	w.console.WaitText("It no longer holds")
	phone.Open(link)
	phone.WaitText("Northgrid has ended this access.")
}
