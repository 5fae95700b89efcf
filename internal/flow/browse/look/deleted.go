package look

import "involt/internal/core/access"

// Deleted is how somebody is called whose record was deleted, in what outlives
// it: sessions, taps, cards and the journal.
const Deleted = "Deleted user"

// NameOf is Name, or Deleted for somebody who was: at once, and not only when
// the data is gone for good.
func NameOf(by access.Actor, deleted bool, first, last, email, external string) string {
	if deleted {
		return Deleted
	}
	return Name(by, first, last, email, external)
}
