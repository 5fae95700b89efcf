package account

import "strings"

// vatAT: Bundesministerium für Finanzen, "UID-Nummer: Konstruktionsregeln".
func vatAT(s string) bool {
	if !strings.HasPrefix(s, "U") || !digits(s[1:], 8) {
		return false
	}
	n, s := 4, s[1:]
	for i := range 7 {
		d := digit(s, i) * (1 + i%2)
		n += d/10 + d%10
	}
	return (10-n%10)%10 == digit(s, 7)
}

// vatBE: Kruispuntbank van Ondernemingen: 97 less the first eight digits modulo 97.
func vatBE(s string) bool {
	return digits(s, 10) && s[0] <= '1' && value(s[:8]) > 0 && 97-value(s[:8])%97 == value(s[8:])
}

// vatBG: nine digits of BULSTAT for companies, ten for people and foreigners.
func vatBG(s string) bool {
	switch {
	case digits(s, 9):
		n := sum(s, 1, 2, 3, 4, 5, 6, 7, 8) % 11
		if n == 10 {
			n = sum(s, 3, 4, 5, 6, 7, 8, 9, 10) % 11
		}
		return n%10 == digit(s, 8)
	case digits(s, 10):
		last := digit(s, 9)
		other := (11 - sum(s, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
		return bgBirth(s) && sum(s, 2, 4, 8, 5, 10, 9, 7, 3, 6)%11%10 == last || sum(s, 21, 19, 17, 13, 11, 9, 7, 3, 1)%10 == last || other == last
	}
	return false
}

// bgBirth checks month and day of an ЕГН: 20 is added for the 19th century, 40 for
// the 21st.
func bgBirth(s string) bool {
	month, day := value(s[2:4]), value(s[4:6])
	return month <= 52 && month%20 >= 1 && month%20 <= 12 && day >= 1 && day <= 31
}

// vatCY: digits at odd places count by a table, the last letter is the sum modulo 26.
func vatCY(s string) bool {
	if len(s) != 9 || !digits(s[:8], 8) || s[:2] == "12" {
		return false
	}
	table := [10]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21}
	n := 0
	for i := range 8 {
		if i%2 == 0 {
			n += table[digit(s, i)]
		} else {
			n += digit(s, i)
		}
	}
	return s[8] == byte('A'+n%26)
}

// vatCZ: eight digits of the IČO for companies; birth numbers for people.
func vatCZ(s string) bool {
	switch {
	case digits(s, 8):
		n := (11 - sum(s, 8, 7, 6, 5, 4, 3, 2)%11) % 11
		if n == 0 {
			n = 1
		}
		return s[0] != '9' && n%10 == digit(s, 7)
	case digits(s, 9) && s[0] == '6': // people without a birth number
		n := (10 - sum(s[1:], 8, 7, 6, 5, 4, 3, 2)%11) % 11
		return (18-n)%10 == digit(s, 8)
	case digits(s, 9): // born before 1954: no check digit
		return value(s[:2]) < 54 && czBirth(s)
	case digits(s, 10):
		n := value(s[:9]) % 11 % 10
		return n == digit(s, 9) && czBirth(s)
	}
	return false
}

// czBirth checks month and day of a birth number: 50 is added for women, 20 where
// numbers of a day ran out.
func czBirth(s string) bool {
	month, day := value(s[2:4])%50, value(s[4:6])
	if month > 20 {
		month -= 20
	}
	return month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// vatDE: ISO 7064 MOD 11,10; Bundeszentralamt für Steuern.
func vatDE(s string) bool { return digits(s, 9) && s[0] != '0' && mod1110(s) }

// vatDK: Erhvervsstyrelsen, CVR: modulus 11.
func vatDK(s string) bool {
	return digits(s, 8) && s[0] != '0' && sum(s, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
}

// vatEE: Maksu- ja Tolliamet, KMKR.
func vatEE(s string) bool { return digits(s, 9) && sum(s, 3, 7, 1, 3, 7, 1, 3, 7, 1)%10 == 0 }

// vatES: Agencia Tributaria: NIF of people (Real Decreto 1065/2007, art. 19), of
// foreigners, and of companies (Orden EHA/451/2008).
func vatES(s string) bool {
	const letters = "TRWAGMYFPDXBNJZSQVHLCKE"
	if len(s) != 9 {
		return false
	}
	first, middle, last := s[0], s[1:8], s[8]
	switch {
	case digits(s[:8], 8):
		return last == letters[value(s[:8])%23]
	case !digits(middle, 7):
		return false
	case strings.IndexByte("XYZ", first) >= 0:
		return last == letters[(strings.IndexByte("XYZ", first)*10_000_000+value(middle))%23]
	case strings.IndexByte("KLM", first) >= 0:
		return last == letters[value(middle)%23]
	case strings.IndexByte("ABCDEFGHJNPQRSUVW", first) < 0:
		return false
	}
	n := 0
	for i := range 7 {
		d := digit(middle, i) * (2 - i%2)
		n += d/10 + d%10
	}
	n = (10 - n%10) % 10
	// Which kind of company bears a digit and which a letter is told differently
	// from place to place; either is taken, so that no true number is refused.
	return last == byte('0'+n) || last == "JABCDEFGHI"[n]
}

// vatFI: Patentti- ja rekisterihallitus, Y-tunnus.
func vatFI(s string) bool { return digits(s, 8) && sum(s, 7, 9, 10, 5, 8, 4, 2, 1)%11 == 0 }

// vatFR: Bulletin officiel des finances publiques, BOI-TVA-DECLA-20-10-20: SIREN
// by Luhn, and the key before it; new keys hold a letter.
func vatFR(s string) bool {
	if len(s) != 11 || !digits(s[2:], 9) {
		return false
	}
	siren := s[2:]
	if s[2:5] != "000" && !luhn(siren) { // of Monaco: no SIREN
		return false
	}
	if digits(s[:2], 2) {
		return (12+3*(value(siren)%97))%97 == value(s[:2])
	}
	const alphabet = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	a, b := strings.IndexByte(alphabet, s[0]), strings.IndexByte(alphabet, s[1])
	if a < 0 || b < 0 {
		return false
	}
	key := a*34 + b - 100
	if a < 10 {
		key = a*24 + b - 10
	}
	return (value(siren)+1+key/11)%11 == key%11
}

// vatGB: HM Revenue & Customs: modulus 97, and modulus 97 with 55 for numbers given
// out since 2010; GD and HA for departments and hospitals.
func vatGB(s string) bool {
	if len(s) == 5 && digits(s[2:], 3) {
		return s[:2] == "GD" && value(s[2:]) < 500 || s[:2] == "HA" && value(s[2:]) >= 500
	}
	if !digits(s, 9) && !digits(s, 12) {
		return false
	}
	n := (sum(s, 8, 7, 6, 5, 4, 3, 2) + value(s[7:9])) % 97
	return n == 0 || n == 97-55
}

// vatGR: ΑΑΔΕ, ΑΦΜ.
func vatGR(s string) bool {
	return digits(s, 9) && sum(s, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == digit(s, 8)
}

// vatHR: Porezna uprava, OIB: ISO 7064 MOD 11,10.
func vatHR(s string) bool { return digits(s, 11) && mod1110(s) }

// vatHU: Nemzeti Adó- és Vámhivatal, the first eight digits of the adószám.
func vatHU(s string) bool { return digits(s, 8) && sum(s, 9, 7, 3, 1, 9, 7, 3, 1)%10 == 0 }

// vatIE: Revenue Commissioners: seven digits and one or two letters; in the old
// form a sign stands at the second place.
func vatIE(s string) bool {
	const letters = "WABCDEFGHIJKLMNOPQRSTUV"
	if len(s) != 8 && len(s) != 9 || !isDigit(rune(s[0])) {
		return false
	}
	number, more := s[:7], 0
	if !digits(number, 7) {
		if len(s) != 8 || !digits(s[2:7], 5) || !isLetter(s[1]) && s[1] != '+' && s[1] != '*' {
			return false
		}
		number = "0" + s[2:7] + s[:1]
	}
	if len(s) == 9 {
		if more = strings.IndexByte(letters, s[8]); more < 0 {
			return false
		}
	}
	return s[7] == letters[(sum(number, 8, 7, 6, 5, 4, 3, 2)+9*more)%23]
}

// vatIT: decreto ministeriale 23 dicembre 1976: Luhn; the office's number before it.
func vatIT(s string) bool {
	if !digits(s, 11) || value(s[:7]) == 0 || !luhn(s) {
		return false
	}
	office := value(s[7:10])
	return office >= 1 && office <= 100 || office == 120 || office == 121 || office == 888 || office == 999
}

// vatLT: nine digits for companies, twelve for others; the one before the last is 1.
func vatLT(s string) bool {
	n := len(s) - 1
	if !digits(s, 9) && !digits(s, 12) || s[n-1] != '1' {
		return false
	}
	check := func(from int) (sum int) {
		for i := range n {
			sum += digit(s, i) * (1 + (i+from)%9)
		}
		return sum % 11
	}
	c := check(0)
	if c == 10 {
		c = check(2) % 10
	}
	return c == digit(s, n)
}

// vatLU: Administration de l'enregistrement: the first six digits modulo 89.
func vatLU(s string) bool { return digits(s, 8) && value(s[:6])%89 == value(s[6:]) }

// vatLV: companies begin above 3; people have a personal code.
func vatLV(s string) bool {
	if !digits(s, 11) {
		return false
	}
	if s[0] > '3' {
		return sum(s, 9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)%11 == 3
	}
	if s[:2] == "32" { // given out since 2017, without a birth date and a check digit
		return true
	}
	day, month := value(s[:2]), value(s[2:4])
	return day >= 1 && day <= 31 && month >= 1 && month <= 12 && (1+sum(s, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9))%11%10 == digit(s, 10)
}

// vatMT: modulus 37.
func vatMT(s string) bool {
	return digits(s, 8) && s[0] != '0' && (sum(s, 3, 4, 6, 7, 8, 9)+value(s[6:]))%37 == 0
}

// vatNL: Belastingdienst: of companies by the eleven test of the RSIN, of sole
// traders since 2020 by ISO 7064 MOD 97-10 over "NL" and the whole.
func vatNL(s string) bool {
	if len(s) != 12 || !digits(s[:9], 9) || s[9] != 'B' || !digits(s[10:], 2) || value(s[:9]) == 0 || s[10:] == "00" {
		return false
	}
	if n := sum(s, 9, 8, 7, 6, 5, 4, 3, 2) % 11; n == digit(s, 8) {
		return true
	}
	rest := 0
	for _, r := range "NL" + s {
		if isDigit(r) {
			rest = (rest*10 + int(r-'0')) % 97
		} else {
			rest = (rest*100 + int(r-'A') + 10) % 97
		}
	}
	return rest == 1
}

// vatPL: ustawa o NIP: modulus 11.
func vatPL(s string) bool {
	return digits(s, 10) && sum(s, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == digit(s, 9)
}

// vatPT: Decreto-Lei 14/2013, NIF: modulus 11.
func vatPT(s string) bool {
	return digits(s, 9) && s[0] != '0' && (11-sum(s, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11%10 == digit(s, 8)
}

// vatRO: CIF of two to ten digits, by weights from the right; people's CNP is not
// registered for VAT.
func vatRO(s string) bool {
	if len(s) < 2 || len(s) > 10 || !digits(s, len(s)) || s[0] == '0' {
		return false
	}
	s = strings.Repeat("0", 10-len(s)) + s
	return 10*sum(s, 7, 5, 3, 2, 1, 7, 5, 3, 2)%11%10 == digit(s, 9)
}

// vatSE: Skatteverket: the organisation number by Luhn, and two digits.
func vatSE(s string) bool { return digits(s, 12) && luhn(s[:10]) && s[10:] != "00" }

// vatSI: Finančna uprava, davčna številka: modulus 11.
func vatSI(s string) bool {
	if !digits(s, 8) || s[0] == '0' {
		return false
	}
	n := 11 - sum(s, 8, 7, 6, 5, 4, 3, 2)%11
	return n != 11 && n%10 == digit(s, 7)
}

// vatSK: ten digits, divisible by 11.
func vatSK(s string) bool {
	return digits(s, 10) && s[0] != '0' && strings.IndexByte("234789", s[2]) >= 0 && value(s)%11 == 0
}

// vatCH: Bundesamt für Statistik, eCH-0097, UID: modulus 11.
func vatCH(s string) bool {
	return digits(s, 9) && (11-sum(s, 5, 4, 3, 2, 7, 6, 5, 4)%11)%11 == digit(s, 8)
}

// vatNO: Brønnøysundregistrene, organisasjonsnummer: modulus 11.
func vatNO(s string) bool {
	return digits(s, 9) && (11-sum(s, 3, 2, 7, 6, 5, 4, 3, 2)%11)%11 == digit(s, 8)
}
