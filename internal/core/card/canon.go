// Package card is what identifies at a charger: RFID cards, app tokens, the
// MACs of cars and eMAIDs, each in one canonical form.
package card

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"involt/internal/kit/errs"
)

// The canonical form of a card is what is stored, compared and unique in a
// workspace. It is one of
//
//	upper-case hex of the UID's bytes   04A1B2C3D4E5F6 (4, 7, 8 or 10 bytes)
//	a MAC learned by Autocharge         VID:AABBCCDDEEFF
//	an eMAID without separators         DE8AACA2B3C4D5
//
// How text is read:
//
//   - Hex may carry colons, dashes, dots, spaces and 0x, in either case.
//   - Only digits, nothing else: 8, 14 and 20 of them are hex, because that is
//     how a 4, 7 or 10-byte UID is printed and how chargers send it; any other
//     length from 9 to 19 is decimal. Eight digits are as likely the one as the
//     other, so [Reading] then carries a note and the other reading. Sixteen
//     digits are decimal: an ISO 15693 UID begins with E0 and so is never all
//     digits, while a 7-byte UID that begins with 04 has 16 digits in decimal.
//   - A decimal number is big-endian, in the fewest of 4, 7 or 8 bytes.
//   - 8 bytes without a single letter are refused: their canonical form could
//     not be told from a decimal number. (No ISO 15693 card looks so.)
//   - An eMAID loses its check digit, which senders give or leave out, when the
//     separators or the type letter C show that it is one. It is not verified.
//
// The same rules read a file, a form and a tap, so that what is typed as the
// charger sends it is found again. Other spellings of the same card (reversed
// bytes, cut or padded) are never accepted by themselves: 4-byte UIDs are not
// unique, and a guess would let another card in. [Forms] suggests them to staff.

// Spelling is how a card number was written.
type Spelling uint8

// The spellings. SpeltUnreadable is text that is no card number.
const (
	SpeltUnreadable Spelling = iota
	SpeltHex
	SpeltDecimal
	SpeltMAC
	SpeltEMAID
)

func (s Spelling) String() string {
	return [...]string{"unreadable", "hex", "decimal", "mac", "emaid"}[s]
}

// Reading is what [Read] makes of a text.
type Reading struct {
	UID      string // canonical
	Spelling Spelling
	Note     string // a sentence to show if the text deserves a second look; else ""
	Other    string // the canonical form of the other reading, if Note says that there are two
}

// Canonical returns the canonical form of a card number, or an errs.Invalid
// that says what is wrong with it.
func Canonical(text string) (uid string, err error) {
	r, err := Read(text)
	return r.UID, err
}

// Read is Canonical with what there is to remark.
func Read(text string) (Reading, error) {
	var room [maxKey]byte
	key, spelling, fault := appendUID(room[:0], text)
	if fault != uidFine {
		return Reading{}, errs.New(errs.Invalid, "%s", fault.sentence(text, len(key)))
	}
	r := Reading{UID: string(key), Spelling: spelling}
	bare := strings.Trim(text, " \t'")
	switch {
	case spelling == SpeltHex && len(bare) == len(r.UID) && allDigits(bare):
		r.Other = decimalUID(bare)
		r.Note = fmt.Sprintf("%s is read as hexadecimal. As a decimal number it would be card %s.", bare, r.Other)
	case len(r.UID) == 8 && strings.HasPrefix(r.UID, "08"):
		// ISO 14443-3: a single-size UID that begins with 08 is random.
		r.Note = r.UID + " begins with 08: phones and bank cards make up such a number anew at every tap."
	case len(r.UID) == 16 && !strings.HasPrefix(r.UID, "E0"):
		r.Note = r.UID + " has 8 bytes, but does not begin with E0 as such cards (ISO 15693) do. Perhaps a digit was typed twice."
	}
	return r, nil
}

// maxKey is the longest canonical form or idToken: OCPP 2.x allows 36.
const maxKey = 36

// AppendKey appends to dst the key under which a tapped token is looked up,
// and reports whether the text is a card number. If so, the key is what
// [Canonical] returns; if not, it is the text itself in upper case (OCPP 1.6
// idTags are compared without case) less control characters and what is no
// UTF-8, cut before the character that goes beyond 36 bytes: the key is always
// text that a database takes. It never allocates when dst has room for 36 bytes.
func AppendKey(dst []byte, text string) (key []byte, ok bool) {
	start := len(dst)
	key, _, fault := appendUID(dst, text)
	if fault == uidFine {
		return key, true
	}
	key = key[:start]
	text = uidTrim(text)
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		one := text[:n]
		text = text[n:]
		switch {
		case r == utf8.RuneError && n == 1, unicode.IsControl(r):
		case len(key)-start+n > maxKey:
			return key, false
		case n == 1:
			key = append(key, uidUpper(one[0]))
		default:
			key = append(key, one...)
		}
	}
	return key, false
}

type uidFault uint8

const (
	uidFine uidFault = iota
	uidEmpty
	uidStrange    // a character that no card number has
	uidWrongBytes // hex, but not of a length that cards have
	uidWrongDigits
	uidLookalike // 8 bytes, only digits
	uidZeros
	uidExponent // 4.12E+13: a spreadsheet has rounded it
)

func (f uidFault) sentence(text string, digits int) string {
	shown := text
	if len(shown) > 40 {
		shown = strings.ToValidUTF8(shown[:40], "") + "…"
	}
	switch f {
	case uidEmpty:
		return "The card number is empty."
	case uidWrongBytes:
		if digits%2 == 1 {
			return fmt.Sprintf("%q has %d hexadecimal digits. A card number has 8, 14, 16 or 20; perhaps a leading zero was lost.", shown, digits)
		}
		return fmt.Sprintf("%q has %d bytes. A card number has 4, 7, 8 or 10; a MAC address is written VID: and 12 digits.", shown, digits/2)
	case uidWrongDigits:
		return fmt.Sprintf("%q has %d digits. A decimal card number has 8 to 20; perhaps leading zeros were lost.", shown, digits)
	case uidLookalike:
		return fmt.Sprintf("%q is 8 bytes without a letter. An 8-byte card number (ISO 15693) begins with E0.", shown)
	case uidZeros:
		return fmt.Sprintf("%q is only zeros; a reader says that when it could not read a card.", shown)
	case uidExponent:
		return fmt.Sprintf("%q was rounded by a spreadsheet. Format the column as text and enter the card number again.", shown)
	default:
		return fmt.Sprintf("%q is not a card number.", shown)
	}
}

// appendUID appends the canonical form of text. On a fault what was appended
// is of use only for its length, the digits seen.
func appendUID(dst []byte, text string) ([]byte, Spelling, uidFault) {
	text = uidTrim(text)
	if text == "" {
		return dst, SpeltUnreadable, uidEmpty
	}
	if len(text) > 3 && uidUpper(text[0]) == 'V' && uidUpper(text[1]) == 'I' && uidUpper(text[2]) == 'D' && text[3] == ':' {
		start := len(dst)
		key, marked, ok := appendHex(append(dst, "VID:"...), text[4:])
		if !ok || len(key)-start != 16 || marked == uidPrefixed {
			return dst, SpeltUnreadable, uidStrange
		}
		return key, SpeltMAC, uidFine
	}
	start := len(dst)
	if key, ok := appendEMAID(dst, text); ok {
		return key, SpeltEMAID, uidFine
	}
	key, marked, ok := appendHex(dst, text)
	if !ok {
		if looksRounded(text) {
			return dst, SpeltUnreadable, uidExponent
		}
		return dst, SpeltUnreadable, uidStrange
	}
	digits := key[start:]
	numeric := true
	for _, c := range digits {
		numeric = numeric && c <= '9'
	}
	n := len(digits)
	if numeric && marked == uidBare && n != 8 && n != 14 && n != 20 {
		return appendDecimal(dst, digits)
	}
	switch {
	case n != 8 && n != 14 && n != 16 && n != 20:
		return digits, SpeltUnreadable, uidWrongBytes
	case n == 16 && numeric:
		return digits, SpeltUnreadable, uidLookalike
	case onlyZeros(digits):
		return digits, SpeltUnreadable, uidZeros
	}
	return key, SpeltHex, uidFine
}

// appendDecimal overwrites the digits, which lie in dst's room, with the hex
// of their value.
func appendDecimal(dst, digits []byte) ([]byte, Spelling, uidFault) {
	if len(digits) < 8 || len(digits) > 20 {
		return digits, SpeltUnreadable, uidWrongDigits
	}
	var v uint64 // at most 19 digits get here: no overflow
	for _, c := range digits {
		v = v*10 + uint64(c-'0')
	}
	if v == 0 {
		return digits, SpeltUnreadable, uidZeros
	}
	width := 16
	switch {
	case v < 1<<32:
		width = 8
	case v < 1<<56:
		width = 14
	}
	numeric := true
	for i := width - 1; i >= 0; i-- {
		c := hexDigits[v>>(4*i)&15]
		numeric = numeric && c <= '9'
		dst = append(dst, c)
	}
	if width == 16 && numeric {
		return dst[len(dst)-width:], SpeltUnreadable, uidLookalike
	}
	return dst, SpeltDecimal, uidFine
}

const hexDigits = "0123456789ABCDEF"

// uidMarks say what besides digits stood in the text.
type uidMarks uint8

const (
	uidBare uidMarks = iota
	uidSeparated
	uidPrefixed // 0x
)

// appendHex appends the hex digits of text in upper case, without separators
// and 0x. ok is false at the first character that is neither.
func appendHex(dst []byte, text string) (key []byte, m uidMarks, ok bool) {
	start := len(dst)
	for i := 0; i < len(text); i++ {
		c := uidUpper(text[i])
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'F':
			if len(dst)-start == maxKey {
				return dst, m, false
			}
			dst = append(dst, c)
		case c == ':' || c == '-' || c == ' ' || c == '.':
			if i == 0 || i == len(text)-1 {
				return dst, m, false
			}
			m = max(m, uidSeparated)
		case c == 'X' && i > 0 && text[i-1] == '0' && (i == 1 || uidSeparator(text[i-2])):
			dst = dst[:len(dst)-1] // the 0 of 0x, at the start or after a separator
			m = uidPrefixed
		default:
			return dst, m, false
		}
	}
	return dst, m, len(dst) > start
}

// appendEMAID reads an e-mobility account identifier: two letters of country,
// three of provider, nine of contract, perhaps a check digit; ISO 15118-1
// annex H. Without separators, text that could be hex is left to appendHex.
func appendEMAID(dst []byte, text string) ([]byte, bool) {
	marked := len(text) >= 16 && (text[2] == '-' || text[2] == '*') && text[6] == text[2]
	if !marked && len(text) != 14 && len(text) != 15 {
		return dst, false
	}
	start, couldBeHex := len(dst), true
	for i := 0; i < len(text); i++ {
		c := uidUpper(text[i])
		if marked && (i == 2 || i == 6 || i == 16) {
			if text[i] != text[2] {
				return dst[:start], false
			}
			continue
		}
		letter := c >= 'A' && c <= 'Z'
		if !letter && (c < '0' || c > '9') || i < 2 && !letter || len(dst)-start == 15 {
			return dst[:start], false
		}
		couldBeHex = couldBeHex && c <= 'F'
		dst = append(dst, c)
	}
	switch n := len(dst) - start; {
	case n != 14 && n != 15, couldBeHex && !marked:
		return dst[:start], false
	case n == 15 && (marked || dst[start+5] == 'C'): // C is the type "contract"
		dst = dst[:start+14]
	}
	return dst, true
}

// Reversed returns the card whose bytes come in the opposite order: what a
// reader that sends the least significant byte first makes of uid. Anything
// that is not hex comes back as it is.
func Reversed(uid string) string {
	b, err := hex.DecodeString(uid)
	if err != nil {
		return uid
	}
	slices.Reverse(b)
	return strings.ToUpper(hex.EncodeToString(b))
}

// Forms returns the other texts that readers, files and printed cards are
// known to show for the card uid: reversed, in decimal of both byte orders (also padded to ten
// digits), padded with zeros, cut to six bytes. They are for suggestions to
// staff, never for letting a card in. uid itself is not among them.
func Forms(uid string) []string {
	if mac, ok := strings.CutPrefix(uid, "VID:"); ok {
		return []string{mac}
	}
	b, err := hex.DecodeString(uid)
	if err != nil || len(b) == 0 {
		return nil
	}
	reversed := Reversed(uid)
	forms := []string{reversed}
	for _, s := range []string{uid, reversed} {
		v, _ := new(big.Int).SetString(s, 16)
		d := v.String()
		forms = append(forms, d)
		if len(b) == 4 {
			forms = append(forms, strings.Repeat("0", max(0, 10-len(d)))+d)
		}
	}
	switch len(b) {
	case 4:
		forms = append(forms, "0000"+uid, uid+"0000", "000000"+uid, reversed+"0000")
	case 6:
		forms = append(forms, "VID:"+uid)
		if s, ok := strings.CutPrefix(uid, "0000"); ok {
			forms = append(forms, s, Reversed(s))
		}
		if s, ok := strings.CutSuffix(uid, "0000"); ok {
			forms = append(forms, s, Reversed(s))
		}
	case 7:
		forms = append(forms, uid[:12], reversed[:12])
		if s, ok := strings.CutPrefix(uid, "000000"); ok {
			forms = append(forms, s, Reversed(s))
		}
	}
	slices.Sort(forms)
	forms = slices.Compact(forms)
	return slices.DeleteFunc(forms, func(s string) bool { return s == uid })
}

// decimalUID is the card that digits name if they are a decimal number, or "".
func decimalUID(digits string) string {
	v, err := strconv.ParseUint(digits, 10, 64)
	switch {
	case err != nil:
		return ""
	case v < 1<<32:
		return fmt.Sprintf("%08X", v)
	case v < 1<<56:
		return fmt.Sprintf("%014X", v)
	default:
		return fmt.Sprintf("%016X", v)
	}
}

// looksRounded reports whether text is a number in scientific notation.
func looksRounded(text string) bool {
	i := strings.IndexAny(text, "eE")
	return i > 0 && i+1 < len(text) && text[i+1] == '+' &&
		allDigits(text[i+2:]) && allDigits(strings.NewReplacer(".", "", ",", "").Replace(text[:i]))
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func onlyZeros(digits []byte) bool {
	for _, c := range digits {
		if c != '0' {
			return false
		}
	}
	return true
}

// uidTrim removes white space around text and the apostrophe with which
// spreadsheets mark text.
func uidTrim(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > 1 && text[0] == '\'' {
		text = text[1:]
	}
	return text
}

func uidSeparator(c byte) bool { return c == ':' || c == '-' || c == ' ' || c == '.' }

func uidUpper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}
