package letter

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

func sample() *Letter {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return &Letter{
		Workspace: "Northgrid", Inviter: "Anna Berg", To: "lena@example.com", Name: "Lena Vos", Language: "en",
		Message: "Welcome aboard!\nAsk me if anything is unclear.", Places: []string{"Harbour garage", "Depot <North>"},
		Groups: []string{"Employees", "Night shift"}, Cards: []string{"DE-042"},
		Expires: time.Date(2026, 11, 23, 13, 5, 0, 0, time.UTC), Life: 24 * time.Hour, Zone: zone,
		Link: "https://charge.example/i/" + strings.Repeat("k", 43), Code: "AB12-CD34", CodeLink: "https://charge.example/i",
	}
}

func mustRender(t *testing.T, l *Letter) (subject, text, rich string) {
	t.Helper()
	subject, text, rich, err := render(l)
	if err != nil {
		t.Fatal(err)
	}
	return subject, text, rich
}

// seen returns what a reader of the HTML part reads, and its links.
func seen(t *testing.T, rich string) (text string, links []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(rich))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "title" {
			b.WriteString(n.Data + " ")
		}
		for _, a := range n.Attr {
			switch a.Key {
			case "href":
				links = append(links, a.Val)
			case "src", "srcset", "background", "ping":
				t.Errorf("the mail fetches %s=%q", a.Key, a.Val)
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " "), links
}

func TestBothPartsSayTheSame(t *testing.T) {
	l := sample()
	l.Roles = []string{"Fleet manager"}
	for _, w := range Languages {
		l.Language = w.Lang
		subject, text, rich := mustRender(t, l)
		shown, links := seen(t, rich)
		if len(rich) > 30_000 {
			t.Errorf("%s: %d bytes of HTML; mail programs cut long ones", w.Lang, len(rich))
		}
		if !strings.Contains(subject, "Northgrid") {
			t.Errorf("%s: subject %q", w.Lang, subject)
		}
		if len(links) != 2 || links[0] != l.Link || links[1] != l.Link {
			t.Errorf("%s: links %q", w.Lang, links)
		}
		for _, part := range []string{strings.Join(strings.Fields(text), " "), shown} {
			for _, want := range []string{
				"Northgrid", "Anna Berg", "Lena Vos", "Welcome aboard!", "Harbour garage", "Depot <North>", "Employees", "Night shift", "DE-042",
				"Fleet manager", "2026", "14:05", "(CET)", l.Link, l.Code, l.CodeLink + " ", "lena@example.com",
			} {
				if !strings.Contains(part, want) {
					t.Errorf("%s: a part does not say %q:\n%s", w.Lang, want, part)
				}
			}
			if strings.Contains(part, "%!") || strings.Contains(part, "%[") {
				t.Errorf("%s: a sentence lacks its words:\n%s", w.Lang, part)
			}
		}
	}
}

func TestEndOfLinkIsSpeltInTheReadersLanguage(t *testing.T) {
	for lang, want := range map[string]string{
		"en": "Monday 23 November 2026, 14:05 (CET)", "de-AT": "Montag, 23. November 2026, 14:05 (CET)", "nl": "maandag 23 november 2026, 14:05 (CET)",
		"FR": "lundi 23 novembre 2026, 14:05 (CET)", "es": "lunes, 23 de noviembre de 2026, 14:05 (CET)", "fi": "Monday 23 November 2026, 14:05 (CET)", "": "Monday 23 November 2026, 14:05 (CET)",
	} {
		l := sample()
		l.Language = lang
		if _, text, _ := mustRender(t, l); !strings.Contains(text, want) {
			t.Errorf("%q: the mail does not say %q:\n%s", lang, want, text)
		}
	}
	l := sample()
	l.Zone = nil
	if _, text, _ := mustRender(t, l); !strings.Contains(text, "Monday 23 November 2026, 13:05 (UTC)") {
		t.Errorf("without a zone:\n%s", text)
	}
}

func TestWordsOfPeopleStayWords(t *testing.T) {
	for _, bad := range []string{
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "{{.Link}} {{printf \"%s\" .}}", "</p></td><a href=\"https://evil.example/\">here</a>",
		"http://evil.example/login", "www.evil.example", "evil.example", "HTTPS://EVIL.EXAMPLE", "a.b.evil.example", "javascript://evil.example", "x\r\nBcc: all@evil.example",
		"\u202eelpmaxe.live", "mail evil@evil.example",
	} {
		l := sample()
		l.Workspace, l.Inviter, l.Name, l.Message = "North "+strings.ReplaceAll(bad, "evil.example", "evil"), bad, bad, bad
		l.Places, l.Groups, l.Cards = []string{bad}, []string{bad}, []string{bad}
		subject, text, rich := mustRender(t, l)
		if strings.ContainsAny(subject, "\r\n\u202e") {
			t.Errorf("%q: the subject has more than a line: %q", bad, subject)
		}
		shown, links := seen(t, rich)
		if len(links) != 2 || links[0] != l.Link || links[1] != l.Link {
			t.Errorf("%q: links %q", bad, links)
		}
		for _, part := range []string{text, shown} {
			low := strings.ToLower(part)
			if strings.Contains(low, "evil.example") || strings.Contains(low, "://evil") || strings.Contains(part, "\u202e") {
				t.Errorf("%q: a mail program could make a link of it:\n%s", bad, part)
			}
		}
		for _, tag := range []string{"<script", "<img", "<a href=\"https://evil"} {
			if strings.Contains(rich, tag) {
				t.Errorf("%q: unescaped in the HTML", bad)
			}
		}
	}
}

func TestLetterSaysOnlyWhatIsGiven(t *testing.T) {
	l := sample()
	l.Inviter, l.Name, l.Message, l.Places, l.Groups, l.Cards = "", "", " \n", nil, nil, nil
	_, text, rich := mustRender(t, l)
	shown, _ := seen(t, rich)
	for _, part := range []string{text, shown} {
		for _, not := range []string{"What you get", "User groups", "message for you", " ,"} {
			if strings.Contains(part, not) {
				t.Errorf("an empty invitation says %q:\n%s", not, part)
			}
		}
		if !strings.Contains(part, "Northgrid invites you to charge.") || !strings.Contains(part, "Hello,") {
			t.Errorf("an invitation by nobody in person:\n%s", part)
		}
	}
	l.Everyone = true
	if _, text, _ := mustRender(t, l); !strings.Contains(text, "Where you may charge: Every location that is open to all users of Northgrid") {
		t.Errorf("everywhere:\n%s", text)
	}
	l.Everyone, l.Groups = false, []string{"Employees"}
	if _, text, _ := mustRender(t, l); !strings.Contains(text, "Wherever your user groups may") {
		t.Errorf("by group:\n%s", text)
	}
}
