package clients

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/reimburse"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Rate is what is to be paid back, as it was typed.
type Rate struct {
	Amount   string // per kWh: "0.2500"; "" for none
	Currency string // "EUR" if empty
	From     string // "2027-01-31"; "" for today
}

// Client is a new customer.
type Client struct {
	Account account.Account // name and billing data; the name is the e-mail address if it is empty
	Email   string
	Message string
}

// InviteClient makes an account for a new customer and invites its first person,
// who will own it. Errors stand at the fields of the account, "email", "role" and
// "message".
func (s *Service) InviteClient(ctx context.Context, by access.Actor, in Client) (a account.Account, who id.Person, err error) {
	defer errs.Wrap(&err, "clients.InviteClient")
	if err := by.Need(access.AccountsWrite | access.PeopleWrite); err != nil {
		return a, "", err
	}
	a = in.Account
	a.Workspace, a.Parent, a.Kind = by.Workspace, "", account.Customer
	email, err := cleaned(&a, in.Email)
	if err != nil {
		return a, "", err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := s.create(tx, by, &a); err != nil {
			return err
		}
		offer := invite.Offer{Account: a.ID, Roles: []access.Given{ownerOf(a.ID)}}
		who, err = s.Invite.InviteTo(s.DB.Join(ctx, tx), by, email, offer, in.Message)
		return err
	})
	return a, who, err
}

// cleaned cleans an account and the address of its person, who gets its bills
// until somebody says otherwise.
func cleaned(a *account.Account, typed string) (email string, err error) {
	var wrong errs.List
	email, err = person.CleanEmail(typed)
	wrong.Add(at("email", err))
	if a.Name == "" {
		a.Name = typed
	}
	a.Email = email
	wrong.Add(a.Clean())
	return email, wrong.Err()
}

func ownerOf(acc id.Account) access.Given {
	return access.Given{Role: access.AccountOwner, At: access.Scope{Kind: access.InAccount, ID: string(acc)}}
}

// create stores an account that was cleaned. The tree of its parent is locked.
func (s *Service) create(tx *db.Tx, by access.Actor, a *account.Account) error {
	if err := account.Insert(tx, a); err != nil {
		return err
	}
	if a.VATID != "" {
		if err := s.soon(tx); err != nil {
			return err
		}
	}
	return journal.Record(tx, by, "account.created", journal.About("account", a.ID), map[string]any{
		"name": a.Name, "kind": a.Kind, "billing": a.Billing, "parent": a.Parent,
	})
}

// SubAccount is a new account below another.
type SubAccount struct {
	Account account.Account // parent, kind, name and billing data
	Email   string          // of the person who will use it
	Rate    Rate
	Message string
}

// AddSubAccount makes an account below another and invites its person: the owner
// of a subsidiary's, a driver in an employee's. Errors stand at the fields of the
// account, "email", "rate", "from", "currency" and "message".
func (s *Service) AddSubAccount(ctx context.Context, by access.Actor, in SubAccount) (a account.Account, who id.Person, err error) {
	defer errs.Wrap(&err, "clients.AddSubAccount")
	if _, err := by.Within(access.AccountsWrite | access.PeopleWrite); err != nil {
		return a, "", err
	}
	a = in.Account
	a.Workspace = by.Workspace
	var wrong errs.List
	email, err := cleaned(&a, in.Email)
	wrong.Add(err)
	if a.Kind == account.Customer {
		wrong.Add(errs.AtField("kind", "Say who will use this account: an employee or a subsidiary."))
	}
	if in.Rate.Amount != "" {
		_, err := reimburse.ParseRate(in.Rate.Amount)
		wrong.Add(err)
	}
	if err := wrong.Err(); err != nil {
		return a, "", err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		parent, _, err := own(tx, by, access.AccountsWrite|access.PeopleWrite, a.Parent)
		if err != nil {
			return err
		}
		if err := account.Room(tx, by.Workspace, parent.ID, ""); err != nil {
			return err
		}
		if err := s.create(tx, by, &a); err != nil {
			return err
		}
		offer := invite.Offer{Account: a.ID}
		if a.Kind == account.Subsidiary {
			offer.Roles = []access.Given{ownerOf(a.ID)}
		}
		who, err = s.seat(ctx, tx, by.Grown(parent.ID, a.ID), &a, email, offer, in.Rate, in.Message)
		return err
	})
	return a, who, err
}

// seat agrees on a rate, if there is one, and invites the person of an account.
func (s *Service) seat(ctx context.Context, tx *db.Tx, by access.Actor, a *account.Account, email string, offer invite.Offer, r Rate, message string) (id.Person, error) {
	if r.Amount != "" {
		set, err := agree(tx, by, a, r)
		if err != nil {
			return "", err
		}
		offer.Rate = set.String()
	}
	return s.Invite.InviteTo(s.DB.Join(ctx, tx), by, email, offer, message)
}

// EndUser is somebody new in an account that is there.
type EndUser struct {
	Email   string
	Account id.Account
	Owner   bool // owns the account, and does not only charge on it
	Rate    Rate
	Message string
}

// AddEndUser invites somebody into an account. With a rate they are an employee
// who is paid back: where the account is not an employee's own, one is made for
// them below it, which is returned. Errors stand at "email", "account", "role",
// "rate", "from", "currency" and "message".
func (s *Service) AddEndUser(ctx context.Context, by access.Actor, in EndUser) (a account.Account, who id.Person, err error) {
	defer errs.Wrap(&err, "clients.AddEndUser")
	need := access.AccountsRead | access.PeopleWrite
	if in.Rate.Amount != "" {
		need |= access.AccountsWrite
	}
	if _, err := by.Within(need); err != nil {
		return a, "", err
	}
	var wrong errs.List
	email, err := person.CleanEmail(in.Email)
	wrong.Add(at("email", err))
	if in.Account == "" {
		wrong.Add(errs.AtField("account", "Choose the account: type its name and take it from the list."))
	}
	if in.Rate.Amount != "" {
		_, err := reimburse.ParseRate(in.Rate.Amount)
		wrong.Add(err)
	}
	if err := wrong.Err(); err != nil {
		return a, "", err
	}
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		by := by
		var r access.Reach
		var err error
		if a, r, err = own(tx, by, need, in.Account); err != nil {
			return at("account", err)
		}
		if err := account.Room(tx, by.Workspace, a.ID, ""); err != nil {
			return at("account", err)
		}
		switch {
		case in.Rate.Amount == "":
		case a.Kind == account.Employee:
			if err := above(&r, &a, "what is paid back"); err != nil {
				return err
			}
		default:
			parent := a
			a = account.Account{Workspace: by.Workspace, Parent: parent.ID, Kind: account.Employee, Name: email, Email: email, Billing: account.Consumer}
			if err := a.Clean(); err != nil {
				return err
			}
			if err := s.create(tx, by, &a); err != nil {
				return at("account", err)
			}
			by = by.Grown(parent.ID, a.ID)
		}
		offer := invite.Offer{Account: a.ID}
		if in.Owner {
			offer.Roles = []access.Given{ownerOf(a.ID)}
		}
		who, err = s.seat(ctx, tx, by, &a, email, offer, in.Rate, in.Message)
		return err
	})
	return a, who, err
}

// today is the day in the workspace's zone.
func today(tx *db.Tx, ws id.Workspace) (reimburse.Day, error) {
	zone, err := zoneOf(tx, ws)
	return reimburse.DayOf(tx.Now.In(zone)), err
}

// zoneOf is the zone in which the workspace's days are days.
func zoneOf(tx *db.Tx, ws id.Workspace) (*time.Location, error) {
	v, err := workspace.ByID(tx, ws)
	if err != nil {
		return time.UTC, err
	}
	zone, err := time.LoadLocation(v.TimeZone)
	if err != nil {
		zone = time.UTC // a name that means nothing cannot be stored
	}
	return zone, nil
}
