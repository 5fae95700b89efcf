package driver

import (
	_ "embed" // the scripts
	"net/http"

	"involt/internal/core/access"
	"involt/internal/core/inbox"
	"involt/internal/face/ui"
	"involt/internal/flow/tell"
)

// messages is what somebody was told, and whether their phone is told too.
type messages struct {
	page
	list   []inbox.Item
	unread int64
	key    string // by which browsers take messages
	news   bool
	// Whether they get mails about people who wait, and whether there is anything
	// that they may decide.
	approvals, approves bool
}

func (a *App) messages(w http.ResponseWriter, r *http.Request) error {
	v, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	m := messages{page: a.page(r, v, s, messagesTitle)}
	if m.list, m.unread, err = a.Tell.Inbox(r.Context(), s.Workspace.ID, s.Person.ID); err != nil {
		return err
	}
	if m.news, err = a.Tell.Wants(r.Context(), s.Workspace.ID, s.Person.ID, inbox.News); err != nil {
		return err
	}
	m.approves = s.Actor.Somewhere(access.PeopleWrite)
	if m.approvals, err = a.Tell.Wants(r.Context(), s.Workspace.ID, s.Person.ID, inbox.Approvals); err != nil {
		return err
	}
	if m.key, err = a.Tell.PushKey(r.Context()); err != nil {
		return err
	}
	if done, _ := ui.Done(r); done == "saved" {
		m.doc.Toast = &ui.ToastProps{Text: savedText.in(r.Context())}
	}
	return ui.Render(w, r, http.StatusOK, messagesPage(m))
}

// read notes that everything was read.
func (a *App) read(w http.ResponseWriter, r *http.Request) error {
	_, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	if err := a.Tell.ReadAll(r.Context(), s.Workspace.ID, s.Person.ID); err != nil {
		return err
	}
	http.Redirect(w, r, at("/my/messages", s.Workspace.Slug), http.StatusSeeOther)
	return nil
}

// mailsSave takes the choice which mails come that nobody has to get.
func (a *App) mailsSave(w http.ResponseWriter, r *http.Request) error {
	_, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	if err := ui.ReadForm(r); err != nil {
		return err
	}
	classes := []string{inbox.News}
	if s.Actor.Somewhere(access.PeopleWrite) { // nobody else is asked
		classes = append(classes, inbox.Approvals)
	}
	for _, class := range classes {
		if err := a.Tell.SetWanted(r.Context(), s.Workspace.ID, s.Person.ID, class, r.PostFormValue(class) != ""); err != nil {
			return err
		}
	}
	ui.RedirectDone(w, r, at("/my/messages", s.Workspace.Slug), "saved", -1)
	return nil
}

// allow takes a browser's subscription, as the page's script posts it.
func (a *App) allow(w http.ResponseWriter, r *http.Request) error {
	_, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	if err := ui.ReadForm(r); err != nil {
		return err
	}
	if err := a.Tell.Allow(r.Context(), s.Workspace.ID, s.Person.ID, tell.Subscription{
		Endpoint: r.PostFormValue("endpoint"), P256dh: r.PostFormValue("p256dh"), Auth: r.PostFormValue("auth"), Agent: r.UserAgent(),
	}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// refuse takes that back.
func (a *App) refuse(w http.ResponseWriter, r *http.Request) error {
	_, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	if err := ui.ReadForm(r); err != nil {
		return err
	}
	if err := a.Tell.Refuse(r.Context(), s.Workspace.ID, s.Person.ID, r.PostFormValue("endpoint")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

//go:embed push.js
var pushScript []byte

//go:embed worker.js
var workerScript []byte

// script answers with a script of the app. They change with the program only, and
// are small: a browser may ask each time.
func script(text []byte) ui.Handler {
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("Service-Worker-Allowed", "/my") // and not only what is below it
		_, _ = w.Write(text)                            // whoever is gone needs no script
		return nil
	}
}

// icons are what stands before a message of a kind.
var messageIcons = map[inbox.Kind]string{
	inbox.Invited: "mail", inbox.Approved: "user-check", inbox.CardBlocked: "ban", inbox.Access: "map-pin", inbox.Ended: "ban", inbox.Back: "user-check", inbox.Requests: "badge-check", inbox.Doubted: "circle-help", inbox.Proposed: "car", inbox.Copied: "triangle-alert", inbox.Review: "badge-check",
}
