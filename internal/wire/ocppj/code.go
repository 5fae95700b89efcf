package ocppj

// Version is a version of the protocol; what differs between versions in this
// package are only the spelling of error codes and how broken frames are answered.
type Version uint8

// The versions spoken here.
const (
	V16  Version = iota + 1 // OCPP 1.6-J
	V201                    // OCPP 2.0.1
)

// The WebSocket subprotocols, as registered with IANA.
const (
	Subprotocol16  = "ocpp1.6"
	Subprotocol201 = "ocpp2.0.1"
)

// String is the subprotocol's name.
func (v Version) String() string {
	switch v {
	case V16:
		return Subprotocol16
	case V201:
		return Subprotocol201
	default:
		return "unknown"
	}
}

// Code is the class of a CALLERROR. Its spelling depends on the version.
type Code uint8

// The codes. OCPP-J 1.6 §4.2.3 table 7, OCPP 2.0.1 part 4 §4.3 table 7.
const (
	InternalError       Code = iota // a fault of ours
	FormationViolation              // payload is not JSON, or not an object
	PropertyViolation               // a field has a value that is not allowed
	OccurrenceViolation             // a required field is missing
	TypeViolation                   // a field has the wrong JSON type
	NotImplemented                  // nobody knows this action
	NotSupported                    // known, but not from a charger to a server
	ProtocolError                   // the frame breaks the RPC protocol
	SecurityError                   // refused for security reasons
	GenericError                    // anything else
	MessageTypeUnknown              // message type is not 2, 3 or 4
	FrameworkError                  // not a valid RPC request: the message id cannot be read
)

// For spells the code for a version. 1.6 has no code for a wrong message type or
// an unreadable id: both are a FormationViolation there.
func (c Code) For(v Version) string {
	switch c {
	case FormationViolation:
		if v == V16 {
			return "FormationViolation"
		}
		return "FormatViolation"
	case PropertyViolation:
		return "PropertyConstraintViolation"
	case OccurrenceViolation:
		return "OccurenceConstraintViolation" // misspelt in both versions
	case TypeViolation:
		return "TypeConstraintViolation"
	case NotImplemented:
		return "NotImplemented"
	case NotSupported:
		return "NotSupported"
	case ProtocolError:
		return "ProtocolError"
	case SecurityError:
		return "SecurityError"
	case GenericError:
		return "GenericError"
	case MessageTypeUnknown:
		if v == V16 {
			return "FormationViolation"
		}
		return "MessageTypeNotSupported"
	case FrameworkError:
		if v == V16 {
			return "FormationViolation"
		}
		return "RpcFrameworkError"
	case InternalError:
		return "InternalError"
	default:
		return "InternalError"
	}
}

// Problem is why a frame or a payload is refused. Text may be sent to the peer.
type Problem struct {
	Code  Code
	Field string // the field at fault; "" when it is the whole
	Text  string
}

// Error is the text, after the field if there is one.
func (p *Problem) Error() string {
	if p.Field == "" {
		return p.Text
	}
	return p.Field + ": " + p.Text
}
