package login_test

import (
	"testing"
	"time"

	"involt/internal/core/login"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/testkit/dbtest"
)

func TestCheckPassword(t *testing.T) {
	const email = "ann.smith@example.com"
	for password, good := range map[string]bool{
		"green electric morning": true,
		"correcthorse":           true,
		"ÄÖÜäöüßé":               true, // eight characters, more bytes
		"zQ7!x2_p":               true,
		"short":                  false,
		"":                       false,
		"password":               false,
		"PASSWORD":               false,
		"iloveyou":               false,
		"12345678":               false,
		"aaaaaaaaaa":             false,
		"ann.smith":              false, // the address's own
		email:                    false,
	} {
		err := login.CheckPassword(password, email)
		if (err == nil) != good || err != nil && errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %v, want good %v", password, err, good)
		}
	}
}

func TestHasher(t *testing.T) {
	h := login.NewHasher()
	hash, err := h.Hash(t.Context(), "green electric morning")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		plain, hash string
		want        bool
	}{
		{"green electric morning", hash, true},
		{"Green electric morning", hash, false},
		{"", hash, false},
		{"green electric morning", "", false},
		{"", "", false},
	} {
		if ok, err := h.Check(t.Context(), tc.plain, tc.hash); ok != tc.want || err != nil {
			t.Errorf("Check(%q) = %v, %v, want %v", tc.plain, ok, err, tc.want)
		}
	}
}

func TestLimitLetsABurstPassAndThenOnePerInterval(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		d.Clock = func(time.Time) time.Time { return now }
		try := func() error {
			return d.Update(t.Context(), func(tx *db.Tx) error { return login.Limit(tx, "b", 3, time.Minute) })
		}
		for i := range 3 {
			if err := try(); err != nil {
				t.Fatalf("try %d of the burst: %v", i+1, err)
			}
		}
		if err := try(); errs.KindOf(err) != errs.Unavailable {
			t.Fatalf("beyond the burst: %v", err)
		}
		now = now.Add(time.Minute)
		if err := try(); err != nil {
			t.Fatalf("a minute later: %v", err)
		}
		if err := try(); err == nil {
			t.Fatal("two in one minute")
		}
		if err := d.Update(t.Context(), func(tx *db.Tx) error { return login.Forgive(tx, "b") }); err != nil {
			t.Fatal(err)
		}
		if err := try(); err != nil {
			t.Errorf("after it was forgiven: %v", err)
		}
	})
}
