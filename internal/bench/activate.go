package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/core/person"
	"involt/internal/core/workspace"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

const benchPassword = "four quiet volts"

// Activate measures how long it takes from a link, with a new password, until its
// reader is Active and signed in, beside hashing that password, which no one can
// do without. The two take turns.
func Activate(ctx context.Context, o Options) (list []Figure, err error) {
	defer errs.Wrap(&err, "bench.Activate")
	d, remove, err := o.scratch(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	s := &onboard.Service{DB: d, Keys: seal.Random(), Mail: nowhere{}, Passwords: login.NewHasher(), PublicURL: "https://bench.example"}
	o.say("inviting %d people", o.Rows)
	tokens, err := manyLinks(ctx, d, s, o.Rows)
	if err != nil {
		return nil, err
	}
	var floors, figures, more []float64
	const warm = 5
	for i, token := range tokens {
		began := time.Now()
		if _, err := s.Passwords.Hash(ctx, benchPassword); err != nil {
			return nil, err
		}
		floor := time.Since(began)
		began = time.Now()
		_, p, err := s.Activate(ctx, token, onboard.Entering{FirstName: "Lena", LastName: "Vos", Password: benchPassword, Language: "de"})
		if err != nil {
			return nil, err
		}
		took := time.Since(began)
		if p.Status != person.Active {
			return nil, fmt.Errorf("whoever followed a link is %s", p.Status)
		}
		if i >= warm {
			floors, figures, more = append(floors, ms(floor)), append(figures, ms(took)), append(more, ms(took-floor))
		}
	}
	r := &report{o: o}
	r.add("activate.p50", "link to Active with a password; floor: argon2id itself", "ms", median(floors), median(figures), 0)
	r.add("activate.p99", "its slowest hundredth", "ms", percentile(floors, 0.99), percentile(figures, 0.99), 0)
	r.add("activate.more", "what comes on top of the hash that was made just before", "ms", 0, median(more), 20)
	return r.list, nil
}

// manyLinks invites people and returns the tokens of their links.
func manyLinks(ctx context.Context, d *db.DB, s *onboard.Service, n int) (tokens []string, err error) {
	ws := workspace.New("bench", "Bench")
	if err := d.Update(ctx, func(tx *db.Tx) error { return workspace.Insert(tx, &ws) }); err != nil {
		return nil, err
	}
	by := access.System(ws.ID, "bench")
	for at := 0; at < n; at += onboard.MaxInvitees {
		var list []onboard.Invitee
		for i := at; i < min(n, at+onboard.MaxInvitees); i++ {
			list = append(list, onboard.Invitee{Email: fmt.Sprintf("person.%d@fleet.example", i), Card: uid(i)})
		}
		made, err := s.Invite(ctx, by, list, invite.Offer{Everywhere: true}, "")
		if err != nil {
			return nil, err
		}
		if err := d.View(ctx, func(tx *db.Tx) error {
			open, err := invite.OpenOfMany(tx, ws.ID, made)
			for _, who := range made {
				tokens = append(tokens, open[who].Token(s.Keys))
			}
			return err
		}); err != nil {
			return nil, err
		}
	}
	return tokens, nil
}
