package ocpp201

import "involt/internal/wire/ocppj"

// ListVersion answers GetLocalListVersion: 0 where there is no list. Part 2 §D02.
type ListVersion struct {
	VersionNumber ocppj.Int `json:"versionNumber"`
}

// Required names the fields that must be there.
func (*ListVersion) Required() []string { return []string{"versionNumber"} }

// Check has nothing to find.
func (*ListVersion) Check() error { return nil }

// SendLocalList replaces the list of a charging station, or changes it. The answer's status is
// Accepted, Failed or VersionMismatch. Part 2 §D01.
type SendLocalList struct {
	VersionNumber          int64               `json:"versionNumber"`
	UpdateType             string              `json:"updateType"` // Full or Differential
	LocalAuthorizationList []AuthorizationData `json:"localAuthorizationList,omitempty"`
}

// AuthorizationData is one entry of it. One without info leaves the list.
type AuthorizationData struct {
	IDTokenInfo *IDTokenInfo `json:"idTokenInfo,omitempty"`
	IDToken     IDToken      `json:"idToken"`
}

// GetReport asks for a report on some variables, which comes as NotifyReport messages.
// The answer's status is Accepted, Rejected, NotSupported or EmptyResultSet. Part 2 §B08.
type GetReport struct {
	RequestID         int32         `json:"requestId"`
	ComponentVariable []GetVariable `json:"componentVariable,omitempty"`
}
