package ocpp

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

// blockFor is how long a charger is not let in that reconnects too often.
const blockFor = time.Hour

// tooOften counts a connection of a charger whose key was right, and says how long
// it has to stay away; 0 if it may come in. Two devices with one key throw each
// other out for ever, and a charger that flaps burns its own SIM card's data.
func (s *Server) tooOften(ctx context.Context, auth Auth, name string) time.Duration {
	now := s.cfg.Now()
	if wait := auth.Blocked.Sub(now); wait > 0 {
		return wait
	}
	st := s.station(auth.Ref)
	st.mu.Lock()
	if wait := st.blocked.Sub(now); wait > 0 {
		st.mu.Unlock()
		return wait
	}
	st.came = slices.DeleteFunc(st.came, func(at time.Time) bool { return now.Sub(at) >= time.Hour })
	st.came = append(st.came, now)
	times := len(st.came)
	flood := times > s.cfg.MaxReconnects
	if flood {
		st.came = nil // whoever lets it in again gives it all its tries back
	}
	st.mu.Unlock()
	if !flood {
		return 0
	}
	until := now.Add(blockFor)
	s.cfg.Log.Warn("ocpp: charger blocked, it reconnects too often", "charger", name, "times", times, "until", until)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.WorkTimeout)
	defer cancel()
	if err := s.cfg.Chargers.Flooded(ctx, auth.Ref, times, until); err != nil {
		s.cfg.Log.Error("ocpp: cannot note that a charger is blocked", "charger", name, "err", err)
		st.mu.Lock()
		st.blocked = until // here at least
		st.mu.Unlock()
	}
	return blockFor
}

// station returns what is kept of a charger.
func (s *Server) station(ref Ref) *station {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stations[ref]
	if st == nil {
		st = &station{frames: newRing(s.cfg.KeepFrames)}
		s.stations[ref] = st
	}
	return st
}

// otherNetwork reports whether a connection came from another network while the
// one before it was alive. Addresses of one provider's pool are one network.
func (s *Server) otherNetwork(now, before *conn) bool {
	if monotonic()-before.heard.Load() > int64(s.cfg.PingEvery) {
		return false // it may have been dead for a while
	}
	a, err1 := netip.ParseAddr(now.link.Remote)
	b, err2 := netip.ParseAddr(before.link.Remote)
	return err1 == nil && err2 == nil && network(a) != network(b)
}

func network(ip netip.Addr) netip.Prefix {
	bits := 24
	if ip.Is6() {
		bits = 48
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
