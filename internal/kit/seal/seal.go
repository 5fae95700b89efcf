// Package seal makes secrets and checks them. Of a secret that is shown to
// somebody only a hash is ever stored.
//
// Every key comes from one root, kept in a file beside the database and never
// in it. Each purpose has its own key, so that a value made for one is worth
// nothing for another.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"involt/internal/kit/errs"
)

// Ring holds the root of all keys. It is safe for concurrent use.
type Ring struct {
	root []byte
	keys sync.Map // purpose -> key derived from root
}

const rootLen = 32

// Random returns a ring with a new root, for a demo or a test.
func Random() *Ring {
	r := &Ring{root: make([]byte, rootLen)}
	rand.Read(r.root) // never fails
	return r
}

// Open reads the key file, or makes it if it is missing. It refuses a file that
// others may read.
func Open(file string) (*Ring, error) {
	st, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return create(file)
	}
	if err != nil {
		return nil, fmt.Errorf("the key file cannot be read: %w", err)
	}
	if st.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the key file %s can be read by others; run: chmod 600 %s", file, file)
	}
	text, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, fmt.Errorf("the key file cannot be read: %w", err)
	}
	root, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(root) != rootLen {
		return nil, fmt.Errorf("the key file %s is damaged; it must hold %d hex digits. Restore it from a backup: without it open invitations stop working", file, 2*rootLen)
	}
	return &Ring{root: root}, nil
}

func create(file string) (*Ring, error) {
	r := Random()
	// Written whole before it gets its name: another process may start just now.
	f, err := os.CreateTemp(filepath.Dir(file), ".involt-key-") // readable by its owner only
	if err != nil {
		return nil, fmt.Errorf("the key file cannot be made in %s: %w", filepath.Dir(file), err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(hex.EncodeToString(r.root) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("writing the key file: %w", err)
	}
	switch err := os.Link(f.Name(), file); {
	case errors.Is(err, fs.ErrExist):
		return Open(file) // another process was first
	case err != nil:
		return nil, fmt.Errorf("the key file cannot be made in %s: %w", filepath.Dir(file), err)
	}
	return r, nil
}

// key derives the key of one purpose.
func (r *Ring) key(purpose string) []byte {
	if k, ok := r.keys.Load(purpose); ok {
		return k.([]byte) //nolint:forcetypeassert // nothing else is stored
	}
	k, err := hkdf.Key(sha256.New, r.root, nil, "involt "+purpose, 32)
	if err != nil {
		panic(err) // only for a length that SHA-256 cannot give
	}
	r.keys.Store(purpose, k)
	return k
}

func (r *Ring) mac(purpose string, parts []string) []byte {
	m := hmac.New(sha256.New, r.key(purpose))
	for _, p := range parts {
		fmt.Fprintf(m, "%d:%s|", len(p), p) // lengths keep ("a","b") apart from ("ab","")
	}
	return m.Sum(nil)
}

// Link derives the token of a link from what the link is for. The same parts
// give the same token, so a mail that goes out twice carries one link, and the
// token need not be stored. It has 43 characters, safe in a URL.
func (r *Ring) Link(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(r.mac("link", parts))
}

// Crockford's alphabet: no I, L, O or U to misread.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// Code derives a short code of 8 Crockford characters, 40 bits, for somebody to
// type. Whoever takes one must limit guesses.
func (r *Ring) Code(parts ...string) string { return r.crockford("code", 8, parts) }

// LongCode derives a code of 12 Crockford characters, 60 bits, for print: it
// opens something by itself, and works for months. Whoever takes one must limit
// guesses.
func (r *Ring) LongCode(parts ...string) string { return r.crockford("long code", 12, parts) }

func (r *Ring) crockford(purpose string, n int, parts []string) string {
	sum := r.mac(purpose, parts)
	var b strings.Builder
	for i := range n {
		b.WriteByte(crockford[sum[i]&31])
	}
	return b.String()
}

// CleanCode undoes what people do to a code when they type it.
func CleanCode(s string) string {
	s = strings.ToUpper(s)
	return strings.NewReplacer(" ", "", "-", "", "O", "0", "I", "1", "L", "1").Replace(s)
}

// KeyedHash returns the form in which a short secret may be stored: without the
// key file it cannot be tried out.
func (r *Ring) KeyedHash(purpose, plain string) string {
	return hex.EncodeToString(r.mac("hash "+purpose, []string{plain}))
}

// Box seals text that a browser or client is handed and gives back unread: a
// cursor, for instance. bind is what it is valid for.
func (r *Ring) Box(purpose, bind, text string) string {
	a := r.aead(purpose)
	nonce := make([]byte, a.NonceSize())
	rand.Read(nonce)
	return base64.RawURLEncoding.EncodeToString(a.Seal(nonce, nonce, []byte(text), []byte(bind)))
}

// Unbox opens what Box made with the same purpose and bind. Anything else is an
// errs.Invalid.
func (r *Ring) Unbox(purpose, bind, boxed string) (string, error) {
	a := r.aead(purpose)
	b, err := base64.RawURLEncoding.DecodeString(boxed)
	// One box has one spelling.
	if err == nil && len(b) > a.NonceSize() && base64.RawURLEncoding.EncodeToString(b) == boxed {
		var text []byte
		if text, err = a.Open(nil, b[:a.NonceSize()], b[a.NonceSize():], []byte(bind)); err == nil {
			return string(text), nil
		}
	}
	return "", errs.New(errs.Invalid, "This address is damaged or out of date. Start again from the list.")
}

func (r *Ring) aead(purpose string) cipher.AEAD {
	block, err := aes.NewCipher(r.key("box " + purpose))
	if err != nil {
		panic(err) // only for a key of the wrong length
	}
	a, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // only for a block of the wrong size
	}
	return a
}

// Fingerprint tells one ring from another and says nothing about its root.
func (r *Ring) Fingerprint() string { return r.KeyedHash("fingerprint", "")[:32] }

// Token returns a new random token of 256 bits, 43 characters, and its hash.
func Token() (plain, hash string) {
	b := make([]byte, 32)
	rand.Read(b)
	plain = base64.RawURLEncoding.EncodeToString(b)
	return plain, Hash(plain)
}

// Hash returns the form of a secret of at least 112 bits that may be stored and
// compared. Shorter ones need [Ring.KeyedHash] or a password hash.
func Hash(plain string) string {
	h := sha256.Sum256([]byte(plain))
	return hex.EncodeToString(h[:])
}
