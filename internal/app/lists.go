package app

import (
	"context"

	"involt/internal/core/id"
	"involt/internal/core/locallist"
	"involt/internal/face/ocpp"
	"involt/internal/flow/steer"
)

// lists is the local lists of chargers that are connected to this process, as steer sees
// them.
type lists struct{ ocpp *ocpp.Server }

func refOf(ws id.Workspace, charger id.Charger) ocpp.Ref {
	return ocpp.Ref{Workspace: string(ws), Charger: string(charger)}
}

// Limits asks whether there is a list, and how much it holds.
func (l lists) Limits(ctx context.Context, ws id.Workspace, charger id.Charger) (steer.ListLimits, error) {
	said, err := l.ocpp.ListLimits(ctx, refOf(ws, charger))
	v := steer.ListLimits{Support: locallist.Supported, Size: said.Size, PerMessage: said.PerMessage}
	switch {
	case !said.Supported:
		v.Support = locallist.Unsupported
	case !said.SwitchedOn:
		v.Support = locallist.SwitchedOff
	}
	return v, refused(err)
}

// Version asks for the list's version.
func (l lists) Version(ctx context.Context, ws id.Workspace, charger id.Charger) (int64, error) {
	v, err := l.ocpp.ListVersion(ctx, refOf(ws, charger))
	return v, refused(err)
}

// Tell sends one message about the list.
func (l lists) Tell(ctx context.Context, ws id.Workspace, charger id.Charger, u steer.ListUpdate) error {
	return refused(l.ocpp.SendList(ctx, refOf(ws, charger), ocpp.ListUpdate{Version: u.Version, Whole: u.Whole, Drop: listEntries(u.Drop), Put: listEntries(u.Put)}))
}

func listEntries(list []locallist.Entry) []ocpp.ListEntry {
	out := make([]ocpp.ListEntry, len(list))
	for i := range list {
		e := &list[i]
		out[i] = ocpp.ListEntry{Token: e.Token, TokenType: e.TokenType, Parent: e.Parent, Expires: e.Expires}
	}
	return out
}
