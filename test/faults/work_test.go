package faults

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/charge"
	"involt/internal/core/decision"
	"involt/internal/core/id"
	"involt/internal/core/invite"
	"involt/internal/core/login"
	"involt/internal/flow/booking"
	"involt/internal/flow/intake"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/mail"
	"involt/internal/kit/seal"
)

// powerWork makes this program the one whose disk is recorded: the folder it works in,
// the workspace, a charger, and how many rounds.
const powerWork = "INVOLT_TEST_POWER_WORK"

func TestMain(m *testing.M) {
	if dir := os.Getenv(journalWork); dir != "" {
		if err := keep(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0) // likewise
	}
	if args := os.Getenv(powerWork); args != "" {
		if err := work(context.Background(), strings.Split(args, " ")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0) // without closing anything: so ends a computer without power
	}
	os.Exit(m.Run())
}

// ack tells the world that something is done. It is one write.
func ack(what string, key any) { fmt.Fprintf(os.Stdout, "%s %v\n", what, key) }

type nobody struct{}

func (nobody) Send(context.Context, mail.Message) error { return nil }

type everybody struct{}

func (everybody) Decide(a booking.Ask) booking.Verdict {
	return booking.Verdict{Allowed: true, Reason: decision.Allowed, CardUID: a.Token}
}

// work does what is to survive: people are invited and come in, sessions are started
// and stopped, files are imported; with a checkpoint and a copy now and then. What is
// done is said once it is.
func work(ctx context.Context, args []string) error {
	file, ws, charger := filepath.Join(args[0], "involt.db"), id.Workspace(args[1]), id.Charger(args[2])
	rounds, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	d, err := db.Open(ctx, file)
	if err != nil {
		return err
	}
	keys := seal.Random()
	on := &onboard.Service{DB: d, Keys: keys, Mail: nobody{}, Passwords: login.NewHasher(), PublicURL: "https://lab.example"}
	book := &booking.Service{DB: d, Numbers: &charge.Numbers{DB: d}, Decide: everybody{}}
	files := &intake.Service{DB: d}
	by := access.System(ws, "power")
	pragma, err := sql.Open("sqlite", file)
	if err != nil {
		return err
	}
	for i := range rounds {
		if err := comeIn(ctx, on, by, ws, i); err != nil {
			return err
		}
		if err := drive(ctx, book, ws, charger, i); err != nil {
			return err
		}
		if i%5 == 2 {
			if err := bringIn(ctx, files, by, i); err != nil {
				return err
			}
		}
		if i%4 == 3 {
			if _, err := pragma.ExecContext(ctx, []string{`PRAGMA wal_checkpoint(PASSIVE)`, `PRAGMA wal_checkpoint(TRUNCATE)`}[i/4%2]); err != nil {
				return err
			}
		}
		if i%9 == 4 {
			copied := "copy-" + strconv.Itoa(i) + ".db"
			if _, err := pragma.ExecContext(ctx, `VACUUM INTO ?`, filepath.Join(args[0], copied)); err != nil {
				return err
			}
			ack("copied", copied)
		}
	}
	return nil
}

// comeIn invites somebody, who comes in.
func comeIn(ctx context.Context, on *onboard.Service, by access.Actor, ws id.Workspace, i int) error {
	made, err := on.Invite(ctx, by, []onboard.Invitee{{Email: fmt.Sprintf("in%d@lab.example", i)}}, invite.Offer{}, "")
	if err != nil {
		return err
	}
	ack("invited", made[0])
	var token string
	if err := on.DB.View(ctx, func(tx *db.Tx) error {
		v, err := invite.OpenOf(tx, ws, made[0])
		token = v.Token(on.Keys)
		return err
	}); err != nil {
		return err
	}
	if _, _, err := on.Activate(ctx, token, onboard.Entering{FirstName: "In", LastName: strconv.Itoa(i), Password: "four quiet volts", Language: "en"}); err != nil {
		return err
	}
	ack("active", made[0])
	return nil
}

// drive charges some times: the ledger of sessions.
func drive(ctx context.Context, book *booking.Service, ws id.Workspace, charger id.Charger, i int) error {
	for j := range 6 {
		now := time.Now()
		n, _, err := book.Start(ctx, ws, charger, booking.StartInfo{EVSE: 1, Token: "04A1B2C3", MeterWh: int64(1000*i + 10*j), At: now, Received: now})
		if err != nil {
			return err
		}
		ack("started", n)
		if _, err := book.Stop(ctx, ws, charger, booking.StopInfo{TxID: strconv.Itoa(int(n)), MeterWh: int64(1000*i + 10*j + 7), At: now.Add(time.Second), Received: now}); err != nil {
			return err
		}
		ack("stopped", n)
	}
	return nil
}

// bringIn imports a file.
func bringIn(ctx context.Context, files *intake.Service, by access.Actor, i int) error {
	var b strings.Builder
	b.WriteString("email,card_uid,vehicle_plate,vehicle_country,account\n")
	for j := range 40 {
		fmt.Fprintf(&b, "im%d-%d@lab.example,04%06X%06X,B-P %d%02d,DE,Payer %d\n", i, j, i, j, i, j, i)
	}
	im, err := files.Upload(ctx, by, "power.csv", strings.NewReader(b.String()))
	if err != nil {
		return err
	}
	if err := files.GoOn(ctx, by.Workspace, im.ID); err != nil {
		return err
	}
	if err := files.Start(ctx, by, im.ID, false); err != nil {
		return err
	}
	if err := files.GoOn(ctx, by.Workspace, im.ID); err != nil {
		return err
	}
	ack("imported", im.ID)
	return nil
}
