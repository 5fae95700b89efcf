package inbox

import (
	"crypto/subtle"
	"slices"
	"strings"

	"involt/internal/core/id"
	"involt/internal/kit/errs"
	"involt/internal/kit/seal"
)

// Stop is what the link in a mail ends that nobody has to get: mails of one
// class, to one person, from one workspace.
type Stop struct {
	Workspace id.Workspace
	Person    id.Person
	Class     string
}

// Token is the secret part of the link. It is the same in each of the mails, is
// not stored, and works as long as the person is known: mails are kept for years.
func (s *Stop) Token(keys *seal.Ring) string {
	return strings.Join([]string{s.Class, string(s.Workspace), string(s.Person), s.proof(keys)}, ".")
}

func (s *Stop) proof(keys *seal.Ring) string {
	return keys.Link("unsubscribe", s.Class, string(s.Workspace), string(s.Person))
}

// ReadStop reads a token. One that nobody was mailed is an errs.NotFound.
func ReadStop(keys *seal.Ring, token string) (Stop, error) {
	parts := strings.Split(token, ".")
	if len(parts) == 4 {
		s := Stop{id.Workspace(parts[1]), id.Person(parts[2]), parts[0]}
		proven := subtle.ConstantTimeCompare([]byte(parts[3]), []byte(s.proof(keys))) == 1
		if proven && slices.Contains([]string{News, Approvals}, s.Class) {
			return s, nil
		}
	}
	return Stop{}, errs.New(errs.NotFound, "This link does not work. Open it from the mail again, the whole of it.")
}
