package ocpp201

import (
	"strconv"
	"time"

	"involt/internal/wire/ocppj"
)

// Status of a token..
type Status string

// The statuses a token can have.
const (
	Accepted           Status = "Accepted"
	Blocked            Status = "Blocked"
	ConcurrentTx       Status = "ConcurrentTx"
	Expired            Status = "Expired"
	Invalid            Status = "Invalid"
	NoCredit           Status = "NoCredit"
	NotAllowedTypeEVSE Status = "NotAllowedTypeEVSE"
	NotAtThisLocation  Status = "NotAtThisLocation"
	NotAtThisTime      Status = "NotAtThisTime"
	Unknown            Status = "Unknown"
)

// IDTokenInfo is the answer about a token..
type IDTokenInfo struct {
	Status              Status      `json:"status"`
	CacheExpiryDateTime *ocppj.Time `json:"cacheExpiryDateTime,omitempty"`
	ChargingPriority    int         `json:"chargingPriority,omitempty"` // -9 to 9
	GroupIDToken        *IDToken    `json:"groupIdToken,omitempty"`
	PersonalMessage     *Text       `json:"personalMessage,omitempty"`
}

// Text is a line for the display..
type Text struct {
	Format   string `json:"format"` // UTF8, ASCII, HTML, URI
	Language string `json:"language,omitempty"`
	Content  string `json:"content"`
}

// Append appends the info as JSON, without reflection: every tap passes here.
func (i *IDTokenInfo) Append(dst []byte) []byte {
	dst = append(dst, `{"status":"`...)
	dst = append(dst, i.Status...)
	dst = append(dst, '"')
	if i.CacheExpiryDateTime != nil {
		dst = append(dst, `,"cacheExpiryDateTime":`...)
		dst = ocppj.AppendTime(dst, i.CacheExpiryDateTime.Time)
	}
	if i.ChargingPriority != 0 {
		dst = append(dst, `,"chargingPriority":`...)
		dst = strconv.AppendInt(dst, int64(i.ChargingPriority), 10)
	}
	if g := i.GroupIDToken; g != nil {
		dst = append(dst, `,"groupIdToken":{"idToken":`...)
		dst = ocppj.AppendString(dst, g.IDToken)
		dst = append(dst, `,"type":`...)
		dst = ocppj.AppendString(dst, g.Type)
		dst = append(dst, '}')
	}
	if m := i.PersonalMessage; m != nil {
		dst = append(dst, `,"personalMessage":{"format":`...)
		dst = ocppj.AppendString(dst, m.Format)
		if m.Language != "" {
			dst = append(dst, `,"language":`...)
			dst = ocppj.AppendString(dst, m.Language)
		}
		dst = append(dst, `,"content":`...)
		dst = ocppj.AppendString(dst, m.Content)
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

// Booted answers a BootNotification. Interval is in seconds..
type Booted struct {
	CurrentTime ocppj.Time `json:"currentTime"`
	Interval    int        `json:"interval"`
	Status      string     `json:"status"` // Accepted, Pending, Rejected
}

// Alive answers a Heartbeat..
type Alive struct {
	CurrentTime ocppj.Time `json:"currentTime"`
}

// Authorized answers an Authorize..
type Authorized struct {
	IDTokenInfo IDTokenInfo `json:"idTokenInfo"`
}

// Noted answers a TransactionEvent; the info only when it carried a token..
type Noted struct {
	ChargingPriority int          `json:"chargingPriority,omitempty"`
	IDTokenInfo      *IDTokenInfo `json:"idTokenInfo,omitempty"`
}

// Only is an answer that consists of a status, in either direction.
type Only struct {
	Status string `json:"status"`
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

// Certificate15118 answers a Get15118EVCertificate..
type Certificate15118 struct {
	Status      string `json:"status"` // Accepted or Failed
	EXIResponse string `json:"exiResponse"`
}

// None is an empty answer.
type None struct{}

// Expiry is t as an optional field: nil for the zero time.
func Expiry(t time.Time) *ocppj.Time {
	if t.IsZero() {
		return nil
	}
	return &ocppj.Time{Time: t}
}
