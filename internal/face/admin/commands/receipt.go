package commands

import (
	"fmt"
	"strings"

	"involt/internal/core/command"
	"involt/internal/face/ui"
	read "involt/internal/flow/browse/commands"
)

// Sentence says how many chargers know: "41 of 43 chargers confirmed; two are
// offline."
func Sentence(r read.Receipt, rd ui.Reader) string {
	what := "chargers"
	if r.All == 1 {
		what = "charger"
	}
	said := fmt.Sprintf("%s of %s %s confirmed", rd.Int(int64(r.Confirmed)), rd.Int(int64(r.All)), what)
	var away, telling, refused, lost int
	for _, u := range r.Others {
		switch {
		case !u.State.Over() && !u.Connected:
			away++
		case !u.State.Over():
			telling++
		case u.State == command.Refused:
			refused++
		default:
			lost++
		}
	}
	var rest []string
	for _, one := range []struct {
		n         int
		one, many string
	}{
		{away, "one is offline", "are offline"},
		{telling, "one is being told", "are being told"},
		{refused, "one will not", "will not"},
		{lost, "one was not reached", "were not reached"},
	} {
		switch {
		case one.n == 1:
			rest = append(rest, one.one)
		case one.n > 1:
			rest = append(rest, small(one.n, rd)+" "+one.many)
		}
	}
	if len(rest) > 0 {
		said += "; " + strings.Join(rest, ", ")
	}
	return said + "."
}

func small(n int, rd ui.Reader) string {
	if words := []string{2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}; n < len(words) {
		return words[n]
	}
	return rd.Int(int64(n))
}
