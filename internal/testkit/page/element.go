package page

import (
	"strings"

	"golang.org/x/net/html"
)

// roles returns the role of an element: the one it states, or else that of its
// tag.
func roles(n *html.Node) []string {
	if r := attr(n, "role"); r != "" {
		return strings.Fields(r)
	}
	switch n.Data {
	case "a":
		if has(n, "href") {
			return []string{"link"}
		}
	case "button", "summary":
		return []string{"button"}
	case "input":
		switch t := attr(n, "type"); t {
		case "submit", "button", "image", "reset":
			return []string{"button"}
		case "checkbox", "radio":
			return []string{t}
		case "hidden":
			return nil
		}
		return []string{"textbox"}
	case "textarea":
		return []string{"textbox"}
	case "select":
		return []string{"combobox"}
	case "h1", "h2", "h3", "h4", "h5", "h6":
		return []string{"heading"}
	case "tr":
		return []string{"row"}
	case "td":
		return []string{"cell"}
	case "th":
		return []string{"columnheader"}
	case "li":
		return []string{"listitem"}
	case "nav":
		return []string{"navigation"}
	case "main", "table", "form", "option", "dialog":
		return []string{n.Data}
	case "output":
		return []string{"status"}
	case "img":
		return []string{"img"}
	}
	return nil
}

func isField(n *html.Node) bool {
	switch n.Data {
	case "select", "textarea":
		return true
	case "input":
		switch attr(n, "type") {
		case "hidden", "submit", "button", "image", "reset":
			return false
		}
		return true
	}
	return false
}

// name returns what a person would call the element.
func (p *Page) name(n *html.Node) string {
	var parts []string
	for id := range strings.FieldsSeq(attr(n, "aria-labelledby")) {
		if l := p.byID(id); l != nil {
			parts = append(parts, text(l))
		}
	}
	if len(parts) > 0 {
		return strings.Join(parts, " ")
	}
	if l := strings.TrimSpace(attr(n, "aria-label")); l != "" {
		return l
	}
	if isField(n) {
		for l := range p.root.Descendants() {
			if l.Data == "label" && (within(n, l) || attr(n, "id") != "" && attr(l, "for") == attr(n, "id")) {
				return text(l)
			}
		}
		if t := attr(n, "title"); t != "" {
			return t
		}
		return attr(n, "placeholder")
	}
	if n.Data == "input" {
		return attr(n, "value")
	}
	if t := text(n); t != "" {
		return t
	}
	for d := range n.Descendants() {
		if alt := attr(d, "alt"); alt != "" {
			return alt
		}
	}
	if alt := attr(n, "alt"); alt != "" {
		return alt
	}
	return attr(n, "title")
}

// value returns what a field would send.
func value(n *html.Node) string {
	switch n.Data {
	case "textarea":
		return strings.TrimPrefix(rawText(n), "\n")
	case "select":
		first, chosen := (*html.Node)(nil), (*html.Node)(nil)
		for o := range n.Descendants() {
			if o.Data != "option" {
				continue
			}
			if first == nil {
				first = o
			}
			if has(o, "selected") {
				chosen = o
			}
		}
		if chosen == nil {
			chosen = first
		}
		switch {
		case chosen == nil:
			return ""
		case has(chosen, "value"):
			return attr(chosen, "value")
		}
		return text(chosen)
	}
	switch attr(n, "type") {
	case "checkbox", "radio":
		switch {
		case !has(n, "checked"):
			return ""
		case !has(n, "value"):
			return "on"
		}
	}
	return attr(n, "value")
}

// text returns the visible text below n, with every run of blanks as one.
func text(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		if n.Type == html.ElementNode {
			switch n.Data {
			case "script", "style", "template", "noscript", "head":
				return
			}
			if hiddenItself(n) {
				return
			}
			b.WriteByte(' ')
			defer b.WriteByte(' ')
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	for c := range n.ChildNodes() {
		walk(c)
	}
	return tight.Replace(strings.Join(strings.Fields(b.String()), " "))
}

// tight takes back the blanks that the end of an element has put before a
// sentence's marks.
var tight = strings.NewReplacer(" .", ".", " ,", ",", " ;", ";", " :", ":", " !", "!", " ?", "?", " )", ")")

func rawText(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// hidden reports whether an element, or one around it, is marked as not to be
// seen. Style sheets are not read.
func hidden(n *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if hiddenItself(n) || n.Data == "template" {
			return true
		}
	}
	return false
}

func hiddenItself(n *html.Node) bool {
	return has(n, "hidden") || attr(n, "aria-hidden") == "true" || n.Data == "dialog" && !has(n, "open")
}

func within(n, around *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == around {
			return true
		}
	}
	return false
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
