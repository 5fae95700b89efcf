package dispatch

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"involt/internal/kit/mail"
)

// letter is the mail that brings the file, or, where that is too long, the link
// under which it is made for whoever is signed in.
func (o *outing) letter(to string, f *mail.File) mail.Message {
	day := o.r.Due.In(o.ws.Zone()).Format("2 January 2006")
	subject := fmt.Sprintf("%s: %s", o.v.Name, day)
	link := strings.TrimSuffix(o.s.PublicURL, "/") + "/w/" + o.ws.Slug + "/export-runs/" + string(o.r.ID)
	lines := []string{fmt.Sprintf("The export “%s” of %s, as of %s.", o.v.Name, o.ws.Name, day)}
	if f != nil {
		lines = append(lines, fmt.Sprintf("It is attached: %s, with %d rows. It holds what your role lets you see.", f.Name, o.r.Rows))
	} else {
		lines = append(lines, "It is too long for a mail. Sign in and download it here:\n"+link)
	}
	lines = append(lines, "You get this because a colleague has set it up under Settings, Scheduled exports. They can end it there.")
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><body style="font-family:system-ui,sans-serif;line-height:1.5;max-width:600px;margin:24px auto;padding:0 16px">`)
	for _, l := range lines {
		b.WriteString("<p>" + strings.ReplaceAll(strings.ReplaceAll(html.EscapeString(l), link, `<a href="`+link+`">`+link+`</a>`), "\n", "<br>") + "</p>")
	}
	b.WriteString("</body></html>")
	m := mail.Message{To: to, From: o.ws.Name, Subject: subject, Text: strings.Join(lines, "\n\n") + "\n", HTML: b.String(), ID: "export-" + string(o.r.ID) + "-" + fmt.Sprint(slices.Index(o.v.Emails, to))}
	if f != nil {
		m.Files = []mail.File{*f}
	}
	return m
}
