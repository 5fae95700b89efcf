package users

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/workspace"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/onboard"
)

// invitePage is the form as it was left, with what is wrong in it.
type invitePage struct {
	v         *frame.Visit
	shell     ui.ConsoleProps
	people    []onboard.Invitee
	paste     string
	where     string // one of the values of wheres
	locations []id.Location
	group     id.Group
	account   id.Account
	role      string
	message   string
	offer     browse.Offer
	open      []string // the names of the places that are open to every active user
	roles     []ui.Option
	wrong     ui.Errors
	rd        ui.Reader
	part      bool   // the inviter has a part of the workspace, and invites into it
	focus     string // the field that gets the focus
}

// The ways to say where the invited people may charge.
const (
	whereRules     = "rules"
	whereAll       = "all"
	whereLocations = "locations"
	whereGroup     = "group"
)

// emptyRows is how many rows the form begins with.
const emptyRows = 2

func (c *Pages) inviteForm(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := invitePage{v: v, people: make([]onboard.Invitee, emptyRows), where: whereRules, group: id.Group(r.URL.Query().Get("group")), focus: "people.0.email"}
	if p.group != "" {
		p.where = whereGroup
	}
	return c.showInvite(w, r, p, http.StatusOK)
}

func (c *Pages) showInvite(w http.ResponseWriter, r *http.Request, p invitePage, status int) error {
	var err error
	if p.offer, err = c.Browse.Choices(r.Context(), p.v.By); err != nil {
		return err
	}
	if p.v.Whole(access.PlacesRead) {
		places, err := c.Browse.Locations(r.Context(), p.v.By, "")
		if err != nil {
			return err
		}
		for _, l := range places {
			if !l.MembersOnly {
				p.open = append(p.open, l.Name)
			}
		}
	}
	p.part = !p.v.Whole(access.PeopleWrite)
	if p.part && !slices.ContainsFunc(p.wheres(), func(o ui.Option) bool { return o.Value == p.where }) {
		p.where = p.wheres()[0].Value
	}
	for _, role := range access.Roles {
		if p.v.By.Delegable(role, access.Scope{}) {
			p.roles = append(p.roles, ui.Option{Value: role.Key, Label: role.Label + " – " + role.Does})
		}
	}
	p.rd = ui.ReaderOf(r.Context())
	p.shell = p.v.Shell("Invite users", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: p.v.To("/users")})
	return ui.Render(w, r, status, inviteUsers(p))
}

// invite sends the invitations, or, for the other two buttons of the form, shows
// it again with one more row or with rows made of what was pasted.
func (c *Pages) invite(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p := inviteTyped(r, v)
	do := r.PostForm.Get("do")
	if pasted := fromPaste(p.paste); len(pasted) > 0 && do != "add" {
		p.people, p.paste = append(filled(p.people), pasted...), ""
	}
	switch do {
	case "add":
		p.focus = fmt.Sprintf("people.%d.email", len(p.people))
		p.people = append(p.people, onboard.Invitee{})
		return c.showInvite(w, r, p, http.StatusOK)
	case "paste":
		return c.showInvite(w, r, p, http.StatusOK)
	}
	p.people = filled(p.people)
	var made []id.Person
	var err error
	if p.wrong = p.noPlaces(); p.wrong == nil {
		made, err = c.Onboard.Invite(r.Context(), v.By, p.people, p.given(), p.message)
		p.wrong, _ = ui.ErrorsOf(err)
	}
	if p.wrong != nil {
		if text := p.wrong.Of("people"); text != "" {
			delete(p.wrong, "people")
			p.wrong["people.0.email"] = text
		}
		if len(p.people) == 0 {
			p.people = make([]onboard.Invitee, 1)
		}
		return c.showInvite(w, r, p, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/users?status=invited&sort=-created"), "invited", len(made))
	return nil
}

// noPlaces says what is missing of where they may charge.
func (p *invitePage) noPlaces() ui.Errors {
	switch {
	case p.where == whereLocations && len(p.locations) == 0:
		return ui.Errors{"locations": "Choose at least one location."}
	case p.where == whereGroup && p.group == "":
		return ui.Errors{"groups": "Choose the group."}
	case p.where != whereLocations && p.where != whereGroup && p.where != whereAll && p.where != whereRules:
		return ui.Errors{"where": "Say where they may charge."}
	}
	return nil
}

func inviteTyped(r *http.Request, v *frame.Visit) invitePage {
	f := r.PostForm
	p := invitePage{v: v, paste: f.Get("paste"), where: f.Get("where"), group: id.Group(f.Get("groups")), account: id.Account(f.Get("account")), role: f.Get("role"), message: strings.TrimSpace(f.Get("message"))}
	for _, l := range f["locations"] {
		p.locations = append(p.locations, id.Location(l))
	}
	n, _ := strconv.Atoi(f.Get("rows"))
	for i := range min(n, onboard.MaxInvitees+1) {
		p.people = append(p.people, onboard.Invitee{
			Email: strings.TrimSpace(f.Get(fmt.Sprintf("people.%d.email", i))),
			Card:  strings.TrimSpace(f.Get(fmt.Sprintf("people.%d.card", i))),
		})
	}
	return p
}

// filled are the rows in which something stands.
func filled(all []onboard.Invitee) []onboard.Invitee {
	return slices.DeleteFunc(slices.Clone(all), func(p onboard.Invitee) bool { return p.Email == "" && p.Card == "" })
}

// given is what the invitation offers.
func (p *invitePage) given() (o invite.Offer) {
	switch p.where {
	case whereAll:
		o.Everywhere = true
	case whereLocations:
		o.Locations = p.locations
	case whereGroup:
		if p.group != "" {
			o.Groups = []id.Group{p.group}
		}
	}
	o.Account = p.account
	if p.role != "" {
		o.Roles = access.Give(p.role)
	}
	return o
}

func (p *invitePage) wheres() []ui.Option {
	rules := ui.Option{Value: whereRules, Label: "Wherever every user may", Hint: "All chargers that are open to every active user, as this workspace is set."}
	if p.v.Workspace.AccessMode == workspace.ByGroup {
		rules.Label, rules.Hint = "Where their user groups say", "Nowhere, until they are in a group that opens a place."
	}
	if p.part { // only what is theirs to give
		var own []ui.Option
		if len(p.offer.Accounts) > 0 {
			own = append(own, rules)
		}
		if len(p.offer.Locations) > 0 {
			own = append(own, ui.Option{Value: whereLocations, Label: "Chosen locations", Hint: "All chargers at the locations you tick" + p.besides(whereLocations)})
		}
		if len(p.offer.Groups) > 0 || len(own) == 0 {
			own = append(own, ui.Option{Value: whereGroup, Label: "A user group", Hint: "They become members and charge where the group may" + p.besides(whereGroup)})
		}
		return own
	}
	return []ui.Option{
		rules,
		{Value: whereAll, Label: "All chargers", Hint: "All locations and chargers there are and will be, those for members only too."},
		{Value: whereLocations, Label: "Chosen locations", Hint: "All chargers at the locations you tick" + p.besides(whereLocations)},
		{Value: whereGroup, Label: "A user group", Hint: "They become members and charge where the group may" + p.besides(whereGroup)},
	}
}

// besides ends the sentence of a choice with what they may anyway, so that
// nobody takes it for a limit.
func (p *invitePage) besides(where string) string {
	if p.v.Workspace.AccessMode == workspace.ByGroup {
		i := slices.IndexFunc(p.offer.Groups, func(g group.Group) bool { return g.Default })
		switch {
		case i < 0:
			return "."
		case where == whereGroup:
			return "; the default group, " + p.offer.Groups[i].Name + ", takes only those who are in no other."
		}
		return ", in addition to what the default group may: " + p.offer.Groups[i].Name + "."
	}
	if len(p.open) == 0 {
		return ", in addition to what every active user may."
	}
	return ", in addition to what every active user may: " + nameList(p.open[:min(len(p.open), placesShown)], len(p.open), p.rd) + "."
}

// chosenAccount is the account that is chosen, or the only one there is.
func (p *invitePage) chosenAccount() string {
	if p.account == "" && len(p.offer.Accounts) == 1 {
		return p.offer.Accounts[0].ID
	}
	return string(p.account)
}

func (p *invitePage) accountOptions() (list []ui.Option) {
	for _, a := range p.offer.Accounts {
		list = append(list, ui.Option{Value: a.ID, Label: a.Name})
	}
	return list
}

func (p *invitePage) groupOptions() (list []ui.Option) {
	for _, g := range p.offer.Groups {
		list = append(list, ui.Option{Value: string(g.ID), Label: g.Name})
	}
	return list
}

// order is the form's fields from top to bottom, for the summary of errors.
func (p *invitePage) order() (list []string) {
	for i := range p.people {
		list = append(list, fmt.Sprintf("people.%d.email", i), fmt.Sprintf("people.%d.card", i))
	}
	return append(list, "account", "where", "locations", "groups", "role", "message")
}

// placesShown is how many places a sentence names before it says "and 2 more".
const placesShown = 12
