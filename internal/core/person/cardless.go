package person

import "involt/internal/kit/errs"

// NeedsCard reports whether p must have a card: somebody without an e-mail
// address, a pool car or a guest, has nothing else to be told by.
func (p *Person) NeedsCard() bool { return p.Email == "" }

// ErrNoCard is the refusal to add somebody without an e-mail address and
// without a card, at field.
func ErrNoCard(field string) error {
	return errs.AtField(field, "A user without e-mail needs a card; add its number, or give an e-mail address.")
}

// ErrLastCard is the refusal to take the last card of somebody without an
// e-mail address away.
var ErrLastCard = errs.New(errs.Conflict, "A user without e-mail needs a card; give another one first, or delete the user.")
