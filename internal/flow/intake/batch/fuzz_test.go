package batch

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"involt/internal/core/vehicle"
	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/table"
)

func FuzzRows(f *testing.F) {
	f.Add([]byte("email,card_uid\na@x.org,04A1B2C3\n"))
	f.Add([]byte("E-Mail;Karte;Gültig bis\n\"a@x.org\";1,5;31.12.2027\n"))
	f.Add([]byte("RFID;Contract ID\n04A1B2C3D4E5F6;X\n"))
	f.Add([]byte("a@x.org\nb@x.org\n"))
	f.Add([]byte("email,vehicle_plate,vehicle_country,vehicle_name,vehicle_mac,vehicle_battery\na@x.org,B-EV 1,DE,Volt,00:7d:fa:01:2b:3c,\"77,5\"\na@x.org,G123BB,nl,,,\n"))
	f.Add([]byte("email;account;start_date;end_date;invite;reimbursement_rate\na@x.org;A / B;1.2.2027;31.12.9999;ja;0,25\n"))
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
				if v := l.Vehicle; v != nil {
					again := *v
					if err := again.Clean(); err != nil || again != *v {
						t.Fatalf("%+v is not clean: %v", v, err)
					}
				}
				if !l.From.IsZero() && !l.Until.IsZero() && !l.Until.After(l.From) {
					t.Fatalf("ends before it begins: %+v", l)
				}
				if l.Vehicle != nil && len(l.FillVehicle(&vehicle.Vehicle{})) == 0 {
					t.Fatalf("a vehicle that says nothing: %+v", l.Vehicle)
				}
				prior, _, _ := seen.Check(&l)
				if prior != nil && prior.Row >= seen.Rows()-1 {
					t.Fatalf("row %d adds to row %d", seen.Rows()-1, prior.Row)
				}
			}
		}
	})
}
