package login

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"

	"involt/internal/kit/errs"

	"github.com/alexedwards/argon2id"
	"github.com/nbutton23/zxcvbn-go/frequency"
)

const (
	minPassword = 8
	maxPassword = 256
)

// params are OWASP's for argon2id: 19 MiB, two passes.
var params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// breached holds the commonest passwords of known leaks, in small letters.
var breached = sync.OnceValue(func() map[string]bool {
	list := frequency.Lists["Passwords"].List
	m := make(map[string]bool, len(list))
	for _, p := range list {
		if len(p) >= minPassword {
			m[strings.ToLower(p)] = true
		}
	}
	return m
})

// CheckPassword says what is wrong with a new password, if anything is. It asks
// for length and against the commonest ones, and for no mixture of characters.
// typed is what stands in other fields of the form: robots fill all of them alike.
func CheckPassword(plain, email string, typed ...string) error {
	low := strings.ToLower(plain)
	local, _, _ := strings.Cut(email, "@")
	switch {
	case len([]rune(plain)) < minPassword:
		return errs.AtField("password", "Use %d or more characters. Three or four words make a good password.", minPassword)
	case len(plain) > maxPassword:
		return errs.AtField("password", "Use at most %d characters.", maxPassword)
	case breached()[low], low == email, low == local, strings.Count(low, low[:1]) == len(low), slices.ContainsFunc(typed, func(t string) bool { return strings.EqualFold(strings.TrimSpace(t), low) }):
		return errs.AtField("password", "This password is among the first that anyone would try. Choose another one; three or four words make a good password.")
	}
	return nil
}

// Hasher hashes passwords, a few at a time: each takes 19 MiB and some 50 ms of
// a core, and a flood of sign-ins must not take the machine.
type Hasher struct{ slots chan struct{} }

// NewHasher returns a Hasher that uses every core at most.
func NewHasher() *Hasher { return &Hasher{make(chan struct{}, runtime.NumCPU())} }

// Hash returns the form of a password that may be stored.
func (h *Hasher) Hash(ctx context.Context, plain string) (hash string, err error) {
	err = h.slot(ctx, func() error {
		hash, err = argon2id.CreateHash(plain, params)
		return err
	})
	return hash, err
}

// nobody is the hash of a password that nobody has; checking against it takes
// as long as checking a real one.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// Check reports whether plain is the password of hash. With hash "" it takes the
// same time and says no, so that nobody learns which addresses exist.
func (h *Hasher) Check(ctx context.Context, plain, hash string) (ok bool, err error) {
	known := hash != ""
	if !known {
		hash = nobody
	}
	if len(plain) > maxPassword {
		plain = plain[:maxPassword]
	}
	err = h.slot(ctx, func() error {
		ok, err = argon2id.ComparePasswordAndHash(plain, hash)
		return err
	})
	return ok && known, err
}

func (h *Hasher) slot(ctx context.Context, do func() error) error {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
		return do()
	case <-ctx.Done():
		return ctx.Err()
	}
}
