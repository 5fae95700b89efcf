// Package door is the pages before one is in: signing in and out, and coming in
// by an invitation, by asking, by a joining code, or by the code of a printed letter. It also says, for the other faces, who a request comes from.
//
// routes lists everything it answers to. No GET changes anything, whatever
// follows the links: an invitation is used up by a password that its reader
// chooses, in a form that carries a nonce of its page.
package door

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"involt/internal/face/ui"
	"involt/internal/flow/enter"
	"involt/internal/flow/guests"
	"involt/internal/flow/join"
	"involt/internal/flow/onboard"
	"involt/internal/flow/tell"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// Config is what the door is made of. Fields without "optional" must be set.
type Config struct {
	Enter   *enter.Service
	Onboard *onboard.Service
	Join    *join.Service
	Guests  *guests.Service
	Tell    *tell.Service
	Keys    *seal.Ring // seals the nonces of the pages

	// Client says where a request comes from, for limits; optional: the address
	// of the connection. Behind a proxy it must be told.
	Client func(*http.Request) string
	Log    *slog.Logger     // optional
	Now    func() time.Time // optional; for nonces, never for what is stored
}

// Door is an http.Handler for /, /sign-in, /sign-out, /password, /enter/, /i, /r/, /j, /c, /g/ and /u/.
type Door struct {
	Config
	mux *http.ServeMux
}

// New returns a door.
func New(c Config) *Door {
	d := &Door{Config: c, mux: http.NewServeMux()}
	if d.Client == nil {
		d.Client = func(r *http.Request) string {
			host, _, err := net.SplitHostPort(r.RemoteAddr)
			if err != nil {
				return r.RemoteAddr
			}
			return host
		}
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	pages := ui.Pages{Log: c.Log, ErrorPage: errorPage}
	for pattern, h := range d.routes() {
		d.mux.Handle(pattern, pages.Handle(h))
	}
	return d
}

// routes is everything the door answers to.
func (d *Door) routes() map[string]ui.Handler {
	return map[string]ui.Handler{
		"GET /{$}":               d.home,
		"GET /sign-in":           d.signInPage,
		"POST /sign-in":          d.signIn,
		"POST /sign-out":         d.signOut,
		"GET /password":          d.forgottenPage,
		"POST /password":         d.forgotten,
		"GET /password/{token}":  d.resetPage,
		"POST /password/{token}": d.reset,

		"GET /enter/{token}":      d.linkPage,
		"POST /enter/{token}":     d.followLink,
		"GET /i":                  d.codePage,
		"POST /i":                 d.enterCode,
		"GET /i/{token}":          d.invitationPage,
		"POST /i/{token}":         d.answerInvitation,
		"GET /i/{token}/decline":  d.declinePage,
		"POST /i/{token}/decline": d.decline,

		"GET /r/{slug}":          d.applyPage,
		"POST /r/{slug}":         d.apply,
		"GET /r/{slug}/{token}":  d.confirmPage,
		"POST /r/{slug}/{token}": d.confirm,
		"GET /c":                 d.claimPage,
		"GET /c/{code}":          d.claimPage,
		"POST /c":                d.claim,
		"GET /j":                 d.joinPage,
		"POST /j":                d.joinEnter,
		"GET /j/{code}":          d.joinOffer,
		"POST /j/{code}":         d.join,

		"GET /g/{token}":  d.guestPage,
		"POST /g/{token}": d.guestDo,

		"GET /u/{token}": d.stopPage,
		oneClick:         d.stop,
	}
}

// Patterns lists what the door answers to, for the server's own mux.
func (d *Door) Patterns() []string {
	list := make([]string, 0, len(d.routes()))
	for p := range d.routes() {
		list = append(list, p)
	}
	return list
}

// ServeHTTP answers in the language of the reader. No page of the door is kept
// by anybody, nor named to anybody: their addresses are secrets.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Robots-Tag", "noindex")
	r = r.WithContext(ui.WithReader(enter.From(r.Context(), r.UserAgent()), reader(r, "", nil)))
	if _, pattern := d.mux.Handler(r); pattern == oneClick {
		d.mux.ServeHTTP(w, r) // mail programs post from wherever they are, and nothing counts but the address
		return
	}
	Guard(d.mux).ServeHTTP(w, r)
}

// oneClick is where mail programs end mails for their reader. RFC 8058 §3.2.
const oneClick = "POST /u/{token}"

const cookieName = "__Host-involt"

// cookieLife is how long a browser keeps the cookie. When a session ends is
// decided where it is stored.
const cookieLife = 30 * 24 * time.Hour

// Cookie returns the session's token that a request carries, "" for none.
func Cookie(r *http.Request) string {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie hands the session to the browser; "" takes it away. Browsers take a
// Secure cookie over http from localhost only.
func setCookie(w http.ResponseWriter, session string) {
	c := &http.Cookie{Name: cookieName, Value: session, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(cookieLife.Seconds())}
	if session == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// Renewed hands the browser a session that takes the place of the one it had.
func Renewed(w http.ResponseWriter, session string) { setCookie(w, session) }

// Guard refuses requests of other sites, as [ui.SameOrigin] tells them.
func Guard(next http.Handler) http.Handler {
	refuse := ui.Pages{ErrorPage: errorPage}.Handle(func(http.ResponseWriter, *http.Request) error {
		return errs.New(errs.Denied, "This request came from another site, so nothing was done. Open the page here and try again.")
	})
	return ui.SameOrigin(next, refuse)
}

// next returns where to go after signing in, if that is a place of ours: what
// the form says, once it was read, or else the address. It reads no body.
func next(r *http.Request) string {
	to := r.PostForm.Get("next")
	if to == "" {
		to = r.URL.Query().Get("next")
	}
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || strings.ContainsAny(to, "\\\r\n\t") || u.Path == "" || path.Clean(u.Path) != strings.TrimSuffix(u.Path, "/") {
		return ""
	}
	for _, ours := range []string{"/w/", "/my/", "/i/", "/r/", "/j/"} {
		if strings.HasPrefix(u.Path, ours) && strings.HasPrefix(to, ours) {
			return to
		}
	}
	if u.Path == "/my" && strings.HasPrefix(to, "/my") || to == "/j" {
		return to
	}
	return ""
}

// lead sends the browser to a path of ours.
func lead(w http.ResponseWriter, r *http.Request, to string) {
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // paths are made here, or have passed next
}

// visitor returns who is signed in; ok is false for nobody.
func (d *Door) visitor(r *http.Request) (v enter.Visitor, ok bool, err error) {
	v, err = d.Enter.Who(r.Context(), Cookie(r))
	if err != nil && errs.KindOf(err) == errs.SignedOut {
		return v, false, nil
	}
	return v, err == nil, err
}

// begin makes a session the browser's and ends the one it had.
func (d *Door) begin(w http.ResponseWriter, r *http.Request, session string) error {
	var err error
	if old := Cookie(r); old != "" && old != session {
		err = d.Enter.SignOut(r.Context(), old)
	}
	setCookie(w, session)
	return err
}

// nonceLife is how long a page's form may wait to be filled in.
const nonceLife = 2 * time.Hour

// nonce proves that a form comes from a page of ours about that token.
func (d *Door) nonce(token string) string {
	return d.Keys.Box("door nonce", token, d.Now().Add(nonceLife).UTC().Format(time.RFC3339))
}

func (d *Door) fresh(r *http.Request, token string) bool {
	text, err := d.Keys.Unbox("door nonce", token, r.PostFormValue("nonce"))
	if err != nil {
		return false
	}
	until, err := time.Parse(time.RFC3339, text)
	return err == nil && d.Now().Before(until)
}

// maxForm is how long a form of the door may be.
const maxForm = 64 << 10

// form reads the form, which must not be longer than maxForm. Its errors are
// those of ui.ReadForm.
func form(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	return ui.ReadForm(r)
}

// problems are the sentences for a form that came back, and the status to come
// back with.
func problems(r *http.Request, err error) (e ui.Errors, status int, ok bool) {
	if e, ok = ui.ErrorsOf(err); ok {
		for field, text := range e {
			e[field] = said(r.Context(), text)
			if english := e[field] == text; field == "email" && english && emailWrong.in(r.Context()) != "" {
				e[field] = emailWrong.in(r.Context())
			}
		}
		return e, http.StatusUnprocessableEntity, true
	}
	if one, is := errors.AsType[*errs.Error](err); is && one.Kind == errs.Unavailable {
		return ui.Errors{"": said(r.Context(), one.Text)}, http.StatusTooManyRequests, true
	}
	return nil, 0, false
}
