package clients

import (
	"context"
	"slices"
	"strconv"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/core/site"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Update changes what is written about an account: its name, its e-mail address
// and its billing data. a.Version must be that of the row the change was made on.
// Errors stand at the fields of the account and "email".
func (s *Service) Update(ctx context.Context, by access.Actor, a account.Account) (_ account.Account, err error) {
	defer errs.Wrap(&err, "clients.Update")
	email := a.Email
	return s.save(ctx, by, &a, func(_ *db.Tx, r *access.Reach, now *account.Account, wrong *errs.List) error {
		if a.Billing != now.Billing {
			if err := above(r, now, "changing its kind of billing"); err != nil {
				return err
			}
		}
		if email != "" {
			clean, err := person.CleanEmail(email)
			wrong.Add(at("email", err))
			email = clean
		}
		now.Name, now.Email, now.Billing, now.LegalName, now.Street = a.Name, email, a.Billing, a.LegalName, a.Street
		now.Postcode, now.City, now.Country, now.VATID = a.Postcode, a.City, a.Country, a.VATID
		wrong.Add(now.Clean())
		return nil
	})
}

// Limit changes what limits an account: to UserLimit, Until and Places of a, whose
// Version must be that of the row the change was made on. Limits may narrow those
// of the accounts above and never widen them. Errors stand at "user_limit",
// "until" and "places".
func (s *Service) Limit(ctx context.Context, by access.Actor, a account.Account) (_ account.Account, err error) {
	defer errs.Wrap(&err, "clients.Limit")
	return s.save(ctx, by, &a, func(tx *db.Tx, r *access.Reach, now *account.Account, wrong *errs.List) error {
		if err := above(r, now, "changing its limits"); err != nil {
			return err
		}
		old := *now
		now.UserLimit, now.Until, now.Places = a.UserLimit, a.Until, slices.Clone(a.Places)
		wrong.Add(now.CleanLimits())
		return narrows(tx, &old, now, wrong)
	})
}

// save reads an account, lets change change it, and stores it if nothing is wrong
// and nobody else has changed it since as was read.
func (s *Service) save(ctx context.Context, by access.Actor, as *account.Account, change func(tx *db.Tx, r *access.Reach, now *account.Account, wrong *errs.List) error) (a account.Account, err error) {
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		old, r, err := own(tx, by, access.AccountsWrite, as.ID)
		if err != nil {
			return err
		}
		a = old
		var wrong errs.List
		if err := change(tx, &r, &a, &wrong); err != nil {
			return err
		}
		if err := wrong.Err(); err != nil {
			return err
		}
		a.Version = as.Version
		if err := account.Save(tx, &a); err != nil {
			return err
		}
		values, err := difference(tx, &old, &a)
		if err != nil || len(values) == 0 {
			return err
		}
		if a.VATID != old.VATID {
			if err := s.soon(tx); err != nil {
				return err
			}
		}
		return journal.Record(tx, by, "account.updated", journal.About("account", a.ID), values)
	})
	return a, err
}

// narrows adds to wrong where a says more than the accounts above it allow. What
// it said before may stay: it has no effect beyond theirs.
func narrows(tx *db.Tx, old, a *account.Account, wrong *errs.List) error {
	path, err := account.Path(tx, a.Workspace, a.ID)
	if err != nil {
		return err
	}
	limits := account.Effective(path[1:])
	if !a.Until.IsZero() && !a.Until.Equal(old.Until) && !limits.Until.IsZero() && a.Until.After(limits.Until) {
		wrong.Add(errs.AtField("until", "An account above this one ends sooner. Choose an earlier day."))
	}
	for _, up := range path[1:] {
		if up.UserLimit > 0 && a.UserLimit > up.UserLimit && a.UserLimit != old.UserLimit {
			wrong.Add(errs.AtField("user_limit", "%s may have %d users in all. Give a smaller number.", up.Called(false), up.UserLimit))
			break
		}
	}
	for _, l := range a.Places {
		if slices.Contains(old.Places, l) {
			continue
		}
		loc, err := site.LocationByID(tx, a.Workspace, l)
		if err != nil {
			if errs.KindOf(err) != errs.NotFound {
				return err
			}
			wrong.Add(errs.AtField("places", "One of these locations is not here any more. Choose again."))
		} else if !limits.Any && !slices.Contains(limits.Places, l) {
			wrong.Add(errs.AtField("places", "%s is not open to the accounts above this one, and so not to it.", loc.Name))
		}
	}
	return nil
}

// difference lists what changed, as field → [before, after], for people.
func difference(tx *db.Tx, a, b *account.Account) (map[string][2]string, error) {
	zone, err := zoneOf(tx, a.Workspace)
	if err != nil {
		return nil, err
	}
	day := func(end time.Time) string {
		if end.IsZero() {
			return ""
		}
		return end.Add(-time.Millisecond).In(zone).Format(time.DateOnly) // the last day
	}
	number := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	d := map[string][2]string{}
	for field, v := range map[string][2]string{
		"name": {a.Name, b.Name}, "email": {a.Email, b.Email}, "billing": {a.Billing.Label(), b.Billing.Label()}, "legal_name": {a.LegalName, b.LegalName},
		"street": {a.Street, b.Street}, "postcode": {a.Postcode, b.Postcode}, "city": {a.City, b.City}, "country": {a.Country, b.Country}, "vat_id": {a.VATID, b.VATID},
		"user_limit": {number(a.UserLimit), number(b.UserLimit)},
	} {
		if v[0] != v[1] {
			d[field] = v
		}
	}
	if !a.Until.Equal(b.Until) {
		d["last_day"] = [2]string{day(a.Until), day(b.Until)} // told even if the day is the same: decisions follow it
	}
	if !slices.Equal(a.Places, b.Places) {
		before, err := placeNames(tx, a)
		if err != nil {
			return nil, err
		}
		after, err := placeNames(tx, b)
		if err != nil {
			return nil, err
		}
		d["places"] = [2]string{before, after}
	}
	return d, nil
}

func placeNames(tx *db.Tx, a *account.Account) (text string, err error) {
	for i, l := range a.Places {
		loc, err := site.LocationByID(tx, a.Workspace, l)
		if err != nil {
			return "", err
		}
		if i > 0 {
			text += ", "
		}
		text += loc.Name
	}
	return text, nil
}

// SetAccount says who pays for a user: an account, or "" for the operator itself.
// Errors stand at "account".
func (s *Service) SetAccount(ctx context.Context, by access.Actor, who id.Person, acc id.Account) (err error) {
	defer errs.Wrap(&err, "clients.SetAccount")
	r, err := by.Within(access.PeopleWrite | access.AccountsRead)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		if err := person.Within(tx, by.Workspace, r, who); err != nil {
			return err
		}
		var to account.Account
		if acc != "" {
			if to, _, err = own(tx, by, access.PeopleWrite|access.AccountsRead, acc); err != nil {
				return at("account", err)
			}
		} else if !r.Whole {
			return errs.AtField("account", "Choose one of your accounts.")
		}
		p, err := person.ByID(tx, by.Workspace, who)
		if err != nil || p.Account == acc {
			return err
		}
		was := ""
		if p.Account != "" {
			from, err := account.ByID(tx, by.Workspace, p.Account)
			if err != nil {
				return err
			}
			was = from.Name
		}
		if acc != "" {
			if err := account.Room(tx, by.Workspace, acc, p.Account); err != nil {
				return at("account", err)
			}
		}
		p.Account = acc
		if err := person.Save(tx, &p); err != nil {
			return err
		}
		return journal.Record(tx, by, "person.updated", journal.About("person", who), map[string]any{"account": [2]string{was, to.Name}})
	})
}
