package ocpp_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"involt/internal/face/ocpp"
)

// shelf is a log that can be read while it is written.
type shelf struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shelf) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shelf) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestNeitherLogNorFramesShowCardsOrKeys(t *testing.T) {
	var log shelf
	r := newRig(t, func(c *ocpp.Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	const uid = "04DEADBEEF5E680123"
	if _, _, err := r.dial("/ocpp/acme/CP1", "CP1", "secret-of-somebody", both, nil); err == nil {
		t.Fatal("let in")
	}
	p16, p201 := r.connect("CP1", t16), r.connect("CP2", t201)
	p16.ok("Authorize", `{"idTag":"`+uid+`"}`)
	p16.refused("Authorize", `{"idTag":"`+uid+uid+`"}`)
	p16.refused("Authorize", `{"idTag":"`+uid+`",}`)
	p16.send(`{"idTag":"` + uid + `"}`)
	p201.ok("Authorize", `{"idToken":{"idToken":"`+uid+`","type":"ISO14443"}}`)
	p201.refused("Authorize", `{"idToken":"`+uid+`"}`)
	done := make(chan error, 1)
	go func() { done <- r.srv.RemoteStart(t.Context(), cp1, 1, uid, "") }()
	p16.reply(`{"status":"Accepted"}`)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	go func() { _, err := r.srv.WriteSetting(t.Context(), cp1, "AuthorizationKey", key); done <- err }()
	p16.reply(`{"status":"Accepted"}`)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	r.town.mu.Lock()
	r.town.fail = errors.New("disk full")
	r.town.mu.Unlock()
	p16.send(`[2,"1","StartTransaction",{"connectorId":1,"idTag":"` + uid + `","meterStart":0,"timestamp":"2026-05-04T11:59:00Z"}]`)
	p16.closed()
	r.waitFor("disconnected CP1")

	var kept strings.Builder
	for _, ref := range []ocpp.Ref{cp1, {Workspace: "w1", Charger: "CP2"}} {
		frames := r.srv.Frames(ref)
		if len(frames) == 0 {
			t.Error("no frames kept after the charger has gone")
		}
		for _, f := range frames {
			kept.WriteString(f.Text + "\n")
		}
	}
	for _, secret := range []string{"04DEADBEEF", key, "secret-of-somebody", base64Of("CP1:" + key)} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log shows %s:\n%s", secret, log.String())
		}
		if strings.Contains(kept.String(), secret) {
			t.Errorf("the frames show %s:\n%s", secret, kept.String())
		}
	}
}

func base64Of(s string) string { return strings.TrimPrefix(basic(s, ""), "Basic ") }
