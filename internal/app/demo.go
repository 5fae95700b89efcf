package app

import (
	"context"
	"time"

	"involt/internal/core/login"
	"involt/internal/demo"
	"involt/internal/kit/db"
)

// Who can sign in to a demo, and how.
const (
	DemoAdmin    = demo.AdminEmail
	DemoDriver   = demo.DriverEmail
	DemoPassword = demo.Password
)

// Demo is a workspace to look at.
type Demo struct {
	Slug   string
	APIKey string
	town   demo.Town
	db     *db.DB
}

// FillDemo fills the database with a workspace to look at. It must come before
// Run.
func (a *App) FillDemo(ctx context.Context, users, chargers int) (*Demo, error) {
	t, err := demo.Fill(ctx, a.DB, a.Keys, a.Passwords, time.Now(), demo.Size{Users: users, Chargers: chargers})
	if err != nil {
		return nil, err
	}
	return &Demo{Slug: demo.Slug, APIKey: t.APIKey, town: t, db: a.DB}, nil
}

// SignInLink makes a token that signs in to the console once.
func (d *Demo) SignInLink(ctx context.Context, life time.Duration) (token string, err error) {
	err = d.db.Update(ctx, func(tx *db.Tx) (err error) {
		token, err = login.NewLink(tx, d.town.Admin.ID, life)
		return err
	})
	return token, err
}

// Drive lets the simulated chargers live until ctx is done. url is where they
// connect: ws://host:port/ocpp/slug.
func (d *Demo) Drive(ctx context.Context, url string) { demo.Drive(ctx, &d.town, url) }
