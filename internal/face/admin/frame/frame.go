// Package frame is what the corners of the console share: who visits, how a
// page is put into the console's document, and how things are said that occur on
// pages of several areas.
package frame

import (
	"fmt"
	"net/http"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/workspace"
	"involt/internal/face/ui"
)

// Visit is one request of somebody who may be here.
type Visit struct {
	By        access.Actor
	Here      access.Perm // what the visitor may do with what the page is about
	Workspace workspace.Workspace
	Base      string // "/w/northgrid": what every path of this console begins with

	// Shell makes the document around a page. The crumbs lead to the page; its
	// title is added as the last one.
	Shell func(title string, crumbs ...ui.Link) ui.ConsoleProps
}

// To returns the address of a page of this workspace: v.To("/users").
func (v *Visit) To(p string) string { return v.Base + p }

// May reports whether the visitor has a permission with all that the page is about:
// for what it shows and offers. What is done asks for itself.
func (v *Visit) May(p access.Perm) bool { return v.Here.Has(p) }

// Whole reports whether the visitor has a permission in the whole workspace: for
// what leads to pages that know no part of it.
func (v *Visit) Whole(p access.Perm) bool { return v.By.Need(p) == nil }

// Somewhere reports whether the visitor has a permission in the workspace or in
// some part of it.
func (v *Visit) Somewhere(p access.Perm) bool { return v.By.Somewhere(p) }

// Holds reports whether the visitor has a permission for one group, location or
// account.
func (v *Visit) Holds(p access.Perm, kind access.ScopeKind, one string) bool {
	r, err := v.By.Within(p)
	return err == nil && r.Covers(access.Scope{Kind: kind, ID: one})
}

// Reader is the visitor as they stand with what the page is about: for how names
// are shown, and for nothing that is done.
func (v *Visit) Reader() access.Actor {
	by := v.By
	by.Perms = v.Here
	return by
}

// SeeOther leads on to a page of this workspace after a POST.
func (v *Visit) SeeOther(w http.ResponseWriter, r *http.Request, p string) {
	http.Redirect(w, r, v.To(p), http.StatusSeeOther)
}

// Route is one line of the console's list. Pattern is a method and a path below
// /w/{slug}: "POST /users/invite". Need is checked before Do is called; 0 means
// any staff role. Part says that it is enough to have the permission in a part of
// the workspace: the page then keeps to that part.
type Route struct {
	Pattern string
	Need    access.Perm
	Part    bool
	StepUp  bool // what it does is dangerous: whoever asks for it gives their password, unless they just did
	Do      func(w http.ResponseWriter, r *http.Request, v *Visit) error
}

// Toast reads what a redirect left in the address and looks up the sentence for
// it: one without a number or for the number one, and, behind a "|", one for
// others, with %s for the number. An unknown key shows nothing.
func Toast(r *http.Request, sentences map[string]string) *ui.ToastProps {
	key, n := ui.Done(r)
	one, many, plural := strings.Cut(sentences[key], "|")
	if one == "" {
		return nil
	}
	if plural && n != 1 {
		one = fmt.Sprintf(many, ui.ReaderOf(r.Context()).Int(int64(max(n, 0))))
	}
	return &ui.ToastProps{Text: one}
}

// StateKey is the key of ui.Status for a stored state.
func StateKey[T ~string](s T) string { return strings.ReplaceAll(string(s), "-", "_") }

// Upper writes the first letter of a sentence large.
func Upper(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Languages are those that mails to users are written in.
var Languages = []ui.Option{{Value: "en", Label: "English"}, {Value: "de", Label: "Deutsch"}, {Value: "nl", Label: "Nederlands"}, {Value: "fr", Label: "Français"}, {Value: "es", Label: "Español"}}

// LanguageLabel names a language in itself.
func LanguageLabel(key string) string {
	for _, l := range Languages {
		if l.Value == key {
			return l.Label
		}
	}
	return key
}
