package admin

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/workspace"
	"involt/internal/face/admin/groups"
	"involt/internal/face/ui"
)

// settingsPage is the form of the workspace's settings. It holds what was typed.
type settingsPage struct {
	v     *visit
	shell ui.ConsoleProps
	w     workspace.Workspace
	hours map[string]string // the lives of invitations as they were typed, by field
	most  map[string]string // the numbers of sessions at once, likewise
	wrong ui.Errors
}

func (c *Console) settings(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := settingsPage{v: v, w: v.Workspace, hours: map[string]string{}, most: map[string]string{}}
	for _, m := range atOnce(&p.w) {
		p.most[m.field] = strconv.FormatInt(*m.n, 10)
	}
	for _, l := range lives(&p.w) {
		p.hours[l.field] = strconv.Itoa(int(l.life.Hours()))
	}
	return c.showSettings(w, r, http.StatusOK, p)
}

func (c *Console) showSettings(w http.ResponseWriter, r *http.Request, status int, p settingsPage) error {
	p.shell = c.shell(p.v, "General", ui.Link{Label: "Settings"})
	p.shell.Toast = toast(r, map[string]string{"saved": "Settings saved.", "access-switched": groups.Done["access-switched"]})
	return ui.Render(w, r, status, settings(p))
}

func (c *Console) settingsSave(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := settingsPage{v: v, hours: map[string]string{}, most: map[string]string{}}
	err := p.read(r)
	if err == nil {
		err = c.Enter.Settings(r.Context(), v.By, p.w)
	}
	if wrong, ok := ui.ErrorsOf(err); ok {
		p.wrong = wrong
		return c.showSettings(w, r, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.path("/settings"), "saved", -1)
	return nil
}

// read takes the form into p.w, and says what is wrong with it.
func (p *settingsPage) read(r *http.Request) error {
	said := func(name string) string { return strings.Join(strings.Fields(r.PostFormValue(name)), " ") }
	p.w = p.v.Workspace
	p.w.Name, p.w.Language, p.w.TimeZone = said("name"), said("language"), said("time_zone")
	p.w.StopBlocked, p.w.StopLost, p.w.LocalLists = said("stop_blocked") != "", said("stop_lost") != "", said("local_lists") != ""
	p.w.DriverCards, p.w.Autocharge = said("driver_cards") != "", said("autocharge") != ""
	p.w.Info1Label, p.w.Info2Label = said("info_1"), said("info_2")
	if version, err := strconv.ParseInt(said("version"), 10, 64); err == nil {
		p.w.Version = version
	}
	for _, l := range lives(&p.w) {
		p.hours[l.field] = said(l.field)
		// What is no number of hours, or too many to count, is out of bounds too.
		*l.life = 0
		if hours, err := strconv.Atoi(p.hours[l.field]); err == nil && hours <= 24*365 {
			*l.life = time.Duration(hours) * time.Hour
		}
	}
	for _, m := range atOnce(&p.w) {
		p.most[m.field] = said(m.field)
		*m.n = -1 // what is no number is out of bounds
		if n, err := strconv.ParseInt(p.most[m.field], 10, 32); err == nil {
			*m.n = n
		}
	}
	return p.w.Check()
}

// limit is how many sessions may run at once.
type limit struct {
	field, label, hint string
	n                  *int64
}

func atOnce(w *workspace.Workspace) []limit {
	return []limit{
		{"card_sessions", "Per card", "1 is usual: a card is in one place. 0 is for any number.", &w.CardSessions},
		{"user_sessions", "Per user", "Over all cards of a user. 0 is for any number.", &w.UserSessions},
	}
}

// life is how long one kind of invitation works.
type life struct {
	field, label, hint string
	life               *time.Duration
}

// lives are the kinds of invitations.
func lives(w *workspace.Workspace) []life {
	return []life{
		{"invite_life", "Drivers", "An invitation to charge works for", &w.InviteLife},
		{"invite_life_staff", "Staff", "One with a staff role works for", &w.StaffInviteLife},
		{"invite_life_customers", "Customers", "One that makes somebody an account's owner works for", &w.CustomerInviteLife},
	}
}

// long are the kinds whose links work for more than a day.
func (p settingsPage) long() (kinds []string) {
	for _, l := range lives(&p.w) {
		if *l.life > workspace.DefaultInviteLife && p.wrong.Of(l.field) == "" {
			kinds = append(kinds, strings.ToLower(l.label))
		}
	}
	return kinds
}

// otherMode is the access mode that the workspace may be switched to.
func (p settingsPage) otherMode() workspace.Mode {
	if p.v.Workspace.AccessMode == workspace.Everyone {
		return workspace.ByGroup
	}
	return workspace.Everyone
}

func (p settingsPage) modeHint() string {
	for _, o := range groups.Modes {
		if o.Value == string(p.v.Workspace.AccessMode) {
			return o.Hint
		}
	}
	return ""
}
