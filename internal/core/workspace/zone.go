package workspace

import "time"

// Zone is the zone of the workspace's clocks; UTC where it has none that is
// known.
func (w *Workspace) Zone() *time.Location {
	zone, err := time.LoadLocation(w.TimeZone)
	if err != nil || w.TimeZone == "" {
		return time.UTC
	}
	return zone
}
