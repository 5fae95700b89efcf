package driver

import (
	"context"
	"net/http"
	"strings"

	"involt/internal/face/ui"
	"involt/internal/flow/enter"
)

// signIns is the list of browsers in which somebody is signed in.
type signIns struct {
	page
	list []enter.Session
}

func (a *App) signIns(w http.ResponseWriter, r *http.Request) error {
	v, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	p := signIns{page: a.page(r, v, s, signInsTitle)}
	if p.list, err = a.Enter.Sessions(r.Context(), v); err != nil {
		return err
	}
	if done, _ := ui.Done(r); done == "ended" {
		p.doc.Toast = &ui.ToastProps{Text: endedSay.in(r.Context())}
	}
	return ui.Render(w, r, http.StatusOK, signInsPage(p))
}

// signInEnd ends another session, or all others.
func (a *App) signInEnd(w http.ResponseWriter, r *http.Request) error {
	v, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	if err := ui.ReadForm(r); err != nil {
		return err
	}
	if err := a.Enter.EndSession(r.Context(), v, r.PostForm.Get("session")); err != nil {
		return err
	}
	ui.RedirectDone(w, r, at("/my/sign-ins", s.Workspace.Slug), "ended", -1)
	return nil
}

// others reports whether there is another session than this one.
func (p signIns) others() bool { return len(p.list) > 1 }

// device says what browser a session is in, by what it calls itself: enough to
// know one's own again.
func device(ctx context.Context, agent string) string {
	find := func(list [][2]string) string {
		for _, one := range list {
			if strings.Contains(agent, one[0]) {
				return one[1]
			}
		}
		return ""
	}
	browser := find([][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS", "Firefox"}, {"CriOS", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}})
	system := find([][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}})
	switch {
	case browser == "" && system == "":
		return unknownDevice.in(ctx)
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + " · " + system
}
