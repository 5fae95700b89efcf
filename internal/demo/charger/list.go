package charger

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"involt/internal/wire/ocpp16"
	"involt/internal/wire/ocpp201"
	"involt/internal/wire/ocppj"
)

// A local list as chargers keep them: tokens compared with case, as much firmware does;
// changes only to a strictly higher version; nothing beyond its size.

// listComponent is where the settings of the list live in 2.0.1.
const listComponent = "LocalAuthListCtrlr"

// Listed is one card of the charger's list.
type Listed struct {
	Token   string
	Expires time.Time // zero for never
	Parent  string
}

// List is what the charger's list holds, by token, and its version.
func (c *Charger) List() (version int64, list []Listed) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.list {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b Listed) int {
		if a.Token < b.Token {
			return -1
		}
		return 1
	})
	return c.listVersion, list
}

// Knows reports whether the charger lets a card charge without asking: it is in its list
// and has not expired.
func (c *Charger) Knows(uid string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.list[uid]
	return ok && c.settings["LocalAuthListEnabled"] == "true" && (e.Expires.IsZero() || c.cfg.Now().Before(e.Expires))
}

// StartByList begins a transaction as a charger that is offline does: for the cards of its
// list, and no others. It returns once the connection is back and the start was told;
// ErrRefused at once if the card is not in the list.
func (c *Charger) StartByList(ctx context.Context, n int, uid string) (*Session, error) {
	if !c.Knows(uid) {
		return &Session{EVSE: n, Card: uid, Status: "Invalid"}, ErrRefused
	}
	return c.begun(ctx, n, uid, 0)
}

// listSettings are the settings of the list by their names in 1.6.
func (c *Charger) listSettings() map[string]string {
	return map[string]string{
		"LocalAuthListEnabled": "true", "LocalAuthListMaxLength": strconv.Itoa(c.cfg.ListSize), "SendLocalListMaxLength": strconv.Itoa(c.cfg.ListPerMessage),
	}
}

// listVariable is a variable of the list in 2.0.1; what it is in 1.6.
func (c *Charger) listVariable(name string) (value string, known bool) {
	if c.cfg.ListSize < 0 {
		return "", false
	}
	switch name {
	case "Enabled":
		return c.settings["LocalAuthListEnabled"], true
	case "ItemsPerMessage":
		return c.settings["SendLocalListMaxLength"], true
	case "Entries":
		return strconv.Itoa(len(c.list)), true
	}
	return "", false
}

// listVersionAnswer tells the list's version.
func (c *Charger) listVersionAnswer() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == ocppj.V201 {
		return ocpp201.ListVersion{VersionNumber: ocppj.Int(c.listVersion)}
	}
	if c.cfg.ListSize < 0 {
		return ocpp16.ListVersion{ListVersion: -1}
	}
	return ocpp16.ListVersion{ListVersion: ocppj.Int(c.listVersion)}
}

// takeList replaces the list, or changes it, all or nothing.
func (c *Charger) takeList(payload []byte) any {
	type info struct {
		Status              string      `json:"status"`
		ExpiryDate          *ocppj.Time `json:"expiryDate"`
		CacheExpiryDateTime *ocppj.Time `json:"cacheExpiryDateTime"`
		ParentIDTag         string      `json:"parentIdTag"`
	}
	var m struct {
		ListVersion   int64  `json:"listVersion"`
		VersionNumber int64  `json:"versionNumber"`
		UpdateType    string `json:"updateType"`
		List          []struct {
			IDTag       string          `json:"idTag"`
			IDToken     ocpp201.IDToken `json:"idToken"`
			IDTagInfo   *info           `json:"idTagInfo"`
			IDTokenInfo *info           `json:"idTokenInfo"`
		} `json:"localAuthorizationList"`
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cfg.ListSize < 0 {
		return ocpp16.Only{Status: "NotSupported"}
	}
	if json.Unmarshal(payload, &m) != nil || len(m.List) > c.cfg.ListPerMessage {
		return ocpp16.Only{Status: "Failed"}
	}
	version := m.ListVersion + m.VersionNumber
	next := map[string]Listed{}
	if m.UpdateType == "Differential" {
		if version <= c.listVersion {
			return ocpp16.Only{Status: "VersionMismatch"}
		}
		for k, v := range c.list {
			next[k] = v
		}
	}
	for _, e := range m.List {
		token, said := e.IDTag+e.IDToken.IDToken, e.IDTagInfo
		if said == nil {
			said = e.IDTokenInfo
		}
		if said == nil || said.Status != "Accepted" {
			delete(next, token)
			continue
		}
		l := Listed{Token: token, Parent: said.ParentIDTag}
		for _, t := range []*ocppj.Time{said.ExpiryDate, said.CacheExpiryDateTime} {
			if t != nil {
				l.Expires = t.Time
			}
		}
		next[token] = l
	}
	if len(next) > c.cfg.ListSize {
		return ocpp16.Only{Status: "Failed"}
	}
	c.list, c.listVersion = next, version
	return ocpp16.Only{Status: "Accepted"}
}

// listReport answers GetReport about the list's size: the limit of a variable.
func (c *Charger) listReport(payload []byte) (any, func(context.Context)) {
	var m ocpp201.GetReport
	if json.Unmarshal(payload, &m) != nil || len(m.ComponentVariable) != 1 || m.ComponentVariable[0].Component.Name != listComponent || m.ComponentVariable[0].Variable.Name != "Entries" {
		return ocpp16.Only{Status: "EmptyResultSet"}, nil
	}
	type object map[string]any
	c.mu.Lock()
	notify := object{"requestId": m.RequestID, "generatedAt": ocppj.At(c.cfg.Now()), "seqNo": 0, "reportData": []object{{
		"component": object{"name": listComponent}, "variable": object{"name": "Entries"},
		"variableAttribute":       []object{{"value": strconv.Itoa(len(c.list)), "mutability": "ReadOnly"}},
		"variableCharacteristics": object{"dataType": "integer", "maxLimit": c.cfg.ListSize, "supportsMonitoring": false},
	}}}
	c.mu.Unlock()
	return status(true), func(ctx context.Context) { _, _ = c.call(ctx, "NotifyReport", notify) }
}
