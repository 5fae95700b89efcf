package door

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"involt/internal/face/ui"

	"golang.org/x/text/language"
)

// text is one sentence in each language, in the order of langs.
type text [5]string

var langs = [5]string{"en", "de", "nl", "fr", "es"}

var langNames = [5]string{"English", "Deutsch", "Nederlands", "Français", "Español"}

var matcher = language.NewMatcher([]language.Tag{language.English, language.German, language.Dutch, language.French, language.Spanish})

// Language picks the language of a page: what the address asks for, what is
// known of the person, what the browser prefers, in this order.
func Language(r *http.Request, known string) string {
	for _, l := range langs {
		if r.URL.Query().Get("lang") == l {
			return l
		}
	}
	for _, l := range langs {
		if known != "" && strings.HasPrefix(strings.ToLower(known), l) {
			return l
		}
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return langs[0]
	}
	_, index, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return langs[0]
	}
	return langs[index]
}

// reader is the person a page is made for.
func reader(r *http.Request, known string, zone *time.Location) ui.Reader {
	lang := Language(r, known)
	return ui.Reader{Lang: lang, Words: wordsOf(lang), Zone: zone}
}

// in returns the sentence in the language of the page's reader.
func (t text) in(ctx context.Context, args ...any) string {
	s, lang := t[0], ui.ReaderOf(ctx).Lang
	for i, l := range langs {
		if l == lang {
			s = t[i]
		}
	}
	if len(args) == 0 {
		return s
	}
	return fmt.Sprintf(s, args...)
}

// languages offers the page in the other languages.
func languages(r *http.Request) []ui.LanguageLink {
	list := make([]ui.LanguageLink, len(langs))
	for i, l := range langs {
		q := r.URL.Query()
		q.Set("lang", l)
		list[i] = ui.LanguageLink{Lang: l, Label: langNames[i], Href: r.URL.Path + "?" + q.Encode(), Current: ui.ReaderOf(r.Context()).Lang == l}
	}
	return list
}

// here is the address of the page with its language, for forms that come back
// to it.
func here(r *http.Request) string { return inLanguage(r, r.URL.Path) }

// inLanguage is the address of another of our pages in the language of this one, if
// this one was asked for in a language.
func inLanguage(r *http.Request, path string) string {
	if l := r.URL.Query().Get("lang"); l != "" {
		return path + "?lang=" + Language(r, "")
	}
	return path
}

// said returns a sentence of the inner rooms in the reader's language, as far as
// it is one that these pages are known to meet.
func said(ctx context.Context, english string) string {
	for _, t := range met {
		if t[0] == english {
			return t.in(ctx)
		}
	}
	return english
}
