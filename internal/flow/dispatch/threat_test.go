package dispatch

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"involt/internal/core/schedule"
	"involt/internal/kit/errs"
	"involt/internal/kit/outward"
)

func TestThreat(t *testing.T) {
	t.Run("R45_scheduled_exports_stay_outside", staysOutside)
}

// staysOutside: scheduled exports to 120 and more addresses of our own network, in every
// spelling, by names that lead there and by names that lead elsewhere on the second
// look, reach nothing.
func staysOutside(t *testing.T) {
	var reached atomic.Int64
	port := listen(t, &reached)
	names := &nameServer{}
	names.serve(t)
	hosts := inwardHosts()
	if len(hosts) < 120 {
		t.Fatalf("only %d addresses", len(hosts))
	}
	offices(t, func(t *testing.T, o *office) {
		reached.Store(0)
		tried := 0
		for some := range slices.Chunk(hosts, 40) { // a workspace has 50 at most
			for _, host := range some {
				v := schedule.Schedule{Name: host, What: "users", Format: "csv", Every: schedule.Daily, Hour: 6, Method: http.MethodPost, URL: "https://" + host + port + "/in"}
				if _, err := o.s.Save(t.Context(), o.by, v); err != nil && (errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), "Write the address as")) {
					t.Fatalf("%s: %v", host, err)
				}
			}
			o.pass(24 * time.Hour)
			list, err := o.s.List(t.Context(), o.by)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range list {
				tried++
				r := o.runs(v)
				if len(r) != 1 || r[0].State == schedule.Done || len(r[0].SentTo) > 0 || !strings.Contains(r[0].Note, "not of the public internet") && !strings.Contains(r[0].Note, "no such name") {
					t.Errorf("%s: %+v", v.URL, r)
				}
				if strings.Contains(r[0].Note, "127.0.0.1") {
					t.Errorf("%s: the note tells of our network: %s", v.URL, r[0].Note)
				}
				if err := o.s.Remove(t.Context(), o.by, v.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		if tried < 120 {
			t.Errorf("only %d addresses were tried", tried)
		}
		if reached.Load() != 0 {
			t.Errorf("something inside was reached %d times", reached.Load())
		}
	})
	t.Run("names that lead elsewhere on the second look", func(t *testing.T) { rebinding(t, names) })
}

// rebinding: a name whose address was allowed when it was looked up first, and is
// inside a moment later.
func rebinding(t *testing.T, names *nameServer) {
	offices(t, func(t *testing.T, o *office) {
		var inside, outside atomic.Int64
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
		l, in := samePort(t)
		_, port, _ := net.SplitHostPort(l.Addr().String())
		srv.Listener.Close()
		srv.Listener = &counting{l, &outside}
		srv.StartTLS()
		defer srv.Close()
		served := make(chan error, 1)
		go func() { served <- (&http.Server{ReadHeaderTimeout: time.Second}).Serve(&counting{in, &inside}) }()
		defer func() { in.Close(); <-served }()
		looks := atomic.Int64{}
		name := "moving-" + port + ".test" // one per engine: they run at the same time
		names.lead(name, func() string {
			if looks.Add(1) == 1 {
				return "127.0.0.2"
			}
			return "127.0.0.1"
		})
		o.s.Web = outward.Client(5*time.Second, netip.MustParsePrefix("127.0.0.2/32")) // as if that were outside
		v := o.save(func(v *schedule.Schedule) { v.Emails, v.Method, v.URL = nil, "POST", "https://"+name+":"+port+"/in" })
		o.pass(24 * time.Hour)
		for range 8 {
			o.pass(time.Hour)
		}
		if outside.Load() == 0 || looks.Load() < 2 {
			t.Fatalf("reached %d times in %d looks: the name never led where it may", outside.Load(), looks.Load())
		}
		if inside.Load() != 0 {
			t.Errorf("the inside was reached %d times", inside.Load())
		}
		if r := o.runs(v); !strings.Contains(r[len(r)-1].Note, "not of the public internet") {
			t.Errorf("%+v", r)
		}
	})
}

// samePort listens at 127.0.0.2 and 127.0.0.1, at one port that is free at both.
func samePort(t *testing.T) (outside, inside net.Listener) {
	t.Helper()
	var lc net.ListenConfig
	for range 20 {
		l, err := lc.Listen(t.Context(), "tcp", "127.0.0.2:0")
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(l.Addr().String())
		if in, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:"+port); err == nil {
			return l, in
		}
		l.Close()
	}
	t.Fatal("no port is free at both addresses")
	return nil, nil
}

// counting counts who comes in.
type counting struct {
	net.Listener
	n *atomic.Int64
}

func (c *counting) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.n.Add(1)
	}
	return conn, err
}

// listen counts connections at one port of loopback's addresses.
func listen(t *testing.T, reached *atomic.Int64) (port string) {
	t.Helper()
	port = "0"
	for _, host := range []string{"127.0.0.1", "127.0.0.2", "127.255.255.254", "::1"} {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort(host, port))
		if err != nil {
			t.Logf("%s: %v", host, err) // a machine without IPv6
			continue
		}
		_, port, _ = net.SplitHostPort(l.Addr().String())
		c := &counting{l, reached}
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				conn, err := c.Accept()
				if err != nil {
					return
				}
				conn.Close()
			}
		}()
		t.Cleanup(func() { l.Close(); <-done })
	}
	return ":" + port
}

// inwardHosts are addresses that no export may reach, each in every spelling.
func inwardHosts() (list []string) {
	for _, text := range []string{
		"127.0.0.1", "127.0.0.2", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "192.0.0.8", "198.18.0.1", "240.0.0.1",
	} {
		b := netip.MustParseAddr(text).As4()
		n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
		high, low := n>>16, n&0xffff
		list = append(list,
			text, text+".", fmt.Sprint(n), fmt.Sprintf("0x%08x", n), fmt.Sprintf("0%o.0%o.0%o.0%o", b[0], b[1], b[2], b[3]), fmt.Sprintf("%d.%d", b[0], n&0xffffff),
			fmt.Sprintf("[::ffff:%s]", text), fmt.Sprintf("[::ffff:%x:%x]", high, low), fmt.Sprintf("[::%s]", text), fmt.Sprintf("[64:ff9b::%s]", text),
			fmt.Sprintf("[64:ff9b:1::%x:%x]", high, low), fmt.Sprintf("[2002:%x:%x::]", high, low),
		)
	}
	return append(list,
		"[::1]", "[::]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd12:3456::1]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[2001::1]", "[100::1]", "[5f00::1]",
		"localhost", "localhost.", "LOCALHOST", "inside.test", "metadata.google.internal", "127.0.0.1.nip.test", "255.255.255.255", "224.0.0.1",
	)
}

// nameServer answers every question for an address.
type nameServer struct {
	where sync.Map // func() string by name
}

// lead makes a name lead to the IPv4 address that to gives when it is asked, others
// to 127.0.0.1.
func (s *nameServer) lead(name string, to func() string) { s.where.Store(name+".", to) }

// serve makes it the one that this process asks until the test ends.
func (s *nameServer) serve(t *testing.T) {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		room := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(room)
			if err != nil {
				return
			}
			if answer := s.answer(room[:n]); answer != nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	t.Cleanup(func() { net.DefaultResolver = before; conn.Close(); <-done })
}

func (s *nameServer) answer(question []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(question) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Header = dnsmessage.Header{ID: m.ID, Response: true, RecursionAvailable: true}
	m.Additionals = nil
	if q.Type == dnsmessage.TypeA {
		to := "127.0.0.1"
		if where, ok := s.where.Load(q.Name.String()); ok {
			to = where.(func() string)()
		}
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
			Body:   &dnsmessage.AResource{A: netip.MustParseAddr(to).As4()},
		}}
	}
	answer, err := m.Pack()
	if err != nil {
		return nil
	}
	return answer
}
