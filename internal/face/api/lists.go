package api

import (
	"context"
	"net/http"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/locallist"
	"involt/internal/face/api/frame"
)

func listOperations() []Operation {
	return []Operation{
		{
			Method: "GET", Path: frame.Prefix + "/chargers/{id}/local-list", ID: "read-local-list", Tag: "Commands", Perm: access.PlacesRead, Status: http.StatusOK, Refusals: []int{404},
			Summary: "Read a charger's local list", Description: "The cards that a charger lets charge by itself while it is offline: what it has confirmed to hold, and what is on its way. Entries need the permission cards:read in the whole workspace.",
			Bind: handled((*desk).readLocalList),
		},
	}
}

// LocalList is the list of a charger, as the API shows it.
type LocalList struct {
	Charger     frame.Ref   `json:"charger" doc:"Whose list it is."`
	On          bool        `json:"on" doc:"Whether the charger is to hold one."`
	Mode        string      `json:"mode" enum:"usual,on,off" doc:"What is said of this charger: as the workspace says, on or off." example:"usual"`
	Support     string      `json:"support" enum:"unknown,yes,no,off" doc:"What the charger says: off is a list that its own settings have switched off." example:"yes"`
	Size        *int64      `json:"size" doc:"How many entries it holds at most; null if it does not say." example:"48"`
	Version     *int64      `json:"version" doc:"Of what it last confirmed; null if it was never sent a list." example:"12"`
	Certain     bool        `json:"certain" doc:"Whether the charger holds what it confirmed: not after it failed to take an update."`
	ConfirmedAt *time.Time  `json:"confirmed_at" doc:"When it last confirmed; null if never."`
	Trouble     *string     `json:"trouble" doc:"Why the last update failed; null if it did not."`
	Held        int         `json:"held" doc:"How many entries it has confirmed." example:"30"`
	Adding      int         `json:"adding" doc:"How many are to be put in or changed." example:"2"`
	Leaving     int         `json:"leaving" doc:"How many are to be taken out." example:"1"`
	Update      *string     `json:"update" enum:"waiting,sent" doc:"The update that is on its way; null if there is none."`
	Entries     []ListEntry `json:"entries" nullable:"true" doc:"What it has confirmed, who charged there last first; null to those who may not see cards."`
}

// ListEntry is one card of a list.
type ListEntry struct {
	CardID  string     `json:"card_id" doc:"The card."`
	Token   string     `json:"token" doc:"As the charger spells it." example:"04a2b3c4d5e680"`
	Expires *time.Time `json:"expires_at" doc:"From when the charger refuses it by itself; null for never."`
	Leaving bool       `json:"leaving" doc:"Whether it is to be taken out."`
}

func (s *desk) readLocalList(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[LocalList], error) {
	which, err := frame.IDIn[id.Charger](in.ID, "charger")
	if err != nil {
		return nil, err
	}
	l, err := s.Steer.LocalList(ctx, by, which)
	if err != nil {
		return nil, err
	}
	said := func(v, instead string) string {
		if v == "" {
			return instead
		}
		return v
	}
	positive := func(n int64) *int64 {
		if n <= 0 {
			return nil
		}
		return &n
	}
	v := LocalList{
		Charger: frame.Ref{ID: string(which), Name: l.Name},
		On:      l.On, Mode: said(string(l.Mode), "usual"), Support: said(string(l.Support), "unknown"), Size: positive(l.Size), Version: positive(l.Version), Certain: l.Known,
		ConfirmedAt: frame.Instant(l.Confirmed), Trouble: frame.OrNull(l.Trouble), Held: len(l.Held), Adding: len(l.Adding), Leaving: len(l.Leaving),
	}
	if l.Open != nil {
		v.Update = frame.OrNull(string(l.Open.State))
	}
	if by.Need(access.CardsRead) == nil {
		v.Entries = listEntries(l.Held, l.Leaving)
	}
	out := &frame.One[LocalList]{Body: v}
	out.ETag = frame.Tag(0, out.Body)
	return out, nil
}

func listEntries(held, leaving []locallist.Entry) []ListEntry {
	goes := map[string]bool{}
	for i := range leaving {
		goes[leaving[i].Token] = true
	}
	out := make([]ListEntry, len(held))
	for i := range held {
		e := &held[i]
		out[i] = ListEntry{CardID: string(e.Card), Token: e.Token, Expires: frame.Instant(e.Expires), Leaving: goes[e.Token]}
	}
	return out
}
