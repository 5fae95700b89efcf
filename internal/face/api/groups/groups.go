package groups

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/face/api/frame"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Group is a user group as the API shows it.
type Group struct {
	ID          string    `json:"id" doc:"The group's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Name        string    `json:"name" doc:"Unique in the workspace." example:"Employees"`
	Description string    `json:"description" doc:"What it is for." example:"Everyone on the payroll"`
	Rank        int64     `json:"rank" doc:"Of a user's groups, the one with the lowest rank gives the terms." example:"1"`
	Default     bool      `json:"default" doc:"Whether it takes everyone who has no group."`
	Members     int64     `json:"members" doc:"How many users are in it." example:"120"`
	Version     int64     `json:"version" doc:"Counts changes; If-Match compares it." example:"1"`
	CreatedAt   time.Time `json:"created_at" doc:"When it was added."`
}

// GroupDetail is a group with where and when its members may charge.
type GroupDetail struct {
	Group
	Rules []Rule `json:"rules" nullable:"false" doc:"Where and when its members may charge, where the access mode is By user group or a place is for members only."`
}

func groupOf(g *group.Group) Group {
	return Group{
		ID: string(g.ID), Name: g.Name, Description: g.Description, Rank: g.Rank, Default: g.Default, Members: g.Members,
		Version: g.Version, CreatedAt: g.Created,
	}
}

type listGroupsIn struct{ frame.Listing }

func (s *desk) listGroups(ctx context.Context, by access.Actor, in *listGroupsIn) (*frame.Listed[Group], error) {
	at, err := s.At(ctx, in.Listing, nil)
	if err != nil {
		return nil, err
	}
	all, err := s.groups(ctx, by)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b group.Group) int { return cmp.Compare(a.ID, b.ID) })
	rows, next := frame.Whole(all, func(g group.Group) string { return string(g.ID) }, at, in.Limit)
	return frame.PageOf(ctx, s.Server, in.Listing, nil, frame.Each(rows, groupOf), next)
}

// groups reads the workspace's groups in their order.
func (s *desk) groups(ctx context.Context, by access.Actor) (all []group.Group, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		all, err = group.List(tx, by.Workspace)
		return err
	})
	return all, err
}

func (s *desk) readGroup(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[GroupDetail], error) {
	which, err := frame.IDIn[id.Group](in.ID, "group")
	if err != nil {
		return nil, err
	}
	return s.group(ctx, by, which)
}

// group answers with one group as it is now.
func (s *desk) group(ctx context.Context, by access.Actor, which id.Group) (out *frame.One[GroupDetail], err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		all, err := group.List(tx, by.Workspace)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(g group.Group) bool { return g.ID == which })
		if i < 0 {
			return errs.New(errs.NotFound, "There is no such group. It may have been deleted.")
		}
		rules, err := rulesOf(tx, by, which)
		if err != nil {
			return err
		}
		out = &frame.One[GroupDetail]{Body: GroupDetail{Group: groupOf(&all[i]), Rules: rules}}
		out.ETag = frame.Tag(all[i].Version, out.Body)
		return nil
	})
	return out, err
}

type createGroupIn struct {
	frame.Idempotent
	Body struct {
		Name        string `json:"name" minLength:"1" maxLength:"100" doc:"Unique in the workspace." example:"Night shift"`
		Description string `json:"description,omitempty" maxLength:"500" doc:"What it is for." example:"Those who charge by night"`
	} `nameHint:"CreateGroup"`
}

func (s *desk) createGroup(ctx context.Context, by access.Actor, in *createGroupIn) (*frame.Made[GroupDetail], error) {
	g, err := s.Equip.AddGroup(ctx, by, group.Group{Name: in.Body.Name, Description: in.Body.Description})
	if err != nil {
		return nil, err
	}
	got, err := s.group(ctx, by, g.ID)
	if err != nil {
		return nil, err
	}
	return &frame.Made[GroupDetail]{Location: s.Public + frame.Prefix + "/groups/" + got.Body.ID, ETag: got.ETag, Body: got.Body}, nil
}

type changeGroupIn struct {
	frame.ByID
	frame.Precondition
	Body struct {
		Name        *string `json:"name,omitempty" maxLength:"100" doc:"Unique in the workspace." example:"Night shift"`
		Description *string `json:"description,omitempty" maxLength:"500" doc:"What it is for."`
		Default     *bool   `json:"default,omitempty" doc:"true: it takes everyone who has no group, in place of the group that did; false: no group does any more, if it was this one. Send it without the other fields."`
		Confirm     string  `json:"confirm,omitempty" maxLength:"100" doc:"The confirm of a 409, where users would lose places or hours by this."`
	} `nameHint:"ChangeGroup"`
}

func (s *desk) changeGroup(ctx context.Context, by access.Actor, in *changeGroupIn) (*frame.One[GroupDetail], error) {
	b := &in.Body
	which, err := frame.IDIn[id.Group](in.ID, "group")
	if err != nil {
		return nil, err
	}
	if b.Default != nil && (b.Name != nil || b.Description != nil) {
		return nil, errs.AtField("default", "Change this in a request of its own: it may have to be confirmed.")
	}
	g, err := s.groupByID(ctx, by, which)
	if err != nil {
		return nil, err
	}
	if err := frame.Unchanged(in.IfMatch, g.Version); err != nil {
		return nil, err
	}
	// No transaction around these: what would become of users is read from the
	// snapshot that decides, which must not see what may yet be given up.
	switch {
	case b.Name != nil || b.Description != nil:
		frame.Set(&g.Name, b.Name)
		frame.Set(&g.Description, b.Description)
		if _, err = s.Equip.SaveGroup(ctx, by, g); err != nil {
			err = frame.Raced(in.IfMatch, err)
		}
	case b.Default == nil || *b.Default == g.Default:
	case *b.Default:
		err = s.Equip.MakeDefault(ctx, by, which, b.Confirm)
	default:
		err = s.Equip.MakeDefault(ctx, by, "", b.Confirm)
	}
	if err != nil {
		return nil, err
	}
	return s.group(ctx, by, which)
}

func (s *desk) groupByID(ctx context.Context, by access.Actor, which id.Group) (g group.Group, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		g, err = group.ByID(tx, by.Workspace, which)
		return err
	})
	return g, err
}

type deleteGroupIn struct {
	frame.ByID
	frame.Precondition
	Heir    string `query:"heir" maxLength:"26" doc:"The id of the group that takes those who are in no other one, and becomes the default group if this was. Where the groups decide who may charge where, nobody active may be left without."`
	Confirm string `query:"confirm" maxLength:"100" doc:"The confirm of a 409, where users would lose places or hours by this."`
}

func (s *desk) deleteGroup(ctx context.Context, by access.Actor, in *deleteGroupIn) (*frame.Nothing, error) {
	which, err := frame.IDIn[id.Group](in.ID, "group")
	if err != nil {
		return nil, err
	}
	g, err := s.groupByID(ctx, by, which)
	if err != nil {
		return nil, err
	}
	if err := frame.Unchanged(in.IfMatch, g.Version); err != nil {
		return nil, err
	}
	if in.Heir != "" {
		if _, err := s.groupByID(ctx, by, id.Group(in.Heir)); errs.KindOf(err) == errs.NotFound && err != nil {
			return nil, errs.AtField("query.heir", "There is no such group in this workspace.")
		} else if err != nil {
			return nil, err
		}
	}
	if err := s.Equip.DeleteGroup(ctx, by, which, id.Group(in.Heir), in.Confirm); err != nil {
		return nil, frame.Renamed(err, map[string]string{"heir": "query.heir"})
	}
	return &frame.Nothing{}, nil
}

type orderGroupsIn struct {
	Body struct {
		Groups []string `json:"group_ids" nullable:"false" minItems:"1" maxItems:"1000" uniqueItems:"true" doc:"All groups of the workspace, the first one first."`
	} `nameHint:"OrderGroups"`
}

// GroupOrder is the workspace's groups in their order.
type GroupOrder struct {
	Groups []Group `json:"groups" nullable:"false" doc:"All groups, the first one first."`
}

func (s *desk) orderGroups(ctx context.Context, by access.Actor, in *orderGroupsIn) (*frame.One[GroupOrder], error) {
	var all []group.Group
	err := s.DB.Update(ctx, func(tx *db.Tx) (err error) {
		ctx := s.DB.Join(ctx, tx)
		if all, err = group.List(tx, by.Workspace); err != nil {
			return err
		}
		order := make([]id.Group, len(all))
		for i, g := range all {
			order[i] = g.ID
		}
		for to, text := range in.Body.Groups {
			from := slices.Index(order, id.Group(text))
			if from < 0 {
				return errs.AtField(fmt.Sprintf("group_ids.%d", to), "There is no such group in this workspace.")
			}
			if from == to {
				continue
			}
			if err := s.Equip.MoveGroup(ctx, by, order[from], to-from); err != nil {
				return err
			}
			order = slices.Insert(slices.Delete(order, from, from+1), to, id.Group(text))
		}
		if len(in.Body.Groups) != len(all) {
			return errs.AtField("group_ids", "Name all %d groups of the workspace: there may be new ones since you read them.", len(all))
		}
		all, err = group.List(tx, by.Workspace)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &frame.One[GroupOrder]{Body: GroupOrder{Groups: frame.Each(all, groupOf)}}
	out.ETag = frame.Tag(0, out.Body)
	return out, nil
}

// Effect is what a change would take from users, and give them.
type Effect struct {
	Lose    int64         `json:"lose" doc:"How many users could charge at fewer places or hours." example:"12"`
	Gain    int64         `json:"gain" doc:"How many could at more." example:"0"`
	NoGroup int64         `json:"no_group" doc:"How many active users would be in no group." example:"0"`
	Losers  []string      `json:"losers" nullable:"false" doc:"The ids of the first few who would lose."`
	Places  []PlaceEffect `json:"places" nullable:"false" doc:"Where."`
}

// PlaceEffect is that at one place.
type PlaceEffect struct {
	Name string `json:"name" doc:"Of the location or the charger." example:"Harbour car park"`
	Lose int64  `json:"lose" doc:"How many users would lose there." example:"12"`
	Gain int64  `json:"gain" doc:"How many would gain." example:"0"`
}

// EffectOf shows an effect.
func EffectOf(e *grant.Effect) *Effect {
	v := &Effect{Lose: e.Lose, Gain: e.Gain, NoGroup: e.NoGroup, Losers: []string{}, Places: []PlaceEffect{}}
	for _, p := range e.Losers {
		v.Losers = append(v.Losers, string(p))
	}
	for _, p := range e.Places {
		v.Places = append(v.Places, PlaceEffect{p.Name, p.Lose, p.Gain})
	}
	return v
}
