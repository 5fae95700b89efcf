package browse_test

import (
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/journal"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/insight"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

func TestSessions(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		for name, c := range map[string]struct {
			by   access.Actor
			f    browse.SessionFilter
			want int
		}{
			"all":                {a.staff, browse.SessionFilter{}, 5},
			"running":            {a.staff, browse.SessionFilter{Status: charge.Running}, 1},
			"ended":              {a.staff, browse.SessionFilter{Status: charge.Ended}, 4},
			"of a person":        {a.staff, browse.SessionFilter{Person: a.anna.ID}, 4},
			"at a charger":       {a.staff, browse.SessionFilter{Charger: a.cp[0].ID}, 3},
			"at a location":      {a.staff, browse.SessionFilter{Location: a.dock.ID}, 2},
			"from":               {a.staff, browse.SessionFilter{From: a.noon.AddDate(0, 0, -1)}, 2},
			"until":              {a.staff, browse.SessionFilter{To: a.noon.AddDate(0, 0, -1)}, 3},
			"name":               {a.staff, browse.SessionFilter{Q: "anna ber"}, 4},
			"e-mail":             {a.staff, browse.SessionFilter{Q: "ANNA@berg"}, 4},
			"card":               {a.staff, browse.SessionFilter{Q: "04:a1:b2:c3:d4:e5:f6"}, 4},
			"beginning of card":  {a.staff, browse.SessionFilter{Q: "ffff"}, 1},
			"nobody":             {a.staff, browse.SessionFilter{Q: "100%\x00"}, 0},
			"only accents":       {a.staff, browse.SessionFilter{Q: "\u0301"}, 0},
			"masked name":        {a.masked, browse.SessionFilter{Q: "anna"}, 0},
			"masked e-mail":      {a.masked, browse.SessionFilter{Q: "anna@berg.example"}, 0},
			"masked external id": {a.masked, browse.SessionFilter{Q: "e-1"}, 4},
		} {
			p := must[browse.SessionPage](t)(s.Sessions(ctx, c.by, c.f))
			same(t, name, len(p.Rows), c.want)
			same(t, name+", total", int(p.Total), c.want)
		}
		p := must[browse.SessionPage](t)(s.Sessions(ctx, a.staff, browse.SessionFilter{}))
		top, second := p.Rows[0], p.Rows[1]
		if top.User != "Änna Berg" || top.Email != "anna@berg.example" || top.ChargerName != "Post 1" || top.Identity != "CP1" || top.LocationName != "Yard" ||
			top.Wh != 1000 || top.PowerW != 7400 || top.Duration != 0 || !top.Ended.IsZero() || top.Refused() {
			t.Errorf("the newest: %+v", top)
		}
		same(t, "duration", second.Duration, time.Hour)
		if r := p.Rows[3]; !r.Refused() || r.User != "" || r.Email != "" {
			t.Errorf("the refused one: %+v", r)
		}
		hidden := must[browse.SessionPage](t)(s.Sessions(ctx, a.masked, browse.SessionFilter{})).Rows[0]
		same(t, "masked", hidden.User+" "+hidden.Email, "Ä… B… a…@…")

		live, _, err := s.Live(ctx, a.staff)
		if err != nil || len(live) != 1 || live[0].ID != a.sessions[4].ID {
			t.Errorf("live: %v %v", live, err)
		}
		one := must[browse.SessionDetail](t)(s.Session(ctx, a.staff, a.sessions[0].ID))
		if len(one.Samples) != 1 || one.ID != a.sessions[0].ID {
			t.Errorf("one: %+v", one)
		}
		anna := access.Actor{Workspace: a.ws, Person: a.anna.ID}
		mine := must[browse.SessionPage](t)(s.MySessions(ctx, anna, browse.Paging{}))
		if len(mine.Rows) != 4 || mine.Rows[0].User != "Änna Berg" {
			t.Errorf("mine: %+v", mine)
		}
	})
}

func TestPagesGoThereAndBack(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		walk := func(name string, page func(browse.Paging) ([]string, browse.Page)) {
			all, _ := page(browse.Paging{})
			var there []string
			var last browse.Page
			for at := ""; ; at = last.Next {
				rows, p := page(browse.Paging{At: at, Limit: 2})
				same(t, name+", from", int(p.From), len(there)+1)
				there = append(there, rows...)
				same(t, name+", to", int(p.To), len(there))
				same(t, name+", total", int(p.Total), len(all))
				if last = p; p.Next == "" {
					break
				}
			}
			same(t, name, strings.Join(there, " "), strings.Join(all, " "))
			back := there[last.From-1:]
			for last.Prev != "" {
				rows, p := page(browse.Paging{At: last.Prev, Limit: 2})
				back = append(rows, back...)
				same(t, name+", back to", int(p.To), int(p.From)-1+len(rows))
				last = p
			}
			same(t, name+", back at", int(last.From), 1)
			same(t, name+", back", strings.Join(back, " "), strings.Join(all, " "))
		}
		ctx := t.Context()
		walk("sessions", func(p browse.Paging) (list []string, page browse.Page) {
			v := must[browse.SessionPage](t)(s.Sessions(ctx, a.staff, browse.SessionFilter{Paging: p}))
			for _, r := range v.Rows {
				list = append(list, string(r.ID))
			}
			return list, v.Page
		})
		walk("chargers", func(p browse.Paging) (list []string, page browse.Page) {
			v := must[browse.ChargerPage](t)(s.Chargers(ctx, a.staff, browse.ChargerFilter{Paging: p}))
			for _, r := range v.Rows {
				list = append(list, string(r.ID))
			}
			return list, v.Page
		})
		walk("cards", func(p browse.Paging) (list []string, page browse.Page) {
			v := must[browse.CardPage](t)(s.Cards(ctx, a.staff, browse.CardFilter{Paging: p}))
			for _, r := range v.Rows {
				list = append(list, string(r.ID))
			}
			return list, v.Page
		})
		for _, at := range []string{"x", "!", "bjB8", "bjB8fA", "bg"} {
			_, err := s.Sessions(ctx, a.staff, browse.SessionFilter{Paging: browse.Paging{At: at}})
			same(t, "page "+at, errs.KindOf(err), errs.Invalid)
		}
	})
}

func TestPlaces(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		all := must[[]browse.Location](t)(s.Locations(ctx, a.staff, ""))
		if len(all) != 2 || all[0].Name != "Dock" || all[1].Chargers != 2 || all[1].Online != 2 || all[1].EVSEs != 4 || all[1].InUse != 1 || all[0].Online != 0 {
			t.Errorf("locations: %+v", all)
		}
		same(t, "found by city", len(must[[]browse.Location](t)(s.Locations(ctx, a.staff, "KIE"))), 1)
		yard := must[browse.LocationDetail](t)(s.Location(ctx, a.staff, a.yard.ID))
		same(t, "chargers of the yard", len(yard.List), 2)

		p := must[browse.ChargerPage](t)(s.Chargers(ctx, a.staff, browse.ChargerFilter{}))
		for i, want := range []browse.ChargerState{browse.Charging, browse.Faulted, browse.Offline} {
			same(t, p.Rows[i].Name, p.Rows[i].State, want)
			same(t, "counted", p.States[want], 1)
		}
		if c := p.Rows[0]; !c.Online || c.Running != 1 || c.EVSEs != 2 || c.LocationName != "Yard" || p.Rows[2].Online {
			t.Errorf("chargers: %+v", p.Rows)
		}
		for name, f := range map[string]browse.ChargerFilter{
			"state":   {State: browse.Faulted},
			"name":    {Q: "post 2"},
			"EVSE id": {Q: "cp2*1"},
			"both":    {Location: a.yard.ID, State: browse.Faulted},
		} {
			if p := must[browse.ChargerPage](t)(s.Chargers(ctx, a.staff, f)); len(p.Rows) != 1 || p.Rows[0].Identity != "CP2" {
				t.Errorf("%s: %+v", name, p.Rows)
			}
		}

		d := must[browse.ChargerDetail](t)(s.Charger(ctx, a.staff, a.cp[0].ID))
		if len(d.List) != 2 || d.List[0].State != browse.Charging || d.List[0].Running == nil || d.List[1].State != browse.Available || d.Own == nil ||
			len(d.Sessions) != 3 || len(d.Decisions) != 6 {
			t.Errorf("charger: %+v", d)
		}
		technician := access.Actor{Workspace: a.ws, Perms: access.PlacesRead}
		d = must[browse.ChargerDetail](t)(s.Charger(ctx, technician, a.cp[0].ID))
		if d.Sessions != nil || d.Decisions != nil || d.List[0].Running != nil {
			t.Errorf("without permission to see sessions: %+v", d)
		}
	})
}

func TestCards(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		for name, c := range map[string]struct {
			by   access.Actor
			f    browse.CardFilter
			want int
		}{
			"all":          {a.staff, browse.CardFilter{}, 3},
			"blocked":      {a.staff, browse.CardFilter{State: card.Blocked}, 1},
			"deactivated":  {a.staff, browse.CardFilter{State: card.Deactivated}, 1},
			"assigned":     {a.staff, browse.CardFilter{Assigned: browse.IsAssigned}, 2},
			"not assigned": {a.staff, browse.CardFilter{Assigned: browse.IsNotAssigned}, 1},
			"spelling":     {a.staff, browse.CardFilter{Q: "de-ad-be-ef"}, 1},
			"decimal":      {a.staff, browse.CardFilter{Q: "3735928559"}, 1},
			"printed":      {a.staff, browse.CardFilter{Q: "n-1"}, 1},
			"owner":        {a.staff, browse.CardFilter{Q: "anna"}, 1},
			"masked owner": {a.masked, browse.CardFilter{Q: "anna"}, 0},
			"pool car":     {a.masked, browse.CardFilter{Q: "pool_7"}, 1},
			"no wildcard":  {a.masked, browse.CardFilter{Q: "poolX7"}, 0},
			"kind":         {a.staff, browse.CardFilter{Kind: card.MAC}, 0},
			"of a person":  {a.staff, browse.CardFilter{Person: a.anna.ID}, 1},
		} {
			same(t, name, len(must[browse.CardPage](t)(s.Cards(ctx, c.by, c.f)).Rows), c.want)
		}
		p := must[browse.CardPage](t)(s.Cards(ctx, a.staff, browse.CardFilter{State: card.Blocked}))
		same(t, "active ones", p.States[card.Active], 1)
		same(t, "owner", p.Rows[0].Owner, "POOL_7")
		k := must[browse.Card](t)(s.Card(ctx, a.masked, a.cards[0].ID))
		if k.Owner != "Ä… B…" || k.OwnerStatus != person.Active || k.UID != a.cards[0].UID {
			t.Errorf("%+v", k)
		}
	})
}

func TestDecisions(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		yes, no := true, false
		for name, c := range map[string]struct {
			f    browse.DecisionFilter
			want int
		}{
			"all":         {browse.DecisionFilter{}, 6},
			"allowed":     {browse.DecisionFilter{Allowed: &yes}, 3},
			"refused":     {browse.DecisionFilter{Allowed: &no}, 3},
			"reason":      {browse.DecisionFilter{Reason: decision.UnknownCard}, 3},
			"person":      {browse.DecisionFilter{Person: a.anna.ID}, 3},
			"charger":     {browse.DecisionFilter{Charger: a.cp[0].ID}, 6},
			"elsewhere":   {browse.DecisionFilter{Charger: a.cp[1].ID}, 0},
			"card":        {browse.DecisionFilter{CardUID: "ab cd ef 01"}, 3},
			"from and to": {browse.DecisionFilter{From: a.noon.AddDate(0, 0, -20), To: a.noon}, 2},
		} {
			same(t, name, len(must[browse.DecisionPage](t)(s.Decisions(ctx, a.staff, c.f)).Rows), c.want)
		}
		p := must[browse.DecisionPage](t)(s.Decisions(ctx, a.staff, browse.DecisionFilter{Allowed: &no}))
		if len(p.Bars) != 2 || p.Bars[0] != (browse.ReasonCount{Reason: decision.Allowed, N: 2}) || p.Bars[1].N != 2 {
			t.Errorf("bars: %+v", p.Bars)
		}
		p = must[browse.DecisionPage](t)(s.Decisions(ctx, a.masked, browse.DecisionFilter{Allowed: &yes}))
		if r := p.Rows[0]; r.User != "Ä… B…" || r.ChargerName != "Post 1" || r.LocationName != "Yard" {
			t.Errorf("%+v", r)
		}
	})
}

func TestActivity(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		anna := journal.About("person", a.anna.ID)
		for name, c := range map[string]struct {
			f    browse.ActivityFilter
			want int
		}{
			"all":     {browse.ActivityFilter{}, 3},
			"what":    {browse.ActivityFilter{What: "person.created"}, 1},
			"noun":    {browse.ActivityFilter{What: "person"}, 2},
			"actor":   {browse.ActivityFilter{Actor: anna}, 1},
			"subject": {browse.ActivityFilter{Subject: anna}, 2},
			"from":    {browse.ActivityFilter{From: a.noon.Add(time.Second)}, 0},
		} {
			same(t, name, len(must[browse.ActivityPage](t)(s.Activity(ctx, a.staff, c.f)).Rows), c.want)
		}
		rows := must[browse.ActivityPage](t)(s.Activity(ctx, a.staff, browse.ActivityFilter{})).Rows
		if r := rows[0]; r.ActorName != "Involt" || r.About != 2 || r.SubjectName != "" || r.Value != nil || r.Erased {
			t.Errorf("the import: %+v", r)
		}
		if r := rows[1]; r.ActorName != "Änna Berg" || r.SubjectName != "DEADBEEF" {
			t.Errorf("the block: %+v", r)
		}
		if r := rows[2]; r.ActorName != "HR sync" || r.SubjectName != "Änna Berg" || r.Value["email"] != "anna@berg.example" {
			t.Errorf("the creation: %+v", r)
		}
		r := must[browse.ActivityPage](t)(s.Activity(ctx, a.masked, browse.ActivityFilter{What: "person.created"})).Rows[0]
		if r.SubjectName != "Ä… B…" || r.Value["email"] != "…" || r.Value["status"] != "active" || r.Value["deep"].([]any)[0] != "…" || r.Value["person"] != string(a.anna.ID) {
			t.Errorf("masked: %+v", r)
		}
		if err := s.DB.Update(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`DELETE FROM journal_value WHERE workspace = ?`, a.ws)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		list := must[browse.ActivityPage](t)(s.Activity(ctx, a.staff, browse.ActivityFilter{Subject: anna})).Rows
		if len(list) != 2 || !list[0].Erased || list[0].Value != nil {
			t.Errorf("after erasure: %+v", list)
		}
	})
}

func TestOverview(t *testing.T) {
	screens(t, func(t *testing.T, s *browse.Service, a *town) {
		ctx := t.Context()
		o := must[insight.Overview](t)(pictures(s).Overview(ctx, a.staff))
		if o.People[person.Active] != 2 || o.People[person.Invited] != 1 || o.Funnel != (insight.Funnel{Invited: 2, Opened: 1, Active: 1}) {
			t.Errorf("people: %+v", o)
		}
		if o.Running != 1 || o.Chargers != 3 || o.Online != 2 || len(o.Live) != 1 {
			t.Errorf("now: %+v", o)
		}
		same(t, "days", len(o.Energy), 30)
		for i, e := range o.Energy {
			want := int64(0)
			if i >= 25 {
				want = 1000
			}
			if e.Wh != want || e.Day.Hour() != 0 || e.Day.Location().String() != "Europe/Berlin" {
				t.Errorf("day %d: %+v", i, e)
			}
		}
		if len(o.Groups) != 2 || o.Groups[0].Name != "Fleet" || o.Groups[0].Wh != 4000 || o.Groups[0].Sessions != 4 || o.Groups[1].ID != "" || o.Groups[1].Wh != 1000 {
			t.Errorf("groups: %+v", o.Groups)
		}
		if len(o.Refused) != 1 || o.Refused[0] != (browse.ReasonCount{Reason: decision.UnknownCard, N: 1}) {
			t.Errorf("refused: %+v", o.Refused)
		}
		o = must[insight.Overview](t)(pictures(s).Overview(ctx, access.Actor{Workspace: a.ws, Perms: access.PlacesRead}))
		if o.People != nil || o.Energy != nil || o.Chargers != 3 {
			t.Errorf("for a technician: %+v", o)
		}
	})
}
