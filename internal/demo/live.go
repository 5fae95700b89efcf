package demo

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"involt/internal/demo/charger"
)

// stranger is a card that nobody knows. Now and then somebody taps it.
const stranger = "04C0FFEE12AB80"

// Drive lets the town's chargers live until ctx is done: they connect to the
// server at url (ws://host:port/ocpp/workspace) like any charger, and people come
// and go. Some cars are plugged in at once.
func Drive(ctx context.Context, t *Town, url string) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for i, c := range t.Chargers {
		sim := charger.New(charger.Config{
			URL: url, ID: c.Identity, Key: c.Key, Protocol: c.Protocol[len("ocpp"):], EVSEs: c.EVSEs,
			Vendor: models[i/len(sites)%len(models)].vendor, Model: models[i/len(sites)%len(models)].model, Firmware: "2.4.1",
			PowerW: []int{11000, 22000, 7400}[i%3], Seed: uint64(i) + 1, SampleEvery: 5 * time.Second,
		})
		wg.Go(func() {
			if err := sim.Run(ctx); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "a simulated charger gave up", "charger", c.Identity, "err", err)
			}
		})
		wg.Go(func() { live(ctx, sim, ownCards(t.Cards, i, len(t.Chargers)), i) })
	}
}

// ownCards are those that are tapped at charger i of n: a card is in one place at a
// time.
func ownCards(cards []string, i, n int) (own []string) {
	for ; i < len(cards) && len(own) < 12; i += n {
		own = append(own, cards[i])
	}
	return own
}

func live(ctx context.Context, sim *charger.Charger, cards []string, i int) {
	if sim.Online(ctx) != nil || len(cards) == 0 {
		return
	}
	if i%2 == 0 {
		who := cards[0]
		if sim.Plug(ctx, 1) == nil {
			if _, err := sim.Start(ctx, 1, who); err == nil {
				wait(ctx, time.Duration(4+i)*time.Minute)
				_ = sim.Stop(ctx, 1, who, "") // the server may have ended it already
			}
		}
	}
	some := append([]string{stranger}, cards...)
	sim.Live(ctx, charger.Habits{Cards: some, Idle: 90 * time.Second, Charge: 6 * time.Minute})
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
