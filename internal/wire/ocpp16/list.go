package ocpp16

import "involt/internal/wire/ocppj"

// ListVersion answers GetLocalListVersion: 0 for an empty list, -1 where there is none. §5.10.
type ListVersion struct {
	ListVersion ocppj.Int `json:"listVersion"`
}

// Required names the fields that must be there.
func (*ListVersion) Required() []string { return []string{"listVersion"} }

// Check has nothing to find.
func (*ListVersion) Check() error { return nil }

// SendLocalList replaces the list of a charger, or changes it. The answer's status is
// Accepted, Failed, NotSupported or VersionMismatch. §5.15.
type SendLocalList struct {
	ListVersion            int64               `json:"listVersion"`
	LocalAuthorizationList []AuthorizationData `json:"localAuthorizationList,omitempty"`
	UpdateType             string              `json:"updateType"` // Full or Differential
}

// AuthorizationData is one entry of it. One without info leaves the list.
type AuthorizationData struct {
	IDTag     string     `json:"idTag"`
	IDTagInfo *IDTagInfo `json:"idTagInfo,omitempty"`
}
