package enter

import (
	"context"
	"time"

	"involt/internal/core/login"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Prove is given the password again by somebody who is signed in, before
// something dangerous. Their session ends and another one begins, whose token is
// returned. A wrong password is an errs.Invalid at "password"; too many are an
// errs.Unavailable.
func (s *Service) Prove(ctx context.Context, v Visitor, password string) (session string, _ Visitor, err error) {
	defer errs.Wrap(&err, "enter.Prove")
	if v.session.Identity.ID == "" {
		return "", v, errs.New(errs.SignedOut, "Please sign in.")
	}
	if password == "" {
		return "", v, errs.AtField("password", "Type your password.")
	}
	mine := "prove|" + string(v.Identity.ID)
	if err := s.DB.Update(ctx, func(tx *db.Tx) error { return login.Limit(tx, mine, 10, 30*time.Second) }); err != nil {
		return "", v, err
	}
	var who login.Identity
	if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		who, err = login.ByID(tx, v.Identity.ID)
		return err
	}); err != nil {
		return "", v, err
	}
	ok, err := s.Passwords.Check(ctx, password, who.Hash)
	if err != nil {
		return "", v, err
	}
	if !ok {
		return "", v, errs.AtField("password", "This is not your password. Try again, or sign out and choose “Forgotten password”.")
	}
	old := v.session
	return s.start(ctx, who.ID, login.ByPassword, &old, func(tx *db.Tx) error {
		if err := login.Forgive(tx, mine); err != nil {
			return err
		}
		return login.EndSession(tx, old)
	})
}

// Session is one browser in which somebody is signed in.
type Session struct {
	login.Session
	Mine bool // the one that asks
}

// Sessions lists where the visitor is signed in, the one that was used last first.
func (s *Service) Sessions(ctx context.Context, v Visitor) (list []Session, err error) {
	defer errs.Wrap(&err, "enter.Sessions")
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list = nil
		all, err := login.Sessions(tx, v.session.Identity)
		for _, one := range all {
			list = append(list, Session{one, one.Same(v.session)})
		}
		return err
	})
	return list, err
}

// EndSession ends another session of the visitor's, by its key, or with "" all
// others.
func (s *Service) EndSession(ctx context.Context, v Visitor, key string) (err error) {
	defer errs.Wrap(&err, "enter.EndSession")
	if v.session.Identity.ID == "" {
		return errs.New(errs.SignedOut, "Please sign in.")
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error { return login.EndOther(tx, v.session, key) })
}
