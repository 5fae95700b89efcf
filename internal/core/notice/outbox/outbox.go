// Package outbox sends the mails that wait. A mail is a row of core/notice that
// is due; whoever queues one rings. One job at a time on each server claims what
// is due and sends it over several connections, two at most to one domain, so
// that a domain that hangs holds up nobody but itself, and no more than one
// worker of the queue of jobs.
//
// What a mail says is made when it goes out, by the flow whose kind it is: so no
// secret waits in the database.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/notice"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
	"involt/internal/kit/lane"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
)

// Sender hands one mail to a mail server.
type Sender interface {
	Send(ctx context.Context, m mail.Message) error
}

// Letter is a mail to be.
type Letter struct {
	Drop  string // why it is no longer wanted; "" if it is
	Write func() (mail.Message, error)
}

// Ended is a mail that was taken or refused for good.
type Ended struct {
	notice.Notice

	Refused bool
	Reply   string // the mail server's words
}

// Kind is what the outbox must know of one kind of mail.
type Kind struct {
	// Letters gathers what the mails of one workspace say, in their order.
	Letters func(tx *db.Tx, ws id.Workspace, list []notice.Notice) ([]Letter, error)
	// Ended, if not nil, is told in the transaction that writes it down.
	Ended func(tx *db.Tx, ws id.Workspace, list []Ended) error
}

// Guard knows addresses that get no mail.
type Guard interface {
	// Why returns, for those of the addresses that get none, why.
	Why(tx *db.Tx, ws id.Workspace, emails []string) (map[string]string, error)
	// Refused is told that a mail server will never take mail for an address.
	Refused(tx *db.Tx, ws id.Workspace, email, reply string) error
}

// Box is the outbox of one server. Its fields must not change once it works.
type Box struct {
	DB     *db.DB
	Keys   *seal.Ring
	Sender Sender
	Guard  Guard         // nil for none
	Limits notice.Limits // per mailbox
	Most   int           // mails that are sent at once; 8 if zero
	Slow   time.Duration // see [lane.Plan]

	kinds map[string]Kind

	mu      sync.Mutex // guards what follows
	running bool
	again   bool // somebody rang while it ran
	more    chan struct{}
	downs   int // how often in a row the outbox was left because of that
	unheard int // tries in a row for which no mail could be handed over at all
}

// Handle says how mails of a kind are made.
func (b *Box) Handle(kind string, k Kind) {
	if b.kinds == nil {
		b.kinds = map[string]Kind{}
	}
	b.kinds[kind] = k
}

var (
	send  = job.Define[sending]("mail.send")
	sweep = job.Define[sending]("mail.sweep")
)

type sending struct{}

// Ring has what waits in the outbox looked at once tx has committed.
func Ring(tx *db.Tx) error { return send.Add(tx, sending{}, job.Unique("")) }

// Jobs tells pool how to work the outbox.
func (b *Box) Jobs(pool *job.Pool) {
	b.more = make(chan struct{}, 1)
	job.Handle(pool, send, b.work)
	job.Handle(pool, sweep, func(ctx context.Context, _ sending) error { return b.DB.Update(ctx, notice.SweepSlots) })
	job.Every(pool, sweep, sending{}, time.Hour)
}

// work sends what is due, or tells the one who is at it already.
func (b *Box) work(ctx context.Context, _ sending) error {
	b.mu.Lock()
	if b.running {
		b.again = true
		b.mu.Unlock()
		select {
		case b.more <- struct{}{}:
		default:
		}
		return nil
	}
	b.running = true
	b.mu.Unlock()
	for {
		halted := b.plan(job.Stopping(ctx)).Run(ctx)
		// What halted it is told by when it is looked at again.
		err := b.next(ctx, halted)
		b.mu.Lock()
		once := b.again && err == nil && halted == nil
		b.running, b.again = once, false
		b.mu.Unlock()
		if !once {
			return err
		}
	}
}

// next has the outbox looked at again when the next mail is due, or, if no mail
// could be handed over at all, after a while.
func (b *Box) next(ctx context.Context, failed error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	wait, down := isDown(failed)
	if failed != nil && !down && !errors.Is(failed, context.Canceled) {
		return failed
	}
	if down {
		b.downs++
		wait = max(wait, min(5*time.Second<<min(b.downs, 10), 5*time.Minute))
	} else {
		b.downs = 0
	}
	return b.DB.Update(ctx, func(tx *db.Tx) error {
		if down {
			return send.Add(tx, sending{}, job.Unique(""), job.At(tx.Now.Add(wait)))
		}
		at, err := notice.NextDue(tx)
		if err != nil || at.IsZero() {
			return err
		}
		// One job for all that are due within a second.
		return send.Add(tx, sending{}, job.Unique(at.Format(time.DateTime)), job.At(at))
	})
}

// isDown reports whether an error says that no mail can be handed over now, and
// how long whoever says so wants to wait.
func isDown(err error) (wait time.Duration, down bool) {
	if later, ok := errors.AsType[*job.Later](err); ok {
		return later.Wait, true
	}
	return 0, mail.IsDown(err)
}

// item is one mail on its way.
type item struct {
	notice.Notice

	letter  Letter
	subject string
	slot    notice.Slot
}

// ahead is how many mails are claimed at once. Claiming holds up writing down what
// was sent, so it should be rare; and what is claimed is held in memory.
const ahead = 1024

func (b *Box) plan(stop <-chan struct{}) *lane.Plan[*item] {
	return &lane.Plan[*item]{
		Most: b.Most, Slow: b.Slow, Beat: notice.Lease / 4, Ahead: ahead,
		Take: b.take, Do: b.do, Done: b.done,
		Keep: func(ctx context.Context, list []*item) error {
			return b.DB.Update(ctx, func(tx *db.Tx) error { return notice.Keep(tx, keys(list)) })
		},
		Free: func(ctx context.Context, list []*item) error {
			return b.DB.Update(ctx, func(tx *db.Tx) error {
				for _, it := range list {
					if err := notice.Release(tx, it.slot); err != nil {
						return err
					}
				}
				return notice.Free(tx, keys(list))
			})
		},
		Halt: b.hopeless,
		Stop: stop, More: b.more,
	}
}

// fewTries is how many tries in a row must find the mail server down before the
// outbox is left: one connection of many may go wrong by itself.
const fewTries = 4

// hopeless reports whether nothing more should be sent now.
func (b *Box) hopeless(err error) bool {
	if _, down := isDown(err); !down {
		return false
	}
	if _, asked := errors.AsType[*job.Later](err); asked {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.unheard >= fewTries
}

// heard notes whether a try reached the mail server.
func (b *Box) heard(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, down := isDown(err); down {
		b.unheard++
	} else {
		b.unheard = 0
	}
}

func keys(list []*item) []notice.Key {
	all := make([]notice.Key, len(list))
	for i, it := range list {
		all[i] = it.Key()
	}
	return all
}

// take claims mails that are due and gathers what they say. It looks first,
// since a look costs no write.
func (b *Box) take(ctx context.Context, n int, full []string) (list []lane.Task[*item], err error) {
	for {
		var due bool
		if err := b.DB.View(ctx, func(tx *db.Tx) error {
			at, err := notice.NextDue(tx)
			due = !at.IsZero() && !at.After(tx.Now)
			return err
		}); err != nil || !due {
			return nil, err
		}
		claimed := 0
		err = b.DB.Update(ctx, func(tx *db.Tx) error {
			all, err := notice.Claim(tx, n, full)
			if err != nil {
				return err
			}
			claimed = len(all)
			list, err = b.ready(tx, all)
			return err
		})
		if err != nil || len(list) > 0 || claimed == 0 {
			return list, err
		}
	}
}

// ready returns those of the claimed mails that are to be sent now.
func (b *Box) ready(tx *db.Tx, all []notice.Notice) (list []lane.Task[*item], err error) {
	type pile struct {
		ws   id.Workspace
		kind string
	}
	piles := map[pile][]notice.Notice{}
	var order []pile
	for _, n := range all {
		p := pile{n.Workspace, n.Kind}
		if piles[p] == nil {
			order = append(order, p)
		}
		piles[p] = append(piles[p], n)
	}
	for _, p := range order {
		k, ok := b.kinds[p.kind]
		if !ok {
			// A newer server may know it.
			for i := range piles[p] {
				if err := notice.Postpone(tx, piles[p][i].Key(), tx.Now.Add(time.Minute), "this server knows no messages of the kind "+p.kind); err != nil {
					return nil, err
				}
			}
			continue
		}
		some, err := b.wanted(tx, p.ws, k, piles[p])
		if err != nil {
			return nil, fmt.Errorf("mails of kind %s: %w", p.kind, err)
		}
		list = append(list, some...)
	}
	return list, nil
}

// wanted returns those of a workspace's mails of one kind that are wanted still,
// may go to their addresses, and have room in their mailboxes.
func (b *Box) wanted(tx *db.Tx, ws id.Workspace, k Kind, all []notice.Notice) (list []lane.Task[*item], err error) {
	var barred map[string]string
	if b.Guard != nil {
		emails := make([]string, len(all))
		for i := range all {
			emails[i] = all[i].Recipient
		}
		if barred, err = b.Guard.Why(tx, ws, emails); err != nil {
			return nil, err
		}
	}
	letters, err := k.Letters(tx, ws, all)
	if err != nil {
		return nil, err
	}
	var items []*item
	var over []notice.Outcome
	var ended []Ended
	for i := range all {
		n := &all[i]
		switch why := barred[n.Recipient]; {
		case letters[i].Drop != "":
			over = append(over, notice.Outcome{Key: n.Key(), State: notice.Dropped, Reply: letters[i].Drop})
		case why != "":
			over = append(over, notice.Outcome{Key: n.Key(), State: notice.Bounced, Reply: why})
			ended = append(ended, Ended{*n, true, why})
		default:
			items = append(items, &item{Notice: *n, letter: letters[i], slot: b.slot(n)})
		}
	}
	if len(over) > 0 {
		if _, err := notice.Tried(tx, over); err != nil {
			return nil, err
		}
	}
	if len(ended) > 0 && k.Ended != nil {
		if err := k.Ended(tx, ws, ended); err != nil {
			return nil, err
		}
	}
	slots := make([]notice.Slot, len(items))
	for i, it := range items {
		slots[i] = it.slot
	}
	wait, err := b.Limits.Reserve(tx, slots)
	if err != nil {
		return nil, err
	}
	for i, it := range items {
		if !wait[i].IsZero() {
			if err := notice.Postpone(tx, it.Key(), wait[i], "waits: this mailbox has had as many mails as one gets in an hour or a day"); err != nil {
				return nil, err
			}
			continue
		}
		list = append(list, lane.Task[*item]{Lane: notice.Domain(it.Recipient), What: it})
	}
	return list, nil
}

func (b *Box) slot(n *notice.Notice) notice.Slot {
	if b.Limits == (notice.Limits{}) {
		return notice.Slot{}
	}
	return notice.Slot{Mailbox: b.Keys.KeyedHash("mailbox", n.Recipient), Message: string(n.ID)}
}

// errUnwritten is in the chain of an error of a mail that cannot be made.
var errUnwritten = errors.New("this mail cannot be written")

// do writes one mail and hands it over.
func (b *Box) do(ctx context.Context, it *item) error {
	m, err := it.letter.Write()
	if err != nil {
		return fmt.Errorf("%w: %w", errUnwritten, err)
	}
	it.subject = m.Subject
	m.ID = MessageID(&it.Notice)
	err = b.Sender.Send(ctx, m)
	b.heard(err)
	return err
}

// keepTrying is how long a mail is tried that no mail server takes and none
// refuses.
const keepTrying = 3 * 24 * time.Hour

// backoff is how long a mail waits after its n-th failure, n from 1: 5 s,
// doubling up to an hour.
func backoff(n int64) time.Duration { return min(5*time.Second<<min(n-1, 20), time.Hour) }

// done writes down what became of mails.
func (b *Box) done(ctx context.Context, list []lane.Outcome[*item]) error {
	return b.DB.Update(ctx, func(tx *db.Tx) error {
		all := make([]notice.Outcome, len(list))
		for i, o := range list {
			all[i] = became(tx.Now, o.What, o.Err)
		}
		kept, err := notice.Tried(tx, all)
		if err != nil {
			return err
		}
		type pile struct {
			ws   id.Workspace
			kind string
		}
		ended := map[pile][]Ended{}
		for i, o := range list {
			it, out := o.What, all[i]
			if out.State != notice.Sent && it.slot.Mailbox != "" {
				if err := notice.Release(tx, it.slot); err != nil {
					return err
				}
			}
			if !kept[i] || out.State != notice.Sent && out.State != notice.Bounced {
				continue
			}
			p := pile{it.Workspace, it.Kind}
			ended[p] = append(ended[p], Ended{it.Notice, out.State == notice.Bounced, out.Reply})
			if refused, ok := errors.AsType[*mail.Refused](o.Err); ok && refused.OfAddress() && b.Guard != nil {
				if err := b.Guard.Refused(tx, it.Workspace, it.Recipient, out.Reply); err != nil {
					return err
				}
			}
		}
		for p, some := range ended {
			if k := b.kinds[p.kind]; k.Ended != nil {
				if err := k.Ended(tx, p.ws, some); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// became says what is to be written down after a try.
func became(now time.Time, it *item, failed error) notice.Outcome {
	o := notice.Outcome{Key: it.Key(), State: notice.Sent, Subject: it.subject}
	reply, refused := mail.IsRefused(failed)
	switch {
	case failed == nil:
	case refused:
		o.State, o.Reply = notice.Bounced, reply
	case errors.Is(failed, errUnwritten):
		o.State, o.Reply = notice.Dropped, failed.Error()
	case errors.Is(failed, context.Canceled):
		o.State, o.Reply, o.Again = notice.Retrying, "stopped with the server", time.Second
	case now.Sub(it.Created) > keepTrying:
		o.State, o.Reply = notice.Bounced, "given up after three days; the last words were: "+failed.Error()
	default:
		wait, _ := isDown(failed)
		o.State, o.Reply, o.Again = notice.Retrying, failed.Error(), max(wait, backoff(it.Tries+1))
	}
	return o
}

// MessageID is what a mail of n bears as its Message-ID, in front of the @: who
// gets it back finds n by it.
func MessageID(n *notice.Notice) string { return string(n.ID) + "." + string(n.Workspace) }

// NoticeOf is the message that a Message-ID names, as [MessageID] spells it; with
// or without what follows the @.
func NoticeOf(messageID string) (ws id.Workspace, n id.Notice, ok bool) {
	local, _, _ := strings.Cut(messageID, "@")
	first, second, found := strings.Cut(local, ".")
	return id.Workspace(second), id.Notice(first), found && id.Valid(first) && id.Valid(second)
}

// CameBack writes down that a mail did not arrive although a mail server took it,
// and tells whose kind it is. It reports false if that is nothing new.
func (b *Box) CameBack(tx *db.Tx, n *notice.Notice, reply string) (bool, error) {
	news, err := notice.CameBack(tx, n, reply)
	if err != nil || !news {
		return false, err
	}
	if k := b.kinds[n.Kind]; k.Ended != nil {
		err = k.Ended(tx, n.Workspace, []Ended{{*n, true, reply}})
	}
	return true, err
}
