package frame

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"involt/internal/core/decision"
	"involt/internal/flow/browse"
)

// fieldLabels are the words for what changed where they are not those of its
// name in the journal.
var fieldLabels = map[string]string{
	"external_id": "external id", "access_mode": "who may charge", "invite_life": "invitations hold for", "invite_life_staff": "invitations of staff hold for", "invite_life_customers": "invitations of customers hold for", "card_sessions": "sessions at once per card", "user_sessions": "sessions at once per user", "driver_cards": "drivers may add cards", "key_ok": "its key is enough", "months": "months between reviews", "time_zone": "time zone", "mac": "MAC address",
	"legal_name": "legal name", "vat_id": "VAT id", "user_limit": "users at most",
	"battery_wh": "battery", "valid_from": "valid from", "valid_to": "valid until", "rank": "place in the order", "is_default": "default group",
}

// changes says what became of what: every value of an entry that is a pair is
// what was before and what is now.
func changes(a browse.Activity, v *Visit) string {
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(a.Value)) {
		pair, ok := a.Value[field].([]any)
		if !ok || len(pair) != 2 {
			continue
		}
		label := fieldLabels[field]
		switch {
		case field == "info_1" && v.Workspace.Info1Label != "":
			label = v.Workspace.Info1Label
		case field == "info_2" && v.Workspace.Info2Label != "":
			label = v.Workspace.Info2Label
		case label == "":
			label = strings.ReplaceAll(field, "_", " ")
		}
		from, to := spelt(pair[0]), spelt(pair[1])
		switch {
		case from == to:
			// Masked, or a pair that is no change.
			parts = append(parts, label+" changed")
		case from == "":
			parts = append(parts, label+": "+to)
		case to == "":
			parts = append(parts, label+" “"+from+"” taken out")
		default:
			parts = append(parts, label+": “"+from+"” became “"+to+"”")
		}
	}
	return Upper(strings.Join(parts, "; "))
}

// facts says the values of an entry that people know things by, where it says
// nothing of a change.
func facts(a browse.Activity, v *Visit) string {
	var parts []string
	add := func(s string) {
		if s != "" && s != "…" && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	if n, ok := a.Value["at"].(json.Number); ok {
		if ms, err := n.Int64(); err == nil {
			zone, err := time.LoadLocation(v.Workspace.TimeZone)
			if err != nil {
				zone = time.UTC
			}
			on := "On "
			if a.What == "person.departure-planned" { // it holds the first moment they are no longer here
				on, ms = "Last day ", ms-1
			}
			add(on + time.UnixMilli(ms).In(zone).Format("2 Jan 2006"))
		}
	}
	if a.What == "server.outage-ended" {
		return outage(v, a.Value)
	}
	if strings.HasPrefix(a.What, "session.") {
		if n, ok := a.Value["wh"].(json.Number); ok {
			if wh, err := n.Int64(); err == nil && wh > 0 {
				add(fmt.Sprintf("%.1f kWh", float64(wh)/1000))
			}
		}
		if why, _ := a.Value["reason"].(string); why != "" && why != string(decision.Allowed) {
			add(decision.Reason(why).Label())
		}
		if speculative, _ := a.Value["speculative"].(bool); speculative {
			add("Only because the database was away")
		} else if _, away := a.Value["away_since"].(json.Number); away {
			add("From memory: the database was away")
		}
		return strings.Join(parts, " · ")
	}
	for _, key := range []string{"name", "plate", "uid", "identity", "email", "reason", "note"} {
		s, _ := a.Value[key].(string)
		add(s)
	}
	if action, ok := a.Value["action"].(string); ok && strings.HasPrefix(a.What, "bulk.") {
		add(Upper(strings.ReplaceAll(action, "-", " ")))
		if n, ok := a.Value["done"].(json.Number); ok {
			add(n.String() + " users")
		} else if n, ok := a.Value["total"].(json.Number); ok {
			add(n.String() + " users")
		}
	}
	return strings.Join(parts, " · ")
}

// outage says for how long the database was away, and what was done meanwhile.
func outage(v *Visit, value map[string]any) string {
	number := func(key string) (n int64) {
		if said, ok := value[key].(json.Number); ok {
			n, _ = said.Int64()
		}
		return n
	}
	zone, err := time.LoadLocation(v.Workspace.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	const day, clock = "2 Jan 2006 15:04:05", "15:04:05"
	from, to := time.UnixMilli(number("from")).In(zone), time.UnixMilli(number("to")).In(zone)
	ends := to.Format(clock)
	if from.YearDay() != to.YearDay() || from.Year() != to.Year() {
		ends = to.Format(day)
	}
	count := func(n int64, one, many string) string {
		if n == 1 {
			return "1 " + one
		}
		return fmt.Sprintf("%d %s", n, many)
	}
	return fmt.Sprintf("From %s to %s · %s answered from memory, %s of chargers kept and booked since",
		from.Format(day), ends, count(number("taps"), "tap", "taps"), count(number("messages"), "message", "messages"))
}

// spelt writes a value of an entry as people read it.
func spelt(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		return v.String()
	case []any:
		list := make([]string, len(v))
		for i := range v {
			list[i] = spelt(v[i])
		}
		return strings.Join(list, ", ")
	default:
		return fmt.Sprint(v)
	}
}
