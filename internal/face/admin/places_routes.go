package admin

import (
	"involt/internal/core/access"
	"involt/internal/face/admin/zones"
)

// placesRoutes are the pages of the menu's "Access".
func (c *Console) placesRoutes() []route {
	shared := zones.New(zones.Config{Join: c.Join, Zones: c.Zones, Browse: c.Browse, Now: c.Now})
	return append(ours(shared.Routes()), []route{
		{"GET /cards", access.CardsRead, c.cards, true},
		{"GET /cards/{card}", access.CardsRead, c.card, true},
		{"GET /cards/{card}/{change}", access.CardsWrite, c.cardAsk, true},
		{"POST /cards/{card}/{change}", access.CardsWrite, c.cardChange, true},

		{"GET /locations", access.PlacesRead, c.locations, true},
		{"GET /locations/new", access.PlacesWrite, c.locationForm, false},
		{"POST /locations", access.PlacesWrite, c.locationAdd, false},
		{"GET /locations/{location}", access.PlacesRead, c.location, true},

		{"GET /chargers", access.PlacesRead, c.chargers, true},
		{"GET /chargers/new", access.PlacesWrite, c.chargerForm, true},
		{"POST /chargers", access.PlacesWrite, c.chargerAdd, true},
		{"GET /chargers/{charger}", access.PlacesRead, c.charger, true},
		{"GET /chargers/{charger}/key", access.PlacesWrite, c.chargerKeyAsk, true},
		{"POST /chargers/{charger}/key", access.PlacesWrite, c.chargerKeyRenew, true},
		{"GET /chargers/{charger}/key/{slot}", access.PlacesWrite, c.chargerKeyShow, true},
		{"POST /chargers/{charger}/key/{slot}", access.PlacesWrite, c.chargerKeyCopied, true},
	}...)
}
