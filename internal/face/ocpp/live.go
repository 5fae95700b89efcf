package ocpp

import (
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// Live is one charger that is connected now.
type Live struct {
	Ref       Ref
	Link      Link
	LastFrame time.Time // when it last said something; Link.Since if it has not
	In, Out   int64     // messages since it connected
}

func (c *conn) live() Live {
	return Live{Ref: c.ref, Link: c.link, LastFrame: time.Unix(0, c.at.Load()).UTC(), In: c.in.Load(), Out: c.out.Load()}
}

// Live lists the connected chargers, ordered by reference.
func (s *Server) Live() []Live {
	s.mu.Lock()
	all := make([]*station, 0, len(s.stations))
	for _, st := range s.stations {
		all = append(all, st)
	}
	s.mu.Unlock()
	out := make([]Live, 0, len(all))
	for _, st := range all {
		st.mu.Lock()
		if st.conn != nil {
			out = append(out, st.conn.live())
		}
		st.mu.Unlock()
	}
	slices.SortFunc(out, func(a, b Live) int {
		if d := strings.Compare(a.Ref.Workspace, b.Ref.Workspace); d != 0 {
			return d
		}
		return strings.Compare(a.Ref.Charger, b.Ref.Charger)
	})
	return out
}

// LiveOf is the connection of one charger, if it has one.
func (s *Server) LiveOf(ref Ref) (Live, bool) {
	c, err := s.conn(ref)
	if err != nil {
		return Live{}, false
	}
	return c.live(), true
}

// Frames are the last messages from and to a charger, oldest first, also those of
// earlier connections. Cards are masked.
func (s *Server) Frames(ref Ref) []Frame {
	s.mu.Lock()
	st := s.stations[ref]
	s.mu.Unlock()
	if st == nil {
		return nil
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.frames.list()
}

// Drop closes a charger's connection, as after a change of its key or when it
// was deleted. It does nothing if there is none.
func (s *Server) Drop(ref Ref, why string) {
	if c, err := s.conn(ref); err == nil {
		c.end(websocket.StatusPolicyViolation, why)
	}
}
