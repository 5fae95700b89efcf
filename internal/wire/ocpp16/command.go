package ocpp16

import "involt/internal/wire/ocppj"

// What a server asks of a charger. Answers are Only unless said otherwise.

// RemoteStartTransaction starts for an idTag. §5.11.
type RemoteStartTransaction struct {
	ConnectorID int    `json:"connectorId,omitempty"` // 0: the charger chooses
	IDTag       string `json:"idTag"`
}

// RemoteStopTransaction stops a transaction. §5.12.
type RemoteStopTransaction struct {
	TransactionID int32 `json:"transactionId"`
}

// Reset restarts the charger. §5.14.
type Reset struct {
	Type string `json:"type"` // Hard or Soft
}

// TriggerMessage asks for a message to be sent now. §5.17.
type TriggerMessage struct {
	RequestedMessage string `json:"requestedMessage"`
	ConnectorID      int    `json:"connectorId,omitempty"`
}

// GetConfiguration reads settings; none named means all. §5.8.
type GetConfiguration struct {
	Key []string `json:"key,omitempty"`
}

// Configuration answers GetConfiguration.
type Configuration struct {
	ConfigurationKey []KeyValue `json:"configurationKey"`
	UnknownKey       []string   `json:"unknownKey"`
}

// KeyValue is one setting..
type KeyValue struct {
	Key      string `json:"key"`
	Readonly bool   `json:"readonly"`
	Value    string `json:"value,omitempty"`
}

// Required is empty: both lists are optional.
func (*Configuration) Required() []string { return nil }

// Check has nothing to find.
func (*Configuration) Check() error { return nil }

// ChangeConfiguration writes one setting. The answer's status is Accepted,
// Rejected, RebootRequired or NotSupported. §5.3.
type ChangeConfiguration struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Required names the fields that must be there.
func (*Only) Required() []string { return []string{"status"} }

// Check refuses an empty status.
func (m *Only) Check() error {
	if m.Status == "" {
		return &ocppj.Problem{Code: ocppj.PropertyViolation, Field: "status", Text: "is empty"}
	}
	return nil
}

// UnlockConnector lets go of a cable. The answer's status is Unlocked,
// UnlockFailed or NotSupported. §5.18.
type UnlockConnector struct {
	ConnectorID int `json:"connectorId"`
}

// ChangeAvailability takes a connector out of service, or back. The answer's
// status is Accepted, Rejected or Scheduled. §5.2.
type ChangeAvailability struct {
	ConnectorID int    `json:"connectorId"` // 0: the charger and all of them
	Type        string `json:"type"`        // Operative or Inoperative
}
