// Package frame is what the operations of the API have in common: how a line of
// the table looks, who asks, how lists are cut into pages, how changes are
// guarded, and how refusals of flows are said to programs.
package frame

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"involt/internal/core/access"
	"involt/internal/flow/admit"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/accounts"
	"involt/internal/flow/browse/crew"
	"involt/internal/flow/browse/export"
	"involt/internal/flow/browse/zones"
	"involt/internal/flow/clients"
	"involt/internal/flow/enter"
	"involt/internal/flow/equip"
	"involt/internal/flow/guests"
	"involt/internal/flow/intake"
	"involt/internal/flow/join"
	"involt/internal/flow/onboard"
	"involt/internal/flow/people"
	"involt/internal/flow/staff"
	"involt/internal/flow/steer"
	"involt/internal/flow/teach"
	"involt/internal/flow/wallet"
	"involt/internal/kit/db"
	"involt/internal/kit/seal"

	"github.com/danielgtaylor/huma/v2"
)

// Prefix is where the operations are.
const Prefix = "/api/v1"

// Config is what the API works with. All but Log is needed.
type Config struct {
	DB        *db.DB
	Ring      *seal.Ring // seals cursors
	PublicURL string     // of the server, without a slash at the end: https://involt.example
	Enter     *enter.Service
	Onboard   *onboard.Service
	People    *people.Service
	Equip     *equip.Service
	Steer     *steer.Service
	Wallet    *wallet.Service
	Teach     *teach.Service
	Guests    *guests.Service
	Browse    *browse.Service
	Intake    *intake.Service
	Export    *export.Service
	Admit     *admit.Service
	Join      *join.Service
	Zones     *zones.Service
	Staff     *staff.Service
	Crew      *crew.Service
	Clients   *clients.Service
	Accounts  *accounts.Service
	Away      func() bool  // whether the database is away; nil for never
	Log       *slog.Logger // nil: the default one
}

// Server is what handlers work with.
type Server struct {
	Config
	Public string // PublicURL, surely without a slash at the end
}

// Operation is one line of the table: one method at one path.
type Operation struct {
	Method      string
	Path        string // with {id} where an id stands
	ID          string // in the OpenAPI document, and so in generated clients
	Tag         string // the noun
	Summary     string
	Description string
	Perm        access.Perm // what the API key must hold
	Status      int         // of success
	Refusals    []int       // beside those that every operation knows
	Example     any         // a body to send, if it takes one
	Raw         bool        // the body is bytes, and may be longer than others
	Files       bool        // it answers with a file: see [File]

	Bind Bind
}

// Bind registers an operation's handler, and with it its inputs and its answer.
type Bind func(*Server, huma.API, huma.Operation)

// Call is what is known about the request that is being answered.
type Call struct {
	By   access.Actor
	Op   *Operation
	Path string // with the query, as it was asked for
	Err  error  // why it is refused, if a handler said so
	File *File  // the answer, where it is a file
}

// place is the path without the query.
func (c *Call) place() string {
	path, _, _ := strings.Cut(c.Path, "?")
	return path
}

type callKey struct{}

// With returns a context in which handlers answer c. outside is the same one
// without the transaction that the answer may be part of.
func (c *Call) With(ctx, outside context.Context) context.Context {
	return context.WithValue(context.WithValue(ctx, outsideKey{}, outside), callKey{}, c)
}

type outsideKey struct{}

// Outside returns a handler's context without the transaction that its answer is
// part of, where the request has an Idempotency-Key: for questions to what is
// kept in memory, which must not learn what may yet be given up.
func Outside(ctx context.Context) context.Context { return ctx.Value(outsideKey{}).(context.Context) }

func callOf(ctx context.Context) *Call { return ctx.Value(callKey{}).(*Call) }

// Handled makes a handler the bind of an operation. desk makes what the handler
// is a method of. An error is put aside in the [Call], for whoever says it.
func Handled[S, I, O any](desk func(*Server) S, f func(S, context.Context, access.Actor, *I) (*O, error)) Bind {
	return func(s *Server, h huma.API, op huma.Operation) {
		at := desk(s)
		huma.Register(h, op, func(ctx context.Context, in *I) (*O, error) {
			c := callOf(ctx)
			out, err := f(at, ctx, c.By, in)
			c.Err = err
			if err != nil {
				return nil, huma.NewError(http.StatusInternalServerError, "")
			}
			return out, nil
		})
	}
}

// Ids of examples.
const (
	ExampleID = "01kamb5nzh0q4t8v6w2y3x5z7c"
	OtherID   = "01kamb5p2r7d9f1g3h5j7k9m1n" // of a second thing of the kind
)
