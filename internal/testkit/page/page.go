// Package page reads HTML in tests as the people before it do: by roles, labels
// and visible text, not by classes.
//
//	p := page.Parse(t, recorder.Body)
//	p.Find("heading", "Invite users")
//	p.Field("E-mail").WantError("This is not an e-mail address.")
package page

import (
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Page is a document, or a part of one. Its methods end the test when what they
// name is not there, or is there twice, and say what is there instead.
type Page struct {
	t    testing.TB
	root *html.Node // the whole document, for references by id
	node *html.Node
}

// Parse reads a page, or the fragment of one.
func Parse(t testing.TB, r io.Reader) *Page {
	t.Helper()
	n, err := html.Parse(r)
	if err != nil {
		t.Fatalf("the page cannot be read: %v", err)
	}
	return &Page{t: t, root: n, node: n}
}

// Text returns the visible text, with every run of blanks as one.
func (p *Page) Text() string { return text(p.node) }

// Has reports whether the visible text contains part.
func (p *Page) Has(part string) bool { return strings.Contains(p.Text(), part) }

// Attr returns an attribute of the element; "" if it has none of that name.
func (p *Page) Attr(name string) string { return attr(p.node, name) }

// Find returns the only element with a role (button, link, heading, row, alert,
// ...) and a name: its label or its visible text. Where no name fits exactly, one
// that contains name will do.
func (p *Page) Find(role, name string) *Page {
	p.t.Helper()
	return p.one(p.withRole(role), role, name)
}

// All returns the elements with a role, in the order of the page.
func (p *Page) All(role string) []*Page {
	var all []*Page
	for _, n := range p.withRole(role) {
		all = append(all, p.part(n))
	}
	return all
}

// Field returns the only field with a label.
func (p *Page) Field(label string) *Field {
	p.t.Helper()
	return &Field{p.one(p.all(isField), "field", label)}
}

// Form returns the form that a button with the given name sends.
func (p *Page) Form(button string) *Form {
	p.t.Helper()
	b := p.Find("button", button)
	for n := b.node; n != nil; n = n.Parent {
		if n.Data == "form" {
			return &Form{p.part(n), b.node}
		}
	}
	if id := b.Attr("form"); id != "" {
		if n := p.byID(id); n != nil {
			return &Form{p.part(n), b.node}
		}
	}
	p.t.Fatalf("the button %q is in no form", button)
	return nil
}

// Field is an input, a select or a textarea.
type Field struct{ *Page }

// Value returns what the field holds: of a select the chosen option's value, of a
// checkbox or radio its value if it is ticked and "" if not.
func (f *Field) Value() string { return value(f.node) }

// Error returns the text of the message that says what is wrong with the field:
// the elements named by aria-errormessage or aria-describedby, if the field is
// marked aria-invalid; "" if it is not.
func (f *Field) Error() string {
	if f.Attr("aria-invalid") != "true" {
		return ""
	}
	var all []string
	for _, id := range strings.Fields(f.Attr("aria-errormessage") + " " + f.Attr("aria-describedby")) {
		if n := f.byID(id); n != nil {
			all = append(all, text(n))
		}
	}
	return strings.Join(all, " ")
}

// WantError fails the test unless the field's message contains part.
func (f *Field) WantError(part string) {
	f.t.Helper()
	if got := f.Error(); !strings.Contains(got, part) || part == "" {
		f.t.Errorf("the field %q says %q is wrong with %q, want %q", f.name(f.node), got, f.Value(), part)
	}
}

// Form is a form and the button that sends it.
type Form struct {
	*Page
	button *html.Node
}

// Action returns where the form goes; "" is the page itself.
func (f *Form) Action() string {
	if a := attr(f.button, "formaction"); a != "" {
		return a
	}
	return f.Attr("action")
}

// Values returns what a browser would send if nobody changed anything, hidden
// fields and the button's own value included.
func (f *Form) Values() url.Values {
	v := url.Values{}
	add := func(n *html.Node) { v.Add(attr(n, "name"), value(n)) }
	id := f.Attr("id")
	for _, n := range (&Page{f.t, f.root, f.root}).all(func(n *html.Node) bool {
		return n.Data == "input" || n.Data == "select" || n.Data == "textarea"
	}) {
		if attr(n, "name") == "" || has(n, "disabled") || !f.owns(n, id) {
			continue
		}
		switch attr(n, "type") {
		case "submit", "button", "image", "reset", "file":
		case "checkbox", "radio":
			if has(n, "checked") {
				add(n)
			}
		default:
			add(n)
		}
	}
	if attr(f.button, "name") != "" {
		v.Add(attr(f.button, "name"), attr(f.button, "value"))
	}
	return v
}

// owns reports whether a field belongs to the form: by its form attribute, or
// else by where it stands.
func (f *Form) owns(n *html.Node, id string) bool {
	if other := attr(n, "form"); other != "" {
		return other == id
	}
	return within(n, f.node)
}

// one returns the only node with a name.
func (p *Page) one(nodes []*html.Node, what, name string) *Page {
	p.t.Helper()
	var exact, near []*html.Node
	var names []string
	for _, n := range nodes {
		have := p.name(n)
		names = append(names, have)
		if have == name {
			exact = append(exact, n)
		} else if strings.Contains(have, name) {
			near = append(near, n)
		}
	}
	if len(exact) == 0 {
		exact = near
	}
	switch len(exact) {
	case 0:
		p.t.Fatalf("the page has no %s called %q; it has %q and says %.1000q", what, name, names, p.Text())
	case 1:
	default:
		p.t.Fatalf("the page has %d %ss called %q", len(exact), what, name)
	}
	return p.part(exact[0])
}

func (p *Page) part(n *html.Node) *Page { return &Page{p.t, p.root, n} }

// all returns the elements below p that fit, in the order of the page.
func (p *Page) all(fit func(*html.Node) bool) []*html.Node {
	var all []*html.Node
	for n := range p.node.Descendants() {
		if n.Type == html.ElementNode && fit(n) {
			all = append(all, n)
		}
	}
	return all
}

func (p *Page) byID(id string) *html.Node {
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			return n
		}
	}
	return nil
}

func (p *Page) withRole(role string) []*html.Node {
	return p.all(func(n *html.Node) bool { return slices.Contains(roles(n), role) && !hidden(n) })
}
