package frame

import "involt/internal/face/ui"

// ZoneOptions are the time zones that the browser offers while typing; any other
// IANA name is taken too.
var ZoneOptions = func() (list []ui.Option) {
	for _, z := range []string{
		"Europe/Amsterdam", "Europe/Athens", "Europe/Belgrade", "Europe/Berlin", "Europe/Brussels", "Europe/Bucharest", "Europe/Budapest", "Europe/Copenhagen",
		"Europe/Dublin", "Europe/Helsinki", "Europe/Istanbul", "Europe/Kyiv", "Europe/Lisbon", "Europe/London", "Europe/Luxembourg", "Europe/Madrid", "Europe/Oslo",
		"Europe/Paris", "Europe/Prague", "Europe/Riga", "Europe/Rome", "Europe/Sofia", "Europe/Stockholm", "Europe/Tallinn", "Europe/Vienna", "Europe/Vilnius",
		"Europe/Warsaw", "Europe/Zagreb", "Europe/Zurich", "Atlantic/Canary", "Atlantic/Reykjavik", "America/New_York", "America/Chicago", "America/Denver",
		"America/Los_Angeles", "America/Toronto", "America/Sao_Paulo", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "UTC",
	} {
		list = append(list, ui.Option{Value: z, Label: z})
	}
	return list
}()
