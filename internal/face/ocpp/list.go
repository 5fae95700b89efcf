package ocpp

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"involt/internal/kit/errs"
	"involt/internal/wire/ocpp16"
	"involt/internal/wire/ocpp201"
	"involt/internal/wire/ocppj"
)

// ListLimits is what a charger says of its local list.
type ListLimits struct {
	Supported  bool
	SwitchedOn bool
	Size       int64 // how many entries it holds; 0 if it does not say
	PerMessage int64 // how many it takes at once; 0 if it does not say
}

// entryBytes is what one entry of a list takes in a message at most.
const entryBytes = 250

// ListLimits asks a charger about its local list. OCPP 1.6 §9.2; 2.0.1 part 2, LocalAuthListCtrlr.
func (s *Server) ListLimits(ctx context.Context, ref Ref) (l ListLimits, err error) {
	c, err := s.conn(ref)
	if err != nil {
		return l, err
	}
	if c.version == ocppj.V16 {
		return s.listLimits16(ctx, ref)
	}
	const of = "LocalAuthListCtrlr."
	said, err := s.ReadSettings(ctx, ref, of+"Enabled", of+"ItemsPerMessage", of+"BytesPerMessage")
	if no, ok := errors.AsType[*Refusal](err); ok && no.Word != "" {
		return l, nil // one that knows no variables knows no lists
	}
	if err != nil {
		return l, err
	}
	l.SwitchedOn = true
	for i := range said {
		v := &said[i]
		if v.Unknown {
			continue
		}
		l.Supported = true
		switch v.Name {
		case of + "Enabled":
			l.SwitchedOn = !strings.EqualFold(v.Value, "false")
		case of + "ItemsPerMessage":
			l.PerMessage = number(v.Value)
		case of + "BytesPerMessage":
			if n := number(v.Value) / entryBytes; n > 0 && (l.PerMessage == 0 || n < l.PerMessage) {
				l.PerMessage = n
			}
		}
	}
	if !l.Supported {
		return l, nil
	}
	// Its size is not a value but the limit of one: Entries says how many there are now.
	list, err := c.reported(ctx, "GetReport", func(id int32) any {
		return ocpp201.GetReport{RequestID: id, ComponentVariable: []ocpp201.GetVariable{{Component: ocpp201.Component{Name: "LocalAuthListCtrlr"}, Variable: ocpp201.Variable{Name: "Entries"}}}}
	})
	for i := range list {
		if list[i].Name == of+"Entries" {
			l.Size = list[i].Most
		}
	}
	if errs.KindOf(err) == errs.Conflict {
		err = nil // it makes no such reports
	}
	return l, err
}

func (s *Server) listLimits16(ctx context.Context, ref Ref) (l ListLimits, err error) {
	said, err := s.ReadSettings(ctx, ref, "LocalAuthListEnabled", "LocalAuthListMaxLength", "SendLocalListMaxLength")
	if _, no := errors.AsType[*Refusal](err); err != nil && !no {
		return l, err
	}
	l.SwitchedOn = true
	for i := range said {
		v := &said[i]
		if v.Unknown {
			continue
		}
		switch {
		case strings.EqualFold(v.Name, "LocalAuthListEnabled"):
			l.Supported = true
			l.SwitchedOn = !strings.EqualFold(v.Value, "false")
		case strings.EqualFold(v.Name, "LocalAuthListMaxLength"):
			l.Supported = true
			l.Size = number(v.Value)
		case strings.EqualFold(v.Name, "SendLocalListMaxLength"):
			l.PerMessage = number(v.Value)
		}
	}
	if l.Supported {
		return l, nil
	}
	// Some have a list and none of its settings. §5.10: -1 is for those that have none.
	version, err := s.ListVersion(ctx, ref)
	if _, no := errors.AsType[*Refusal](err); no {
		return l, nil
	}
	l.Supported = err == nil && version >= 0
	return l, err
}

// number reads what a charger says of its size; 0 if that is no number.
func number(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// ListVersion asks for the version of a charger's local list: 0 if it is empty, below
// that if it has none.
func (s *Server) ListVersion(ctx context.Context, ref Ref) (int64, error) {
	c, err := s.conn(ref)
	if err != nil {
		return 0, err
	}
	if c.version == ocppj.V16 {
		var m ocpp16.ListVersion
		err = c.ask(ctx, "GetLocalListVersion", ocpp16.None{}, &m)
		return int64(m.ListVersion), err
	}
	var m ocpp201.ListVersion
	err = c.ask(ctx, "GetLocalListVersion", ocpp201.None{}, &m)
	return int64(m.VersionNumber), err
}

// ListEntry is one card of a local list, as the charger spells it.
type ListEntry struct {
	Token     string
	TokenType string    // for 2.0.1; "" is ISO14443
	Parent    string    // parentIdTag or groupIdToken; "" for none
	Expires   time.Time // zero for never
}

// ListUpdate is one message about a local list.
type ListUpdate struct {
	Version int64
	Whole   bool        // Put is all that the list is to hold
	Drop    []ListEntry // leave it; not of a whole list
	Put     []ListEntry
}

// SendList tells a charger of its local list. A refusal's word is Failed, NotSupported or
// VersionMismatch.
func (s *Server) SendList(ctx context.Context, ref Ref, u ListUpdate) error {
	kind := "Differential"
	if u.Whole {
		kind = "Full"
	}
	return s.status(ctx, ref, func(v ocppj.Version) (string, any, error) {
		if v == ocppj.V16 {
			m := ocpp16.SendLocalList{ListVersion: u.Version, UpdateType: kind}
			for i := range u.Drop {
				m.LocalAuthorizationList = append(m.LocalAuthorizationList, ocpp16.AuthorizationData{IDTag: u.Drop[i].Token})
			}
			for i := range u.Put {
				e := &u.Put[i]
				info := info16(Answer{Reason: Allowed, Parent: e.Parent, Expires: e.Expires}, false)
				m.LocalAuthorizationList = append(m.LocalAuthorizationList, ocpp16.AuthorizationData{IDTag: e.Token, IDTagInfo: &info})
			}
			return "SendLocalList", m, nil
		}
		m := ocpp201.SendLocalList{VersionNumber: u.Version, UpdateType: kind}
		for i := range u.Drop {
			m.LocalAuthorizationList = append(m.LocalAuthorizationList, ocpp201.AuthorizationData{IDToken: token201(&u.Drop[i])})
		}
		for i := range u.Put {
			e := &u.Put[i]
			info := info201(Answer{Reason: Allowed, Parent: e.Parent, Expires: e.Expires})
			m.LocalAuthorizationList = append(m.LocalAuthorizationList, ocpp201.AuthorizationData{IDToken: token201(e), IDTokenInfo: &info})
		}
		return "SendLocalList", m, nil
	})
}

func token201(e *ListEntry) ocpp201.IDToken {
	t := ocpp201.IDToken{IDToken: e.Token, Type: e.TokenType}
	if t.Type == "" {
		t.Type = "ISO14443"
	}
	return t
}
