package admin

import (
	"slices"

	"involt/internal/core/access"
	"involt/internal/face/admin/commands"
	"involt/internal/face/admin/knocks"
	"involt/internal/face/admin/learn"
	placeform "involt/internal/face/admin/location"
	"involt/internal/face/admin/options"
	"involt/internal/face/admin/trouble"
	"involt/internal/face/admin/zones"
)

func (c *Console) knocks() *knocks.Pages { return knocks.New(knocks.Config{Equip: c.Equip}) }

// placesRoutes are the pages of the menu's "Access".
func (c *Console) placesRoutes() []route {
	shared := zones.New(zones.Config{Join: c.Join, Zones: c.Zones, Browse: c.Browse, Now: c.Now})
	asking := commands.New(commands.Config{Steer: c.Steer, Browse: c.Browse, Read: c.commands()})
	places := placeform.New(placeform.Config{DB: c.DB, Equip: c.Equip})
	troubles := trouble.New(trouble.Config{Equip: c.Equip})
	knocking := c.knocks()
	lessons := learn.New(learn.Config{Teach: c.Teach, Browse: c.Browse})
	return append(ours(slices.Concat(knocking.Routes(), lessons.Routes(), options.New(options.Config{Equip: c.Equip, Browse: c.Browse}).Routes(), shared.Routes(), asking.Routes(), troubles.Routes(), places.Routes())), []route{
		{"GET /cards", access.CardsRead, c.cards, true, false},
		{"GET /cards/{card}", access.CardsRead, c.card, true, false},
		{"GET /cards/{card}/{change}", access.CardsWrite, c.cardAsk, true, false},
		{"POST /cards/{card}/{change}", access.CardsWrite, c.cardChange, true, false},

		{"GET /locations", access.PlacesRead, c.locations, true, false},
		{"GET /locations/{location}", access.PlacesRead, c.location, true, false},

		{"GET /chargers", access.PlacesRead, c.chargers, true, false},
		{"GET /chargers/new", access.PlacesWrite, c.chargerForm, true, false},
		{"POST /chargers", access.PlacesWrite, c.chargerAdd, true, false},
		{"GET /chargers/{charger}", access.PlacesRead, c.charger, true, false},
		{"GET /chargers/{charger}/key", access.PlacesWrite, c.chargerKeyAsk, true, false},
		{"POST /chargers/{charger}/key", access.PlacesWrite, c.chargerKeyRenew, true, false},
		{"GET /chargers/{charger}/key/{slot}", access.PlacesWrite, c.chargerKeyShow, true, false},
		{"POST /chargers/{charger}/key/{slot}", access.PlacesWrite, c.chargerKeyCopied, true, false},
	}...)
}
