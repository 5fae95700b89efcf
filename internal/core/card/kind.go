package card

import "strings"

// KindOf tells what sort of thing has a canonical number.
func KindOf(uid string) Kind {
	switch {
	case strings.HasPrefix(uid, "VID:"):
		return MAC
	case strings.Trim(uid, "0123456789ABCDEF") != "":
		return EMAID
	default:
		return RFID
	}
}
