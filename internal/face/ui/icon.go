package ui

import (
	"io/fs"
	"strings"
	"sync"

	"github.com/a-h/templ"
)

// icons maps a Lucide name to what is inside its <svg>, read once. Only the
// names listed in assets/icons.txt are compiled in.
var icons = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	list, err := fs.ReadDir(embedded, "static/icons")
	if err != nil {
		panic("ui: reading the icons compiled in: " + err.Error())
	}
	for _, e := range list {
		b, err := embedded.ReadFile("static/icons/" + e.Name())
		if err != nil {
			panic("ui: " + err.Error())
		}
		_, rest, _ := strings.Cut(string(b), "<svg")
		_, inner, _ := strings.Cut(rest, ">")
		inner, _, _ = strings.Cut(inner, "</svg>")
		out[strings.TrimSuffix(e.Name(), ".svg")] = strings.Join(strings.Fields(inner), " ")
	}
	return out
})

// HasIcon reports whether a Lucide icon of that name is compiled in.
func HasIcon(name string) bool {
	_, ok := icons()[name]
	return ok
}

// Icon draws a Lucide icon, 24 by 24 units, in the colour of the text; class
// sizes it ("size-4" when empty). It is hidden from screen readers: the text or
// the label beside it speaks. An unknown name draws nothing; a test finds it.
func Icon(name, class string) templ.Component {
	inner := icons()[name]
	if inner == "" {
		return templ.NopComponent
	}
	if class == "" {
		class = "size-4"
	}
	return templ.Raw(`<svg class="` + templ.EscapeString(class) + `" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">` + inner + `</svg>`)
}
