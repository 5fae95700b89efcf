package seal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"involt/internal/kit/seal"
)

func TestKeyFileIsMadeOnceAndKeptPrivate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "involt.key")
	a, err := seal.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	b, err := seal.Open(file)
	if err != nil || a.Link("x") != b.Link("x") {
		t.Errorf("the second start has another key (%v)", err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(file); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key file that others can read: %v, want what to do about it", err)
	}
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(file); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged key file: %v", err)
	}
}

func TestLinksAreDerivedAndApart(t *testing.T) {
	r := seal.Random()
	seen := map[string]string{}
	for _, parts := range [][]string{{"a", "b", "1"}, {"a", "b", "2"}, {"ab", "", "1"}, {"a", "b1", ""}, {"b", "a", "1"}} {
		link := r.Link(parts...)
		if len(link) != 43 {
			t.Errorf("a link of %d characters", len(link))
		}
		if link != r.Link(parts...) {
			t.Errorf("%q: another link the second time", parts)
		}
		if before, ok := seen[link]; ok {
			t.Errorf("%q and %s have one link", parts, before)
		}
		seen[link] = strings.Join(parts, "|")
	}
	if r.Link("a") == seal.Random().Link("a") {
		t.Error("two keys give one link")
	}
}

func TestCodesSurviveTyping(t *testing.T) {
	code := seal.Random().Code("x")
	typed := strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(code[:4]+" - "+code[4:], "0", "o"), "1", "l"))
	if len(code) != 8 || seal.CleanCode(typed) != code {
		t.Errorf("%q typed as %q comes back as %q", code, typed, seal.CleanCode(typed))
	}
}

func TestBoxOpensOnlyWhereItBelongs(t *testing.T) {
	r := seal.Random()
	box := r.Box("cursor", "ws1", "secret")
	if text, err := r.Unbox("cursor", "ws1", box); err != nil || text != "secret" {
		t.Fatalf("Unbox = %q, %v", text, err)
	}
	bad := map[string]func() (string, error){
		"other purpose": func() (string, error) { return r.Unbox("link", "ws1", box) },
		"other owner":   func() (string, error) { return r.Unbox("cursor", "ws2", box) },
		"other key":     func() (string, error) { return seal.Random().Unbox("cursor", "ws1", box) },
		"empty":         func() (string, error) { return r.Unbox("cursor", "ws1", "") },
	}
	for i := range box {
		flipped := []byte(box)
		flipped[i] ^= 1
		bad["flipped at "+string(rune('a'+i%26))+strings.Repeat("'", i/26)] = func() (string, error) { return r.Unbox("cursor", "ws1", string(flipped)) }
	}
	for name, open := range bad {
		if text, err := open(); err == nil {
			t.Errorf("%s: opened as %q", name, text)
		}
	}
}
