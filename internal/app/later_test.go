package app

import (
	"testing"

	"involt/internal/kit/db"
)

// An older word is not stored behind a newer one, and each only once.
func TestOnlyTheLastWordIsRemembered(t *testing.T) {
	var l later
	var said []string
	say := func(what string) func(*db.Tx) error {
		return func(*db.Tx) error { said = append(said, what); return nil }
	}
	if l.behind("a", say("at once")) {
		t.Error("nothing waits, and it was put behind that")
	}
	l.put("a", say("a1"))
	l.put("b", say("b1"))
	l.put("a", say("a2"))
	if !l.behind("c", say("c1")) {
		t.Error("it overtook what waits")
	}
	list := l.take()
	if !l.behind("b", say("b2")) {
		t.Error("it overtook what is being stored")
	}
	l.keep(list[:2]) // b1, a2: could not be stored
	for _, n := range list[2:] {
		_ = n.do(nil)
	}
	l.done()
	for _, n := range l.take() {
		_ = n.do(nil)
	}
	l.done()
	if want := "[c1 a2 b2]"; len(said) != 3 || said[0] != "c1" || said[1] != "a2" || said[2] != "b2" {
		t.Errorf("stored %v, want %s", said, want)
	}
	if l.behind("a", say("a3")) {
		t.Error("nothing waits any more")
	}
}
