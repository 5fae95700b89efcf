package door_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"involt/internal/core/access"
	"involt/internal/core/invite"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
)

// TestThreatR22WordsStayWords puts words that would be HTML or a template where
// the page of an invitation shows those of people: the workspace's name, the
// invitee's, the inviter's message. 2,000 of them in the table, 40 here.
func TestThreatR22WordsStayWords(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		pieces := []string{
			"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", `"><svg/onload=alert(1)>`, `' autofocus onfocus=alert(1) x='`, "</title>", "</textarea>", "</main></form>", "<!--", "<![CDATA[", `<a href="https://evil.example">x</a>`, "&lt;b&gt;",
			"<base href=//evil.example>", "<form action=//evil.example>", `{{printf "%s%s" "tri" "cked"}}`, "{{7*191}}", "${7*191}", "{{.}}", "<%= 7*191 %>", "%s%d", `"`, "'", "`",
		}
		rnd := rand.New(rand.NewPCG(22, 2))
		show := func(i int, word string) string {
			h.update(func(tx *db.Tx) (err error) {
				if h.ws, err = workspace.ByID(tx, h.ws.ID); err != nil {
					return err
				}
				h.ws.Name = word
				return workspace.Save(tx, &h.ws)
			})
			email := fmt.Sprintf("words%d@example.com", i)
			if _, err := h.onboard.Invite(t.Context(), access.System(h.ws.ID, "test"), []onboard.Invitee{{Email: email, FirstName: word, LastName: word}}, invite.Offer{}, word); err != nil {
				t.Fatal(err)
			}
			a := (&surfer{h: h}).get(h.link(email))
			a.want(t, 200)
			if i >= 0 && !strings.Contains(a.Body, "w0") {
				t.Fatalf("the page does not show %q", word)
			}
			if strings.Contains(a.Body, "tri"+"cked") || strings.Contains(a.Body, "133"+"7") {
				t.Fatalf("%q was carried out", word)
			}
			root, err := html.Parse(strings.NewReader(a.Body))
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for n := range root.Descendants() {
				if n.Type == html.CommentNode || n.Type == html.ElementNode {
					if n.Type == html.ElementNode {
						b.WriteString(n.Data)
					}
					for _, at := range n.Attr {
						b.WriteString(" " + at.Key)
					}
					b.WriteByte('\n')
				}
			}
			return b.String()
		}
		usual := show(-1, "w0")
		for i := range scale(2000, 40) {
			word := "w0" + pieces[rnd.IntN(len(pieces))] + pieces[rnd.IntN(len(pieces))]
			if got := show(i, word); got != usual {
				t.Fatalf("%q changes the page:\n%s\nwant\n%s", word, got, usual)
			}
		}
	})
}
