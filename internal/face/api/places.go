package api

import (
	"cmp"
	"context"
	"slices"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/face/api/frame"
	"involt/internal/flow/browse"
)

// Location is a place with chargers as the API shows it.
type Location struct {
	ID          string    `json:"id" doc:"The location's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Name        string    `json:"name" doc:"Unique in the workspace." example:"Harbour car park"`
	Address     string    `json:"address" doc:"Street and number." example:"Hafenstr. 1"`
	City        string    `json:"city" doc:"Town." example:"Hamburg"`
	Country     string    `json:"country" doc:"ISO 3166-1 alpha-2." example:"DE"`
	TimeZone    string    `json:"time_zone" doc:"IANA name." example:"Europe/Berlin"`
	MembersOnly bool      `json:"members_only" doc:"Open only to those with a grant, in every access mode."`
	Away        string    `json:"away" enum:"known,closed,open-private,open" doc:"Who may charge while the database is away: known, as usual by what was known last; closed, nobody; open-private, also users who may charge elsewhere or at other times; open, also unknown cards." example:"known"`
	AwayCapWh   int64     `json:"away_cap_wh" doc:"After how many watt-hours a session is stopped that only began because of that." example:"20000"`
	Chargers    int64     `json:"chargers" doc:"How many chargers it has." example:"4"`
	Online      int64     `json:"online" doc:"How many of them are connected." example:"4"`
	EVSEs       int64     `json:"evses" doc:"How many cars can charge at once." example:"8"`
	InUse       int64     `json:"in_use" doc:"How many do." example:"3"`
	Version     int64     `json:"version" doc:"Counts changes." example:"1"`
	CreatedAt   time.Time `json:"created_at" doc:"When it was added."`
}

type listLocationsIn struct {
	frame.Listing
	Q string `query:"q" maxLength:"200" doc:"Only locations whose name, address or city has this in it."`
}

func (s *desk) listLocations(ctx context.Context, by access.Actor, in *listLocationsIn) (*frame.Listed[Location], error) {
	filters := frame.Filled("q", in.Q)
	at, err := s.At(ctx, in.Listing, filters)
	if err != nil {
		return nil, err
	}
	all, err := s.Browse.Locations(ctx, by, in.Q)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b browse.Location) int { return cmp.Compare(a.ID, b.ID) })
	rows, next := frame.Whole(all, func(l browse.Location) string { return string(l.ID) }, at, in.Limit)
	return frame.PageOf(ctx, s.Server, in.Listing, filters, frame.Each(rows, func(l *browse.Location) Location {
		return Location{
			ID: string(l.ID), Name: l.Name, Address: l.Address, City: l.City, Country: l.Country, TimeZone: l.TimeZone, MembersOnly: l.MembersOnly,
			Away: cmp.Or(string(l.Away), "known"), AwayCapWh: l.AwayCap, Chargers: l.Chargers, Online: l.Online, EVSEs: l.EVSEs, InUse: l.InUse, Version: l.Version, CreatedAt: l.Created,
		}
	}), next)
}

// Charger is a charging station as the API shows it. Its key is never shown.
type Charger struct {
	ID           string     `json:"id" doc:"The charger's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	Identity     string     `json:"identity" doc:"Its OCPP identity: the last part of its address." example:"NG-HAM-01"`
	Name         string     `json:"name" doc:"What it is called." example:"Harbour 1"`
	Location     frame.Ref  `json:"location" doc:"Where it stands."`
	State        string     `json:"state" enum:"offline,faulted,charging,occupied,available,unavailable,unknown" doc:"What it is doing." example:"available"`
	Online       bool       `json:"online" doc:"Whether it is connected." example:"true"`
	ConnectedAt  *time.Time `json:"connected_at" doc:"Since when it is connected, or when it last was; null if never."`
	Disconnected *time.Time `json:"disconnected_at" doc:"Null while it is connected."`
	Protocol     *string    `json:"protocol" doc:"Of its last connection." example:"ocpp2.0.1"`
	Vendor       *string    `json:"vendor" doc:"As it says at boot."`
	Model        *string    `json:"model" doc:"As it says at boot."`
	Serial       *string    `json:"serial" doc:"As it says at boot."`
	Firmware     *string    `json:"firmware" doc:"As it says at boot."`
	Open         bool       `json:"open_to_anyone" doc:"Whether every card may charge there, but blocked and suspended ones and those of deactivated users." example:"false"`
	EVSEs        int64      `json:"evse_count" doc:"How many cars can charge at once." example:"2"`
	Running      int64      `json:"running" doc:"How many sessions run." example:"1"`
	Version      int64      `json:"version" doc:"Counts changes." example:"1"`
	CreatedAt    time.Time  `json:"created_at" doc:"When it was added."`
}

// ChargerDetail is a charger with its EVSEs.
type ChargerDetail struct {
	Charger
	List []EVSE `json:"evses" nullable:"false" doc:"Its EVSEs, in order."`
}

// EVSE is one place to charge one car.
type EVSE struct {
	Number     int64       `json:"number" doc:"From 1 on, as OCPP counts." example:"1"`
	EVSEID     string      `json:"evse_id" doc:"ISO 15118 EVSE id, or identity*number." example:"DE*NGR*E000101"`
	State      string      `json:"state" enum:"offline,faulted,charging,occupied,available,unavailable,unknown" doc:"What it is doing." example:"charging"`
	Session    *string     `json:"session_id" doc:"The session that runs there; null if none, and without the permission sessions:read."`
	Connectors []Connector `json:"connectors" nullable:"false" doc:"Its sockets and cables, as far as the charger has spoken of them."`
}

// Connector is one socket or cable.
type Connector struct {
	Number    int64      `json:"number" doc:"From 1 on." example:"1"`
	Status    string     `json:"status" doc:"As the charger spelt it." example:"Charging"`
	ErrorCode *string    `json:"error_code" doc:"As the charger spelt it; null if there is none."`
	StatusAt  *time.Time `json:"status_at" doc:"By the charger's clock."`
}

func chargerOf(c *browse.Charger) Charger {
	return Charger{
		ID: string(c.ID), Identity: c.Identity, Name: c.Name, Location: frame.Ref{ID: string(c.Location), Name: c.LocationName}, State: string(c.State), Online: c.Online,
		ConnectedAt: frame.Instant(c.Connected), Disconnected: frame.Instant(c.Disconnected), Protocol: frame.OrNull(c.Protocol), Vendor: frame.OrNull(c.Vendor), Model: frame.OrNull(c.Model),
		Serial: frame.OrNull(c.Serial), Firmware: frame.OrNull(c.Firmware), Open: c.Open, EVSEs: c.EVSEs, Running: c.Running, Version: c.Version, CreatedAt: c.Created,
	}
}

type listChargersIn struct {
	frame.Listing
	Location string `query:"location" maxLength:"26" doc:"Only chargers at the location with this id."`
	State    string `query:"state" enum:"offline,faulted,charging,occupied,available,unavailable,unknown" doc:"Only chargers in this state."`
	Q        string `query:"q" maxLength:"200" doc:"Only chargers whose name, identity, EVSE id, serial number or location has this in it."`
}

func (s *desk) listChargers(ctx context.Context, by access.Actor, in *listChargersIn) (*frame.Listed[Charger], error) {
	filters := frame.Filled("location", in.Location, "state", in.State, "q", in.Q)
	at, err := s.At(ctx, in.Listing, filters)
	if err != nil {
		return nil, err
	}
	got, err := s.Browse.Chargers(ctx, by, browse.ChargerFilter{
		Location: id.Location(in.Location), State: browse.ChargerState(in.State), Q: in.Q, Paging: browse.Paging{At: at, Limit: in.Limit},
	})
	if err != nil {
		return nil, err
	}
	return frame.PageOf(ctx, s.Server, in.Listing, filters, frame.Each(got.Rows, chargerOf), got.Next)
}

func (s *desk) readCharger(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[ChargerDetail], error) {
	which, err := frame.IDIn[id.Charger](in.ID, "charger")
	if err != nil {
		return nil, err
	}
	got, err := s.Browse.Charger(ctx, by, which)
	if err != nil {
		return nil, err
	}
	out := &frame.One[ChargerDetail]{Body: ChargerDetail{Charger: chargerOf(&got.Charger), List: frame.Each(got.List, evseOf)}}
	out.ETag = frame.Tag(got.Version, out.Body)
	return out, nil
}

func evseOf(e *browse.EVSE) EVSE {
	v := EVSE{Number: e.Number, EVSEID: e.ID, State: string(e.State), Connectors: []Connector{}}
	if e.Running != nil {
		v.Session = frame.OrNull(e.Running.ID)
	}
	for _, k := range e.Connectors {
		v.Connectors = append(v.Connectors, Connector{Number: k.Number, Status: k.Status, ErrorCode: frame.OrNull(k.ErrorCode), StatusAt: frame.Instant(k.StatusAt)})
	}
	return v
}
