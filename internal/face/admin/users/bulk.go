package users

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/bulk"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/people"
	"involt/internal/kit/errs"
)

// words are how an action on many users is asked for, shown and told.
type words struct {
	verb   string   // "Invite": the button says "Invite 12 users"
	into   string   // " to a user group": what stands behind the users in the question
	name   string   // as the menu calls it
	doing  string   // while it runs: "Inviting"
	done   string   // "invited": the result says "12 users invited"
	ask    string   // the question's second sentence: what it does
	loses  []string // what each of them loses, where something is lost
	danger bool
	field  string // what has to be said besides, "" for nothing: also the field's name
}

var spoken = map[bulk.Action]words{
	bulk.Invite: {
		verb: "Invite", name: "Invite", doing: "Inviting", done: "invited",
		ask: "Each of them gets an e-mail with a link to come in. Whoever had a link gets a new one, and the older one stops working.",
	},
	bulk.Reinvite: {
		verb: "Re-invite", name: "Re-invite", doing: "Inviting again", done: "invited again",
		ask: "Each of them gets a new e-mail. The links they have now stop working.",
	},
	bulk.GroupAdd: {
		verb: "Add", into: " to a user group", name: "Add to user group", doing: "Adding to a group", done: "added to the group", field: "group",
		ask: "They stay in the groups they have.",
	},
	bulk.GroupRemove: {
		verb: "Remove", into: " from a user group", name: "Remove from group", doing: "Removing from a group", done: "removed from the group", field: "group",
		ask: "What they may do by that group ends at once: where and when they charge, and at what terms. Their other groups stay.",
	},
	bulk.CostCenter: {
		verb: "Set the cost center of", name: "Set cost center", doing: "Setting the cost center", done: "changed", field: "cost_center",
		ask: "The cost center that they have now is replaced.",
	},
	bulk.Deactivate: {
		verb: "Deactivate", name: "Deactivate", doing: "Deactivating", done: "deactivated", danger: true, field: "reason",
		ask: "They may no longer charge. Nothing is deleted, and you can reactivate them.",
		loses: []string{
			"Their cards are refused within a second. They stay theirs and work again once they are reactivated.",
			"", // what becomes of sessions, which the workspace says
			"Whoever has a staff role can no longer use the console. The role comes back when they are reactivated.",
			"API keys they answer for stop working at once and for good, and so do the links of open invitations.",
			"They stay in their user groups, and can still sign in and see what they charged.",
		},
	},
	bulk.Reactivate: {
		verb: "Reactivate", name: "Reactivate", doing: "Reactivating", done: "reactivated",
		ask: "They may charge again, with the cards and groups they have.",
	},
	bulk.Delete: {
		verb: "Delete", name: "Delete", doing: "Deleting", done: "deleted", danger: true,
		ask: "They disappear from every list at once. You can undo this for 30 minutes; then everything personal is erased for good.",
		loses: []string{
			"Their cards are refused within a second. After 30 minutes the numbers are erased.",
			"", // what becomes of sessions, which the workspace says
			"They can no longer sign in to this workspace. Staff roles are lost, API keys and the links of open invitations stop working for good.",
			"They leave their user groups, and their saved views go, after 30 minutes.",
			"What they charged stays in the figures, without their name.",
		},
	},
	bulk.RevokeInvites: {
		verb: "Revoke the invitations of", name: "Revoke invitations", doing: "Revoking invitations", done: "no longer invited", danger: true,
		ask: "Their links stop working at once, and mails that wait are not sent. Whoever was Invited is Imported again; you can invite them later.",
	},
	bulk.ExtendInvites: {
		verb: "Extend the invitations of", name: "Extend invitations", doing: "Extending invitations", done: "given more time",
		ask: "The links they have work on, for a whole life of a link from now. Nobody gets an e-mail.",
	},
	bulk.Approve: {
		verb: "Approve", name: "Approve", doing: "Approving", done: "approved", field: "message",
		ask: "They become Active, may charge, and get an e-mail that says so.",
	},
	bulk.Decline: {
		verb: "Decline", name: "Decline", doing: "Declining", done: "declined", danger: true, field: "message",
		ask: "They get an e-mail that says so, and do not come in. Whoever is declined can be invited later.",
	},
}

// everyone are the lines of "Bulk actions": all users of a status, whatever is
// selected.
var everyone = map[string]struct {
	action bulk.Action
	status person.Status
	none   string // key of Done where there is nobody
}{
	"invite-imported": {bulk.Invite, person.Imported, "none-imported"},
	"invite-pending":  {bulk.Reinvite, person.Invited, "none-invited"},
}

// bulkAsk keeps who is meant and leads to the question.
func (c *Pages) bulkAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	action, back, none := bulk.Action(r.PathValue("action")), asked(r.PostForm, lists).Encode(), "none-selected"
	ids, err := c.meant(r, v)
	if all, ok := everyone[string(action)]; ok {
		action, none = all.action, all.none
		ids, err = c.Browse.Matching(r.Context(), v.By, browse.UserFilter{Status: all.status})
	}
	if err != nil {
		return err
	}
	if _, ok := spoken[action]; !ok {
		return errs.New(errs.NotFound, "There is no such action.")
	}
	if len(ids) == 0 {
		ui.RedirectDone(w, r, atQuery(v, back), none, -1)
		return nil
	}
	one, err := c.People.Plan(r.Context(), v.By, action, ids, back)
	if err != nil {
		return err
	}
	v.SeeOther(w, r, "/bulk/"+string(one))
	return nil
}

// meant returns the users that the list's form means: all that match the filter,
// or those that were ticked.
func (c *Pages) meant(r *http.Request, v *frame.Visit) ([]id.Person, error) {
	if r.Form.Get("all") == "1" {
		f, err := userFilter(r.Form)
		if err != nil {
			return nil, err
		}
		f.At, f.Sort = "", ""
		return c.Browse.Matching(r.Context(), v.By, f)
	}
	var ids []id.Person
	for _, s := range r.Form["id"] {
		if id.Valid(s) && !slices.Contains(ids, id.Person(s)) {
			ids = append(ids, id.Person(s))
		}
	}
	return ids, nil
}

// bulkPage is what a piece of bulk work looks like now: the question, how far it
// has come, what became of it.
type bulkPage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	rd    ui.Reader
	words
	people.BulkView
	named  briefs
	group  string // the name of the group it is about
	said   string // what was typed, where a form came back
	wrong  ui.Errors
	offer  []ui.Option // of groups or cost centers
	failed bool        // the results show those alone with whom it was not done
	from   int
	list   []people.Outcome
	total  int // of the results shown, on all pages
	not    int // with how many it was not done
}

func (p *bulkPage) path() string { return p.v.To("/bulk/" + string(p.Bulk.ID)) }

// back leads to the list that the work came from. What was searched for there
// may be a name.
func (p *bulkPage) back() string {
	if of, query, _ := strings.Cut(p.Bulk.Back, "?"); of == "/invitations" {
		q, err := url.ParseQuery(query)
		if err != nil || !p.v.May(access.PersonalData) {
			q.Del("q")
		}
		if len(q) > 0 {
			of += "?" + q.Encode()
		}
		return p.v.To(of)
	}
	q, err := url.ParseQuery(p.Bulk.Back)
	if err != nil {
		q = nil
	}
	q = asked(q, lists)
	if !p.v.May(access.PersonalData) {
		q.Del("q")
	}
	return atQuery(p.v, q.Encode())
}

func (p *bulkPage) count(n int64) string { return howMany(p.rd, n) }

// open reads the work of the address. A question is its asker's alone.
func (c *Pages) open(r *http.Request, v *frame.Visit) (*bulkPage, error) {
	view, err := c.People.Bulk(r.Context(), v.By, id.Bulk(r.PathValue("bulk")))
	if err != nil {
		return nil, err
	}
	if view.Bulk.State == bulk.Planned && view.Bulk.Person != v.By.Person {
		return nil, errs.New(errs.NotFound, "There is no such page.")
	}
	p := &bulkPage{v: v, rd: ui.ReaderOf(r.Context()), words: spoken[view.Bulk.Action], BulkView: view}
	p.shell = v.Shell(p.name, ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")})
	return p, nil
}

func (c *Pages) bulkPage(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.open(r, v)
	if err != nil {
		return err
	}
	return c.showBulk(w, r, p, http.StatusOK)
}

func (c *Pages) showBulk(w http.ResponseWriter, r *http.Request, p *bulkPage, status int) error {
	offer, err := c.Browse.UserChoices(r.Context(), p.v.By)
	if err != nil {
		return err
	}
	if g := p.Bulk.Args.Group; g != "" {
		p.group = deletedGroup
		for _, one := range offer.Groups {
			if one.ID == string(g) {
				p.group = one.Name
			}
		}
	}
	var ids []id.Person
	switch {
	case p.Bulk.State == bulk.Planned:
		p.offerOf(offer)
		ids = slices.Concat(ids, p.WillFirst)
		for _, s := range p.Skips {
			ids = append(ids, s.First...)
		}
	case p.Bulk.State.Over():
		if err := c.results(r, p); err != nil {
			return err
		}
		for _, o := range p.list {
			ids = append(ids, o.Person)
		}
	}
	if p.named, err = c.named(r, p.v, ids); err != nil {
		return err
	}
	return ui.Render(w, r, status, bulkView(p))
}

func (p *bulkPage) offerOf(offer browse.UserChoices) {
	switch p.field {
	case "group":
		for _, g := range offer.Groups {
			p.offer = append(p.offer, ui.Option{Value: g.ID, Label: g.Name})
		}
	case "cost_center":
		for _, name := range offer.CostCenters {
			p.offer = append(p.offer, ui.Option{Value: name, Label: name})
		}
	}
}

// startsWithin is how long the answer to a click waits for work that is done in
// no time, so that its result is the next thing seen.
const startsWithin = 800 * time.Millisecond

// bulkStart carries the work out. A second click, and the same form sent again,
// find it under way or done.
func (c *Pages) bulkStart(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.open(r, v)
	if err != nil {
		return err
	}
	if p.Bulk.State == bulk.Planned {
		p.said = strings.TrimSpace(r.PostForm.Get(p.field))
		args := bulk.Args{}
		switch p.field {
		case "group":
			args.Group, err = c.groupCalled(r, p)
		case "cost_center":
			args.CostCenter = p.said
		case "reason":
			args.Reason = p.said
		case "message":
			args.Message = p.said
		}
		if err == nil {
			ended, stop := c.People.DB.Watch(bulk.Topic(p.Bulk.ID))
			defer stop()
			if err = c.People.Start(r.Context(), v.By, p.Bulk.ID, args); err == nil {
				c.await(r, v, p.Bulk.ID, ended)
			}
		}
		if wrong, ok := ui.ErrorsOf(err); ok {
			p.wrong = wrong
			return c.showBulk(w, r, p, http.StatusUnprocessableEntity)
		}
	}
	if err == nil {
		v.SeeOther(w, r, "/bulk/"+string(p.Bulk.ID))
	}
	return err
}

// await returns when the work is over, and at the latest after startsWithin.
func (c *Pages) await(r *http.Request, v *frame.Visit, one id.Bulk, rings <-chan struct{}) {
	late := time.NewTimer(startsWithin)
	defer late.Stop()
	for {
		if view, err := c.People.Bulk(r.Context(), v.By, one); err != nil || view.Bulk.State.Over() {
			return
		}
		select {
		case <-rings:
		case <-late.C:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// groupCalled finds the group that was typed; whoever adds users to a group may
// name a new one.
func (c *Pages) groupCalled(r *http.Request, p *bulkPage) (id.Group, error) {
	offer, err := c.Browse.UserChoices(r.Context(), p.v.By)
	if err != nil {
		return "", err
	}
	for _, g := range offer.Groups {
		if group.Key(g.Name) == group.Key(p.said) || g.ID == p.said {
			return id.Group(g.ID), nil
		}
	}
	switch {
	case p.said == "":
		return "", errs.AtField("group", "Choose the group.")
	case p.Bulk.Action != bulk.GroupAdd:
		return "", errs.AtField("group", "There is no group called %s. It may have been deleted or renamed meanwhile; choose another.", p.said)
	}
	added, err := c.Equip.AddGroup(r.Context(), p.v.By, group.Group{Name: p.said})
	if err != nil {
		return "", errs.AtField("group", "%s", errs.Text(err))
	}
	return added.ID, nil
}

// bulkUndo takes back what the work did.
func (c *Pages) bulkUndo(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	one := id.Bulk(r.PathValue("bulk"))
	rings, stop := c.People.DB.Watch(bulk.Topic(one))
	defer stop()
	if err := c.People.Undo(r.Context(), v.By, one); err != nil {
		return err
	}
	c.await(r, v, one, rings)
	v.SeeOther(w, r, "/bulk/"+string(one))
	return nil
}

// howMany says how many users there are: "1 user", "12 users".
func howMany(rd ui.Reader, n int64) string {
	if n == 1 {
		return "1 user"
	}
	return fmt.Sprintf("%s users", rd.Int(n))
}

// agree puts the verb of a reason into the number: "is deactivated" becomes "are
// deactivated" of many.
func agree(why string, n int) string {
	if n == 1 {
		return why
	}
	for one, many := range map[string]string{"is ": "are ", "has ": "have ", "was ": "were ", "waits ": "wait ", "holds ": "hold "} {
		if rest, ok := strings.CutPrefix(why, one); ok {
			return many + rest
		}
	}
	return why
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// bulkAgain leads from the address of a question that came back to the question.
func (c *Pages) bulkAgain(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	v.SeeOther(w, r, "/bulk/"+r.PathValue("bulk"))
	return nil
}
