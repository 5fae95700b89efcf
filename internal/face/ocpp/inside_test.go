package ocpp

import (
	"strings"
	"testing"
	"time"

	"involt/internal/wire/ocpp16"
	"involt/internal/wire/ocpp201"
)

func TestStatusOfEveryReason(t *testing.T) {
	for _, c := range []struct {
		reason    Reason
		authorize ocpp16.Status
		start     ocpp16.Status
		v201      ocpp201.Status
	}{
		{Allowed, "Accepted", "Accepted", "Accepted"},
		{UnknownCard, "Invalid", "Invalid", "Unknown"},
		{CardInactive, "Blocked", "Blocked", "Blocked"},
		{CardBlocked, "Blocked", "Blocked", "Blocked"},
		{CardSuspended, "Blocked", "Blocked", "Blocked"},
		{CardExpired, "Expired", "Expired", "Expired"},
		{CardNotYetValid, "Blocked", "Blocked", "Blocked"},
		{UserNotYet, "Blocked", "Blocked", "Blocked"},
		{UserNotActive, "Blocked", "Blocked", "Blocked"},
		{UserDeactivated, "Blocked", "Blocked", "Blocked"},
		{AccountClosed, "Blocked", "Blocked", "Blocked"},
		{AccountEnded, "Blocked", "Blocked", "Blocked"},
		{AccountPlace, "Invalid", "Invalid", "NotAtThisLocation"},
		{NotThisPlace, "Invalid", "Invalid", "NotAtThisLocation"},
		{NotThisTime, "Invalid", "Invalid", "NotAtThisTime"},
		{Concurrent, "Accepted", "ConcurrentTx", "ConcurrentTx"},
		{NoCredit, "Blocked", "Blocked", "NoCredit"},
		{"", "Invalid", "Invalid", "Invalid"},
		{"something new", "Invalid", "Invalid", "Invalid"},
	} {
		if a, s, v := status16(c.reason, false), status16(c.reason, true), status201(c.reason); a != c.authorize || s != c.start || v != c.v201 {
			t.Errorf("%q: %s, %s, %s", c.reason, a, s, v)
		}
	}
}

func TestGroupTooLongFor16IsLeftOut(t *testing.T) {
	a := Answer{Reason: Allowed, Parent: strings.Repeat("G", 21)}
	if p := info16(a, true).ParentIDTag; p != "" {
		t.Errorf("parent %q", p)
	}
	if g := info201(a).GroupIDToken; g == nil || g.IDToken != a.Parent {
		t.Errorf("group %v", g)
	}
}

func TestCardsAreMaskedInKeptFrames(t *testing.T) {
	for _, c := range []struct{ frame, want string }{
		{`[2,"1","Authorize",{"idTag":"04A2B3C4D5E680"}]`, `[2,"1","Authorize",{"idTag":"…E680"}]`},
		{`[2,"1","Authorize",{"idTag":"04A2"}]`, `[2,"1","Authorize",{"idTag":"…"}]`},
		{`[2,"1","Authorize",{ "idTag" : "04A2B3C4D5E680" }]`, `[2,"1","Authorize",{ "idTag" : "…E680" }]`},
		{`{"idToken":{"idToken":"04A2B3C4D5E680","type":"ISO14443"}}`, `{"idToken":{"idToken":"…E680","type":"ISO14443"}}`},
		{`{"idTagInfo":{"parentIdTag":"SMITHFAMILY"}}`, `{"idTagInfo":{"parentIdTag":"…MILY"}}`},
		{`{"IDTAG":"04A2B3C4D5E680"}`, `{"IDTAG":"…E680"}`},
		{`{"vendorId":"x","data":"04A2B3C4D5E680"}`, `{"vendorId":"x","data":"…"}`},
		{`{"key":"AuthorizationKey","value":"0123456789"}`, `{"key":"AuthorizationKey","value":"…"}`},
		{`{"key":"Other","value":"0123456789"}`, `{"key":"Other","value":"0123456789"}`},
		{`{"idTag":"04A2B3C4D5`, `{"idTag":"…`},
		{`{"idTag":"04A2\"B3C4D5E680"}`, `{"idTag":"…E680"}`},
		{`{"a":"idTag","b":"c"}`, `{"a":"idTag","b":"c"}`},
		{`[2,"1","Authorize",{"\u0069dTag":"04A2B3C4D5E680"}]`, `[2,"1","Authorize",…`},
		{`no JSON at all`, `no JSON at all`},
		{`"`, `"`},
		{`"\`, `"\`},
		{``, ``},
	} {
		if got := string(mask(nil, []byte(c.frame))); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.frame, got, c.want)
		}
	}
}

func FuzzMaskHidesTheCard(f *testing.F) {
	f.Add(`[2,"1","Authorize",{`, `}]`)
	f.Add(`{"a":"b\"","c":[`, ``)
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.ContainsAny(before, "\"\\") { // then it may not be a field any more
			before = strings.NewReplacer(`"`, ``, `\`, ``).Replace(before)
		}
		if got := string(mask(nil, []byte(before+`"idTag":"04A2B3C4D5E680"`+after))); strings.Contains(got, "04A2B3") {
			t.Errorf("%q shows the card", got)
		}
	})
}

func TestRingKeepsTheLastFrames(t *testing.T) {
	r := newRing(3)
	for i := range 5 {
		r.add(time.Unix(int64(i), 0), i%2 == 0, []byte(strings.Repeat("x", i+1)))
	}
	got := r.list()
	if len(got) != 3 || got[0].Text != "xxx" || got[2].Text != "xxxxx" || !got[2].In || got[1].At.Unix() != 3 {
		t.Errorf("%+v", got)
	}
	r.add(time.Time{}, true, []byte(strings.Repeat("y", 5000)))
	if n := len(r.list()[2].Text); n > frameLimit+10 {
		t.Errorf("kept %d bytes", n)
	}
}
