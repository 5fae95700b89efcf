package users

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/api/frame"
	"involt/internal/flow/browse"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Matching says which users are meant; what is left out means all.
type Matching struct {
	Status       string `query:"status" json:"status,omitempty" enum:"imported,invited,to-be-approved,active,deactivated,declined,enabled,disabled" doc:"Only users of this status; enabled is another word for active, disabled for deactivated."`
	Group        string `query:"group" json:"group,omitempty" maxLength:"26" doc:"Only members of the group with this id; none: only users who are in no group."`
	Account      string `query:"account" json:"account,omitempty" maxLength:"26" doc:"Only users for whom the account with this id, or one below it, pays; without the permission accounts:read nobody."`
	CostCenter   string `query:"cost_center" json:"cost_center,omitempty" maxLength:"100" doc:"Only users of this cost center."`
	Location     string `query:"location" json:"location,omitempty" maxLength:"26" doc:"Only users who may charge at the location with this id."`
	NeverCharged bool   `query:"never_charged" json:"never_charged,omitempty" doc:"true: only users who have never charged."`
	CardMissing  bool   `query:"card_missing" json:"card_missing,omitempty" doc:"true: only users who have no card, not even a blocked one."`
	Q            string `query:"q" json:"q,omitempty" maxLength:"200" doc:"Only users whose name, e-mail address or external id this finds, who have the card with this number in any spelling, or the vehicle with this plate; without the permission personal-data, only by external id."`
}

// Filter is m as the list of users takes it.
func (m *Matching) Filter() (browse.UserFilter, error) {
	f := browse.UserFilter{Account: id.Account(m.Account), CostCenter: m.CostCenter, Location: id.Location(m.Location), NeverCharged: m.NeverCharged, CardMissing: m.CardMissing, Q: m.Q}
	if m.Group == "none" {
		f.NoGroup = true
	} else {
		f.Group = id.Group(m.Group)
	}
	if m.Status == "" {
		return f, nil
	}
	status, err := person.ParseStatus(m.Status)
	f.Status = status
	return f, err
}

// query is m as the address of a list holds it.
func (m *Matching) query() url.Values {
	return frame.Filled("status", m.Status, "group", m.Group, "account", m.Account, "cost_center", m.CostCenter, "location", m.Location,
		"never_charged", frame.IfTrue(m.NeverCharged), "card_missing", frame.IfTrue(m.CardMissing), "q", m.Q)
}

type listUsersIn struct {
	frame.Listing
	Matching
	ExternalID string `query:"external_id" maxLength:"100" doc:"Only the user with exactly this external id; it goes with status and group only."`
	Sort       string `query:"sort" enum:"created,-created,name,-name,charged,-charged,sessions,-sessions" default:"created" doc:"By what the list is sorted; a minus turns it round. charged is the last charge, the longest ago first. By name needs the permission personal-data."`
}

// UserPage is one page of users.
type UserPage struct {
	frame.Page[User]
	Total  int64            `json:"total" doc:"How many users all filters find." example:"1284"`
	Counts map[string]int64 `json:"counts" nullable:"false" doc:"How many users of each status there are that match all filters but status."`
	Over   bool             `json:"at_least" doc:"true: counting stopped early, and there are more than total or counts say. Only with q, where it finds more than 10,000 users."`
}

type listedUsers struct {
	Link string `header:"Link" doc:"The address of the next page, with rel=next; absent at the end."`
	ETag string `header:"ETag" doc:"Of this page."`
	Body UserPage
}

func (s *desk) listUsers(ctx context.Context, by access.Actor, in *listUsersIn) (*listedUsers, error) {
	filters := in.query()
	for name, value := range map[string]string{"external_id": in.ExternalID, "sort": strings.TrimPrefix(in.Sort, "created")} {
		if value != "" {
			filters.Set(name, value)
		}
	}
	at, err := s.At(ctx, in.Listing, filters)
	if err != nil {
		return nil, err
	}
	if strings.TrimPrefix(in.Sort, "-") == "name" && !frame.MayKnow(by) {
		return nil, errs.AtField("query.sort", "Sorting by name needs the permission personal-data.")
	}
	var people []person.Person
	var list browse.UserPage
	if in.ExternalID == "" {
		f, err := in.Filter()
		if err != nil {
			return nil, err
		}
		f.Sort, f.Paging = browse.UserSort(in.Sort), browse.Paging{At: at, Limit: in.Limit}
		if list, err = s.Browse.Users(ctx, by, f); err != nil { // not inside a transaction
			return nil, err
		}
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if in.ExternalID != "" {
			people, list, err = byExternalID(tx, by, in)
		} else {
			people, err = inOrder(tx, by, list.Rows)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	page, err := frame.PageOf(ctx, s.Server, in.Listing, filters, frame.Each(people, func(p *person.Person) User { return userOf(by, p) }), list.Next)
	if err != nil {
		return nil, err
	}
	out := &listedUsers{Link: page.Link, Body: UserPage{Page: page.Body, Total: list.Total, Counts: map[string]int64{}, Over: list.About}}
	for _, status := range person.Statuses {
		out.Body.Counts[string(status)] = list.Counts[status]
		out.Body.Over = out.Body.Over || list.Over[status]
	}
	sums, err := json.Marshal([]any{out.Body.Total, out.Body.Counts, out.Body.Over})
	out.ETag = frame.TagOf(append(sums, page.ETag...))
	return out, err
}

// byExternalID finds the one user with an external id, if the other filters let
// them through.
func byExternalID(tx *db.Tx, by access.Actor, in *listUsersIn) ([]person.Person, browse.UserPage, error) {
	var none browse.UserPage
	f, err := in.Filter()
	if err != nil {
		return nil, none, err
	}
	if in.Q != "" || in.Account != "" || in.CostCenter != "" || in.Location != "" || in.NeverCharged || in.CardMissing {
		return nil, none, errs.AtField("query.external_id", "Besides external_id, only status and group can be given.")
	}
	people, err := person.ByExternalIDs(tx, by.Workspace, []string{in.ExternalID})
	if err != nil || len(people) == 0 {
		return nil, none, err
	}
	p := people[0]
	if in.Group != "" {
		groups, err := group.Of(tx, by.Workspace, p.ID)
		isIn := slices.ContainsFunc(groups, func(g group.Group) bool { return g.ID == f.Group })
		if err != nil || f.NoGroup && len(groups) > 0 || !f.NoGroup && !isIn {
			return nil, none, err
		}
	}
	found := browse.UserPage{Counts: map[person.Status]int64{p.Status: 1}}
	if f.Status != "" && f.Status != p.Status {
		return nil, found, nil
	}
	found.Total = 1
	return people, found, nil
}

// inOrder reads the people of a list, in its order.
func inOrder(tx *db.Tx, by access.Actor, rows []browse.User) ([]person.Person, error) {
	ids := make([]id.Person, len(rows))
	place := map[id.Person]int{}
	for i := range rows {
		ids[i] = rows[i].ID
		place[rows[i].ID] = i
	}
	people, err := person.ByIDs(tx, by.Workspace, ids)
	slices.SortFunc(people, func(a, b person.Person) int { return place[a.ID] - place[b.ID] })
	return people, err
}
