package zones

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"involt/internal/core/joincode"
	"involt/internal/core/site"
	"involt/internal/core/workspace"
	"involt/internal/flow/join"
	"involt/internal/testkit/paper"
)

func printOf(language string) Print {
	return Print{
		Offer: join.Offer{Secret: "7QK39WMD", Workspace: workspace.Workspace{Name: "Stadtwerke Nørrebro"}, Zone: site.Location{Name: "Harbour Garage"}, Code: joincode.Code{Approval: true}},
		Link:  "https://charge.example/j/7QK3-9WMD", Enter: "https://charge.example/j", Language: language, Now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
	}
}

func onPaper(t *testing.T, draw func(io.Writer, Print) error, in Print) string {
	t.Helper()
	var b bytes.Buffer
	if err := draw(&b, in); err != nil {
		t.Fatal(err)
	}
	pages, err := paper.Pages(b.Bytes())
	if err != nil || len(pages) != 1 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	return strings.Join(strings.Fields(pages[0]), " ")
}

func TestAPosterSaysWhatItMust(t *testing.T) {
	for language, says := range map[string][2]string{
		"en": {"Charge here", "Or open charge.example/j and type:"},
		"de": {"Hier laden", "Oder öffnen Sie charge.example/j und geben Sie ein:"},
		"nl": {"Hier laden", "Of open charge.example/j en typ:"},
		"fr": {"Rechargez ici", "Ou ouvrez charge.example/j et saisissez :"},
		"es": {"Cargue aquí", "O abra charge.example/j y escriba:"},
		"??": {"Charge here", "Or open charge.example/j and type:"},
	} {
		for name, draw := range map[string]func(io.Writer, Print) error{"poster": Poster, "sticker": Sticker} {
			page := onPaper(t, draw, printOf(language))
			for _, want := range append(says[:], "7QK3-9WMD", "Harbour Garage", "Stadtwerke Nørrebro") {
				if !strings.Contains(page, want) {
					t.Errorf("%s, %s lacks %q: %s", language, name, want, page)
				}
			}
		}
	}
}

// Whatever a place is called, the code stands on the paper, and on one page.
func TestOddPlaces(t *testing.T) {
	for name, odd := range map[string]string{
		"long": strings.Repeat("Garage ", 40), "one word": strings.Repeat("W", 500), "emoji": "😀 Yard", "from right to left": "חניון הנמל", "nothing": "",
	} {
		in := printOf("en")
		in.Zone.Name, in.Workspace.Name = odd, odd+"x"
		for _, draw := range []func(io.Writer, Print) error{Poster, Sticker} {
			if page := onPaper(t, draw, in); !strings.Contains(page, "7QK3-9WMD") {
				t.Errorf("%s: %s", name, page)
			}
		}
	}
}
