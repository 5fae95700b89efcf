package app

import (
	"involt/internal/core/charge"
	"involt/internal/face/ocpp"
	"involt/internal/flow/admit"
	"involt/internal/flow/booking"
	"involt/internal/kit/db"
)

// OCPPServer builds the server for chargers on a database and decisions, as Run
// does, for benchmarks. change may adjust its configuration.
func OCPPServer(d *db.DB, decide *admit.Service, change func(*ocpp.Config)) *ocpp.Server {
	book := &booking.Service{DB: d, Numbers: &charge.Numbers{DB: d}, Decide: decider{decide}}
	c := ocpp.Config{Chargers: &chargers{d, "bench"}, Decider: taps{decide}, Sessions: &sessions{book}}
	change(&c)
	return ocpp.New(c)
}
