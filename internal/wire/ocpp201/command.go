package ocpp201

// What a server asks of a charging station. Answers are Only unless said otherwise.

// RequestStartTransaction starts for a token..
type RequestStartTransaction struct {
	EVSEID        int     `json:"evseId,omitempty"` // 0: the station chooses
	RemoteStartID int32   `json:"remoteStartId"`
	IDToken       IDToken `json:"idToken"`
}

// RequestStopTransaction stops a transaction..
type RequestStopTransaction struct {
	TransactionID string `json:"transactionId"`
}

// Reset restarts the station..
type Reset struct {
	Type string `json:"type"` // Immediate or OnIdle
}

// Place is an EVSE in a request.
type Place struct {
	ID          int `json:"id"`
	ConnectorID int `json:"connectorId,omitempty"`
}

// TriggerMessage asks for a message to be sent now..
type TriggerMessage struct {
	EVSE             *Place `json:"evse,omitempty"`
	RequestedMessage string `json:"requestedMessage"`
}

// Component names a part of the station..
type Component struct {
	Name     string `json:"name"`
	Instance string `json:"instance,omitempty"`
	EVSE     *EVSE  `json:"evse,omitempty"`
}

// Variable names a variable of a component..
type Variable struct {
	Name     string `json:"name"`
	Instance string `json:"instance,omitempty"`
}

// GetVariables reads variables..
type GetVariables struct {
	GetVariableData []GetVariable `json:"getVariableData"`
}

// GetVariable is one question of GetVariables.
type GetVariable struct {
	Component Component `json:"component"`
	Variable  Variable  `json:"variable"`
}

// Variables answers GetVariables..
type Variables struct {
	GetVariableResult []VariableResult `json:"getVariableResult"`
}

// VariableResult is one answer of GetVariables: Accepted, Rejected,
// UnknownComponent, UnknownVariable, NotSupportedAttributeType.
type VariableResult struct {
	AttributeStatus string    `json:"attributeStatus"`
	AttributeValue  string    `json:"attributeValue,omitempty"`
	Component       Component `json:"component"`
	Variable        Variable  `json:"variable"`
}

// Required names the fields that must be there.
func (*Variables) Required() []string { return []string{"getVariableResult"} }

// Check has nothing to find.
func (*Variables) Check() error { return nil }

// SetVariables writes variables..
type SetVariables struct {
	SetVariableData []SetVariable `json:"setVariableData"`
}

// SetVariable is one wish of SetVariables.
type SetVariable struct {
	AttributeValue string    `json:"attributeValue"`
	Component      Component `json:"component"`
	Variable       Variable  `json:"variable"`
}

// VariablesSet answers SetVariables..
type VariablesSet struct {
	SetVariableResult []struct {
		AttributeStatus string `json:"attributeStatus"` // Accepted, Rejected, RebootRequired, ...
	} `json:"setVariableResult"`
}

// Required names the fields that must be there.
func (*VariablesSet) Required() []string { return []string{"setVariableResult"} }

// Check has nothing to find.
func (*VariablesSet) Check() error { return nil }

// GetBaseReport asks for a report that comes as NotifyReport messages..
type GetBaseReport struct {
	RequestID  int32  `json:"requestId"`
	ReportBase string `json:"reportBase"` // ConfigurationInventory, FullInventory, SummaryInventory
}

// UnlockConnector lets go of a cable. The answer's status is Unlocked,
// UnlockFailed, OngoingAuthorizedTransaction or UnknownConnector. Part 2 §F05.
type UnlockConnector struct {
	EVSEID      int `json:"evseId"`
	ConnectorID int `json:"connectorId"`
}

// ChangeAvailability takes an EVSE out of service, or back; the whole station if
// none is named. The answer's status is Accepted, Rejected or Scheduled. Part 2 §G03, §G04.
type ChangeAvailability struct {
	OperationalStatus string `json:"operationalStatus"` // Operative or Inoperative
	EVSE              *Place `json:"evse,omitempty"`
}
