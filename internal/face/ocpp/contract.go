package ocpp

import (
	"context"
	"time"
)

// What this face needs from below it. The structs are plain on purpose: no
// type of a wire protocol goes further down than this file.

// Ref names one charger of one workspace by their internal ids, as Chargers.Lookup
// gave them out. It is comparable and serves as a map key.
type Ref struct {
	Workspace string // id of the workspace, not its slug
	Charger   string // id of the charger, not its OCPP identity
}

// Auth is what the upgrade needs to know about one charger.
type Auth struct {
	Ref Ref
	// KeyHash is SHA-256 of the key exactly as it was issued. For a key issued
	// as hex digits the decoded bytes are accepted too (OCPP 1.6 sends either).
	KeyHash [32]byte
	// AllowPlain lets this charger connect by ws:// from elsewhere than loopback.
	AllowPlain bool
	// KeyOK lets this charger connect with its key alone where others need a certificate.
	KeyOK bool
	// Owners are names of the workspace of which a certificate must bear one, as its
	// organization; none where no other workspace has a charger of this identity.
	Owners []string
	// Blocked is until when the charger is not let in, with a right key either:
	// it reconnected too often. Zero if it is let in.
	Blocked time.Time
}

// Chargers knows who may connect, and is told what chargers say about themselves.
// Errors of all methods but Lookup are logged; the charger is answered all the same,
// because none of them is told about a transaction.
type Chargers interface {
	// Lookup finds a charger by workspace slug and OCPP identity, both as
	// spelt in the URL (percent-decoded). An error of kind errs.NotFound means
	// "no such charger" and becomes the same 401 as a wrong key; any other error
	// becomes 503 with Retry-After. It must not take longer for a known charger
	// than for an unknown one in a way that can be told from outside.
	Lookup(ctx context.Context, workspace, identity string) (Auth, error)

	// Connected is told once a charger is authenticated and upgraded.
	Connected(ctx context.Context, ref Ref, link Link) error
	// Flooded is told when a charger connected more than Config.MaxReconnects times
	// within an hour. From then on Lookup says that it is blocked, until that moment
	// or until somebody lets it in again.
	Flooded(ctx context.Context, ref Ref, times int, until time.Time) error
	// TwoNetworks is told when a charger connected from another network while the
	// connection before it was alive: it moved, or somebody else has its key.
	TwoNetworks(ctx context.Context, ref Ref, now, before Link) error
	// Disconnected is told when that connection ended. When a newer connection
	// took over, Connected of the newer one may come before it: compare Link.ID.
	Disconnected(ctx context.Context, ref Ref, link Link, why string) error
	// Booted is told of every BootNotification.
	Booted(ctx context.Context, ref Ref, boot BootInfo) error
	// Status is told of every StatusNotification.
	Status(ctx context.Context, ref Ref, status StatusInfo) error
}

// Decider says whether a card may charge. It works from memory: it never blocks,
// never fails and may be called from many goroutines at once. Storing the
// decision (in batches) is its own business.
type Decider interface {
	Decide(ask Ask) Answer
}

// Sessions keeps transactions. Each method returns only after what it was told
// is durable. When one returns an error the socket is closed without an answer,
// so that the charger keeps the message and sends it again (never a CALLERROR:
// chargers drop messages that are answered with one). Every method is therefore
// called with repeats: the same message again means the same result and no
// second effect. None of them may wait for Server.Call to the same charger:
// the connection handles one message at a time.
type Sessions interface {
	// Start books a 1.6 StartTransaction and gives out its transaction id:
	// positive, unique over all time, the same one for a repeat of (charger,
	// connector, token, At, MeterWh), and given even when the answer is a
	// refusal, for energy may flow until the charger obeys.
	Start(ctx context.Context, start StartInfo) (tx int32, answer Answer, err error)
	// Meter books readings outside start and stop (1.6 MeterValues, 2.0.1
	// MeterValues outside a transaction).
	Meter(ctx context.Context, meter MeterInfo) error
	// Stop books a 1.6 StopTransaction. A transaction id nobody knows (0, -1,
	// 9223372036854775807, ...) is kept and is not an error. The answer is
	// about StopInfo.Token and is sent only if that is not empty.
	Stop(ctx context.Context, stop StopInfo) (Answer, error)
	// Event books a 2.0.1 TransactionEvent: unique by (charger, TxID, Seq).
	// The answer is about EventInfo.Token and is sent only if that is not empty.
	Event(ctx context.Context, event EventInfo) (Answer, error)
}

// Link describes one connection.
type Link struct {
	ID       uint64    // rises with every connection of this process
	Protocol string    // "ocpp1.6" or "ocpp2.0.1"
	Remote   string    // client address without port
	Since    time.Time // when it was upgraded
}

// BootInfo is what a charger says about itself. Every text is cut to the length
// the protocol allows; all but Vendor and Model may be empty.
type BootInfo struct {
	Vendor, Model, Serial, Firmware string
	Reason                          string // 2.0.1: PowerUp, RemoteReset, ...; "" in 1.6
	Protocol                        string // as in Link
	Received                        time.Time
}

// StatusInfo is one StatusNotification.
type StatusInfo struct {
	// EVSE and Connector count from 1. 1.6 has connectors only: they are given
	// as EVSE with Connector 1. EVSE 0 is the charger itself.
	EVSE, Connector int
	// Status as the protocol spells it. 1.6: Available, Preparing, Charging,
	// SuspendedEV, SuspendedEVSE, Finishing, Reserved, Unavailable, Faulted.
	// 2.0.1: Available, Occupied, Reserved, Unavailable, Faulted.
	Status    string
	ErrorCode string    // 1.6 errorCode, "NoError" when fine; "" in 2.0.1
	Info      string    // 1.6 info and vendorErrorCode, for people to read
	At        time.Time // by the charger's clock; zero when it sent none that can be read
	Received  time.Time
}

// Ask is the question put to a Decider.
type Ask struct {
	Now       time.Time
	Ref       Ref
	EVSE      int    // 0: not known yet (Authorize does not say)
	Token     string // as the charger spelt it; compare by canonical form
	TokenType string // 2.0.1 type (ISO14443, MacAddress, eMAID, Central, ...); "" in 1.6
	Protocol  string // as in Link
}

// Reason is why a card may or may not charge.
type Reason string

// The reasons. Both protocols' answers follow from these: see status.go.
const (
	Allowed         Reason = "allowed"
	UnknownCard     Reason = "unknown-card"
	CardInactive    Reason = "card-inactive"
	CardBlocked     Reason = "card-blocked"
	CardSuspended   Reason = "card-suspended"
	CardExpired     Reason = "card-expired"
	CardNotYetValid Reason = "card-not-yet-valid"
	UserNotActive   Reason = "user-not-active" // imported, invited, to be approved
	UserDeactivated Reason = "user-deactivated"
	UserNotYet      Reason = "user-not-yet"
	AccountClosed   Reason = "account-closed"
	AccountEnded    Reason = "account-ended"
	AccountPlace    Reason = "account-place" // the account is open at other locations only
	NotThisPlace    Reason = "not-this-place"
	NotThisTime     Reason = "not-this-time"
	CardDoubted     Reason = "card-doubted" // used elsewhere, too short a time before
	Concurrent      Reason = "concurrent"
	NoCredit        Reason = "no-credit"
	Away            Reason = "database-away"  // nobody can say, or the place is closed for that time
	CardLearned     Reason = "card-learned"   // the charger was waiting for an unknown card: it works from the next tap on
	TooManyTries    Reason = "too-many-tries" // wrong codes were typed there; answered as an unknown card is
)

// Answer is the outcome of a decision.
type Answer struct {
	Reason   Reason    // Allowed means yes, anything else (also "") means no
	Parent   string    // parentIdTag / groupIdToken; "" for none. 1.6 carries 20 characters: longer ones are left out there
	Expires  time.Time // until when the charger may cache this; zero for no statement
	Priority int       // 2.0.1 chargingPriority, -9 to 9, 0 is normal; not carried by 1.6
	Text     string    // 2.0.1: one short line for the driver at the charger; "" for none
	Language string    // of Text, as "en"; "" for "en"
}

// OK reports whether the card may charge.
func (a Answer) OK() bool { return a.Reason == Allowed }

// Reading is what a meter showed at one moment. A nil pointer means the charger
// did not say. Absurd values are left out before they get here.
type Reading struct {
	At       time.Time // by the charger's clock; zero when it cannot be read
	EnergyWh *int64    // register of imported active energy, summed over phases
	PowerW   *int64    // imported active power, summed over phases
	SoC      *int      // state of charge in percent, 0 to 100
	Context  string    // "Transaction.Begin", "Sample.Periodic", "Transaction.End", ...; "" is Sample.Periodic
}

// StartInfo is a 1.6 StartTransaction.
type StartInfo struct {
	Ref      Ref
	EVSE     int // 1.6 connectorId
	Token    string
	MeterWh  int64     // register at start
	At       time.Time // by the charger's clock; zero when it cannot be read
	Received time.Time
}

// MeterInfo is a 1.6 MeterValues, or a 2.0.1 one outside transactions.
type MeterInfo struct {
	Ref      Ref
	EVSE     int
	TxID     int64 // 1.6 transactionId; 0 for none. Chargers send odd values: trust only known ones
	Readings []Reading
	Received time.Time
}

// StopInfo is a 1.6 StopTransaction.
type StopInfo struct {
	Ref      Ref
	TxID     int64  // as sent; may be 0, -1 or absurd
	Token    string // who stopped it; "" when nobody did
	MeterWh  int64  // register at stop
	Reason   string // EVDisconnected, Local, Remote, PowerLoss, ...; "" means Local
	Readings []Reading
	At       time.Time // by the charger's clock; zero when it cannot be read
	Received time.Time
}

// Phase is where a 2.0.1 TransactionEvent stands in its transaction.
type Phase string

// The phases of a transaction, as 2.0.1 spells its eventType.
const (
	Started Phase = "Started"
	Updated Phase = "Updated"
	Ended   Phase = "Ended"
)

// EventInfo is a 2.0.1 TransactionEvent.
type EventInfo struct {
	Ref           Ref
	Phase         Phase
	TxID          string // the charger's own id, up to 36 characters, unique per charger
	Seq           int    // rises within the transaction; may have gaps and arrive out of order
	Trigger       string // Authorized, CablePluggedIn, MeterValuePeriodic, ...
	Offline       bool   // happened while the charger was offline
	EVSE          int    // 0 when the event does not say (only the first one must)
	Connector     int    // 0 likewise
	Token         string // "" when the event carries none
	TokenType     string
	ChargingState string // Charging, EVConnected, SuspendedEV, SuspendedEVSE, Idle or ""
	StoppedReason string // "" means Local, or not ended
	RemoteStartID int    // 0 for none
	Readings      []Reading
	At            time.Time // by the charger's clock; zero when it cannot be read
	Received      time.Time
}
