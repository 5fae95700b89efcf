package guard_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/card"
	"involt/internal/core/decision"
	"involt/internal/core/doubt"
	"involt/internal/core/id"
	"involt/internal/core/site"
	"involt/internal/kit/db"
)

// scale brings the figure of a threat to some seconds: INVOLT_THREATS=full runs it
// as RELIABILITY.md has it.
func scale(full, short int) int {
	if os.Getenv("INVOLT_THREATS") == "full" {
		return full
	}
	return short
}

// TestThreat shows rows of RELIABILITY.md. A short run has a twentieth of the
// sessions, and twice as many copies among them.
func TestThreat(t *testing.T) {
	t.Run("R63_copied_cards", func(t *testing.T) { each(t, copiedCards) })
}

// spot is a place of the land in which everybody drives.
type spot struct {
	charger id.Charger
	at      site.Point
}

// wanderer is somebody with a card, as they really are.
type wanderer struct {
	card card.Card
	spot int       // where they are
	free time.Time // when they may leave from there
}

// copiedCards lets people drive about and charge, among them some whose card was
// copied and is used by a thief elsewhere: while it charges, or before its holder
// could have come there. At least 95 in 100 of the thief's uses are refused and
// asked about within a minute; at most 5 in 1,000 of the others are; and nothing
// of it writes a card's number into a log.
func copiedCards(t *testing.T, k *road) {
	var logged bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })

	r := rand.New(rand.NewPCG(63, 1))
	var spots []spot
	for i := range 20 {
		where := fmt.Sprintf("%.4f, %.4f", 47.5+7*r.Float64(), 6+9*r.Float64()) // a land of 700 km
		at, err := site.ParsePoint(where)
		k.must(err)
		spots = append(spots, spot{k.place(fmt.Sprint("Place ", i), where), at})
	}
	people := make([]wanderer, scale(400, 40))
	for i := range people {
		_, c := k.driver()
		people[i] = wanderer{card: c, spot: r.IntN(len(spots)), free: k.now()}
	}
	k.serve()

	sessions, copies := scale(10_000, 500), scale(200, 20)
	every := sessions / copies
	var stolen, flagged, honest, alarms int
	for n := range sessions {
		p := &people[n%len(people)]
		to := r.IntN(len(spots))
		km, _ := spots[p.spot].at.Kilometres(spots[to].at)
		// Nobody drives faster than 110 km/h on the way as the crow flies, and
		// everybody needs a while to park.
		arrives := p.free.Add(time.Duration(km/110*float64(time.Hour)) + 2*time.Minute)
		if wait := arrives.Sub(k.now()); wait > 0 {
			k.ahead.Add(int64(wait))
		}
		p.spot = to
		tx, got := k.start(k.book, spots[to].charger, p.card)
		honest++
		if got != decision.Allowed {
			alarms++
			k.freed(p.card)
			continue
		}
		steal := func() {
			stolen++
			if k.steals(r, p, spots) {
				flagged++
			}
			k.freed(p.card)
		}
		now, charges := n%every == every-1, stolen%2 == 0
		if now && charges {
			steal()
		}
		k.ahead.Add(int64(time.Duration(5+r.IntN(60)) * time.Minute))
		k.stop(spots[to].charger, tx)
		p.free = k.now()
		if now && !charges {
			steal()
		}
	}
	t.Logf("%d of %d copies noticed, %d of %d others", flagged, stolen, alarms, honest)
	if stolen != copies || flagged*100 < stolen*95 {
		t.Errorf("only %d of %d uses of copied cards were noticed", flagged, stolen)
	}
	if alarms*1000 > honest*5 {
		t.Errorf("%d of %d honest uses raised the alarm", alarms, honest)
	}
	text := logged.String()
	if i := slices.IndexFunc(people, func(p wanderer) bool { return strings.Contains(text, p.card.UID) }); i >= 0 {
		t.Errorf("a log holds the card's number %s", people[i].card.UID)
	}
}

// steals uses a copy of p's card at another place, while p charges or before they
// could be there, and reports that it was refused and asked about within a minute.
func (k *road) steals(r *rand.Rand, p *wanderer, spots []spot) bool {
	k.t.Helper()
	// Far enough that nobody is there within the two hours that the last session and
	// the thief's patience may take; a thief next door is nobody's to notice.
	at := p.spot
	for km := 0.0; km < 320; km, _ = spots[p.spot].at.Kilometres(spots[at].at) {
		at = r.IntN(len(spots))
	}
	k.ahead.Add(int64(time.Duration(r.IntN(15)) * time.Minute))
	spelling := p.card
	switch r.IntN(3) { // as other readers spell it
	case 0:
		spelling.UID = strings.ToLower(spelling.UID)
	case 1:
		spelling.UID = spelling.UID[:2] + ":" + spelling.UID[2:]
	}
	_, got := k.start(k.book, spots[at].charger, spelling)
	if got == decision.Allowed {
		return false
	}
	asked := time.Now()
	eventually(k.t, "the holder is asked", func() bool { d, found := k.doubtOf(p.card); return found && d.Answer == doubt.Open })
	return time.Since(asked) < time.Minute
}

// freed has staff make a card work again.
func (k *road) freed(c card.Card) {
	k.t.Helper()
	k.update(func(tx *db.Tx) error {
		now, err := card.ByID(tx, k.ws, c.ID)
		if err != nil {
			return err
		}
		return k.free(tx, now)
	})
	k.must(k.admit.Refresh(k.t.Context()))
}
