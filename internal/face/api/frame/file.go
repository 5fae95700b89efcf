package frame

import (
	"context"
	"io"
	"net/http"

	"involt/internal/core/access"

	"github.com/danielgtaylor/huma/v2"
)

// File is an answer of any length: it is not held back, but leaves as it is
// written. What fails before its first byte is refused like anything else; what
// fails later ends the connection, so that nobody takes half a file for a whole
// one.
type File struct {
	Name  string // "northgrid-sessions-2026-11-22.csv"
	Type  string // for Content-Type
	Write func(ctx context.Context, w io.Writer) error
}

// Filed makes a handler the bind of an operation that answers with a file.
func Filed[S, I any](desk func(*Server) S, f func(S, context.Context, access.Actor, *I) (*File, error)) Bind {
	return func(s *Server, h huma.API, op huma.Operation) {
		at := desk(s)
		huma.Register(h, op, func(ctx context.Context, in *I) (*struct{}, error) {
			c := callOf(ctx)
			if c.File, c.Err = f(at, ctx, c.By, in); c.Err != nil {
				return nil, huma.NewError(http.StatusInternalServerError, "")
			}
			return nil, nil
		})
	}
}
