// Package exports is the operations that answer with files: the same as the
// console's.
package exports

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/charge"
	"involt/internal/core/id"
	"involt/internal/core/workspace"
	"involt/internal/face/api/frame"
	"involt/internal/face/api/users"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/export"
	"involt/internal/flow/browse/invited"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
)

// desk answers the operations of this package.
type desk struct{ *frame.Server }

// filed makes a handler's method the bind of an operation.
func filed[I any](f func(*desk, context.Context, access.Actor, *I) (*frame.File, error)) frame.Bind {
	return frame.Filed(func(s *frame.Server) *desk { return &desk{s} }, f)
}

// Operations are the operations that answer with files.
func Operations() (list []frame.Operation) {
	for _, o := range []struct {
		what        export.What
		description string
		bind        frame.Bind
	}{
		{export.Users, "All users, or those whom the filters find, with their groups, cards, vehicles and open invitations.", filed((*desk).users)},
		{export.Cards, "All cards but the deactivated ones, or those that the filters find; the newest first.", filed((*desk).cards)},
		{export.Sessions, "Charging sessions, the newest start first. What sessions will cost and repay has its columns already, which are empty.", filed((*desk).sessions)},
		{export.Invitations, "Invitations, the newest first.", filed((*desk).invitations)},
		{export.Activity, "What happened, the newest first.", filed((*desk).activity)},
	} {
		name := string(o.what)
		list = append(list, frame.Operation{
			Method: http.MethodGet, Path: frame.Prefix + "/exports/" + name, ID: "export-" + name, Tag: "Exports", Perm: o.what.Need(), Status: http.StatusOK, Files: true,
			Summary: "Export " + name, Bind: o.bind,
			Description: o.description + " The answer is a file of any length, in the format that is asked for, and leaves while it is made. Nothing in CSV and XLSX runs as a formula; JSON lines carry every text as it is. Without personal-data names and addresses are masked.",
		})
	}
	return list
}

// Written says how a file shall be.
type Written struct {
	Format    string `query:"format" enum:"csv,xlsx,json" default:"csv" doc:"csv, xlsx, or json: one object per line."`
	Separator string `query:"separator" enum:"comma,semicolon" default:"comma" doc:"Between the columns of CSV."`
	Decimal   string `query:"decimal" enum:"point,comma" default:"point" doc:"In the decimals of CSV."`
	BOM       bool   `query:"bom" doc:"true: CSV begins with a byte order mark, by which Excel knows UTF-8."`
	Columns   string `query:"columns" maxLength:"1000" doc:"Only these columns, by their names, with commas between them." example:""`
}

func (f *Written) columns(what export.What) (list []string, err error) {
	for name := range strings.SplitSeq(f.Columns, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if !slices.Contains(what.Columns(), name) {
			return nil, errs.AtField("query.columns", "There is no column called %q. There are: %s.", name, strings.Join(what.Columns(), ", "))
		}
		list = append(list, name)
	}
	return list, nil
}

// file is the answer to a request for a file.
func (s *desk) file(ctx context.Context, by access.Actor, f *Written, ask export.Request) (*frame.File, error) {
	var ws workspace.Workspace
	var now time.Time
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		now = tx.Now
		ws, err = workspace.ByID(tx, by.Workspace)
		return err
	})
	if err != nil {
		return nil, err
	}
	if ask.Columns, err = f.columns(ask.What); err != nil {
		return nil, err
	}
	o := table.Output{Format: table.Format(f.Format), Mark: f.BOM, Comma: f.Decimal == "comma", Zone: ws.Zone()}
	if f.Separator == "semicolon" {
		o.Delimiter = ';'
	}
	return &frame.File{
		Name: ws.Slug + "-" + string(ask.What) + "-" + now.In(o.Zone).Format(time.DateOnly) + o.Format.Extension(), Type: o.Format.ContentType(),
		Write: func(ctx context.Context, w io.Writer) error {
			_, err := s.Export.Write(ctx, by, &ask, o, w)
			return err
		},
	}, nil
}

type usersIn struct {
	Written
	users.Matching
}

func (s *desk) users(ctx context.Context, by access.Actor, in *usersIn) (*frame.File, error) {
	f, err := in.Filter()
	if err != nil {
		return nil, err
	}
	return s.file(ctx, by, &in.Written, export.Request{What: export.Users, Users: f})
}

type cardsIn struct {
	Written
	State    string `query:"state" enum:"inactive,active,blocked,suspended,expired,deactivated" doc:"Only cards of this state; without it, all but the deactivated ones."`
	Kind     string `query:"kind" enum:"rfid,app,mac,emaid" doc:"Only cards of this kind."`
	User     string `query:"user" maxLength:"26" doc:"Only cards of the user with this id."`
	Assigned string `query:"assigned" enum:"yes,no" doc:"Only cards that are somebody's, or nobody's."`
	Q        string `query:"q" maxLength:"200" doc:"Only cards with this number, in any spelling, printed number or owner; without the permission personal-data, owners are found by external id only."`
}

func (s *desk) cards(ctx context.Context, by access.Actor, in *cardsIn) (*frame.File, error) {
	return s.file(ctx, by, &in.Written, export.Request{What: export.Cards, Cards: browse.CardFilter{
		State: card.State(in.State), Kind: card.Kind(in.Kind), Person: id.Person(in.User), Assigned: browse.Assigned(in.Assigned), Q: in.Q,
	}})
}

type sessionsIn struct {
	Written
	frame.Period
	User     string `query:"user" maxLength:"26" doc:"Only sessions of the user with this id."`
	Charger  string `query:"charger" maxLength:"26" doc:"Only sessions at the charger with this id."`
	Location string `query:"location" maxLength:"26" doc:"Only sessions at the location with this id."`
	Running  string `query:"running" enum:"true,false" doc:"Only sessions that run, or only those that ended."`
	Q        string `query:"q" maxLength:"200" doc:"Only sessions of users or cards that this finds; without the permission personal-data, users are found by external id only."`
}

func (s *desk) sessions(ctx context.Context, by access.Actor, in *sessionsIn) (*frame.File, error) {
	if err := in.Check(); err != nil {
		return nil, err
	}
	return s.file(ctx, by, &in.Written, export.Request{What: export.Sessions, Sessions: browse.SessionFilter{
		Status: map[string]charge.Status{"true": charge.Running, "false": charge.Ended}[in.Running], Person: id.Person(in.User), Charger: id.Charger(in.Charger), Location: id.Location(in.Location),
		Q: in.Q, From: in.From, To: in.To,
	}})
}

type invitationsIn struct {
	Written
	State string `query:"state" enum:"queued,sent,bounced,opened,accepted,declined,revoked,expired" doc:"Only invitations of this state."`
	Q     string `query:"q" maxLength:"200" doc:"Only invitations of users whom this finds; without the permission personal-data, by external id only."`
}

func (s *desk) invitations(ctx context.Context, by access.Actor, in *invitationsIn) (*frame.File, error) {
	return s.file(ctx, by, &in.Written, export.Request{What: export.Invitations, Invitations: invited.Filter{State: in.State, Q: in.Q}})
}

type activityIn struct {
	Written
	frame.Period
	What    string `query:"what" maxLength:"100" doc:"Only entries of this name, or of this noun: card.blocked, or card." example:"card.blocked"`
	Actor   string `query:"actor" maxLength:"100" doc:"Only what this one did: person:…, key:…, charger:…; or person, key, charger, system for all of a kind."`
	Subject string `query:"subject" maxLength:"100" doc:"Only what happened to this one: person:…, card:…"`
	Q       string `query:"q" maxLength:"200" doc:"Only what happened to users, cards, groups, locations and chargers that this finds."`
}

func (s *desk) activity(ctx context.Context, by access.Actor, in *activityIn) (*frame.File, error) {
	if err := in.Check(); err != nil {
		return nil, err
	}
	return s.file(ctx, by, &in.Written, export.Request{What: export.Activity, Activity: browse.ActivityFilter{
		What: in.What, Actor: in.Actor, Subject: in.Subject, Q: in.Q, From: in.From, To: in.To,
	}})
}
