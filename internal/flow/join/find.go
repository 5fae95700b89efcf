package join

import (
	"context"
	"net/netip"
	"time"

	"involt/internal/core/id"
	"involt/internal/core/joincode"
	"involt/internal/core/login"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Limits of guesses. A code that is right costs nothing: a whole office may join
// behind one address, while somebody else guesses. A code that is wrong costs
// whoever typed it: their login if they are signed in, else the address of their
// browser. A thousand addresses get 125,000 guesses a day among them.
//
// Guesses over all addresses are counted as well. Once they are more than
// guessAll, each address has fewer of its own; but it always has some, so that
// nobody who holds a code is locked out by what others do.
const (
	guessOne, guessOneEvery     = 5, 12 * time.Minute
	guessAll, guessAllEvery     = 1000, 600 * time.Millisecond // 144,000 a day
	guessTight, guessTightEvery = 2, time.Hour
	// Joining with a code that is right, per workspace: slow enough for a robot
	// to be noticed, quick enough for a crowd at a stadium's gate.
	joinsIn, joinsInEvery = 1000, 100 * time.Millisecond
)

// Asker is whoever types a code, as far as limits need to know.
type Asker struct {
	Client   string      // the address of their browser
	Identity id.Identity // of whoever is signed in, "" for nobody
}

// bucket is what an asker's guesses count on. Who has one address of the sixth
// version has all of its network, and so is counted by that.
func (a Asker) bucket() string {
	if a.Identity != "" {
		return "join-as|" + string(a.Identity)
	}
	ip, err := netip.ParseAddr(a.Client)
	if err == nil && ip.Is6() && !ip.Is4In6() {
		if net, err := ip.WithZone("").Prefix(64); err == nil {
			return "join|" + net.String()
		}
	}
	return "join|" + a.Client
}

// Find returns what a code offers, as somebody typed it or followed its link,
// and changes nothing. A code that nobody made is an errs.NotFound, and counts as
// a guess; who has guessed too often gets an errs.Unavailable, whether they are
// right or not.
func (s *Service) Find(ctx context.Context, typed string, who Asker) (o Offer, err error) {
	defer errs.Wrap(&err, "join.Find")
	known := false
	err = s.DB.Update(ctx, func(tx *db.Tx) error {
		var wrong error
		o, wrong = s.find(tx, typed, who)
		known = wrong == nil
		if !known && errs.KindOf(wrong) != errs.NotFound { // else the count has to stay
			return wrong
		}
		return nil
	})
	if err == nil && !known {
		err = errs.New(errs.NotFound, "There is no such joining code.")
	}
	return o, err
}

// find looks a typed code up and counts wrong ones. The count is taken before it
// is looked, and given back if the code is right: so many guesses at once are no
// more than one after the other.
func (s *Service) find(tx *db.Tx, typed string, who Asker) (o Offer, err error) {
	bucket, burst, every := who.bucket(), guessOne, guessOneEvery
	tight, err := login.Limited(tx, "join-all", guessAll, guessAllEvery)
	if err != nil {
		return o, err
	}
	if tight {
		bucket, burst, every = "tight|"+bucket, guessTight, guessTightEvery
	}
	if err := login.Limit(tx, bucket, burst, every); err != nil {
		return o, err
	}
	c, err := joincode.BySecret(tx, s.Keys, typed)
	if err == nil {
		if err := login.GiveBack(tx, bucket, every); err != nil {
			return o, err
		}
		return s.offer(tx, c)
	}
	if errs.KindOf(err) != errs.NotFound || tight {
		return o, err
	}
	if full := login.Limit(tx, "join-all", guessAll, guessAllEvery); full != nil && errs.KindOf(full) != errs.Unavailable {
		return o, full
	}
	return o, err
}
