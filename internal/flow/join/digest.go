package join

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
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

// tellApprovers adds a message for each of those who decide, if anybody still
// waits of those who asked since.
func (s *Service) tellApprovers(ctx context.Context, g gathering) error {
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		list, err := waiting(tx, g.Workspace, g.Since)
		if err != nil || len(list) == 0 {
			return err
		}
		who, err := approvers(tx, g.Workspace)
		for i := 0; err == nil && i < len(who); i++ {
			err = tell(tx, &who[i], g.Since)
		}
		return err
	})
}

// tell adds the message to one of those who decide. It is the one place that
// says by which channels: others than mail are added here.
func tell(tx *db.Tx, p *person.Person, since int64) error {
	if p.Email == "" {
		return nil
	}
	n := notice.Notice{Workspace: p.Workspace, Person: p.ID, Channel: "mail", Kind: kindDigest, Recipient: p.Email, Ref: strconv.FormatInt(since, 10)}
	if err := notice.Insert(tx, &n); err != nil {
		return err
	}
	return outbox.Ring(tx)
}

// approvers are the active people whose roles let them approve.
func approvers(tx *db.Tx, ws id.Workspace) (list []person.Person, err error) {
	staff, err := db.All(tx, db.Text[id.Person], `SELECT DISTINCT person FROM person_role WHERE workspace = ? ORDER BY person`, ws)
	if err != nil || len(staff) == 0 {
		return nil, err
	}
	all, err := person.ByIDs(tx, ws, staff)
	for _, p := range all {
		if p.Status != person.Active {
			continue
		}
		may, err := mayDecide(tx, &p)
		if err != nil {
			return nil, err
		}
		if may {
			list = append(list, p)
		}
	}
	return list, err
}

func mayDecide(tx *db.Tx, p *person.Person) (bool, error) {
	roles, err := person.Roles(tx, p.Workspace, p.ID)
	return access.PermsOf(roles).Has(access.PeopleWrite), err
}

// asking is somebody who waits, and for what.
type asking struct{ name, place string }

// waiting are those who asked since a moment and still wait: to come in, or into
// a zone, the longest waiting first. Whoever waits for both is listed once.
func waiting(tx *db.Tx, ws id.Workspace, since int64) ([]asking, error) {
	type row struct {
		who id.Person
		asking
	}
	rows, err := db.All(tx, func(r db.Scanner) (v row, err error) {
		var first, last, email string
		err = r.Scan(&v.who, &first, &last, &email, &v.place)
		if v.name = strings.TrimSpace(first + " " + last); v.name == "" {
			v.name = email
		}
		return v, err
	}, `SELECT p.id, p.first_name, p.last_name, p.email, COALESCE(l.name, '') FROM person p
		LEFT JOIN joining j ON j.workspace = p.workspace AND j.person = p.id AND j.state = 'waiting'
		LEFT JOIN join_code c ON c.workspace = j.workspace AND c.id = j.code
		LEFT JOIN location l ON l.workspace = c.workspace AND l.id = c.location
		WHERE p.workspace = ? AND p.deleted_at = 0 AND (p.status = 'to-be-approved' AND p.status_at >= ? OR p.status = 'active' AND j.created_at >= ?)
		ORDER BY COALESCE(j.created_at, p.status_at), p.id LIMIT 1000`, ws, since, since)
	var list []asking
	seen := map[id.Person]bool{}
	for _, v := range rows {
		if !seen[v.who] {
			list = append(list, v.asking)
		}
		seen[v.who] = true
	}
	return list, err
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
	if err != nil && errs.KindOf(err) == errs.NotFound || err == nil && p.Status != person.Active {
		return gone, nil
	}
	if err != nil {
		return l, err
	}
	may, err := mayDecide(tx, &p)
	if err != nil {
		return l, err
	}
	waits, err := waiting(tx, ws, since)
	if err != nil {
		return l, err
	}
	if !may || len(waits) == 0 {
		return gone, nil
	}
	m, err := s.sayDigest(tx, &p, waits)
	return letter(m, n.Recipient), err
}

func (s *Service) sayDigest(tx *db.Tx, p *person.Person, list []asking) (mail.Message, error) {
	ws, err := workspace.ByID(tx, p.Workspace)
	if err != nil {
		return mail.Message{}, err
	}
	roles, err := person.Roles(tx, p.Workspace, p.ID)
	if err != nil {
		return mail.Message{}, err
	}
	w := wordsOf(language(p, &ws))
	t := notice.Text{
		To: p.Email, Name: strings.TrimSpace(p.FirstName + " " + p.LastName), Language: w.lang, NotMe: w.digestWhy,
		Subject: w.say(w.digestOne, ws.Name), Title: w.say(w.digestOne, ws.Name), Text: w.digestText, Button: w.digestButton, Link: s.PublicURL + "/w/" + ws.Slug + "/approvals",
	}
	if len(list) > 1 {
		t.Subject = fmt.Sprintf(w.digestMany, len(list), ws.Name)
		t.Title = t.Subject
	}
	if access.PermsOf(roles).Has(access.PersonalData) {
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
