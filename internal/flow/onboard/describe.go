package onboard

import (
	"involt/internal/core/invite"
	"involt/internal/flow/onboard/letter"
)

// Letter is what an invitation says, in mail and on its page.
type Letter = letter.Letter

// letter is what the mail of an invitation says.
func (s *Service) letter(g *letter.Gatherer, v *invite.Invite) (l Letter, err error) {
	if l, err = g.Describe(v); err != nil {
		return l, err
	}
	l.Link = s.PublicURL + "/i/" + v.Token(s.Keys)
	code := v.Code(s.Keys)
	l.Code = code[:4] + "-" + code[4:]
	l.CodeLink = s.PublicURL + "/i"
	l.Expires = g.Now().Add(v.Life)
	return l, nil
}
