package people

import (
	"context"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/apikey"
	"involt/internal/core/application"
	"involt/internal/core/bulk"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/claim"
	"involt/internal/core/decision"
	"involt/internal/core/device"
	"involt/internal/core/doubt"
	"involt/internal/core/grant"
	"involt/internal/core/group"
	"involt/internal/core/guest"
	"involt/internal/core/id"
	"involt/internal/core/inbox"
	"involt/internal/core/invite"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/core/lesson"
	"involt/internal/core/locallist"
	"involt/internal/core/login"
	"involt/internal/core/notice"
	"involt/internal/core/person"
	"involt/internal/core/review"
	"involt/internal/core/source"
	"involt/internal/core/suppress"
	"involt/internal/core/vehicle"
	"involt/internal/core/view"
	"involt/internal/flow/people/rule"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

var erase = job.Define[struct{}]("people.erase")

// How often it is looked for people whose time is over, and how many of them one
// transaction erases: each has a history of any length.
const (
	eraseEvery  = time.Minute
	eraseAtOnce = 50
)

// eraseRipe erases everybody whose time is over: half an hour after a deletion,
// a month after an application was declined.
func (s *Service) eraseRipe(ctx context.Context, _ struct{}) (err error) {
	defer errs.Wrap(&err, "people.eraseRipe")
	for {
		// Mostly there is nobody, and looking costs no write.
		var ws id.Workspace
		err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
			ws, err = person.RipeIn(tx)
			return err
		})
		if err != nil || ws == "" {
			return err
		}
		err = s.DB.Update(ctx, func(tx *db.Tx) error {
			list, err := person.Ripe(tx, ws, eraseAtOnce)
			if err != nil || len(list) == 0 {
				return err
			}
			return eraseAll(tx, ws, list)
		})
		if err != nil {
			return err
		}
	}
}

// eraseAll removes for good what is personal of deleted people, and of the
// records they had taken over. What the law wants to be kept stays without them:
// sessions, decisions, the journal's chain.
func eraseAll(tx *db.Tx, ws id.Workspace, list []id.Person) error {
	merged, err := person.MergedInto(tx, ws, rule.Pad(list))
	if err != nil {
		return err
	}
	list = append(list, merged...)
	many := rule.Pad(list)
	// The journal comes first: it needs to know whose cards they were.
	subjects := make([]string, 0, 2*len(list))
	for _, p := range list {
		subjects = append(subjects, journal.About("person", p))
	}
	things, err := thingsOf(tx, ws, many)
	if err != nil {
		return err
	}
	addresses, err := person.AddressesOf(tx, ws, many)
	if err != nil {
		return err
	}
	if err := noteTraces(tx, ws, list); err != nil {
		return err
	}
	paid, err := account.Erase(tx, ws, many, addresses)
	if err != nil {
		return err
	}
	for _, acc := range paid {
		things = append(things, journal.About("account", acc))
	}
	if err := journal.Erase(tx, ws, append(subjects, things...)); err != nil {
		return err
	}
	for _, do := range []func(*db.Tx, id.Workspace, []id.Person) error{
		charge.Erase, decision.Erase, doubt.Erase, locallist.Erase, lesson.Erase, guest.Erase, review.Erase, card.Erase, vehicle.Erase, grant.Erase, group.Erase, claim.Erase, application.Erase, joincode.Erase,
		invite.Erase, notice.Erase, view.Erase, source.Erase, suppress.Erase, device.Erase, inbox.Erase,
	} {
		if err := do(tx, ws, many); err != nil {
			return err
		}
	}
	if err := bulk.Erase(tx, ws, list); err != nil {
		return err
	}
	for _, p := range list {
		if err := apikey.Forget(tx, ws, p); err != nil {
			return err
		}
	}
	logins, err := person.Erase(tx, ws, many)
	if err != nil {
		return err
	}
	for _, l := range logins {
		if seated, err := person.Seated(tx, l); err != nil || seated {
			if err != nil {
				return err
			}
			continue
		}
		if err := login.Erase(tx, l); err != nil {
			return err
		}
	}
	for _, acc := range paid { // after their history was erased: whoever follows reads them again
		if err := journal.Record(tx, access.System(ws, "erasure"), "account.updated", journal.About("account", acc), nil); err != nil {
			return err
		}
	}
	for _, p := range list {
		if err := journal.Record(tx, access.System(ws, "erasure"), "person.erased", journal.About("person", p), nil); err != nil {
			return err
		}
	}
	return nil
}

// thingsOf returns what else of the journal tells of people: their cards
// and views.
func thingsOf(tx *db.Tx, ws id.Workspace, list []id.Person) (subjects []string, err error) {
	cards, err := card.IDsOf(tx, ws, list)
	if err != nil {
		return nil, err
	}
	for _, c := range cards {
		subjects = append(subjects, journal.About("card", c))
	}
	views, err := view.IDsOf(tx, ws, list)
	for _, v := range views {
		subjects = append(subjects, journal.About("view", v))
	}
	return subjects, err
}
