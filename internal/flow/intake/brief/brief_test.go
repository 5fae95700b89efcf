package brief

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"involt/internal/flow/intake/sheet"
	"involt/internal/kit/errs"
	"involt/internal/kit/table"
	"involt/internal/kit/table/book"
)

func TestAShortFileGivesRows(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		rows    []Row
		ignored []string
		skipped []int
	}{
		"ours": {
			text: "email,first_name,last_name,card_uid\nann@x.example,Ann,Ampere,04A1B2C3\n,Pool car,7,04DDEEFF\n",
			rows: []Row{{2, "ann@x.example", "Ann", "Ampere", "04A1B2C3"}, {3, "", "Pool car", "7", "04DDEEFF"}},
		},
		"German, semicolons, a whole name, other columns": {
			text:    "Kostenstelle;E-Mail-Adresse;Fahrer;RFID-Karte;Hobby;Telefon\n4711;ann@x.example;Ampère, Ann;04:A1:B2:C3;Segeln;\n;ben@x.example;Ben van den Berg;;;\n",
			rows:    []Row{{2, "ann@x.example", "Ann", "Ampère", "04:A1:B2:C3"}, {3, "ben@x.example", "Ben van den", "Berg", ""}},
			ignored: []string{"Kostenstelle", "Hobby"}, // nothing stands in the column of phones
		},
		"a bare list":            {text: "ann@x.example\r\nben@x.example\r\n", rows: []Row{{Line: 1, Email: "ann@x.example"}, {Line: 2, Email: "ben@x.example"}}},
		"addresses and cards":    {text: "ann@x.example,04A1B2C3\nben@x.example,04A1B2C4\n", rows: []Row{{Line: 1, Email: "ann@x.example", Card: "04A1B2C3"}, {Line: 2, Email: "ben@x.example", Card: "04A1B2C4"}}},
		"Everon's cards":         {text: "RFID;Contract ID\n04A1B2C3;NL-1\n", rows: []Row{{Line: 2, Card: "04A1B2C3"}}, ignored: []string{"Contract ID"}},
		"what is wrong stays so": {text: "email,rfid\nann at x,zz\n", rows: []Row{{Line: 2, Email: "ann at x", Card: "zz"}}},
		"lines that say nothing": {
			text:    "email,name,phone\nann@x.example,Ann,1\n,,2\nben@x.example,Ben,3,4\n",
			rows:    []Row{{Line: 2, Email: "ann@x.example", LastName: "Ann"}},
			ignored: []string{"phone"}, skipped: []int{3, 4},
		},
		"our exports' guard": {text: "email,name\nann@x.example,'=Ann\n", rows: []Row{{Line: 2, Email: "ann@x.example", LastName: "=Ann"}}},
	} {
		f, err := Read([]byte(c.text), 10)
		var skipped []int
		for _, s := range f.Skipped {
			skipped = append(skipped, s.Line)
		}
		if err != nil || !slices.Equal(f.Rows, c.rows) || !slices.Equal(f.Ignored, c.ignored) || !slices.Equal(skipped, c.skipped) || f.More {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}

func TestTheTemplateItselfNamesNobody(t *testing.T) {
	var text, workbook bytes.Buffer
	out := table.NewWriter(&text, ',', true)
	for _, row := range sheet.Template() {
		out.Write(row...)
	}
	if err := errs.Or(out.Flush(), book.Write(&workbook, "Users", sheet.Template())); err != nil {
		t.Fatal(err)
	}
	for _, file := range [][]byte{text.Bytes(), workbook.Bytes()} {
		if f, err := Read(file, 10); err != nil || len(f.Rows)+len(f.Ignored)+len(f.Skipped) != 0 {
			t.Errorf("%+v, %v", f, err)
		}
	}
}

func TestAWorkbookGivesTheSame(t *testing.T) {
	var b bytes.Buffer
	if err := book.Write(&b, "Drivers", [][]string{{"Our drivers"}, {"E-mail", "Name", "RFID number", "Phone"}, {"ann@x.example", "Ann Ampere", "04A1B2C3", "1"}}); err != nil {
		t.Fatal(err)
	}
	f, err := Read(b.Bytes(), 10)
	if err != nil || len(f.Rows) != 1 || f.Rows[0] != (Row{3, "ann@x.example", "Ann", "Ampere", "04A1B2C3"}) || !slices.Equal(f.Ignored, []string{"Phone"}) {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestALongFileSaysSo(t *testing.T) {
	var b strings.Builder
	b.WriteString("email\n")
	for i := range 30 {
		fmt.Fprintf(&b, "p%d@x.example\n", i)
	}
	for most, more := range map[int]bool{29: true, 30: false} {
		if f, err := Read([]byte(b.String()), most); err != nil || f.More != more || len(f.Rows) != most {
			t.Errorf("at most %d: %d rows, more: %v, %v", most, len(f.Rows), f.More, err)
		}
	}
	junk := "email,name\n" + strings.Repeat("a,b,c\n", 1000)
	if f, err := Read([]byte(junk), 10); err != nil || len(f.Skipped) > 11 {
		t.Errorf("%d lines are told of, %v", len(f.Skipped), err)
	}
}

func TestWhatIsNoListSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct{ text, say string }{
		"empty":           {"", "empty"},
		"no address":      {"colour,size\nred,4\n", "Head it “E-mail”"},
		"ids alone":       {"employee_id,phone\n17,1\n", "Head it “E-mail”"},
		"a PDF":           {"%PDF-1.7 ...", "PDF"},
		"a broken book":   {"PK\x03\x04 nothing", "Save the sheet as CSV"},
		"pictures":        {"\x00\x01\x02\x03\x00\x00\xff\xfe\x00", ""},
		"an old workbook": {"\xd0\xcf\x11\xe0 ....", "Excel"},
	} {
		_, err := Read([]byte(c.text), 10)
		if errs.KindOf(err) != errs.Invalid || !strings.Contains(errs.Text(err), c.say) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"email,name\na@b.example,A\n", "RFID;Contract ID\n04A1B2C3;x", "a@b.example\n", "\xff\xfee\x00", "PK\x03\x04", "email,\"a\nb\"\n\"x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.HasPrefix(text, []byte("PK")) {
			return // workbooks have a target of their own
		}
		file, err := Read(text, 5)
		if err != nil && errs.KindOf(err) != errs.Invalid || len(file.Rows) > 5 || len(file.Skipped) > 6 {
			t.Fatalf("%d rows, %d skipped, %v", len(file.Rows), len(file.Skipped), err)
		}
	})
}
