package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"involt/internal/app"
)

type demoCmd struct {
	Listen   string `help:"address to serve on; port 0 takes a free one" default:"127.0.0.1:8080"`
	Data     string `help:"directory to keep the data in (default: a temporary one, removed at the end)" placeholder:"DIR"`
	Database string `help:"use this database instead of a SQLite file" placeholder:"URL"`
	Users    int    `help:"how many users" default:"500"`
	Chargers int    `help:"how many simulated chargers" default:"12"`
	JSON     bool   `help:"print one line of JSON when ready, and nothing else" name:"json"`
	LogLevel string `help:"debug, info, warn or error" default:"warn" enum:"debug,info,warn,error"`
	Metrics  string `help:"address for Prometheus metrics" placeholder:"ADDRESS"`
}

// places is where everything is; the keys are a promise to scripts.
type places struct {
	URL       string `json:"url"`
	Console   string `json:"console"`
	SignIn    string `json:"sign_in"`
	DriverApp string `json:"driver_app"`
	Mail      string `json:"mail"`
	API       string `json:"api"`
	APIKey    string `json:"api_key"`
	OCPP      string `json:"ocpp"`
	OCPI      string `json:"ocpi"` // "" until Involt speaks OCPI

	// Who can sign in besides by the link, and with what.
	AdminEmail  string `json:"admin_email"`
	DriverEmail string `json:"driver_email"`
	Password    string `json:"password"`
}

// Run runs the demo until it is told to stop.
func (c *demoCmd) Run(ctx context.Context, o out) (err error) {
	dir := c.Data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "involt-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	cfg := app.Config{
		Database: filepath.Join(dir, "involt.db"), KeyFile: filepath.Join(dir, "involt.key"), Listen: c.Listen,
		SMTP: "catch", LogLevel: c.LogLevel, MetricsListen: c.Metrics, Demo: true,
	}
	if c.Database != "" {
		cfg.Database = c.Database
	}
	a, err := open(ctx, cfg, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	town, err := a.FillDemo(ctx, c.Users, c.Chargers)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var chargers sync.WaitGroup
	defer chargers.Wait()
	defer stop()
	return a.Run(ctx, func(addr net.Addr) {
		p, err := c.places(ctx, a, town)
		if err != nil {
			fmt.Fprintln(o.stderr, "involt:", err)
			stop()
			return
		}
		// Chargers come by the address that is listened on: no name to look up.
		url := "ws://" + addr.String() + "/ocpp/" + town.Slug
		chargers.Go(func() { town.Drive(ctx, url) })
		c.print(o, p)
	})
}

func (c *demoCmd) places(ctx context.Context, a *app.App, town *app.Demo) (places, error) {
	url := a.Config.PublicURL
	link, err := town.SignInLink(ctx, 24*time.Hour)
	return places{
		URL: url, Console: url + "/w/" + town.Slug, SignIn: url + "/enter/" + link, DriverApp: url + "/my", Mail: url + "/w/" + town.Slug + "/mails",
		API: url + "/api/v1", APIKey: town.APIKey, OCPP: "ws://" + strings.TrimPrefix(url, "http://") + "/ocpp/" + town.Slug,
		AdminEmail: app.DemoAdmin, DriverEmail: app.DemoDriver, Password: app.DemoPassword,
	}, err
}

func (c *demoCmd) print(o out, p places) {
	if c.JSON {
		// A line that cannot be written has no reader.
		_ = json.NewEncoder(o.stdout).Encode(p) //nolint:gosec // the key of a demo is printed for whoever runs it
		return
	}
	fmt.Fprintf(o.stdout, `
  Involt is ready.

  Sign in to the console (works once)   %s
  The console after that                %s
      as %s, password: %s
  What a driver sees                    %s
      as %s, same password
  Mails that were sent                  %s
  REST API                              %s
      key %s
  Chargers connect to                   %s/{charger}

  %d chargers are simulated and people come and go. Ctrl-C ends it.

`, p.SignIn, p.Console, app.DemoAdmin, app.DemoPassword, p.DriverApp, app.DemoDriver, p.Mail, p.API, p.APIKey, p.OCPP, c.Chargers)
}
