package door

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/joincode"
	"involt/internal/face/ui"
	"involt/internal/flow/enter"
	"involt/internal/flow/join"
	"involt/internal/flow/onboard"
	"involt/internal/kit/errs"
)

// entering is the page where a joining code is typed.
type entering struct {
	Action string
	Nonce  string
	Code   string
	Errors ui.Errors
	Links  []ui.LanguageLink
	SignIn string // where to sign in and come back; "" for who is signed in
}

// joinFor is what the nonce of a page of joining codes is about.
func joinFor(code string) string { return "join " + code }

func (d *Door) joinPage(w http.ResponseWriter, r *http.Request) error {
	r, v, _, err := d.joiner(r, nil)
	if err != nil {
		return err
	}
	return d.showEnter(w, r, http.StatusOK, entering{}, v)
}

// joiner returns who is signed in, nil for nobody, and the request in their
// language.
func (d *Door) joiner(r *http.Request, zone *time.Location) (*http.Request, *enter.Visitor, join.Asker, error) {
	asker := join.Asker{Client: d.Client(r)}
	v, ok, err := d.visitor(r)
	if err != nil || !ok {
		return r.WithContext(ui.WithReader(r.Context(), reader(r, "", zone))), nil, asker, err
	}
	asker.Identity = v.Identity.ID
	return r.WithContext(ui.WithReader(r.Context(), reader(r, known(&v), zone))), &v, asker, nil
}

func (d *Door) showEnter(w http.ResponseWriter, r *http.Request, status int, p entering, v *enter.Visitor) error {
	p.Action, p.Nonce, p.Links = "/j", d.nonce(joinFor("")), languages(r)
	if l := r.URL.Query().Get("lang"); l != "" {
		p.Action += "?lang=" + Language(r, "")
	}
	if v == nil {
		p.SignIn = "/sign-in?next=" + url.QueryEscape("/j")
	}
	return ui.Render(w, r, status, enterForm(p))
}

// joinEnter leads on from a code that was typed to the page of what it offers.
func (d *Door) joinEnter(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	r, v, asker, err := d.joiner(r, nil)
	if err != nil {
		return err
	}
	p := entering{Code: strings.TrimSpace(r.PostFormValue("code"))}
	if !d.fresh(r, joinFor("")) {
		p.Errors = ui.Errors{"": staleForm.in(r.Context())}
		return d.showEnter(w, r, http.StatusUnprocessableEntity, p, v)
	}
	if p.Code == "" {
		p.Errors = ui.Errors{"code": joinNoCode.in(r.Context())}
		return d.showEnter(w, r, http.StatusUnprocessableEntity, p, v)
	}
	o, err := d.Join.Find(r.Context(), p.Code, asker)
	if err != nil {
		return d.notFound(w, r, p, v, err)
	}
	to := "/j/" + joincode.Grouped(o.Secret)
	if l := r.URL.Query().Get("lang"); l != "" {
		to += "?lang=" + Language(r, "")
	}
	lead(w, r, to)
	return nil
}

// notFound shows the page for typing a code again that nobody made, or that came
// after too many such.
func (d *Door) notFound(w http.ResponseWriter, r *http.Request, p entering, v *enter.Visitor, err error) error {
	switch errs.KindOf(err) {
	case errs.NotFound:
		p.Errors = ui.Errors{"code": joinUnknown.in(r.Context())}
		return d.showEnter(w, r, http.StatusNotFound, p, v)
	case errs.Unavailable:
		w.Header().Set("Retry-After", "720")
		p.Errors = ui.Errors{"": joinSlow.in(r.Context())}
		return d.showEnter(w, r, http.StatusTooManyRequests, p, v)
	default:
		return err
	}
}

// joining is the page of what a code offers.
type joining struct {
	join.Offer
	Action  string
	Nonce   string
	Path    string
	Typed   onboard.Applying
	Answers []string
	Errors  ui.Errors
	Here    *enter.Visitor // who is signed in, nil for nobody
	Links   []ui.LanguageLink
}

func (j *joining) hidden(do string) []ui.Hidden {
	return []ui.Hidden{{Name: "nonce", Value: j.Nonce}, {Name: "do", Value: do}}
}

func (j *joining) order() []string {
	list := []string{"first_name", "last_name", "email"}
	for i := range j.Code.Questions {
		list = append(list, j.field(i))
	}
	return list
}

func (j *joining) field(i int) string { return "answers." + strconv.Itoa(i) }

func (j *joining) answer(i int) string {
	if i < len(j.Answers) {
		return j.Answers[i]
	}
	return ""
}

// lastDay is the last day of an access that is over at a moment.
func lastDay(t time.Time) time.Time { return t.Add(-time.Millisecond) }

// found looks the code of the address up; ok is false if the answer was given.
func (d *Door) found(w http.ResponseWriter, r *http.Request) (_ *http.Request, j joining, ok bool, err error) {
	r, v, asker, err := d.joiner(r, nil)
	if err != nil {
		return r, j, false, err
	}
	o, err := d.Join.Find(r.Context(), r.PathValue("code"), asker)
	if err != nil {
		return r, j, false, d.notFound(w, r, entering{Code: r.PathValue("code")}, v, err)
	}
	place := o.Zone.TimeZone
	if place == "" {
		place = o.Workspace.TimeZone
	}
	if zone, err := time.LoadLocation(place); err == nil {
		if r, v, _, err = d.joiner(r, zone); err != nil {
			return r, j, false, err
		}
	}
	j = joining{Offer: o, Action: here(r), Nonce: d.nonce(joinFor(o.Secret)), Path: "/j/" + joincode.Grouped(o.Secret), Here: v, Links: languages(r)}
	why := text{}
	switch o.State {
	case joincode.Open:
		return r, j, true, nil
	case joincode.Off:
		why = joinOff
	case joincode.Full:
		why = joinFull
	case joincode.Expired, joincode.Over:
		why = joinExpired
	}
	doc := plain(r, o.Workspace.Name)
	return r, j, false, ui.Render(w, r, http.StatusGone, message(doc, joinClosed.in(r.Context()), why.in(r.Context(), o.Workspace.Name), &ui.Link{Label: joinEnterTitle.in(r.Context()), Href: "/j"}))
}

// joinOffer shows what a code offers, and changes nothing.
func (d *Door) joinOffer(w http.ResponseWriter, r *http.Request) error {
	if done, _ := ui.Done(r); done == "sent" {
		return ui.Render(w, r, http.StatusOK, message(plain(r, ""), sentLook.in(r.Context()), joinSent.in(r.Context()), &ui.Link{Label: noMail.in(r.Context()), Href: "/i"}))
	}
	r, j, ok, err := d.found(w, r)
	if err != nil || !ok {
		return err
	}
	return ui.Render(w, r, http.StatusOK, joinForm(j))
}

// join is what the forms of the code's page do: let in who is signed in, or mail
// a newcomer the link that proves their mailbox.
func (d *Door) join(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	r, j, ok, err := d.found(w, r)
	if err != nil || !ok {
		return err
	}
	for i := range j.Code.Questions {
		j.Answers = append(j.Answers, r.PostFormValue(j.field(i)))
	}
	j.Typed = onboard.Applying{
		Email: r.PostFormValue("email"), FirstName: r.PostFormValue("first_name"), LastName: r.PostFormValue("last_name"), Language: ui.ReaderOf(r.Context()).Lang,
		Code: j.Code.ID, CodeGeneration: j.Code.Generation,
	}
	if !d.fresh(r, joinFor(j.Secret)) {
		j.Errors = ui.Errors{"": staleForm.in(r.Context())}
		return ui.Render(w, r, http.StatusUnprocessableEntity, joinForm(j))
	}
	if r.PostFormValue("do") == "join" {
		return d.joinAs(w, r, j)
	}
	said, err := j.Code.Answers(j.Answers)
	var wrong errs.List
	wrong.Add(err)
	wrong.Add(onboard.CheckApplicant(&j.Typed))
	err = wrong.Err()
	others := j.Typed.Email != "" && !j.Code.ForEmail(j.Typed.Email)
	if err == nil && !others {
		if j.Typed.Answers, err = joincode.WriteAnswers(said); err == nil {
			err = d.Onboard.Apply(r.Context(), j.Workspace.Slug, j.Typed, d.Client(r))
		}
	}
	e, status, ok := problems(r, err)
	if err != nil && !ok {
		return err
	}
	if others && e.Of("email") == "" {
		if e == nil {
			e, status = ui.Errors{}, http.StatusUnprocessableEntity
		}
		e["email"] = joinWrongMail.in(r.Context(), strings.Join(j.Code.Domains, ", "))
	}
	if e != nil {
		j.Errors = e
		return ui.Render(w, r, status, joinForm(j))
	}
	ui.RedirectDone(w, r, here(r), "sent", -1)
	return nil
}

// joinAs lets in who is signed in, by one tap.
func (d *Door) joinAs(w http.ResponseWriter, r *http.Request, j joining) error {
	if j.Here == nil {
		lead(w, r, "/sign-in?next="+url.QueryEscape(j.Path))
		return nil
	}
	got, err := d.Join.Join(r.Context(), j.Secret, j.Answers, j.Here.Identity, d.Client(r))
	doc := plain(r, j.Workspace.Name)
	switch k := errs.KindOf(err); {
	case err == nil:
		done := "joined"
		if got.Waiting {
			done = "requested"
		}
		ui.RedirectDone(w, r, "/my/zones?w="+url.QueryEscape(j.Workspace.Slug), done, -1)
		return nil
	case k == errs.Denied && !j.Code.ForEmail(j.Here.Identity.Email):
		j.Errors = ui.Errors{"": joinWrongMail.in(r.Context(), strings.Join(j.Code.Domains, ", "))}
		return ui.Render(w, r, http.StatusForbidden, joinForm(j))
	case k == errs.Denied:
		return ui.Render(w, r, http.StatusForbidden, message(doc, joinEnded.in(r.Context()), joinEndedText.in(r.Context(), j.Workspace.Name), nil))
	case k == errs.Gone:
		return ui.Render(w, r, http.StatusGone, message(doc, joinClosed.in(r.Context()), joinFull.in(r.Context(), j.Workspace.Name), nil))
	}
	if e, status, ok := problems(r, err); ok {
		j.Errors = e
		return ui.Render(w, r, status, joinForm(j))
	}
	return err
}
