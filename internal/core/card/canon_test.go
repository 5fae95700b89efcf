package card

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"involt/internal/kit/errs"
)

func TestCanonical(t *testing.T) {
	for _, tc := range []struct{ text, uid, spelling string }{
		// Hex, as printed by anybody.
		{"04A1B2C3D4E5F6", "04A1B2C3D4E5F6", "hex"},
		{"04a1b2c3d4e5f6", "04A1B2C3D4E5F6", "hex"},
		{"04:a1:b2:c3:d4:e5:f6", "04A1B2C3D4E5F6", "hex"},
		{"04-A1-B2-C3-D4-E5-F6", "04A1B2C3D4E5F6", "hex"},
		{" 04 A1 B2 C3 D4 E5 F6\u00a0", "04A1B2C3D4E5F6", "hex"},
		{"0x04A1B2C3", "04A1B2C3", "hex"},
		{"0X04A1B2C3", "04A1B2C3", "hex"},
		{"0x04 0xA1 0xB2 0xC3", "04A1B2C3", "hex"},
		{"'04A1B2C3", "04A1B2C3", "hex"},
		{"04A1B2C3D4E5F6070809", "04A1B2C3D4E5F6070809", "hex"},
		{"E004015012345678", "E004015012345678", "hex"},
		// Digits: 8, 14 and 20 are hex, the rest is decimal.
		{"12345678", "12345678", "hex"},
		{"04123456789012", "04123456789012", "hex"},
		{"04123456789012345678", "04123456789012345678", "hex"},
		{"12 34 56 78", "12345678", "hex"},
		{"123456789", "075BCD15", "decimal"},
		{"0123456789", "075BCD15", "decimal"},
		{"4294967295", "FFFFFFFF", "decimal"},
		{"4294967296", "00000100000000", "decimal"},
		{"1303689068602870", "04A1B2C3D4E5F6", "decimal"},
		{"0001303689068602870", "04A1B2C3D4E5F6", "decimal"},
		{"9999999999999999999", "8AC7230489E7FFFF", "decimal"},
		// Not RFID.
		{"VID:AABBCCDDEEFF", "VID:AABBCCDDEEFF", "mac"},
		{"vid:aa:bb:cc:dd:ee:ff", "VID:AABBCCDDEEFF", "mac"},
		{"DE-8AA-CA2B3C4D5-N", "DE8AACA2B3C4D5", "emaid"},
		{"de*8aa*ca2b3c4d5*n", "DE8AACA2B3C4D5", "emaid"},
		{"DE-8AA-CA2B3C4D5", "DE8AACA2B3C4D5", "emaid"},
		{"DEXYZCA2B3C4D5N", "DEXYZCA2B3C4D5", "emaid"},
		{"DEXYZCA2B3C4D5", "DEXYZCA2B3C4D5", "emaid"},
		{"UKSWI123456791A", "UKSWI123456791A", "emaid"}, // without a C nobody knows whether the A is a check digit
	} {
		r, err := Read(tc.text)
		if err != nil || r.UID != tc.uid || r.Spelling.String() != tc.spelling {
			t.Errorf("Read(%q) = %q, %v, %v; want %q, %s", tc.text, r.UID, r.Spelling, err, tc.uid, tc.spelling)
		}
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for text, says := range map[string]string{
		"":                            "is empty",
		"  \t":                        "is empty",
		"hello":                       "is not a card number",
		"04A1B2G3":                    "is not a card number",
		"04A1B2":                      "has 3 bytes",
		"04A1B2C3D":                   "leading zero was lost",
		"4A1B2C3":                     "leading zero was lost",
		"0000000000":                  "only zeros",
		"00000000":                    "only zeros",
		"1234567":                     "leading zeros were lost",
		"123456789012345678901":       "has 21 digits",
		"AABBCCDDEEFF":                "VID:",
		"AA:BB:CC:DD:EE:FF":           "VID:",
		"VID:AABBCC":                  "is not a card number",
		"4.12E+13":                    "rounded by a spreadsheet",
		"4,12345E+13":                 "rounded by a spreadsheet",
		"0x1234567890123456":          "begins with E0",
		"-12345678":                   "is not a card number",
		"04A1B2C3\x00":                "is not a card number",
		"０4A1B2C3":                    "is not a card number",
		strings.Repeat("A", 1<<20):    "…",
		strings.Repeat("é", 60) + "x": "is not a card number",
	} {
		_, err := Canonical(text)
		if errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), says) || len(err.Error()) > 300 {
			t.Errorf("Canonical(%.60q) = %v, want %q", text, err, says)
		}
	}
}

func TestDoubtfulNumbersCarryANote(t *testing.T) {
	for text, other := range map[string]string{
		"12345678":             "00BC614E",
		"04123456789012":       "0003C0112D5A14",
		"16140901064495857664": "E000000000000000",
	} {
		r, err := Read(text)
		if err != nil || r.Note == "" || r.Other != other {
			t.Errorf("Read(%q) = %+v, %v; want the other reading %s", text, r, err, other)
		}
	}
	if r, _ := Read("08A1B2C3"); !strings.Contains(r.Note, "anew") {
		t.Errorf("a random UID is not remarked: %+v", r)
	}
	for _, text := range []string{"12:34:56:78", "0x12345678", "04A1B2C3", "0123456789"} {
		if r, err := Read(text); err != nil || r.Note != "" {
			t.Errorf("Read(%q) = %+v, %v; want no note", text, r, err)
		}
	}
}

func TestForms(t *testing.T) {
	if got := Reversed("04A1B2C3"); got != "C3B2A104" {
		t.Errorf("Reversed = %s", got)
	}
	if got := Reversed("DEXYZCA2B3C4D5"); got != "DEXYZCA2B3C4D5" {
		t.Errorf("Reversed eMAID = %s", got)
	}
	for uid, want := range map[string][]string{
		"04A1B2C3":           {"C3B2A104", "77705923", "0077705923", "3283263748", "000004A1B2C3", "04A1B2C30000", "00000004A1B2C3"},
		"04A1B2C3D4E5F6":     {"F6E5D4C3B2A104", "1303689068602870", "04A1B2C3D4E5", "F6E5D4C3B2A1"},
		"AABBCCDDEEFF":       {"VID:AABBCCDDEEFF"},
		"000004A1B2C3":       {"04A1B2C3", "C3B2A104"},
		"VID:AABBCCDDEEFF":   {"AABBCCDDEEFF"},
		"00000000000000A1":   {"161"},
		"04A1B2C3D4E5F60708": {"0807F6E5D4C3B2A104"},
	} {
		got := Forms(uid)
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("Forms(%s) = %q lacks %s", uid, got, w)
			}
		}
		if slices.Contains(got, uid) {
			t.Errorf("Forms(%s) has itself", uid)
		}
	}
	if got := Forms("nonsense"); got != nil {
		t.Errorf("Forms(nonsense) = %q", got)
	}
}

func TestKeyOfATap(t *testing.T) {
	for text, want := range map[string]string{
		"04a1b2c3":                     "04A1B2C3 true",
		"0123456789":                   "075BCD15 true",
		"demo-tag 1":                   "DEMO-TAG 1 false",
		"TESTCARD0000001":              "TESTCARD0000001 true", // looks like an eMAID, and keeps its last character
		strings.Repeat("z", 50):        strings.Repeat("Z", 36) + " false",
		"":                             " false",
		"ab\x00c\x1b\x7f\u0085d":       "ABCD false",
		"ab\xffc\xc3":                  "ABC false",
		"caf\u00e9\ufffd":              "CAF\u00e9\ufffd false",
		"\x00\xff":                     " false",
		"a" + strings.Repeat("é", 19):  "A" + strings.Repeat("é", 17) + " false", // 35 bytes: another é goes beyond
		"ab" + strings.Repeat("é", 19): "AB" + strings.Repeat("é", 17) + " false",
		strings.Repeat("z", 35) + "\x00" + "éé":      strings.Repeat("Z", 35) + " false",
		strings.Repeat("z", 33) + "€" + "\x00" + "x": strings.Repeat("Z", 33) + "€ false",
	} {
		key, ok := AppendKey([]byte("x"), text)
		got := string(key[1:]) + map[bool]string{true: " true", false: " false"}[ok]
		if key[0] != 'x' || got != want {
			t.Errorf("AppendKey(%q) = %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"04:a1:b2:c3:d4:e5:f6", "some app's tok\u00e9n\x00\xff", strings.Repeat("é", 300)} {
		if n := testing.AllocsPerRun(100, func() { benchKey(t, text) }); n != 0 {
			t.Errorf("AppendKey(%q) allocates %v times", text, n)
		}
	}
}

func benchKey(t testing.TB, text string) {
	var room [maxKey]byte
	if key, _ := AppendKey(room[:0], text); len(key) == 0 {
		t.Fatal("no key")
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{"04:A1:B2:C3", "0123456789", "VID:AABBCCDDEEFF", "DE-8AA-CA2B3C4D5-N", "0x04 0xA1", "TESTCARD0000001", "9999999999999999999", "4.1E+5", "a" + strings.Repeat("é", 19), "AB\x00CD", "\xc3\x28"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		uid, err := Canonical(s)
		key, ok := AppendKey(nil, s)
		if ok != (err == nil) || ok && string(key) != uid || len(key) > maxKey {
			t.Fatalf("%q: key %q, %v; canonical %q, %v", s, key, ok, uid, err)
		}
		if strings.ContainsFunc(string(key), unicode.IsControl) || !utf8.Valid(key) {
			t.Fatalf("%q: no database takes the key %q", s, key)
		}
		if !ok {
			return
		}
		if again, err := Canonical(uid); err != nil || again != uid {
			t.Fatalf("%q is %q, and that is %q, %v", s, uid, again, err)
		}
		if Reversed(Reversed(uid)) != uid {
			t.Fatalf("reversed twice, %q is another", uid)
		}
		Forms(uid)
	})
}

func BenchmarkAppendKey(b *testing.B) {
	for name, text := range map[string]string{"hex": "04a1b2c3d4e5f6", "separated": "04:a1:b2:c3:d4:e5:f6", "decimal": "0123456789", "emaid": "DE-8AA-CA2B3C4D5-N"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				benchKey(b, text)
			}
		})
	}
}
