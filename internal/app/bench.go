package app

import (
	"context"
	"errors"
	"net"
	"time"

	"involt/internal/core/charge"
	"involt/internal/face/ocpp"
	"involt/internal/flow/admit"
	"involt/internal/flow/booking"
	"involt/internal/flow/equip"
	"involt/internal/kit/db"
)

// OCPPServer builds the server for chargers on a database and decisions, as Run
// does, for benchmarks. change may adjust its configuration.
func OCPPServer(d *db.DB, decide *admit.Service, change func(*ocpp.Config)) *ocpp.Server {
	book := &booking.Service{DB: d, Numbers: &charge.Numbers{DB: d}, Decide: decider{decide}}
	c := ocpp.Config{Chargers: &chargers{db: d, replica: "bench", equip: &equip.Service{DB: d}, admit: decide}, Decider: taps{decide}, Sessions: &sessions{&booking.Desk{Book: book, Now: time.Now}}}
	change(&c)
	return ocpp.New(c)
}

// Serve runs the whole server on a database and a free port of this machine until
// ctx is done, for benchmarks.
func Serve(ctx context.Context, database, keyFile string, ready func(net.Addr)) (err error) {
	a, err := Open(ctx, Config{Database: database, KeyFile: keyFile, Listen: "127.0.0.1:0", LogLevel: "error"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return a.Run(ctx, ready)
}
