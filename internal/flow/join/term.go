package join

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/journal"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"
)

// A grant has its dates; membership of a group has none. What a code says about
// them is done for a group by jobs, at their time.
var (
	begins = job.Define[term]("join.group-begins")
	ends   = job.Define[term]("join.group-ends")
)

// term is somebody's being in the group of a code.
type term struct {
	Workspace id.Workspace
	Joining   id.Joining
}

// terms has the membership of the code's group begin and end when the code says.
func terms(tx *db.Tx, c *joincode.Code, j *joincode.Joining) error {
	if c.Group == "" || j.State != joincode.Joined {
		return nil
	}
	t := term{j.Workspace, j.ID}
	if c.From.After(tx.Now) {
		if err := begins.Add(tx, t, job.Unique(string(j.ID)), job.At(c.From), job.For(j.Workspace)); err != nil {
			return err
		}
	}
	if c.Until.IsZero() {
		return nil
	}
	return ends.Add(tx, t, job.Unique(string(j.ID)), job.At(c.Until), job.For(j.Workspace))
}

// open returns a joining that is still one, with its code; ok is false for others.
func (t term) open(tx *db.Tx) (j joincode.Joining, c joincode.Code, ok bool, err error) {
	j, err = joincode.JoiningByID(tx, t.Workspace, t.Joining)
	if errs.KindOf(err) == errs.NotFound && err != nil {
		return j, c, false, nil //nolint:nilerr // erased with its user
	}
	if err != nil || j.State != joincode.Joined {
		return j, c, false, err
	}
	c, err = joincode.ByID(tx, t.Workspace, j.Code)
	return j, c, err == nil, err
}

func (s *Service) beginTerm(ctx context.Context, t term) error {
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		j, c, ok, err := t.open(tx)
		if err != nil || !ok || c.Group == "" || j.InGroup {
			return err
		}
		in, err := s.intoGroup(tx, access.System(t.Workspace, "joining-code"), &c, j.Person)
		if err != nil || !in {
			return err
		}
		return joincode.SetInGroup(tx, &j, true)
	})
}

func (s *Service) endTerm(ctx context.Context, t term) error {
	return s.DB.Update(ctx, func(tx *db.Tx) error {
		j, c, ok, err := t.open(tx)
		if err != nil || !ok {
			return err
		}
		by := access.System(t.Workspace, "joining-code")
		if c.Location == "" {
			return s.end(tx, by, &j, &c, joincode.Left)
		}
		if !j.InGroup || c.Group == "" {
			return nil
		}
		if _, err := outOf(tx, by, c.Group, j.Person); err != nil {
			return err
		}
		return joincode.SetInGroup(tx, &j, false) // they stay in the zone, whose grant is over by itself
	})
}

// Groups returns what is to be subscribed to the journal: whoever is taken out of
// a group on its page has not joined it by a code any more.
func Groups() journal.Reader {
	return journal.Reader{Name: "join-groups", What: []string{"group.member-removed"}, Do: func(tx *db.Tx, e journal.Entry) error {
		var value struct {
			Group id.Group `json:"group"`
		}
		if e.Value == "" { // erased with the user
			return nil
		}
		if err := json.Unmarshal([]byte(e.Value), &value); err != nil {
			return fmt.Errorf("reading who left a group: %w", err)
		}
		subjects, err := journal.SubjectsOf(tx, &e)
		if err != nil {
			return err
		}
		var list []id.Person
		for _, subject := range subjects {
			if who, ok := strings.CutPrefix(subject, "person:"); ok {
				list = append(list, id.Person(who))
			}
		}
		for part := range slices.Chunk(list, 400) {
			if err := joincode.OutOfGroup(tx, e.Workspace, value.Group, part, e.At, e.Actor); err != nil {
				return err
			}
		}
		return nil
	}}
}
