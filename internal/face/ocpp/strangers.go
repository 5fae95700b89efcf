package ocpp

import (
	"net/netip"
	"sync"
	"time"
)

// strangers counts refused attempts per address. Only refusals count, so that
// ten thousand chargers behind one address may all come back at once. Keys are
// too long to be guessed: the limit is there to save work, not to lock anybody out.
// So there are two of them: beyond the soft one a refusal is 429 and no longer 401,
// but a right key is still let in; beyond the hard one nobody is asked at all,
// except chargers that have been let in from the same address before.
type strangers struct {
	soft float64

	mu    sync.Mutex // guards seen and known
	seen  map[netip.Prefix]*stranger
	known map[acquaintance]struct{}
}

type acquaintance struct {
	from netip.Prefix
	name string // workspace/identity
}

type stranger struct {
	debt   float64 // refusals not yet forgiven
	at     time.Time
	logged time.Time
}

const (
	forgiveness = 0.5 // refusals forgiven per second
	hardFactor  = 20  // the hard limit is this many times the soft one
	maxSeen     = 50_000
)

func newStrangers(soft int) *strangers {
	return &strangers{soft: float64(soft), seen: map[netip.Prefix]*stranger{}, known: map[acquaintance]struct{}{}}
}

// block is the unit that is counted: an IPv4 address or an IPv6 /64.
func block(ip netip.Addr) netip.Prefix {
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// barred says how long an address beyond the hard limit has to wait; 0 if it is not.
func (s *strangers) barred(ip netip.Addr, name string) time.Duration {
	from := block(ip)
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.seen[from]
	if x == nil {
		return 0
	}
	if _, ok := s.known[acquaintance{from, name}]; ok {
		return 0
	}
	x.forgive(time.Now())
	return wait(x.debt - s.soft*hardFactor)
}

// welcome remembers that a charger was let in from an address.
func (s *strangers) welcome(ip netip.Addr, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= 4*maxSeen {
		clear(s.known)
	}
	s.known[acquaintance{block(ip), name}] = struct{}{}
}

// refused counts one refusal. It says how long to wait before the next attempt is
// answered 401 again (0: at once) and whether this one is worth a line in the log.
func (s *strangers) refused(ip netip.Addr) (after time.Duration, log bool) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.seen[block(ip)]
	if x == nil {
		if len(s.seen) >= maxSeen {
			s.forget(now)
		}
		x = &stranger{at: now}
		s.seen[block(ip)] = x
	}
	x.forgive(now)
	x.debt++
	if log = now.Sub(x.logged) > 10*time.Second; log {
		x.logged = now
	}
	return wait(x.debt - s.soft), log
}

func wait(excess float64) time.Duration {
	if excess <= 0 {
		return 0
	}
	return time.Duration(excess / forgiveness * float64(time.Second))
}

func (x *stranger) forgive(now time.Time) {
	x.debt = max(0, x.debt-now.Sub(x.at).Seconds()*forgiveness)
	x.at = now
}

// forget drops those who owe nothing, and everybody if there are still too many:
// an attacker with that many addresses is not stopped by a counter.
func (s *strangers) forget(now time.Time) {
	for k, x := range s.seen {
		x.forgive(now)
		if x.debt == 0 {
			delete(s.seen, k)
		}
	}
	if len(s.seen) >= maxSeen {
		clear(s.seen)
	}
}
