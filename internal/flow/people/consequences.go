package people

import (
	"context"
	"errors"
	"fmt"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/bulk"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/view"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// holdings is what somebody has that an action touches.
type holdings struct {
	status   person.Status
	login    bool
	cards    []card.Card // those that are not removed
	running  int64       // charging sessions
	stops    bool        // the workspace has those stopped
	invited  bool        // an open invitation
	roles    []string    // labels
	keys     int64       // working API keys they answer for
	groups   []string    // names
	views    int         // saved views, shared ones too
	leavesAt string      // the day of a planned departure; "" if none
}

// Consequences says what deactivating, reactivating or deleting somebody would
// do, in sentences; only what applies to them. Other actions have none.
func (s *Service) Consequences(ctx context.Context, by access.Actor, who id.Person, action string) (list []string, err error) {
	defer errs.Wrap(&err, "people.Consequences")
	if err := by.NeedSome(access.PeopleRead); err != nil {
		return nil, err
	}
	var h holdings
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		h, err = holdingsOf(tx, by, who)
		return err
	})
	if err != nil {
		return nil, err
	}
	return h.consequences(bulk.Action(action)), nil
}

func holdingsOf(tx *db.Tx, by access.Actor, who id.Person) (h holdings, err error) {
	ws := by.Workspace
	if err := person.Reach(tx, by, access.PeopleRead, who); err != nil {
		return h, err
	}
	p, err := person.ByID(tx, ws, who)
	if err != nil {
		return h, err
	}
	w, err := workspace.ByID(tx, ws)
	if err != nil {
		return h, err
	}
	h.stops = w.StopBlocked
	h.status, h.login = p.Status, p.Identity != ""
	var some [7]error
	h.cards, some[0] = liveCards(tx, &p)
	h.running, some[1] = charge.RunningOf(tx, ws, who)
	h.keys, some[2] = apikey.CountOf(tx, ws, journal.About("person", who))
	views, err := view.IDsOf(tx, ws, []id.Person{who})
	h.views, some[3] = len(views), err
	if _, err := invite.OpenOf(tx, ws, who); errs.KindOf(err) != errs.NotFound {
		h.invited, some[4] = err == nil, err
	}
	roles, err := person.Roles(tx, ws, who)
	some[5] = err
	for _, r := range roles {
		h.roles = append(h.roles, r.Label)
	}
	groups, err := group.Of(tx, ws, who)
	some[6] = err
	for _, g := range groups {
		h.groups = append(h.groups, g.Name)
	}
	d, err := person.DepartureOf(tx, ws, who)
	switch {
	case err == nil && d.Done.IsZero():
		h.leavesAt = d.At.Format("2 January 2006")
	case errs.KindOf(err) == errs.NotFound:
		err = nil
	}
	return h, errors.Join(append(some[:], err)...)
}

// consequences is the table of what happens.
func (h *holdings) consequences(a bulk.Action) (list []string) {
	say := func(applies bool, format string, args ...any) {
		if applies {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	n := len(h.cards)
	active := 0
	for _, c := range h.cards {
		if c.State == card.Active {
			active++
		}
	}
	switch a { //nolint:exhaustive // the others have none
	case bulk.Deactivate:
		say(n > 0, "%s within a second.", counted(n, "Their card is refused", "Their %d cards are refused"))
		say(h.running > 0 && h.stops, "%s.", counted(int(h.running), "A charging session that runs is stopped", "%d charging sessions that run are stopped"))
		say(h.running > 0 && !h.stops, "%s; it is not cut off.", counted(int(h.running), "A charging session that runs goes on to its end", "%d charging sessions that run go on to their ends"))
		say(len(h.roles) > 0, "They can no longer use the console. Their %s back if you reactivate them.", counted(len(h.roles), "staff role ("+listed(h.roles)+") comes", "%d staff roles ("+listed(h.roles)+") come"))
		say(h.keys > 0, "%s at once and for good.", counted(int(h.keys), "One API key they answer for stops working", "%d API keys they answer for stop working"))
		say(h.invited, "The link of their invitation stops working.")
		say(len(h.groups) > 0, "They stay in %s.", counted(len(h.groups), "their user group ("+listed(h.groups)+")", "their %d user groups"))
		say(h.leavesAt != "", "Their departure planned for %s stays planned.", h.leavesAt)
		say(h.login, "They can still sign in and see what they charged.")
		say(true, "You can reactivate them at any time.")
	case bulk.Reactivate:
		say(active > 0, "%s within a second.", counted(active, "Their card works again", "Their %d active cards work again"))
		say(n > active, "%s as they are.", counted(n-active, "One card that is blocked or not active stays so", "%d cards that are blocked or not active stay"))
		say(len(h.roles) > 0, "They get back %s.", counted(len(h.roles), "their staff role: "+listed(h.roles), "their %d staff roles: "+listed(h.roles)))
		say(len(h.groups) > 0, "They are still in %s.", counted(len(h.groups), "their user group ("+listed(h.groups)+")", "their %d user groups"))
		say(h.leavesAt != "", "Their departure planned for %s stays planned.", h.leavesAt)
		say(true, "API keys and invitations that ended do not come back.")
	case bulk.Delete:
		say(true, "They disappear from every list at once, and their e-mail address and external id can be given to somebody else.")
		say(n > 0, "%s within a second. After 30 minutes the numbers are erased.", counted(n, "Their card is refused", "Their %d cards are refused"))
		say(h.running > 0 && h.stops, "%s.", counted(int(h.running), "A charging session that runs is stopped", "%d charging sessions that run are stopped"))
		say(h.running > 0 && !h.stops, "%s; it is not cut off.", counted(int(h.running), "A charging session that runs goes on to its end", "%d charging sessions that run go on to their ends"))
		say(h.login, "They can no longer sign in to this workspace.")
		say(len(h.roles) > 0, "They lose %s.", counted(len(h.roles), "their staff role: "+listed(h.roles), "their %d staff roles: "+listed(h.roles)))
		say(h.keys > 0, "%s at once and for good.", counted(int(h.keys), "One API key they answer for stops working", "%d API keys they answer for stop working"))
		say(h.invited, "The link of their invitation stops working.")
		say(len(h.groups) > 0, "They leave %s after 30 minutes.", counted(len(h.groups), "their user group ("+listed(h.groups)+")", "their %d user groups"))
		say(h.views > 0, "%s after 30 minutes, also for those they are shared with.", counted(h.views, "Their saved view goes", "Their %d saved views go"))
		say(h.leavesAt != "", "Their departure planned for %s is no longer needed.", h.leavesAt)
		say(true, "What they charged stays in the figures, without their name.")
		say(true, "You can undo this for 30 minutes. Then everything personal is erased for good.")
	}
	return list
}
