// Package ui is what the web faces share: the page shell, the components, the
// embedded stylesheet and scripts, and the one place where an error becomes a
// response.
//
// A page is a templ component inside one of three documents: Console (staff),
// Plain (sign-in, activation, errors) and Driver (/my). Everything a component
// says of its own comes from the Reader in the request's context: language,
// time zone and the clock; see WithReader.
//
// Scripts make pages faster, never possible: every link and form here works
// as plain HTML. With scripts, lists replace themselves through htmx
// (hx-select picks the part out of the ordinary page, so a handler renders one
// page only) and a sheet opens beside the list; see Sheet.
package ui

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"involt/internal/kit/errs"
)

// Handler is a handler that returns what went wrong instead of writing it. It
// must not have written anything when it returns an error.
type Handler func(w http.ResponseWriter, r *http.Request) error

// StatusOf is the one table from kinds of errors to status codes of the web
// faces. An unknown kind is 500.
func StatusOf(k errs.Kind) int {
	switch k {
	case errs.Invalid:
		return http.StatusUnprocessableEntity
	case errs.NotFound:
		return http.StatusNotFound
	case errs.Conflict:
		return http.StatusConflict
	case errs.Denied:
		return http.StatusForbidden
	case errs.SignedOut:
		return http.StatusUnauthorized
	case errs.Gone:
		return http.StatusGone
	case errs.Unavailable:
		return http.StatusServiceUnavailable
	case errs.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// Pages turns handlers that return errors into http.Handlers. The zero value
// works: it logs to slog.Default and shows errors on a Plain page.
type Pages struct {
	// Log receives faults of ours; nil means slog.Default().
	Log *slog.Logger
	// ErrorPage wraps an error in the face's own document, for instance Console
	// with the menu still there. It must not fail. Nil means PlainError.
	ErrorPage func(r *http.Request, p ErrorProps) templ.Component
	// SignIn returns where to send a reader who is signed out. Nil, or "", shows
	// the error page with 401 instead. Only GET is sent on; SignInURL makes the
	// usual address with ?next=.
	SignIn func(r *http.Request) string
}

// Handle makes an http.Handler of h. A fault of ours is logged and hidden; any
// other error is a sentence for the reader. htmx requests get the error
// without its document, so that it can stand where the answer would have. The
// log names the route and never the path: a path may hold an invitation's token.
func (p Pages) Handle(h Handler) http.Handler {
	log := p.Log
	if log == nil {
		log = slog.Default()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		props := p.props(r, err)
		// Whoever has gone took the request with them: what failed then is no fault.
		if props.Status == http.StatusInternalServerError && r.Context().Err() == nil {
			log.ErrorContext(r.Context(), "request failed", "method", r.Method, "route", r.Pattern, "err", err)
		}
		if errs.KindOf(err) == errs.SignedOut && p.SignIn != nil && (r.Method == http.MethodGet || IsFragment(r)) {
			if to := p.SignIn(r); to != "" {
				if IsFragment(r) {
					w.Header().Set("HX-Redirect", to)
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				http.Redirect(w, r, to, http.StatusSeeOther)
				return
			}
		}
		if props.Status == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
			w.Header().Set("Retry-After", "10")
		}
		var page templ.Component
		switch {
		case IsFragment(r):
			page = ErrorBody(props)
		case p.ErrorPage != nil:
			page = p.ErrorPage(r, props)
		default:
			page = PlainError(props)
		}
		if err := Render(w, r, props.Status, page); err != nil {
			if r.Context().Err() == nil {
				log.ErrorContext(r.Context(), "error page failed", "route", r.Pattern, "err", err)
			}
			http.Error(w, props.Text, props.Status)
		}
	})
}

// props says of err only what the reader may see.
func (p Pages) props(r *http.Request, err error) ErrorProps {
	k := errs.KindOf(err)
	w := ReaderOf(r.Context()).Words
	props := ErrorProps{Status: StatusOf(k), Title: w.ErrorTitles[k], Text: w.Fault}
	if e, ok := errors.AsType[*errs.Error](err); ok && k != errs.Internal {
		props.Text = e.Text
	}
	if k == errs.SignedOut && r.Method != http.MethodGet && p.SignIn != nil {
		say, known := signedOut[ReaderOf(r.Context()).Lang]
		if !known {
			say = signedOut["en"]
		}
		// Not back to what was posted: that is no page.
		to, _, _ := strings.Cut(p.SignIn(r), "?")
		props.Title, props.Text, props.Back = say[0], say[1], &Link{Label: say[2], Href: to}
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		say, known := tooLarge[ReaderOf(r.Context()).Lang]
		if !known {
			say = tooLarge["en"]
		}
		props.Status, props.Title, props.Text = http.StatusRequestEntityTooLarge, say[0], say[1]
	}
	return props
}

// signedOut is the title, the text and the way on for a form that was sent when
// the session had ended, by language.
var signedOut = map[string][3]string{
	"en": {"You have been signed out", "That happens after a while without a click. Nothing was saved. To keep what you typed, sign in in another tab, go back to the form and send it again.", "Sign in"},
	"de": {"Sie wurden abgemeldet", "Das geschieht nach einiger Zeit ohne Klick. Es wurde nichts gespeichert. Damit Ihre Eingaben erhalten bleiben: in einem anderen Tab anmelden, zum Formular zurückgehen und es noch einmal senden.", "Anmelden"},
}

// tooLarge is the title and the text for a body that was cut off, by language.
var tooLarge = map[string][2]string{
	"en": {"Too large", "More was sent than this page takes, so nothing was done. Send less at once."},
	"de": {"Zu groß", "Es wurde mehr gesendet, als diese Seite annimmt; es ist nichts geschehen. Bitte senden Sie weniger auf einmal."},
	"nl": {"Te groot", "Er is meer verstuurd dan deze pagina aanneemt; er is niets gebeurd. Verstuur minder tegelijk."},
	"fr": {"Trop volumineux", "L'envoi dépasse ce que cette page accepte ; rien n'a été fait. Envoyez-en moins à la fois."},
	"es": {"Demasiado grande", "Se ha enviado más de lo que admite esta página; no se ha hecho nada. Envíe menos cada vez."},
}

// ReadForm reads the form that r posts into r.PostForm, as far as the body's
// limit goes. One that is too large makes a 413 page of Handle; one that is
// damaged, or did not arrive in time, is an errs.Invalid. It leaves multipart
// bodies alone.
func ReadForm(r *http.Request) error {
	err := r.ParseForm()
	if err == nil {
		return nil
	}
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return large
	}
	return errs.New(errs.Invalid, "This form could not be read. Load the page again.")
}

// SignInURL returns path?next=… with the address r asked for, so that signing
// in leads back. Only paths of our own are kept.
func SignInURL(path string, r *http.Request) string {
	next := r.URL.RequestURI()
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || next == "/" {
		return path
	}
	return path + "?next=" + url.QueryEscape(next)
}

// gzipFrom is the size from which a page is worth compressing.
const gzipFrom = 1400

// Render writes one component with a status. It is rendered whole before a
// byte is sent, so an error leaves w untouched. Pages are personal: browsers
// keep no copy to show after signing out.
func Render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		return fmt.Errorf("ui.Render(%s): %w", r.Pattern, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "HX-Request, Accept-Encoding")
	if b.Len() >= gzipFrom && acceptsGzip(r) {
		var z bytes.Buffer
		zw := gzip.NewWriter(&z)
		if _, err := zw.Write(b.Bytes()); err != nil {
			return fmt.Errorf("ui.Render: compress: %w", err)
		}
		if err := zw.Close(); err != nil {
			return fmt.Errorf("ui.Render: compress: %w", err)
		}
		b = z
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return nil
	}
	// The reader may have gone; that is no fault of the page and there is nobody
	// left to tell.
	_, _ = b.WriteTo(w)
	return nil
}

// acceptsGzip reports whether the client takes gzip. A q of zero refuses it.
func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && !strings.HasPrefix(q, "q=0.000") && q != "q=0.0" && q != "q=0.00"
		}
	}
	return false
}

// IsFragment reports whether htmx asks for a part of a page. Going back in
// history asks for the whole.
func IsFragment(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-History-Restore-Request") != "true"
}

// WantsSheet reports whether the answer will be put into the sheet beside a
// list: render Sheet alone then, and Console with SheetPage otherwise.
func WantsSheet(r *http.Request) bool {
	return IsFragment(r) && strings.HasSuffix(r.Header.Get("HX-Target"), "#sheet")
}

// RedirectDone answers a POST that worked: 303 to a path of ours, with the key of what
// was done and how many it concerned, for Done to read. n < 0 leaves it out.
func RedirectDone(w http.ResponseWriter, r *http.Request, to, key string, n int) {
	u, err := url.Parse(to)
	if err != nil {
		u = &url.URL{Path: "/"}
	}
	q := u.Query()
	q.Set("done", key)
	if n >= 0 {
		q.Set("n", strconv.Itoa(n))
	}
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

// Done reads what RedirectDone left in the address: a key to look up in the
// face's own catalogue (an unknown key must show nothing: anybody can write an
// address) and a number, -1 without one. key is "" when nothing was done.
func Done(r *http.Request) (key string, n int) {
	q := r.URL.Query()
	n = -1
	if v, err := strconv.Atoi(q.Get("n")); err == nil && v >= 0 {
		n = v
	}
	return q.Get("done"), n
}
