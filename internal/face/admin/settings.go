package admin

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/workspace"
	"involt/internal/face/ui"
	"involt/internal/kit/errs"
)

// settingsPage is the form of the workspace's settings. It holds what was typed.
type settingsPage struct {
	v     *visit
	shell ui.ConsoleProps
	w     workspace.Workspace
	hours string // the life of an invitation as it was typed
	wrong ui.Errors
}

func (c *Console) settings(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := settingsPage{v: v, w: v.Workspace, hours: strconv.Itoa(int(v.Workspace.InviteLife.Hours()))}
	return c.showSettings(w, r, http.StatusOK, p)
}

func (c *Console) showSettings(w http.ResponseWriter, r *http.Request, status int, p settingsPage) error {
	p.shell = c.shell(p.v, "General", ui.Link{Label: "Settings"})
	p.shell.Toast = toast(r, map[string]string{"saved": "Settings saved."})
	return ui.Render(w, r, status, settings(p))
}

func (c *Console) settingsSave(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := settingsPage{v: v, hours: strings.TrimSpace(r.PostFormValue("invite_life"))}
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

// The bounds of an invitation's life.
const (
	shortestInvite = time.Hour
	longestInvite  = 90 * 24 * time.Hour
)

// read takes the form into p.w, and says what is wrong with it.
func (p *settingsPage) read(r *http.Request) error {
	said := func(name string) string { return strings.Join(strings.Fields(r.PostFormValue(name)), " ") }
	p.w = p.v.Workspace
	p.w.Name, p.w.AccessMode, p.w.Language, p.w.TimeZone = said("name"), workspace.Mode(said("access_mode")), said("language"), said("time_zone")
	p.w.Info1Label, p.w.Info2Label = said("info_1"), said("info_2")
	if version, err := strconv.ParseInt(said("version"), 10, 64); err == nil {
		p.w.Version = version
	}
	var all errs.List
	if n := len([]rune(p.w.Name)); n == 0 || n > 100 {
		all.Add(errs.AtField("name", "Give the workspace a name of 1 to 100 characters."))
	}
	if p.w.AccessMode != workspace.Everyone && p.w.AccessMode != workspace.ByGroup {
		all.Add(errs.AtField("access_mode", "Choose who may charge where."))
	}
	if languageLabel(p.w.Language) == p.w.Language {
		all.Add(errs.AtField("language", "Choose one of the languages of the list."))
	}
	if _, err := time.LoadLocation(p.w.TimeZone); err != nil || p.w.TimeZone == "" || p.w.TimeZone == "Local" {
		all.Add(errs.AtField("time_zone", "%q is not a time zone. Use a name like Europe/Berlin.", p.w.TimeZone))
	}
	for _, f := range []struct{ name, label string }{{"info_1", p.w.Info1Label}, {"info_2", p.w.Info2Label}} {
		if n := len([]rune(f.label)); n == 0 || n > 40 {
			all.Add(errs.AtField(f.name, "Give this field a name of 1 to 40 characters."))
		}
	}
	hours, err := strconv.Atoi(p.hours)
	if p.w.InviteLife = time.Duration(hours) * time.Hour; err != nil || hours > 24*365 || p.w.InviteLife < shortestInvite || p.w.InviteLife > longestInvite {
		all.Add(errs.AtField("invite_life", "An invitation works for 1 hour to 90 days (2160 hours). Write the hours as a number."))
		p.w.InviteLife = p.v.Workspace.InviteLife
	}
	return all.Err()
}

// accessModes are the ways to decide who may charge where, as the labels of the
// field say them.
var accessModes = []ui.Option{
	{Value: string(workspace.Everyone), Label: "Everyone active", Hint: "Every active user may charge at every charger, except at locations for members only."},
	{Value: string(workspace.ByGroup), Label: "By user group", Hint: "A user's groups decide at which chargers they may charge. Without a group nobody charges."},
}

// zoneOptions are the time zones that the browser offers while typing; any other
// IANA name is taken too.
var zoneOptions = func() (list []ui.Option) {
	for _, z := range []string{
		"Europe/Amsterdam", "Europe/Athens", "Europe/Belgrade", "Europe/Berlin", "Europe/Brussels", "Europe/Bucharest", "Europe/Budapest", "Europe/Copenhagen",
		"Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul", "Europe/Kyiv", "Europe/Lisbon", "Europe/London", "Europe/Luxembourg", "Europe/Madrid", "Europe/Oslo",
		"Europe/Paris", "Europe/Prague", "Europe/Riga", "Europe/Rome", "Europe/Sofia", "Europe/Stockholm", "Europe/Tallinn", "Europe/Vienna", "Europe/Vilnius",
		"Europe/Warsaw", "Europe/Zagreb", "Europe/Zurich", "Atlantic/Canary", "Atlantic/Reykjavik", "America/New_York", "America/Chicago", "America/Denver",
		"America/Los_Angeles", "America/Toronto", "America/Sao_Paulo", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "UTC",
	} {
		list = append(list, ui.Option{Value: z, Label: z})
	}
	return list
}()
