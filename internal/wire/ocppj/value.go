package ocppj

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Message is a payload that knows what it needs.
type Message interface {
	// Required names the top-level fields that must be there.
	Required() []string
	// Check looks at the values; its error is a *Problem.
	Check() error
}

// Decode reads a payload. The error is a *Problem with the code to answer.
func Decode(payload []byte, into Message) error {
	if err := json.Unmarshal(payload, into); err != nil {
		var p *Problem
		var wrong *json.UnmarshalTypeError
		switch {
		case errors.As(err, &p):
			return p
		case errors.As(err, &wrong):
			return &Problem{Code: TypeViolation, Field: wrong.Field, Text: "has the wrong type (" + wrong.Value + ")"}
		default:
			return &Problem{Code: FormationViolation, Text: "the payload is not valid JSON"}
		}
	}
	if need := into.Required(); len(need) > 0 {
		var have map[string]json.RawMessage
		if err := json.Unmarshal(payload, &have); err != nil {
			return &Problem{Code: FormationViolation, Text: "the payload is not a JSON object"}
		}
		for _, name := range need {
			if v, ok := have[name]; !ok || bytes.Equal(v, null) {
				return &Problem{Code: OccurrenceViolation, Field: name, Text: "is required"}
			}
		}
	}
	return into.Check()
}

var null = []byte("null")

// Int is a JSON integer as chargers send it: 12.0 and 12.4 are read as 12, what
// exceeds 64 bits is clamped. A string is refused.
type Int int64

// UnmarshalJSON reads a number; its error is a *Problem.
func (n *Int) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, null) {
		return nil
	}
	if v, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		*n = Int(v)
		return nil
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return &Problem{Code: TypeViolation, Text: "a number is expected, not " + Cut(string(b), 20)}
	}
	*n = Int(whole(f))
	return nil
}

// whole rounds f and clamps it to 64 bits.
func whole(f float64) int64 {
	switch {
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	default:
		return int64(math.Round(f))
	}
}

// Num is a measured value: a JSON number or a string that holds one (1.6 has
// strings, 2.0.1 numbers, chargers either). What is no finite number is NaN.
type Num float64

// UnmarshalJSON never fails on a string or number.
func (n *Num) UnmarshalJSON(b []byte) error {
	s := string(b)
	if len(b) > 0 && b[0] == '"' {
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsInf(f, 0) {
		if b[0] != '"' && !bytes.Equal(b, null) && err != nil {
			return &Problem{Code: TypeViolation, Text: "a measured value is expected"}
		}
		f = math.NaN()
	}
	*n = Num(f)
	return nil
}

// Time is a date-time. Chargers without a zone mean UTC; what cannot be read is
// the zero time, because a wrong clock must not lose a session.
type Time struct{ time.Time }

var layouts = []string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04:05.999999999-0700",
	"2006-01-02T15:04Z07:00",
}

// UnmarshalJSON reads a string in any of the forms seen in the field.
func (t *Time) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, null) {
		return nil
	}
	var s string
	if json.Unmarshal(b, &s) != nil {
		return &Problem{Code: TypeViolation, Text: "a date-time is a string"}
	}
	for _, layout := range layouts {
		if v, err := time.Parse(layout, s); err == nil {
			t.Time = v.UTC()
			return nil
		}
	}
	t.Time = time.Time{}
	return nil
}

// MarshalJSON writes UTC with milliseconds.
func (t Time) MarshalJSON() ([]byte, error) {
	return AppendTime(make([]byte, 0, 26), t.Time), nil
}

// AppendTime appends t as a JSON string in UTC with milliseconds. A year that
// four digits cannot hold becomes the nearest that they can.
func AppendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	switch y := t.Year(); {
	case y < 1:
		t = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	case y > 9999:
		t = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	dst = append(dst, '"')
	dst = t.AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	return append(dst, '"')
}

// At is t as a wire value.
func At(t time.Time) Time { return Time{t} }

// TooLong is a PropertyViolation if s has more than n characters.
func TooLong(field, s string, n int) error {
	if len(s) > n && len([]rune(s)) > n {
		return &Problem{Code: PropertyViolation, Field: field, Text: "is longer than " + strconv.Itoa(n) + " characters"}
	}
	return nil
}

// MaxNumber is the highest EVSE or connector number that is believed. One
// charger said it had 1,850,027,108 of them.
const MaxNumber = 1000

// OutOfRange is a PropertyViolation if n cannot be the number of an EVSE or connector.
func OutOfRange(field string, n Int) error {
	if n < 0 || n > MaxNumber {
		return &Problem{Code: PropertyViolation, Field: field, Text: "is not between 0 and " + strconv.Itoa(MaxNumber)}
	}
	return nil
}
