package card

import "strings"

// Learnable reports whether a token that was tapped may become somebody's card just
// by being held to a charger: it is the number of a card, and one that stays the same.
// Phones and bank cards make up a number that begins with 08 anew at every tap
// (ISO 14443-3); a car's MAC and a contract are no cards that one holds.
func Learnable(token string) bool {
	var room [maxKey]byte
	key, spelling, fault := appendUID(room[:0], token)
	return fault == uidFine && (spelling == SpeltHex || spelling == SpeltDecimal) && (len(key) != 8 || key[0] != '0' || key[1] != '8')
}

// MACToken is a token as chargers send it with its type of OCPP 2.0.1: a MAC address
// comes bare there, and with VID: in 1.6.
func MACToken(token, kind string) string {
	if kind != "MacAddress" || len(token) > 3 && strings.EqualFold(token[:4], "VID:") {
		return token
	}
	if mac := "VID:" + token; len(mac) <= maxKey {
		return mac
	}
	return token
}
