package app

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"runtime"
	"time"

	"involt/internal/kit/db"
	"involt/internal/kit/seal"
	"involt/internal/schema"
)

// Finding is one thing the doctor looked at.
type Finding struct {
	What   string
	OK     bool
	Detail string // what it is
	Do     string // what to do, if it is not OK
}

// Examine looks at everything that the server rests on.
func Examine(ctx context.Context, c Config) []Finding {
	found := []Finding{{What: "Involt", OK: true, Detail: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH}}
	if err := c.check(); err != nil {
		found = append(found, Finding{"Configuration", false, err.Error(), "Correct the setting and run this again."})
	} else {
		found = append(found, Finding{What: "Configuration", OK: true, Detail: "public address " + c.PublicURL})
	}
	if c.OCPPClientCA != "" {
		f := Finding{What: "Chargers' certificates", OK: true, Detail: c.OCPPClientCA}
		if err := c.checkClientCA(); err != nil {
			f = Finding{"Chargers' certificates", false, err.Error(), "Name a file with the CA's certificate in PEM."}
		}
		found = append(found, f)
	}
	found = append(found, examineKey(c), examineMail(ctx, c))
	return append(found, examineDatabase(ctx, c)...)
}

func examineKey(c Config) Finding {
	f := Finding{What: "Key file", Detail: c.KeyFile}
	if _, err := os.Stat(c.KeyFile); os.IsNotExist(err) {
		f.OK, f.Detail = true, c.KeyFile+" (made at the first start)"
		return f
	}
	_, err := seal.Open(c.KeyFile)
	if f.OK = err == nil; !f.OK {
		f.Detail, f.Do = err.Error(), "Without the right key open invitations cannot be used."
	}
	return f
}

func examineDatabase(ctx context.Context, c Config) []Finding {
	f := Finding{What: "Database", Do: "Check INVOLT_DATABASE, and that the database is running and may be used."}
	d, err := db.Open(ctx, c.Database)
	if err != nil {
		f.Detail = err.Error()
		return []Finding{f}
	}
	defer d.Close()
	f.OK, f.Do, f.Detail = true, "", "SQLite, synchronous=FULL"
	if d.Postgres {
		f.Detail = "PostgreSQL, synchronous_commit=on"
	}
	list := []Finding{f, {What: "Tables", OK: true, Detail: "up to date"}}
	if err := schema.Migrate(ctx, d); err != nil {
		list[1] = Finding{"Tables", false, err.Error(), "Use the version of Involt that wrote this database, or a newer one."}
		return list
	}
	var now time.Time
	err = d.View(ctx, func(tx *db.Tx) error { now = tx.Now; return nil })
	off := time.Since(now).Abs()
	clock := Finding{What: "Clock", OK: err == nil && off < time.Minute, Detail: fmt.Sprintf("%s apart from the database's", off.Round(time.Millisecond))}
	if !clock.OK {
		clock.Do = "Let a time service (chrony, systemd-timesyncd) set the clock of this machine and of the database server."
	}
	return append(list, clock)
}

func examineMail(ctx context.Context, c Config) Finding {
	f := Finding{What: "Mail", OK: true, Detail: "kept in memory, sent to nobody"}
	switch c.SMTP {
	case "catch":
		return f
	case "":
		return Finding{"Mail", false, "no mail server is configured", "Set INVOLT_SMTP, for instance smtp://user:password@mail.example.com:587?from=involt@example.com; until then invitations wait."}
	}
	u, err := url.Parse(c.SMTP)
	if err != nil || u.Host == "" {
		return Finding{"Mail", false, "INVOLT_SMTP cannot be read", "Write it as smtp://user:password@host:587?from=ADDRESS."}
	}
	host := u.Host
	if u.Port() == "" {
		host += ":587"
	}
	dialer := net.Dialer{Timeout: 5 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", host)
	if err != nil {
		return Finding{"Mail", false, host + " does not answer", "Check the name and port in INVOLT_SMTP, and firewalls on the way."}
	}
	defer conn.Close()
	f.Detail = host + " answers"
	return f
}
