package batch

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/table"
)

func FuzzRows(f *testing.F) {
	f.Add([]byte("email,card_uid\na@x.org,04A1B2C3\n"))
	f.Add([]byte("E-Mail;Karte;Gültig bis\n\"a@x.org\";1,5;31.12.2027\n"))
	f.Add([]byte("RFID;Contract ID\n04A1B2C3D4E5F6;X\n"))
	f.Add([]byte("a@x.org\nb@x.org\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		src, err := table.NewReader(strings.NewReader(string(in)))
		if err != nil {
			return
		}
		h, rows, err := sheet.Find(src, nil, false)
		if err != nil {
			return
		}
		seen := NewSeen()
		for i := 0; ; i++ {
			var row table.Row
			if i < len(rows) {
				if row = rows[i].Row; rows[i].Bad != nil {
					continue
				}
			} else if row, err = src.Next(); err != nil {
				var bad *table.LineError
				if errors.As(err, &bad) {
					continue
				}
				if !errors.Is(err, io.EOF) {
					t.Fatal(err)
				}
				return
			}
			l, _, refused, example := h.Parse(row, time.UTC)
			switch {
			case example:
			case refused != nil:
				if refused.Text == "" {
					t.Fatalf("refused without a reason: %+v", l)
				}
				seen.Pass(l.Number)
			default:
				if !h.Readable() {
					t.Fatalf("a row of a file that nobody can read: %+v", l)
				}
				prior, _, _ := seen.Check(&l)
				if prior != nil && prior.Row >= seen.Rows()-1 {
					t.Fatalf("row %d adds to row %d", seen.Rows()-1, prior.Row)
				}
			}
		}
	})
}
