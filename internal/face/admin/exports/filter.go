package exports

import (
	"net/url"
	"slices"

	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/id"
	"involt/internal/face/admin/activity"
	"involt/internal/face/admin/frame"
	"involt/internal/face/admin/users"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/export"
	"involt/internal/flow/browse/invited"
)

// filters are the parameters of the lists' addresses that say what is meant.
var filters = map[export.What][]string{
	export.Users:       users.Filters(),
	export.Cards:       {"state", "assigned", "kind", "q"},
	export.Sessions:    {"status", "user", "location", "charger", "period", "q"},
	export.Invitations: {"state", "by", "q"},
	export.Activity:    activity.Filters,
}

// Of reads what an address of a list means: what is exported of it. Days are
// those of the reader.
func Of(what export.What, q url.Values, rd ui.Reader) (ask export.Request, err error) {
	ask.What = what
	switch what {
	case export.Users:
		ask.Users, err = users.FilterOf(q)
		ask.Users.Paging, ask.Users.Sort = browse.Paging{}, "" // whoever may not see names may still hold a link that sorts by them
	case export.Cards:
		ask.Cards = Cards(q)
	case export.Sessions:
		ask.Sessions = Sessions(q, rd)
	case export.Invitations:
		ask.Invitations = invited.Filter{State: q.Get("state"), Inviter: q.Get("by"), Q: q.Get("q")}
	case export.Activity:
		ask.Activity = activity.FilterOf(q, rd)
	}
	return ask, err
}

// Sessions reads which charging sessions an address of their list means.
func Sessions(q url.Values, rd ui.Reader) browse.SessionFilter {
	f := browse.SessionFilter{
		Status: charge.Status(q.Get("status")), Person: id.Person(q.Get("user")), Charger: id.Charger(q.Get("charger")), Location: id.Location(q.Get("location")), Q: q.Get("q"),
		Paging: frame.Paging(q),
	}
	f.From, f.To = frame.Span(q.Get("period"), rd)
	return f
}

// Cards reads which cards an address of their list means.
func Cards(q url.Values) browse.CardFilter {
	return browse.CardFilter{
		State: card.State(q.Get("state")), Kind: card.Kind(q.Get("kind")), Q: q.Get("q"), Assigned: browse.Assigned(q.Get("assigned")), Paging: frame.Paging(q),
	}
}

// kept leaves of q what says which rows are meant.
func kept(what export.What, q url.Values) url.Values {
	keep := url.Values{}
	for _, name := range filters[what] {
		if values := slices.DeleteFunc(slices.Clone(q[name]), func(v string) bool { return v == "" }); len(values) > 0 {
			keep[name] = values
		}
	}
	if what == export.Users && q.Get("all") == "1" {
		keep.Set("all", "1")
	} else if what == export.Users && len(q["id"]) > 0 {
		keep = url.Values{"id": q["id"]}
	}
	return keep
}
