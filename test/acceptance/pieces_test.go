package acceptance

import (
	"fmt"
	"strings"
	"testing"

	"involt/internal/testkit/binary"
)

// wait makes the page's first request for the piece of the file from an offset on
// wait until it is let go, so that it is known where the upload stands; and counts
// the pieces that were sent before that.
const wait = `(() => {
	const send = window.fetch;
	let held = new Promise((on) => { window.letGo = on; });
	window.sent = 0;
	window.fetch = async (url, ...rest) => {
		if (held && String(url).includes("offset=%d")) {
			await held;
			held = null;
		} else if (held && String(url).includes("offset=")) window.sent++;
		return send(url, ...rest);
	};
})()`

// largeFileGoesOn is WB-04 with a file that is not sent in a moment: the server
// dies in the middle, and sending goes on by itself when it is back. Then the page
// is loaded anew in the middle, and the same file chosen again goes on as well.
func largeFileGoesOn(t *testing.T, database string) {
	w := newTown(t, database)
	var text strings.Builder
	text.WriteString("email,first_name,last_name,remarks\n")
	const people = 9_000
	for i := range people { // a little more than 18 MB, in a column that is not read
		fmt.Fprintf(&text, "p%d@northgrid.example,Piet,Pieces %d,%s\n", i, i, strings.Repeat("x", 2000))
	}
	file := w.keepFile("large.csv", []byte(text.String()))
	choose := func() {
		t.Helper()
		w.console.Open(w.page("/users/import"))
		w.console.Eval(fmt.Sprintf(wait, 8<<20), nil)
		w.console.Upload("CSV file or Excel workbook", file)
	}

	choose()
	w.console.Click("Show what would change")
	w.console.WaitText("Sending: 8.4 MB of")
	w.console.Axe()
	w.shot("pieces-sending")
	w.dies()
	w.console.Eval(`window.letGo()`, nil)
	w.console.WaitText("sending goes on by itself as soon as it is back")
	w.shot("pieces-lost")
	w.revives()
	w.console.WaitText("Nothing has been written yet")
	w.console.WaitText("9,000")

	// Whoever reloads chooses the file again, and is told how much of it is here.
	w.console.Click("Choose another file")
	choose()
	w.console.Click("Show what would change")
	w.console.WaitText("Sending: 8.4 MB of")
	choose()
	w.console.WaitText("8.4 MB of 18.4 MB are here already, from before")
	w.console.Axe()
	w.shot("pieces-there")
	w.console.Click("Show what would change")
	w.console.WaitText("Sending: 8.4 MB of")
	var pieces int
	w.console.Eval(`window.sent`, &pieces)
	if pieces != 0 {
		t.Errorf("%d pieces were sent before the one where it broke off", pieces)
	}
	w.console.Eval(`window.letGo()`, nil)
	w.console.WaitText("Nothing has been written yet")
	w.console.WaitText("9,000")

	// One that is begun anew is sent from its beginning.
	choose()
	w.console.Click("Show what would change")
	w.console.WaitText("Sending: 8.4 MB of")
	choose()
	w.console.Click("Send it from the beginning")
	w.console.Click("Show what would change")
	w.console.WaitText("Sending: 8.4 MB of")
	w.console.Eval(`window.sent`, &pieces)
	if pieces != 2 {
		t.Errorf("%d pieces were sent from the beginning, want 2", pieces)
	}
}

// dies kills the server as a power cut would.
func (w *town) dies() {
	w.Helper()
	w.srv.Kill()
}

// revives starts a server where the one was that died.
func (w *town) revives() {
	w.Helper()
	w.srv = binary.Serve(w.T, w.database, w.srv.Env()...)
}
