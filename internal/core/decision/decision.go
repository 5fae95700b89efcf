// Package decision is the answers to "may this card charge at this EVSE now?",
// with their reasons.
package decision

import (
	"iter"
	"strings"
	"time"

	"involt/internal/core/id"
	"involt/internal/kit/db"
)

// Reason is why a card may or may not charge.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	Allowed         Reason = "allowed"
	UnknownCard     Reason = "unknown-card"
	CardInactive    Reason = "card-inactive"
	CardBlocked     Reason = "card-blocked"
	CardSuspended   Reason = "card-suspended"
	CardExpired     Reason = "card-expired"
	CardNotYetValid Reason = "card-not-yet-valid"
	UserNotActive   Reason = "user-not-active"
	UserDeactivated Reason = "user-deactivated"
	UserNotYet      Reason = "user-not-yet"
	AccountClosed   Reason = "account-closed"
	AccountEnded    Reason = "account-ended"
	AccountPlace    Reason = "account-place"
	NotThisPlace    Reason = "not-this-place"
	NotThisTime     Reason = "not-this-time"
	CardDoubted     Reason = "card-doubted"
	Concurrent      Reason = "concurrent"
	NoCredit        Reason = "no-credit"
	Away            Reason = "database-away"
	CardLearned     Reason = "card-learned"   // nobody knew it, and the charger was waiting for one: it works from the next tap on
	TooManyTries    Reason = "too-many-tries" // wrong codes were typed at the charger
)

var sentences = map[Reason]string{
	Allowed:         "The card may charge here.",
	UnknownCard:     "Nobody knows this card: it is not in this workspace.",
	CardInactive:    "The card was never activated.",
	CardBlocked:     "The card is blocked.",
	CardSuspended:   "The card is suspended by staff.",
	CardExpired:     "The card is past its last day.",
	CardNotYetValid: "The card's first day has not come yet.",
	UserNotActive:   "The card's user has not come in yet: only active users may charge.",
	UserDeactivated: "The card's user is deactivated.",
	UserNotYet:      "The first day of the card's user has not come yet.",
	AccountClosed:   "The account that pays for the user is closed, or one above it is.",
	AccountEnded:    "The account that pays for the user has ended, or one above it has.",
	AccountPlace:    "The account that pays for the user is open at other locations only.",
	NotThisPlace:    "The user has no access to this location or charger.",
	NotThisTime:     "The user has access here, but not at this time.",
	CardDoubted:     "The card was used elsewhere so shortly before that nobody has come here meanwhile. It is on hold until its holder says that it was them.",
	Concurrent:      "The card or its user is charging elsewhere already, and more sessions at once are not allowed.",
	NoCredit:        "The budget is used up.",
	Away:            "The database was away, and nobody may charge at this location then; or it had been away for so long that nobody could say who may.",
	CardLearned:     "Nobody knew this card, and the charger was waiting for one: from the next tap on it is the user's.",
	TooManyTries:    "Wrong codes were typed at this charger too often. For an hour it takes none.",
}

// Sentence says the reason to staff.
func (r Reason) Sentence() string { return sentences[r] }

var shorts = map[Reason]string{
	Allowed: "Allowed", UnknownCard: "Unknown card", CardInactive: "Card inactive", CardBlocked: "Card blocked", CardSuspended: "Card suspended",
	CardExpired: "Card expired", CardNotYetValid: "Card not valid yet", UserNotActive: "User not active yet", UserDeactivated: "User deactivated", UserNotYet: "User begins later",
	AccountClosed: "Account closed", AccountEnded: "Account ended", AccountPlace: "Not for this account",
	NotThisPlace: "Not at this place", NotThisTime: "Not at this time", CardDoubted: "Card in two places", Concurrent: "Charging elsewhere", NoCredit: "No credit", Away: "Database away",
	CardLearned: "Card learned", TooManyTries: "Too many wrong codes",
}

// Label is the reason in two or three words.
func (r Reason) Label() string { return shorts[r] }

// Reasons lists them all.
var Reasons = []Reason{
	Allowed, UnknownCard, CardInactive, CardBlocked, CardSuspended, CardExpired, CardNotYetValid,
	UserNotActive, UserDeactivated, UserNotYet, AccountClosed, AccountEnded, AccountPlace, NotThisPlace, NotThisTime, CardDoubted, Concurrent, NoCredit, CardLearned, TooManyTries, Away,
}

// Decision is one answer that was given.
type Decision struct {
	Workspace id.Workspace
	ID        id.Decision
	At        time.Time
	Charger   id.Charger // "" where the question named none
	EVSE      int64
	CardUID   string // canonical, or as tapped if it has no canonical form
	Card      id.Card
	Person    id.Person
	Allowed   bool
	Reason    Reason
	Source    string // ocpp1.6, ocpp2.0.1, api, cli
	Spelt     string // the card as the charger spelt it; "" if as CardUID
	TokenType string // as OCPP 2.0.1 names it; "" if the charger did not

	// AwaySince is set if the answer was given while the database was away, since then.
	// Speculative says that it was "yes" only for that: by what the location's
	// setting says.
	AwaySince   time.Time
	Speculative bool
}

const columns = `workspace, id, at, charger, evse, card_uid, card, person, allowed, reason, source, spelt, token_type, away_since, speculative`

func (d *Decision) values() []any {
	var away int64
	if !d.AwaySince.IsZero() {
		away = d.AwaySince.UnixMilli()
	}
	return []any{
		string(d.Workspace), string(d.ID), d.At.UnixMilli(), string(d.Charger), d.EVSE, d.CardUID, string(d.Card), string(d.Person),
		d.Allowed, string(d.Reason), d.Source, d.Spelt, d.TokenType, away, d.Speculative,
	}
}

// Load stores many decisions at once.
func Load(tx *db.Tx, list iter.Seq[Decision]) (int64, error) {
	return tx.Load("decision", strings.Split(columns, ", "), func(yield func([]any) bool) {
		for d := range list {
			if !yield(d.values()) {
				return
			}
		}
	})
}

// Keep stores decisions of which some may be stored already.
func Keep(tx *db.Tx, list []Decision) error {
	rows := make([][]any, len(list))
	for i := range list {
		rows[i] = list[i].values()
	}
	_, err := tx.ExecEach(`INSERT INTO decision (`+columns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, rows)
	return err
}
