// Package enter is signing in and out, and what a signed-in person is in a
// workspace.
package enter

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/login"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// Service signs people in.
type Service struct {
	DB        *db.DB
	Passwords *login.Hasher

	// For those who have forgotten their password.
	Keys      *seal.Ring
	Outbox    *outbox.Box
	PublicURL string // as that of the mails of invitations: the only source of links
}

// Seat is what a login is in one workspace.
type Seat struct {
	Workspace workspace.Workspace
	Person    person.Person
	Roles     []access.Held
	Actor     access.Actor // without permissions for those who are not staff, or not active
}

// Staff reports whether the seat opens the console.
func (s Seat) Staff() bool { return s.Actor.Staff() }

// Visitor is somebody who is signed in.
type Visitor struct {
	Identity login.Identity
	Seats    []Seat // by workspace name
	Masked   bool   // privacy mode is on in this browser: no seat sees personal data
	Proven   bool   // they gave their password a short while ago; a link or a code proves nothing
	session  login.Session
}

// Seat returns the visitor's seat in the workspace of that short name.
func (v *Visitor) Seat(slug string) (Seat, bool) {
	for _, s := range v.Seats {
		if s.Workspace.Slug == slug {
			return s, true
		}
	}
	return Seat{}, false
}

// Staff reports whether any seat opens a console.
func (v *Visitor) Staff() bool {
	for _, s := range v.Seats {
		if s.Staff() {
			return true
		}
	}
	return false
}

// SignIn checks an address and a password and begins a session. The answer and
// the time it takes are the same whether the address is known or not. client
// is the address of the browser, for the limit of tries.
func (s *Service) SignIn(ctx context.Context, email, password, client string) (session string, v Visitor, err error) {
	defer errs.Wrap(&err, "enter.SignIn")
	email, err = person.CleanEmail(email)
	if err != nil {
		return "", v, errs.AtField("email", "%s", errs.Text(err))
	}
	if password == "" {
		return "", v, errs.AtField("password", "Type your password.")
	}
	// The count must stay if nothing comes of it: it has a transaction of its own.
	// It is taken before the password is looked at, so that many guesses at once
	// are no more guesses than one after the other.
	mine, theirs := "sign-in|"+email+"|"+client, "sign-in|"+client
	if err := s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := login.Limit(tx, mine, 10, 30*time.Second); err != nil {
			return err
		}
		return login.Limit(tx, theirs, perClient, perClientEvery)
	}); err != nil {
		return "", v, err
	}
	var who login.Identity
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		who, err = login.ByEmail(tx, email)
		return err
	})
	if err != nil && errs.KindOf(err) != errs.NotFound {
		return "", v, err
	}
	ok, err := s.Passwords.Check(ctx, password, who.Hash)
	if err != nil {
		return "", v, err
	}
	if !ok {
		return "", v, errs.AtField("password", "The e-mail address or the password is not right. Check both and try again.")
	}
	return s.start(ctx, who.ID, login.ByPassword, nil, func(tx *db.Tx) error {
		if err := login.Forgive(tx, mine); err != nil {
			return err
		}
		return giveBack(tx, theirs)
	})
}

// A client may fail this often at once, over all addresses, and then once per
// perClientEvery.
const (
	perClient      = 100
	perClientEvery = 2 * time.Second
)

// giveBack takes one event of a client's bucket back: a whole office behind one
// address signs in of a morning, and only failures are to count. Emptying the
// bucket would not do: whoever has one password could guess others for ever.
func giveBack(tx *db.Tx, bucket string) error {
	return login.Limit(tx, bucket, -perClient, -perClientEvery) // counts backwards, and is never refused
}

// FollowLink signs in with a link that the program printed. It works once.
func (s *Service) FollowLink(ctx context.Context, token string) (session string, v Visitor, err error) {
	defer errs.Wrap(&err, "enter.FollowLink")
	var who login.Identity
	err = s.DB.Update(ctx, func(tx *db.Tx) (err error) {
		who, err = login.UseLink(tx, token)
		return err
	})
	if err != nil {
		return "", v, err
	}
	return s.start(ctx, who.ID, login.ByLink, nil, func(*db.Tx) error { return nil })
}

// agentKey is where a context holds what the browser calls itself.
type agentKey struct{}

// From notes in a context which browser asks, for the list of sessions.
func From(ctx context.Context, agent string) context.Context {
	return context.WithValue(ctx, agentKey{}, agent)
}

// start begins a session. One that takes the place of another, old, goes on as it
// was: how it began, when its holder proved themselves, privacy mode.
func (s *Service) start(ctx context.Context, who id.Identity, how login.Method, old *login.Session, also func(*db.Tx) error) (session string, v Visitor, err error) {
	agent, _ := ctx.Value(agentKey{}).(string)
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := also(tx); err != nil {
			return err
		}
		identity, err := login.ByID(tx, who)
		if err != nil {
			return err
		}
		if v, err = visitor(tx, identity); err != nil {
			return err
		}
		b := login.Begin{Staff: v.Staff(), Method: how, Agent: agent}
		switch {
		case how == login.ByPassword && old == nil:
			b.Proven = tx.Now
		case old != nil && how == "":
			b.Method, b.Proven = old.Method, old.Proven
		case old != nil:
			b.Proven = tx.Now
		}
		v.Proven = b.Method == login.ByPassword && tx.Now.Sub(b.Proven) <= login.ProofLife
		if session, err = login.Start(tx, identity, b); err != nil {
			return err
		}
		if old != nil && old.Masked {
			if err := login.MaskNew(tx, session, true); err != nil {
				return err
			}
			v.mask()
		}
		v.session, err = login.BySession(tx, session)
		return err
	})
	return session, v, err
}

// Who returns who a session's token belongs to, or an errs.SignedOut.
func (s *Service) Who(ctx context.Context, token string) (v Visitor, err error) {
	if token == "" {
		return v, errs.New(errs.SignedOut, "Please sign in.")
	}
	var held login.Session
	stale := false
	err = s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if held, err = login.BySession(tx, token); err != nil {
			return err
		}
		stale = held.Stale(tx.Now)
		if v, err = visitor(tx, held.Identity); err == nil && v.Staff() && !held.Staff {
			// Became staff since: a driver's month is too long for a console.
			return errs.New(errs.SignedOut, "Your rights have changed. Please sign in again.")
		}
		v.Proven = held.Fresh(tx.Now)
		if v.session = held; held.Masked {
			v.mask()
		}
		return err
	})
	if err == nil && stale {
		// Reading goes on even when nothing can be written.
		if err := s.DB.Update(ctx, func(tx *db.Tx) error { return login.Touch(tx, held) }); err != nil {
			slog.WarnContext(ctx, "use of a session not noted", "err", err)
		}
	}
	return v, err
}

// Renew ends a session and begins another one for the same login, for when its
// rights have changed. A session that has ended already is an errs.SignedOut.
func (s *Service) Renew(ctx context.Context, token string) (session string, v Visitor, err error) {
	defer errs.Wrap(&err, "enter.Renew")
	var held login.Session
	if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		held, err = login.BySession(tx, token)
		return err
	}); err != nil {
		return "", v, err
	}
	return s.start(ctx, held.Identity.ID, "", &held, func(tx *db.Tx) error { return login.End(tx, token) })
}

// SignOut ends a session.
func (s *Service) SignOut(ctx context.Context, token string) error {
	return s.DB.Update(ctx, func(tx *db.Tx) error { return login.End(tx, token) })
}

func visitor(tx *db.Tx, who login.Identity) (Visitor, error) {
	v := Visitor{Identity: who}
	people, err := person.OfIdentity(tx, who.ID)
	if err != nil {
		return v, err
	}
	for _, p := range people {
		ws, err := workspace.ByID(tx, p.Workspace)
		if err != nil {
			return v, err
		}
		seat := Seat{Workspace: ws, Person: p}
		if seat.Actor, seat.Roles, err = p.Actor(tx); err != nil {
			return v, err
		}
		v.Seats = append(v.Seats, seat)
	}
	return v, nil
}

// RoleLabels names the roles of a seat for people.
func (s Seat) RoleLabels() string {
	list := access.Labels(s.Roles)
	if len(list) == 0 {
		return "Driver"
	}
	return strings.Join(list, ", ")
}

// ByKey returns the actor of an API key, or an errs.SignedOut. A key works only
// while the seat of whoever answers for it does, and may no more than they may
// now.
func (s *Service) ByKey(ctx context.Context, plain string) (by access.Actor, err error) {
	defer errs.Wrap(&err, "enter.ByKey")
	return s.byKey(ctx, plain)
}
