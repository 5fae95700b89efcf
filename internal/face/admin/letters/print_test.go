package letters

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"involt/internal/flow/onboard"
	"involt/internal/testkit/paper"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func letterIn(language string) onboard.ClaimLetter {
	return onboard.ClaimLetter{
		Workspace: "Stadtwerke Nørrebro", Inviter: "Anna Berg", Name: "Pool car 7", Language: language, Cards: []string{"04A29F1B"},
		Code: "7QK3-9WMD-X2TB", Link: "https://charge.example/c/7QK3-9WMD-X2TB", Address: "https://charge.example/c", Expires: now.Add(90 * 24 * time.Hour), Zone: time.UTC,
	}
}

func printed(t *testing.T, list ...onboard.ClaimLetter) []string {
	t.Helper()
	var b bytes.Buffer
	if err := Print(&b, list, now); err != nil {
		t.Fatal(err)
	}
	pages, err := paper.Pages(b.Bytes())
	if err != nil || len(pages) != len(list) {
		t.Fatalf("%d letters on %d pages, %v", len(list), len(pages), err)
	}
	return pages
}

func TestALetterSaysWhatItMust(t *testing.T) {
	for language, says := range map[string][]string{
		"en": {"This letter is for Pool car 7.", "Anna Berg invites you", "works once, until 20 February 2027", "Not for you?"},
		"de": {"Dieser Brief ist für Pool car 7.", "Anna Berg lädt Sie ein", "bis 20. Februar 2027", "Nicht für Sie?"},
		"nl": {"Deze brief is voor Pool car 7.", "Anna Berg nodigt u uit", "tot 20 februari 2027", "Niet voor u?"},
		"fr": {"Cette lettre est pour Pool car 7.", "Anna Berg vous invite", "20 février 2027", "Cette lettre n’est pas pour vous ?"},
		"es": {"Esta carta es para Pool car 7.", "Anna Berg le invita", "20 de febrero de 2027", "¿No es para usted?"},
	} {
		page := strings.Join(strings.Fields(printed(t, letterIn(language))[0]), " ")
		for _, want := range append(says, "7QK3-9WMD-X2TB", "charge.example/c", "Stadtwerke Nørrebro", "04A29F1B") {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the letter lacks %q: %s", language, want, page)
			}
		}
	}
}

func TestEachLetterHasItsOwnPage(t *testing.T) {
	a, b := letterIn("en"), letterIn("de")
	b.Code, b.Name = "AAAA-BBBB-CCCC", "Pool car 8"
	pages := printed(t, a, b)
	if strings.Contains(pages[0], b.Code) || strings.Contains(pages[1], a.Code) || strings.Contains(pages[0], "Pool car 8") || !strings.Contains(pages[1], "Pool car 8") {
		t.Errorf("the pages are mixed up: %q", pages)
	}
}

// Whatever a name is, the code stands on the page.
func TestOddNames(t *testing.T) {
	for name, odd := range map[string]string{
		"nobody": "", "emoji": "😀👩‍👩‍👧", "Chinese": "王伟", "5,000 characters": strings.Repeat("Xx ", 1666), "one word": strings.Repeat("W", 5000), "control": "a\x00b\r\nc\u202ed",
	} {
		l := letterIn("en")
		l.Name, l.Workspace, l.Inviter = odd, odd+"x", odd
		page := printed(t, l)[0]
		if !strings.Contains(page, l.Code) || strings.Contains(page, "This letter is for .") || strings.Count(page, "\n") > 60 {
			t.Errorf("%s: %s", name, page)
		}
	}
	if l := letterIn("en"); !strings.Contains(printed(t, func() onboard.ClaimLetter { l.Name = "王伟"; return l }())[0], "whoever holds the card below") {
		t.Error("a name that cannot be printed leaves a hole")
	}
}
