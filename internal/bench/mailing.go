package bench

import (
	"context"
	"errors"

	"involt/internal/bench/post"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// Mailing measures how invitations that wait are sent: written, handed over and
// noted down, beside a bare loop of the mail library that sends as many mails of
// the same size over as many connections into the same server.
func Mailing(ctx context.Context, o Options) (list []Figure, err error) {
	defer errs.Wrap(&err, "bench.Mailing")
	d, remove, err := o.scratch(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	o.say("filling %s with %d users", o.engine(), o.Rows)
	t, err := fill(ctx, d, o.Rows, 0)
	if err != nil {
		return nil, err
	}
	w := &mailing{office: &post.Office{DB: d, Workspace: t.workspace.ID, Keys: seal.Random(), CPU: cpu, RSS: rss}}
	if w.list, err = w.office.Invite(ctx, t.people); err != nil {
		return nil, err
	}
	stop, err := w.office.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	r := &report{o: o}
	err = r.mailing(ctx, w)
	return r.list, err
}

// mailing is a town in which everybody's invitation waits to be sent.
type mailing struct {
	office *post.Office
	list   []post.Waiting
}

// mailing takes turns between the floor and the work, a part of the town each.
func (r *report) mailing(ctx context.Context, w *mailing) error {
	var floors, figures, floorsCPU, figuresCPU []float64
	most := 0.0
	each := len(w.list) / (r.o.rounds() + 1)
	if each == 0 {
		return errors.New("there are too few users to send mails to")
	}
	for round := range r.o.rounds() + 1 {
		part := w.list[round*each : (round+1)*each]
		took, used, rss, err := w.office.Send(ctx, part)
		if err != nil {
			return err
		}
		if round == 0 { // warm now, and the floor has a mail to copy
			continue
		}
		figures, figuresCPU, most = append(figures, took), append(figuresCPU, used), max(most, rss)
		floor, used, err := w.office.Bare(ctx, part)
		if err != nil {
			return err
		}
		floors, floorsCPU = append(floors, floor), append(floorsCPU, used)
		r.o.say("round %d: %d mails in %.2f s, bare %.2f s", round, each, took, floor)
	}
	per := func(list []float64) float64 { return median(list) / float64(each) * 1e6 }
	r.add("invite.sent", "one mail of a campaign: written, handed over, noted down; floor: a bare loop of the mail library over the same connections", "µs"+ofRatio, per(floors), per(figures), 2)
	r.add("invite.sent.cpu", "the same, as this process's CPU has it, the receiving server included on both sides", "µs", per(floorsCPU), per(figuresCPU), 0)
	r.add("invite.sent.rate", "mails each second; floor: the bare loop's", "1/s", 1e6/per(floors), 1e6/per(figures), 0)
	r.add("invite.sent.memory", "the most that the process held meanwhile, the receiving server included", "MiB", 0, most, 300)
	return nil
}
