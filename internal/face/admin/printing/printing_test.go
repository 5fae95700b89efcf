package printing

import (
	"strings"
	"testing"
)

func TestNamesFromRightToLeft(t *testing.T) {
	for in, want := range map[string]string{
		"plain Name 12":        "plain Name 12",
		"for דוד כהן.":         "for ןהכ דוד.",
		"for דוד 12 כהן, here": "for ןהכ 12 דוד, here",
		"(דוד (א) כהן)":        "(ןהכ (א) דוד)",
		"سلام":                 "\ufee1\ufefc\ufeb3", // seen at the beginning, lam-alef at the end, meem alone
		"دار":                  "\ufead\ufe8d\ufea9", // none of them reaches on
		"محمد":                 "\ufeaa\ufee4\ufea4\ufee3",
	} {
		if got := Visual(in); got != want {
			t.Errorf("%q stands as %+q, want %+q", in, got, want)
		}
	}
}

func TestAQRCodeIsAPicture(t *testing.T) {
	svg, err := QRSVG("https://charge.example/j/AB12-CD34", `Code of "Harbour" & <more>`)
	if err != nil || !strings.HasPrefix(svg, "<svg ") || !strings.Contains(svg, `aria-label="Code of &#34;Harbour&#34; &amp; &lt;more&gt;"`) || strings.Count(svg, "M") < 100 {
		t.Errorf("%v, %.300s", err, svg)
	}
	if _, err := QRSVG(strings.Repeat("x", 5000), ""); err == nil {
		t.Error("a link that no QR code holds")
	}
}
