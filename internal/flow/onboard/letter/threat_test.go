package letter

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"involt/internal/core/workspace"
)

// TestThreat shows TestThreat/R22 in mails: 2,000 words of people and of
// workspaces that would be HTML or a template, wherever words stand in a mail.
// Its elements stay those of a mail with plain words, and what they say stays a word.
func TestThreat(t *testing.T) {
	t.Run("R22_html_and_templates_in_words", func(t *testing.T) {
		shape := func(word string) (elements, said string) {
			t.Helper()
			l := sample()
			l.Workspace, l.Inviter, l.Name, l.Message, l.Account = word, word, word, word, word
			l.Places, l.Groups, l.Cards = []string{word}, []string{word}, []string{word}
			l.Look = workspace.Look{Sender: word, Colour: "#00aa77", Footer: word, Texts: map[string]workspace.MailText{
				workspace.TextKey(workspace.MailInvitation, "en"): {Subject: word, Title: word, Text: word, Closing: word},
			}}
			subject, text, rich := mustRender(t, l)
			if strings.ContainsAny(subject, "\r\n") {
				t.Errorf("%q: the subject has more than a line", word)
			}
			return elementsOf(t, rich), subject + "\n" + text + "\n" + rich
		}
		usual, _ := shape("word")
		for _, word := range hostile(2000) {
			elements, said := shape(word)
			if elements != usual {
				t.Fatalf("%q changes the mail:\n%s\nwant\n%s", word, elements, usual)
			}
			if strings.Contains(said, "tri"+"cked") || strings.Contains(said, "133"+"7") {
				t.Fatalf("%q was carried out:\n%s", word, said)
			}
		}
	})
}

// hostile makes n words of the pieces of known attacks, the same ones always.
// None spells what would come of it: "tricked" by a template, 1337 by a sum.
func hostile(n int) (list []string) {
	rnd := rand.New(rand.NewPCG(22, 1))
	pieces := []string{
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", `"><svg/onload=alert(1)>`, `' autofocus onfocus=alert(1) x='`, "</title>", "</style>", "</p></td></table>", "<!--", "-->", "<![CDATA[", "]]>",
		`<a href="https://evil.example">x</a>`, "javascript:alert(1)", "&lt;script&gt;", "&#60;b&#62;", "<b", ">", `"`, "'", "`", "=", "</textarea>", "<base href=//evil.example>", "<meta http-equiv=refresh content=0>", "<style>*{display:none}</style>", "<form action=//evil.example>",
		`{{printf "%s%s" "tri" "cked"}}`, `{{"tri"}}{{"cked"}}`, "{{.}}", "{{.Link}}", "{{define \"x\"}}", "{{end}}", "{{template \"x\"}}", "{{7|html}}", "${7*191}", "#{7*191}", "<%= 7*191 %>", "{{7*191}}", "{%if 1%}tri{%endif%}", "@templ", "%s%d%!v", "%[1]s",
		"{velocity}#set($x=7*191)$x{/velocity}", "ann", "Berg", " ", "\u202e", "\u00a0",
	}
	for i := range n {
		var b strings.Builder
		fmt.Fprintf(&b, "w%d", i%10)
		for range 1 + rnd.IntN(4) {
			b.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		b.WriteByte('w')
		list = append(list, b.String())
	}
	return list
}

// elementsOf spells the elements of a document with the names of their
// attributes, and every address and style in full.
func elementsOf(t *testing.T, rich string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(rich))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		switch n.Type {
		case html.CommentNode:
			b.WriteString("comment ")
		case html.ElementNode:
			b.WriteString(n.Data)
			for _, a := range n.Attr {
				b.WriteString(" " + a.Key)
				if a.Key == "href" || a.Key == "style" {
					b.WriteString("=" + a.Val)
				}
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}
