package app

import (
	"context"
	"sync"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/flow/equip"
)

// knocks are chargers that wanted in and are not here, until that is stored. Whoever
// floods the server with identities makes it remember no more than a few.
type knocks struct {
	mu    sync.Mutex // guards times
	times map[equip.Knock]int64
}

// knocksAtOnce is how many are remembered until they are stored, and knocksEvery how
// often that is.
const (
	knocksAtOnce = 100
	knocksEvery  = 2 * time.Second
)

func (k *knocks) add(ws id.Workspace, identity string) {
	if !site.MayKnock(identity) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.times == nil {
		k.times = map[equip.Knock]int64{}
	}
	if at := (equip.Knock{Workspace: ws, Identity: identity}); k.times[at] > 0 || len(k.times) < knocksAtOnce {
		k.times[at]++
	}
}

// run stores them until ctx is done. What cannot be stored is dropped: whoever wants
// in comes again.
func (k *knocks) run(ctx context.Context, s *equip.Service) error {
	tick := time.NewTicker(knocksEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		k.mu.Lock()
		list := k.times
		k.times = nil
		k.mu.Unlock()
		if len(list) > 0 {
			_ = s.Knocked(ctx, list)
		}
	}
}
