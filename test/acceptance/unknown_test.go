package acceptance

import (
	"strings"
	"testing"
	"time"
)

// unknownCardIsGiven: somebody who charges here taps a new card, is refused, and
// gets it from the inbox of unknown cards.
func unknownCardIsGiven(t *testing.T, database string) {
	w := newTown(t, database)
	w.place("Harbour", false)
	key := w.charger("HARB-1", "Harbour")
	w.importFile("email,first_name,last_name,status,card_uid\nada@northgrid.example,Ada,Ampere,enabled,04A29F1BAABB80\nben@northgrid.example,Ben,Becquerel,enabled,04C1C2C3\n")
	tap := func(card, expect string) {
		t.Helper()
		w.strict("ocpp1.6", "HARB-1", key, `[{"do":"boot"},{"do":"authorize","card":"`+card+`","expect":"`+expect+`"}]`)
	}
	tap("04112233445566", "Invalid")
	tap("04A29F1BAABB80", "Accepted") // Ada is there
	tap("C3C2C104", "Invalid")        // Ben's, read back to front

	w.console.Open(w.page("/cards"))
	w.console.Click("link: Unknown cards")
	w.again("C3C2C104")
	w.console.WaitText("04112233445566")
	w.console.WaitText("as another reader shows their card 04C1C2C3")
	w.console.WaitText("charged there")
	w.axe(w.console)
	w.console.Click("button: It is theirs: Ada Ampere, card 04112233445566")
	w.console.WaitText("Card added. It works from now on.")
	tap("04112233445566", "Accepted")

	// The other one by searching for whose it is.
	w.console.Open(w.page("/cards/unknown"))
	w.console.WaitGone("04112233445566")
	w.console.Within("#list").Click("link: Whose is it? Card C3C2C104")
	w.console.WaitText("Type who it is.")
	w.console.Fill("Who", "becq")
	w.console.Click("button: It is theirs: Ben Becquerel")
	w.console.WaitText("Card added")
	tap("C3C2C104", "Accepted")

	// What is not to be asked about any more is hidden, and refused as before.
	tap("04AABBCC", "Invalid")
	w.console.Open(w.page("/cards/unknown"))
	w.again("04AABBCC")
	w.console.Within("#list").Click("button: Hide card 04AABBCC")
	w.console.WaitText("Hidden. It is refused as before")
}

// again loads the page until it says something: taps are stored a moment after
// they are answered.
func (w *town) again(text string) {
	w.Helper()
	for end := time.Now().Add(30 * time.Second); !strings.Contains(w.console.Text("css:main"), text) && time.Now().Before(end); {
		w.console.Open(w.console.URL())
	}
	w.console.WaitText(text)
}
