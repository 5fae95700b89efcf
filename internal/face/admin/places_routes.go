package admin

import (
	"involt/internal/core/access"
	"involt/internal/face/admin/zones"
)

// placesRoutes are the pages of the menu's "Access".
func (c *Console) placesRoutes() []route {
	shared := zones.New(zones.Config{Join: c.Join, Zones: c.Zones, Browse: c.Browse, Now: c.Now})
	return append(ours(shared.Routes()), []route{
		{"GET /cards", access.CardsRead, c.cards},
		{"GET /cards/{card}", access.CardsRead, c.card},
		{"GET /cards/{card}/{change}", access.CardsWrite, c.cardAsk},
		{"POST /cards/{card}/{change}", access.CardsWrite, c.cardChange},

		{"GET /locations", access.PlacesRead, c.locations},
		{"GET /locations/new", access.PlacesWrite, c.locationForm},
		{"POST /locations", access.PlacesWrite, c.locationAdd},
		{"GET /locations/{location}", access.PlacesRead, c.location},

		{"GET /chargers", access.PlacesRead, c.chargers},
		{"GET /chargers/new", access.PlacesWrite, c.chargerForm},
		{"POST /chargers", access.PlacesWrite, c.chargerAdd},
		{"GET /chargers/{charger}", access.PlacesRead, c.charger},
		{"GET /chargers/{charger}/key", access.PlacesWrite, c.chargerKeyAsk},
		{"POST /chargers/{charger}/key", access.PlacesWrite, c.chargerKeyRenew},
		{"GET /chargers/{charger}/key/{slot}", access.PlacesWrite, c.chargerKeyShow},
		{"POST /chargers/{charger}/key/{slot}", access.PlacesWrite, c.chargerKeyCopied},
	}...)
}
