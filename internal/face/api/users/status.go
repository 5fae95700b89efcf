package users

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/api/frame"
	"involt/internal/kit/db"
)

type deactivateUserIn struct {
	frame.ByID
	frame.Idempotent
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why; staff see it." example:"Left the company"`
	} `nameHint:"DeactivateUser"`
}

func (s *desk) deactivateUser(ctx context.Context, by access.Actor, in *deactivateUserIn) (*frame.One[UserDetail], error) {
	return s.withUser(ctx, by, in.ID, func(who id.Person) error { return s.People.Deactivate(ctx, by, who, in.Body.Reason) })
}

func (s *desk) reactivateUser(ctx context.Context, by access.Actor, in *frame.PostByID) (*frame.One[UserDetail], error) {
	return s.withUser(ctx, by, in.ID, func(who id.Person) error { return s.People.Reactivate(ctx, by, who) })
}

// withUser does something with a user and answers with how they are then.
func (s *desk) withUser(ctx context.Context, by access.Actor, text string, do func(id.Person) error) (*frame.One[UserDetail], error) {
	who, err := frame.IDIn[id.Person](text, "user")
	if err != nil {
		return nil, err
	}
	if err := do(who); err != nil {
		return nil, frame.Discreet(by, err)
	}
	return s.user(ctx, by, who)
}

type answerUserIn struct {
	frame.ByID
	frame.Idempotent
	Body *struct {
		Message string `json:"message,omitempty" maxLength:"2000" doc:"Goes into the mail that tells them." example:"Welcome to the fleet."`
	} `nameHint:"AnswerUser"`
}

func (in *answerUserIn) message() string {
	if in.Body == nil {
		return ""
	}
	return in.Body.Message
}

func (s *desk) approveUser(ctx context.Context, by access.Actor, in *answerUserIn) (*frame.One[UserDetail], error) {
	return s.withUser(ctx, by, in.ID, func(who id.Person) error { return s.Onboard.Approve(ctx, by, who, in.message()) })
}

func (s *desk) declineUser(ctx context.Context, by access.Actor, in *answerUserIn) (*frame.One[UserDetail], error) {
	return s.withUser(ctx, by, in.ID, func(who id.Person) error { return s.Onboard.Decline(ctx, by, who, in.message()) })
}

type deleteUserIn struct {
	frame.ByID
	frame.Precondition
}

func (s *desk) deleteUser(ctx context.Context, by access.Actor, in *deleteUserIn) (*frame.Nothing, error) {
	who, err := frame.IDIn[id.Person](in.ID, "user")
	if err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil {
			return err
		}
		if err := frame.Unchanged(in.IfMatch, p.Version); err != nil {
			return err
		}
		return s.People.Delete(s.DB.Join(ctx, tx), by, who)
	})
	if err != nil {
		return nil, frame.Discreet(by, err)
	}
	return &frame.Nothing{}, nil
}

func (s *desk) restoreUser(ctx context.Context, by access.Actor, in *frame.PostByID) (*frame.One[UserDetail], error) {
	return s.withUser(ctx, by, in.ID, func(who id.Person) error { return s.People.UndoDelete(ctx, by, who) })
}

type membershipIn struct {
	frame.ByID
	Group string `path:"group" doc:"The group's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
}

// addToGroup leaves a member as they are: a PUT may be repeated.
func (s *desk) addToGroup(ctx context.Context, by access.Actor, in *membershipIn) (*frame.One[UserDetail], error) {
	return s.membership(ctx, by, in, false, func(ctx context.Context, g id.Group, who id.Person) error {
		return s.People.AddToGroup(ctx, by, g, who)
	})
}

func (s *desk) removeFromGroup(ctx context.Context, by access.Actor, in *membershipIn) (*frame.One[UserDetail], error) {
	return s.membership(ctx, by, in, true, func(ctx context.Context, g id.Group, who id.Person) error {
		return s.People.RemoveFromGroup(ctx, by, g, who)
	})
}

// membership changes whether somebody is in a group, if they are as was says.
func (s *desk) membership(ctx context.Context, by access.Actor, in *membershipIn, was bool, change func(context.Context, id.Group, id.Person) error) (*frame.One[UserDetail], error) {
	return s.withUser(ctx, by, in.ID, func(who id.Person) error {
		g, err := frame.IDIn[id.Group](in.Group, "group")
		if err != nil {
			return err
		}
		return s.DB.Update(ctx, func(tx *db.Tx) error {
			if _, err := group.ByID(tx, by.Workspace, g); err != nil {
				return err
			}
			in, err := group.MembersAmong(tx, by.Workspace, g, []id.Person{who})
			if err != nil || in[who] != was {
				return err
			}
			return change(s.DB.Join(ctx, tx), g, who)
		})
	})
}
