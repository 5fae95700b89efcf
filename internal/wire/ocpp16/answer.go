package ocpp16

import (
	"time"

	"involt/internal/wire/ocppj"
)

// Status of an idTag..
type Status string

// The statuses an idTag can have.
const (
	Accepted     Status = "Accepted"
	Blocked      Status = "Blocked"
	Expired      Status = "Expired"
	Invalid      Status = "Invalid"
	ConcurrentTx Status = "ConcurrentTx" // StartTransaction only
)

// IDTagInfo is the answer about an idTag..
type IDTagInfo struct {
	Status      Status      `json:"status"`
	ExpiryDate  *ocppj.Time `json:"expiryDate,omitempty"`
	ParentIDTag string      `json:"parentIdTag,omitempty"` // at most 20 characters
}

// AppendAuthorized appends the answer to an Authorize. parent and expires may be zero.
func AppendAuthorized(dst []byte, status Status, parent string, expires time.Time) []byte {
	dst = append(dst, `{"idTagInfo":{"status":"`...)
	dst = append(dst, status...)
	dst = append(dst, '"')
	if parent != "" {
		dst = append(dst, `,"parentIdTag":`...)
		dst = ocppj.AppendString(dst, parent)
	}
	if !expires.IsZero() {
		dst = append(dst, `,"expiryDate":`...)
		dst = ocppj.AppendTime(dst, expires)
	}
	return append(dst, `}}`...)
}

// Authorized answers an Authorize. §4.1.
type Authorized struct {
	IDTagInfo IDTagInfo `json:"idTagInfo"`
}

// Booted answers a BootNotification. Interval is in seconds. §4.2.
type Booted struct {
	CurrentTime ocppj.Time `json:"currentTime"`
	Interval    int        `json:"interval"`
	Status      string     `json:"status"` // Accepted, Pending, Rejected
}

// Alive answers a Heartbeat. §4.6.
type Alive struct {
	CurrentTime ocppj.Time `json:"currentTime"`
}

// Started answers a StartTransaction. §4.8.
type Started struct {
	IDTagInfo     IDTagInfo `json:"idTagInfo"`
	TransactionID int32     `json:"transactionId"`
}

// Stopped answers a StopTransaction. §4.10.
type Stopped struct {
	IDTagInfo *IDTagInfo `json:"idTagInfo,omitempty"`
}

// Only is an answer that consists of a status, in either direction.
type Only struct {
	Status string `json:"status"`
}

// None is an empty answer.
type None struct{}
