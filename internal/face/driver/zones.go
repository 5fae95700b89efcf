package driver

import (
	"net/http"
	"net/url"
	"time"

	"involt/internal/face/ui"
	"involt/internal/flow/browse/zones"
	"involt/internal/kit/errs"
)

// myZones is the list of the zones somebody is in.
type myZones struct {
	page
	list []zones.Mine
}

func (a *App) zones(w http.ResponseWriter, r *http.Request) error {
	v, s, r, err := a.seat(r)
	if err != nil {
		return err
	}
	z := myZones{page: a.page(r, v, s, zonesTitle)}
	if z.list, err = a.Zones.Mine(r.Context(), s.Actor); err != nil {
		return err
	}
	name := s.Workspace.Name
	if len(z.list) == 1 {
		name = z.list[0].Name
	}
	switch done, _ := ui.Done(r); done {
	case "joined":
		z.doc.Toast = &ui.ToastProps{Text: zoneJoined.in(r.Context(), name)}
	case "requested":
		z.doc.Toast = &ui.ToastProps{Text: asked.in(r.Context(), s.Workspace.Name)}
	case "left":
		z.doc.Toast = &ui.ToastProps{Text: zoneLeft.in(r.Context())}
	}
	return ui.Render(w, r, http.StatusOK, zonesPage(z))
}

// leaving is the question before somebody leaves.
type leaving struct {
	page
	zone   zones.Mine
	action string
}

// key names a zone in an address: the location, or how they came into a group.
func key(m *zones.Mine) string {
	if m.Zone != "" {
		return string(m.Zone)
	}
	return string(m.Joining)
}

// mine returns one zone of the visitor.
func (a *App) mine(r *http.Request) (leaving, *http.Request, error) {
	v, s, r, err := a.seat(r)
	if err != nil {
		return leaving{}, r, err
	}
	list, err := a.Zones.Mine(r.Context(), s.Actor)
	for i := range list {
		if key(&list[i]) == r.PathValue("zone") {
			l := leaving{page: a.page(r, v, s, leaveTitle), zone: list[i]}
			l.action = l.href("/my/zones/" + key(&list[i]) + "/leave")
			return l, r, nil
		}
	}
	return leaving{}, r, errs.Or(err, errs.New(errs.NotFound, "You are not in this zone any more."))
}

func (a *App) leaveAsk(w http.ResponseWriter, r *http.Request) error {
	l, r, err := a.mine(r)
	if err != nil {
		return err
	}
	return ui.Render(w, r, http.StatusOK, leavePage(l))
}

func (a *App) leave(w http.ResponseWriter, r *http.Request) error {
	l, r, err := a.mine(r)
	if err != nil {
		return err
	}
	if l.zone.Zone != "" {
		err = a.Join.Leave(r.Context(), l.seat.Actor, l.zone.Zone)
	} else {
		err = a.Join.LeaveGroup(r.Context(), l.seat.Actor, l.zone.Joining)
	}
	if err != nil && errs.KindOf(err) != errs.NotFound { // gone already is as wanted
		return err
	}
	ui.RedirectDone(w, r, "/my/zones?w="+url.QueryEscape(l.seat.Workspace.Slug), "left", -1)
	return nil
}

// lastDay is the last day of an access that is over at a moment.
func lastDay(t time.Time) time.Time { return t.Add(-time.Millisecond) }
