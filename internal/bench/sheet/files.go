package sheet

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"involt/internal/bench"
	"involt/internal/kit/table"
)

// writeSheet writes people with names of five languages; one in a hundred rows is
// ugly: spaces, other spellings of the card, a typing error.
func writeSheet(w io.Writer, rows int) error {
	r, first0, last0, spelling := bench.Dice("import"), bench.FirstNames, bench.LastNames, bench.Spelling
	b := bufio.NewWriterSize(w, 1<<20)
	out := table.NewWriter(b, ',', true)
	out.Write("email", "first_name", "last_name", "external_id", "groups", "card_uid")
	for i := range rows {
		first, last := first0[r.IntN(len(first0))], last0[r.IntN(len(last0))]
		email, number := fmt.Sprintf("person.%d@fleet-%d.example", i, i%97), fmt.Sprintf("04%012X", i)
		if r.IntN(100) == 0 {
			first, number = " "+first+" ", spelling(r, number)
		}
		out.Write(email, first, last, fmt.Sprintf("E-%07d", i), fmt.Sprintf("Group %d", i%50), number)
	}
	return errors.Join(out.Flush(), b.Flush())
}

// writeOthers writes people who are not in writeSheet's file.
func writeOthers(w io.Writer, rows int) error {
	out := table.NewWriter(w, ',', true)
	out.Write("email", "first_name", "last_name", "external_id", "groups", "card_uid")
	for i := range rows {
		out.Write(fmt.Sprintf("other.%d@fleet-%d.example", i, i%97), bench.FirstNames[i%len(bench.FirstNames)], bench.LastNames[i%len(bench.LastNames)], fmt.Sprintf("O-%07d", i), fmt.Sprintf("Group %d", i%50), fmt.Sprintf("05%012X", i))
	}
	return out.Flush()
}
