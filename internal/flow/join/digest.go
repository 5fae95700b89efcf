package join

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/inbox"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/core/notice"
	"involt/internal/core/notice/outbox"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
	"involt/internal/kit/mail"
)

// Jobs tells pool how to do the jobs of this package.
func (s *Service) Jobs(pool *job.Pool) {
	for _, kind := range []string{kindJoined, kindDeclined} {
		s.Outbox.Handle(kind, outbox.Kind{Letters: s.answers})
	}
	s.Outbox.Handle(kindDigest, outbox.Kind{Letters: s.digests})
	job.Handle(pool, digest, s.tellApprovers)
	job.Handle(pool, begins, s.beginTerm)
	job.Handle(pool, ends, s.endTerm)
}

// DigestWait is how long requests are gathered before those who decide are told:
// one mail for everybody who asked meanwhile.
const DigestWait = 5 * time.Minute

// Reader returns what is to be subscribed to the journal: of everybody who asks
// to come in, or into a zone, those who decide are told.
func Reader() journal.Reader {
	return journal.Reader{Name: "join-digest", What: []string{"application.received", "zone.requested"}, Do: func(tx *db.Tx, e journal.Entry) error {
		// While one waits, it gathers this request too.
		return digest.Add(tx, gathering{e.Workspace, e.At.UnixMilli()}, job.Unique(string(e.Workspace)), job.At(tx.Now.Add(DigestWait)), job.For(e.Workspace))
	}}
}

var digest = job.Define[gathering]("join.digest")

// gathering is the requests of a workspace since a moment, in milliseconds.
type gathering struct {
	Workspace id.Workspace
	Since     int64
}

// tellApprovers tells each of those who decide, if anybody still waits of those
// who asked since: by mail, in the app and on their devices.
func (s *Service) tellApprovers(ctx context.Context, g gathering) error {
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		list, err := waiting(tx, g.Workspace, g.Since)
		if err != nil || len(list) == 0 {
			return err
		}
		who, err := approvers(tx, g.Workspace)
		if err != nil {
			return err
		}
		var items []*inbox.Item
		for i := range who {
			p := &who[i]
			n := len(p.decides(list))
			if n == 0 {
				continue
			}
			if err := tellByMail(tx, &p.Person, g.Since); err != nil {
				return err
			}
			if p.Identity != "" {
				items = append(items, &inbox.Item{Workspace: p.Workspace, Person: p.ID, Kind: inbox.Requests, About: map[string]string{"count": strconv.Itoa(n)}})
			}
		}
		if s.Teller == nil {
			return nil
		}
		return s.Teller.Tell(tx, g.Workspace, items)
	})
}

// tellByMail adds the mail to one of those who decide, unless they do not want
// it, or one waits to go out: that one will name these requests too.
func tellByMail(tx *db.Tx, p *person.Person, since int64) error {
	off, err := inbox.Unwanted(tx, p.Workspace, p.ID, inbox.Approvals)
	if err != nil || off || p.Email == "" {
		return err
	}
	if waits, err := notice.Waits(tx, p.Workspace, p.ID, kindDigest); err != nil || waits {
		return err
	}
	n := notice.Notice{Workspace: p.Workspace, Person: p.ID, Channel: "mail", Kind: kindDigest, Recipient: p.Email, Ref: strconv.FormatInt(since, 10)}
	if err := notice.Insert(tx, &n); err != nil {
		return err
	}
	return outbox.Ring(tx)
}

// approver is somebody whose role lets them approve, and where.
type approver struct {
	person.Person

	in access.Reach
}

// approvers are those of the workspace.
func approvers(tx *db.Tx, ws id.Workspace) (list []approver, err error) {
	staff, err := db.All(tx, db.Text[id.Person], `SELECT DISTINCT person FROM person_role WHERE workspace = ? ORDER BY person`, ws)
	if err != nil || len(staff) == 0 {
		return nil, err
	}
	all, err := person.ByIDs(tx, ws, staff)
	for _, p := range all {
		a, may, err := approverOf(tx, p)
		if err != nil {
			return nil, err
		}
		if may {
			list = append(list, a)
		}
	}
	return list, err
}

func approverOf(tx *db.Tx, p person.Person) (a approver, may bool, err error) {
	by, _, err := p.Actor(tx)
	if err != nil {
		return a, false, err
	}
	in, err := by.Within(access.PeopleWrite)
	if errs.KindOf(err) == errs.Denied && err != nil {
		return a, false, nil //nolint:nilerr // a role that decides nothing is no fault
	}
	return approver{p, in}, err == nil, err
}

// decides are those of the people who wait about whom a decides, each once.
func (a *approver) decides(list []asking) (mine []asking) {
	beyond := map[id.Person]bool{} // newcomers who also want what somebody else decides about
	for i := range list {
		if w := &list[i]; w.newcomer && !w.wants.Within(&a.in) {
			beyond[w.who] = true
		}
	}
	seen := map[id.Person]bool{}
	for _, w := range list {
		if !seen[w.who] && !beyond[w.who] && w.wants.Within(&a.in) {
			seen[w.who] = true
			mine = append(mine, w)
		}
	}
	return mine
}

// asking is somebody who waits, and for what.
type asking struct {
	who         id.Person
	newcomer    bool // is not in the workspace yet
	name, place string
	wants       joincode.Code // its zone and group; empty for somebody who wants to come in, and no more
}

// waiting are those who asked since a moment and still wait: to come in, or into
// a zone, the longest waiting first. Whoever waits for several is listed with each.
func waiting(tx *db.Tx, ws id.Workspace, since int64) ([]asking, error) {
	return db.All(tx, func(r db.Scanner) (v asking, err error) {
		var first, last, email string
		err = r.Scan(&v.who, &v.newcomer, &first, &last, &email, &v.place, &v.wants.Location, &v.wants.Group)
		if v.name = strings.TrimSpace(first + " " + last); v.name == "" {
			v.name = email
		}
		return v, err
	}, `SELECT p.id, p.status <> 'active', p.first_name, p.last_name, p.email, COALESCE(l.name, g.name, ''), COALESCE(c.location, ''), COALESCE(c.user_group, '') FROM person p
		LEFT JOIN joining j ON j.workspace = p.workspace AND j.person = p.id AND j.state = 'waiting'
		LEFT JOIN join_code c ON c.workspace = j.workspace AND c.id = j.code
		LEFT JOIN location l ON l.workspace = c.workspace AND l.id = c.location
		LEFT JOIN user_group g ON g.workspace = c.workspace AND g.id = c.user_group
		WHERE p.workspace = ? AND p.deleted_at = 0 AND (p.status = 'to-be-approved' AND p.status_at >= ? OR p.status = 'active' AND j.created_at >= ?)
		ORDER BY COALESCE(j.created_at, p.status_at), p.id LIMIT 1000`, ws, since, since)
}

// mostNamed is how many of those who wait a digest names.
const mostNamed = 10

// digests gathers what mails to those who decide say, unless everybody was
// answered meanwhile.
func (s *Service) digests(tx *db.Tx, ws id.Workspace, list []notice.Notice) ([]outbox.Letter, error) {
	all := make([]outbox.Letter, len(list))
	for i := range list {
		since, err := strconv.ParseInt(list[i].Ref, 10, 64)
		if err != nil {
			return nil, err
		}
		if all[i], err = s.digestTo(tx, ws, &list[i], since); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *Service) digestTo(tx *db.Tx, ws id.Workspace, n *notice.Notice, since int64) (l outbox.Letter, err error) {
	gone := outbox.Letter{Drop: "no longer so"}
	p, err := person.ByID(tx, ws, n.Person)
	if err != nil && errs.KindOf(err) == errs.NotFound {
		return gone, nil
	}
	if err != nil {
		return l, err
	}
	off, err := inbox.Unwanted(tx, ws, p.ID, inbox.Approvals)
	if off {
		return outbox.Letter{Drop: "they do not want these mails any more"}, err
	}
	if err != nil {
		return l, err
	}
	a, may, err := approverOf(tx, p)
	if err != nil {
		return l, err
	}
	waits, err := waiting(tx, ws, since)
	if err != nil {
		return l, err
	}
	waits = a.decides(waits)
	if !may || len(waits) == 0 {
		return gone, nil
	}
	m, err := s.sayDigest(tx, &a, waits)
	return letter(m, n.Recipient), err
}

func (s *Service) sayDigest(tx *db.Tx, p *approver, list []asking) (mail.Message, error) {
	ws, err := workspace.ByID(tx, p.Workspace)
	if err != nil {
		return mail.Message{}, err
	}
	w := wordsOf(language(&p.Person, &ws))
	stop := inbox.Stop{Workspace: ws.ID, Person: p.ID, Class: inbox.Approvals}
	t := notice.Text{
		To: p.Email, Name: strings.TrimSpace(p.FirstName + " " + p.LastName), Language: w.lang, NotMe: w.digestWhy,
		Subject: w.say(w.digestOne, ws.Name), Title: w.say(w.digestOne, ws.Name), Text: w.digestTextOne, Button: w.digestButton, Link: s.PublicURL + "/w/" + ws.Slug + "/approvals",
		Stop: s.PublicURL + "/u/" + stop.Token(s.Keys),
	}
	if !slices.ContainsFunc(list, func(a asking) bool { return a.newcomer }) {
		t.Link = s.PublicURL + "/w/" + ws.Slug + "/zone-requests"
	}
	if len(list) > 1 {
		t.Subject, t.Text = fmt.Sprintf(w.digestMany, len(list), ws.Name), w.digestText
		t.Title = t.Subject
	}
	if p.in.Perms.Has(access.PersonalData) {
		var names []string
		for _, a := range list[:min(len(list), mostNamed)] {
			if a.place != "" {
				a.name += " (" + a.place + ")"
			}
			names = append(names, a.name)
		}
		if more := len(list) - mostNamed; more > 0 {
			names = append(names, fmt.Sprintf(w.digestMore, more))
		}
		t.Gets, t.Lists = w.digestWho, []notice.List{{Label: w.digestLabel, What: names}}
	}
	return s.Letters.Compose(&ws, t)
}
