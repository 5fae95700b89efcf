package printing

import (
	"slices"
	"strings"
	"unicode"
)

// A PDF knows glyphs in the order they stand on the paper and nothing of how
// scripts are written. The letters' sentences run from left to right; what
// follows brings names in them that run the other way into the order and the
// forms in which they are read.

// Printable leaves out what the font cannot draw, such as emoji: a name without
// its emoji is still the name.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.So, r) && r != '°', r > 0xFFFF:
			return -1
		case r < 0x700, unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Armenian, unicode.Georgian, unicode.Common, unicode.Inherited):
			return r
		default:
			return -1
		}
	}, s)
}

func rightToLeft(r rune) bool { return unicode.In(r, unicode.Hebrew, unicode.Arabic) }

// Visual puts one line into the order of the paper.
func Visual(line string) string {
	if !strings.ContainsFunc(line, rightToLeft) {
		return line
	}
	rs := []rune(line)
	var out []rune
	for i := 0; i < len(rs); {
		if !rightToLeft(rs[i]) {
			out = append(out, rs[i])
			i++
			continue
		}
		end := i + 1 // behind the last letter of this passage
		for j := end; j < len(rs) && (rightToLeft(rs[j]) || !unicode.IsLetter(rs[j])); j++ {
			if rightToLeft(rs[j]) {
				end = j + 1
			}
		}
		out = append(out, turned(shaped(rs[i:end]))...)
		i = end
	}
	return string(out)
}

// turned reverses a passage, but for numbers and for marks, which stay behind
// their letter.
func turned(rs []rune) []rune {
	slices.Reverse(rs)
	for i := 0; i < len(rs); {
		j := i
		switch {
		case unicode.IsDigit(rs[i]):
			for j < len(rs) && (unicode.IsDigit(rs[j]) || (rs[j] == '.' || rs[j] == ',') && j+1 < len(rs) && unicode.IsDigit(rs[j+1])) {
				j++
			}
		case unicode.Is(unicode.Mn, rs[i]):
			for j < len(rs) && unicode.Is(unicode.Mn, rs[j]) {
				j++
			}
			if j < len(rs) {
				j++ // the letter that the marks are on
			}
		default:
			i++
			continue
		}
		slices.Reverse(rs[i:j])
		i = j
	}
	for i, r := range rs {
		if m := strings.IndexRune("()[]<>", r); m >= 0 {
			rs[i] = rune("()[]<>"[m^1])
		}
	}
	return rs
}

// letterForms are the Arabic letters from U+FE80 on, in the order of Unicode's
// Arabic Presentation Forms-B, with how many forms each has: alone; and at the
// end; and at the beginning and in the middle.
const letterForms = "ء1آ2أ2ؤ2إ2ئ4ا2ب4ة2ت4ث4ج4ح4خ4د2ذ2ر2ز2س4ش4ص4ض4ط4ظ4ع4غ4ف4ق4ك4ل4م4ن4ه4و2ى2ي4"

// formsOf returns the code point of a letter's first form, and how many it has;
// 0 for what is none of them.
func formsOf(letter rune) (first rune, n int) {
	at := rune(0xFE80)
	rs := []rune(letterForms)
	for i := 0; i < len(rs); i += 2 {
		n := int(rs[i+1] - '0')
		if rs[i] == letter {
			return at, n
		}
		at += rune(n) //nolint:gosec // 1 to 4
	}
	return 0, 0
}

// shaped joins Arabic letters as they are written. Other scripts stay.
func shaped(in []rune) []rune {
	joins := func(i, step int) (rune, int) { // the neighbour that matters: marks do not
		for i += step; i >= 0 && i < len(in); i += step {
			if !unicode.Is(unicode.Mn, in[i]) {
				_, n := formsOf(in[i])
				return in[i], n
			}
		}
		return 0, 0
	}
	var out []rune
	for i := 0; i < len(in); i++ {
		first, n := formsOf(in[i])
		if n == 0 {
			out = append(out, in[i])
			continue
		}
		_, before := joins(i, -1)
		after, afterForms := joins(i, 1)
		tied := before == 4 && n > 1 // the letter before reaches to this one
		if in[i] == 'ل' && i+1 < len(in) {
			if k := strings.IndexRune("آأإا", after); k >= 0 && in[i+1] == after {
				lam := rune(0xFEF5 + k) //nolint:gosec // each of these takes two bytes: k is 0, 2, 4, 6
				if tied {
					lam++
				}
				out = append(out, lam)
				i++
				continue
			}
		}
		form := first
		switch reaches := n == 4 && afterForms > 1; {
		case tied && reaches:
			form += 3
		case reaches:
			form += 2
		case tied:
			form++
		}
		out = append(out, form)
	}
	return out
}
