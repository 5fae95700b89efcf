package mail

import (
	"maps"
	"math/rand/v2"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"

	"involt/internal/testkit/smtptest"
)

// TestThreat shows TestThreat/R21 at the sending end: 5,000 strings that may be
// read as other addresses, handed over without the check that comes before, and
// as every other header too. What a mail server takes goes to exactly that string
// and has the headers of every mail.
func TestThreat(t *testing.T) {
	t.Run("R21_wrong_recipient_by_address_syntax", func(t *testing.T) {
		srv := smtptest.Start(t)
		s := newSender(t, srv.URL()+"?from=charge@example.com")
		plain := letter("plain@example.com")
		plain.ReplyTo = "desk@example.com"
		if err := s.Send(t.Context(), plain); err != nil {
			t.Fatal(err)
		}
		usual := headers(srv.Wait(plain.To))

		rnd := rand.New(rand.NewPCG(21, 2))
		parts := []string{
			"ann", "eve", "@", "example.com", "evil.org", `"`, `"ann eve"`, "<", ">", "<eve@evil.org>", "(", ")", "(eve@evil.org)", ",", ";", ":", `\`, "\r\n", "\n", "\r", "\x00",
			" ", "\t", "%", "%evil.org", "!", "evil.org!", "\r\nBcc: eve@evil.org", "\r\nRCPT TO:<eve@evil.org>", "\r\n.\r\n", "=?utf-8?q?eve=40evil=2Eorg?=", "%0d%0aBcc:eve@evil.org",
			"[127.0.0.1]", ".", "..", "+tag", "\u2028", "\u00a0", "ü", "|", "{", "SIZE=1", " NOTIFY=SUCCESS", "-", "mailto:", "@evil.org:",
		}
		one := func(rnd *rand.Rand) string {
			var b strings.Builder
			for range rnd.IntN(4) {
				b.WriteString(parts[rnd.IntN(len(parts))])
			}
			return b.String()
		}
		taken := 0
		for range 5000 {
			m := letter("ann" + one(rnd) + "@example.com" + one(rnd))
			if rnd.IntN(2) == 0 {
				m.To = one(rnd) + m.To
			}
			m.Subject, m.From, m.ID, m.ReplyTo = "Hello"+one(rnd), "North"+one(rnd), "id"+one(rnd), "desk@example.com"
			if rnd.IntN(8) == 0 {
				m.ReplyTo += one(rnd)
			}
			if err := s.Send(t.Context(), m); err != nil {
				continue
			}
			taken++
			all := srv.Accepted(m.To)
			if len(all) == 0 {
				t.Fatalf("a mail to %q went to somebody else", m.To)
			}
			got := all[len(all)-1]
			to, err := netmail.ParseAddressList(got.Header.Get("To"))
			if len(got.To) != 1 || got.To[0] != m.To || err != nil || len(to) != 1 || to[0].Address != m.To || to[0].Name != "" {
				t.Fatalf("a mail to %q went to %q, and says %q", m.To, got.To, got.Header.Get("To"))
			}
			if now := headers(got); !slices.Equal(now, usual) {
				t.Fatalf("a mail with %q, %q, %q, %q has the headers %q, want %q", m.Subject, m.From, m.ID, m.ReplyTo, now, usual)
			}
		}
		if taken < 200 || taken > 2500 {
			t.Errorf("%d of 5,000 were taken; the corpus proves little", taken)
		}
	})
}

// headers are the names of a mail's headers, each as often as it is there.
func headers(m *smtptest.Message) (list []string) {
	for _, name := range slices.Sorted(maps.Keys(m.Header)) {
		for range m.Header[name] {
			list = append(list, name)
		}
	}
	return list
}
