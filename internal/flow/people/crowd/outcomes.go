package crowd

import (
	"context"

	"involt/internal/core/access"
	"involt/internal/core/bulk"
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Outcomes returns what became of each of the people that bulk work has dealt
// with, in the order of the selection: limit of them from the one at from on,
// and how many there are in all. failedOnly leaves out those with whom it was
// done and, if it was undone, those with whom that was done too.
func (s *Service) Outcomes(ctx context.Context, by access.Actor, one id.Bulk, failedOnly bool, from, limit int) (list []Outcome, total int, err error) {
	defer errs.Wrap(&err, "crowd.Outcomes")
	if err := by.Need(access.PeopleRead); err != nil {
		return nil, 0, err
	}
	from, limit = max(0, from), max(0, limit)
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, total = nil, 0
		b, err := bulk.ByID(tx, by.Workspace, one)
		if err != nil {
			return err
		}
		if !failedOnly {
			total = int(b.Reached)
			list, err = outcomesFrom(tx, &b, min(from, total), min(from+limit, total))
			return err
		}
		list, total, err = failuresFrom(tx, &b, from, limit)
		return err
	})
	return list, total, err
}

// outcomesFrom returns the outcomes of the people at the places from up to, but
// without, to.
func outcomesFrom(tx *db.Tx, b *bulk.Bulk, from, to int) (list []Outcome, err error) {
	n := b.Action.AtOnce()
	for place := from / n; place*n < to; place++ {
		c, err := bulk.ChunkAt(tx, b, int64(place))
		if err != nil {
			return nil, err
		}
		all := spread(&c)
		list = append(list, all[max(0, from-place*n):min(len(all), to-place*n)]...)
	}
	return list, nil
}

// failuresFrom returns limit outcomes of those with whom it went wrong.
func failuresFrom(tx *db.Tx, b *bulk.Bulk, from, limit int) (list []Outcome, total int, err error) {
	// Mostly few chunks hold any: those that do are read in full.
	all, err := bulk.Outcomes(tx, b)
	if err != nil {
		return nil, 0, err
	}
	for i := range all {
		o := &all[i].Outcome
		n := o.Skipped(sizeOf(b, all[i].Place)) + o.Kept()
		before := total
		total += n
		if n == 0 || total <= from || len(list) >= limit {
			continue
		}
		c, err := bulk.ChunkAt(tx, b, all[i].Place)
		if err != nil {
			return nil, 0, err
		}
		at := before
		for _, one := range spread(&c) {
			if one.Why == "" {
				continue
			}
			if at >= from && len(list) < limit {
				list = append(list, one)
			}
			at++
		}
	}
	return list, total, nil
}

// spread says of a chunk what became of each.
func spread(c *bulk.Chunk) []Outcome {
	if !c.Settled {
		return nil
	}
	n := len(c.People)
	why, left := c.Outcome.Why(n), c.Outcome.WhyLeft(n)
	list := make([]Outcome, n)
	for i, who := range c.People {
		list[i] = Outcome{Person: who, Done: why[i] == "", Why: why[i]}
		if list[i].Done && c.Outcome.Undone {
			list[i].Undone, list[i].Why = left[i] == "", left[i]
		}
	}
	return list
}
