// Package livelog shows what a charger and Involt have lately said to each other.
package livelog

import (
	"encoding/json"
	"strings"
	"time"

	"involt/internal/face/ui"
)

// Line is one message to or from a charger.
type Line struct {
	At   time.Time
	In   bool // from the charger
	Text string
}

// logLine is a message as the live log shows it: what it is, then what it says.
type logLine struct {
	at   time.Time
	in   bool
	name string // "Authorize", "Answer to Authorize", "Error"; "" if it is no OCPP-J message
	tone ui.Tone
	text string // the payload
}

// logLines reads messages for people, the newest first. An answer is named by
// the request it belongs to. Long messages arrive cut, so only their beginning
// is read (OCPP-J 1.6 §4.2, 2.0.1 part 4 §4.2).
func logLines(lines []Line) []logLine {
	asked := map[string]string{}
	list := make([]logLine, len(lines))
	for i, l := range lines {
		list[len(lines)-1-i] = readLine(l, asked)
	}
	return list
}

func readLine(l Line, asked map[string]string) logLine {
	out := logLine{at: l.At, in: l.In, text: l.Text}
	d := json.NewDecoder(strings.NewReader(l.Text))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return out
	}
	var kind int
	var number, word string
	if d.Decode(&kind) != nil || d.Decode(&number) != nil {
		return out
	}
	switch kind {
	case 2:
		if d.Decode(&word) != nil {
			return out
		}
		asked[number], out.name = word, word
	case 3:
		out.name = "Answer"
		if asked[number] != "" {
			out.name = "Answer to " + asked[number]
		}
	case 4:
		out.name, out.tone = "Error", ui.Bad
		if asked[number] != "" {
			out.name = "Error to " + asked[number]
		}
	default:
		return out
	}
	rest := strings.TrimLeft(l.Text[d.InputOffset():], ", \t\r\n")
	if body, whole := strings.CutSuffix(strings.TrimRight(rest, " \t\r\n"), "]"); whole && json.Valid([]byte("["+body+"]")) {
		rest = body
	}
	if out.text = rest; rest == "{}" {
		out.text = ""
	}
	return out
}
