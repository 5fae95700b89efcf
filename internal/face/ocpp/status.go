package ocpp

import (
	"involt/internal/wire/ocpp16"
	"involt/internal/wire/ocpp201"
	"involt/internal/wire/ocppj"
)

// status16 says what OCPP 1.6 is told for a reason. 1.6 knows five words only.
// Whoever is known but may not charge is Blocked where the fault is the person's
// or the card's, so that chargers that cache keep the refusal; a place or a time
// is Invalid, because it may be right elsewhere or later. ConcurrentTx is for
// StartTransaction alone (OCPP 1.6 AuthorizationStatus): an Authorize does not
// say where, and the same tap may be meant to stop, so there it is Accepted and
// the start decides.
func status16(r Reason, starting bool) ocpp16.Status {
	switch r {
	case Allowed:
		return ocpp16.Accepted
	case UnknownCard, CardLearned, TooManyTries, AccountPlace, NotThisPlace, NotThisTime, Away:
		return ocpp16.Invalid
	case CardBlocked, CardSuspended, CardInactive, CardNotYetValid, UserNotActive, UserDeactivated, UserNotYet, AccountClosed, AccountEnded, CardDoubted, NoCredit:
		return ocpp16.Blocked
	case CardExpired:
		return ocpp16.Expired
	case Concurrent:
		if !starting {
			return ocpp16.Accepted
		}
		return ocpp16.ConcurrentTx
	default:
		return ocpp16.Invalid
	}
}

// status201 says what OCPP 2.0.1 is told for a reason.
func status201(r Reason) ocpp201.Status {
	switch r {
	case Allowed:
		return ocpp201.Accepted
	case UnknownCard, TooManyTries:
		return ocpp201.Unknown
	case CardLearned:
		return ocpp201.Invalid
	case CardBlocked, CardSuspended, CardInactive, CardNotYetValid, UserNotActive, UserDeactivated, UserNotYet, AccountClosed, AccountEnded, CardDoubted:
		return ocpp201.Blocked
	case CardExpired:
		return ocpp201.Expired
	case AccountPlace, NotThisPlace:
		return ocpp201.NotAtThisLocation
	case NotThisTime:
		return ocpp201.NotAtThisTime
	case Concurrent:
		return ocpp201.ConcurrentTx
	case NoCredit:
		return ocpp201.NoCredit
	default:
		return ocpp201.Invalid
	}
}

// parent16 is the group as 1.6 can carry it: a longer one is left out, because
// half a name would be another group.
func parent16(a Answer) string {
	if len(a.Parent) > 20 {
		return ""
	}
	return a.Parent
}

func info16(a Answer, starting bool) ocpp16.IDTagInfo {
	info := ocpp16.IDTagInfo{Status: status16(a.Reason, starting), ParentIDTag: parent16(a)}
	if !a.Expires.IsZero() {
		info.ExpiryDate = &ocppj.Time{Time: a.Expires}
	}
	return info
}

func info201(a Answer) ocpp201.IDTokenInfo {
	info := ocpp201.IDTokenInfo{
		Status:              status201(a.Reason),
		CacheExpiryDateTime: ocpp201.Expiry(a.Expires),
		ChargingPriority:    max(-9, min(9, a.Priority)),
	}
	if a.Parent != "" && len(a.Parent) <= 36 {
		info.GroupIDToken = &ocpp201.IDToken{IDToken: a.Parent, Type: "Central"}
	}
	if a.Text != "" {
		lang := a.Language
		if lang == "" {
			lang = "en"
		}
		info.PersonalMessage = &ocpp201.Text{Format: "UTF8", Language: ocppj.Cut(lang, 8), Content: ocppj.Cut(a.Text, 512)}
	}
	return info
}
