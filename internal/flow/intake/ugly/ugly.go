// Command ugly writes the ugly files that imports are tested with, into the
// folder named: go run ./internal/flow/intake/ugly testdata/import/ugly. What each
// must come to stands beside it, in a file of the same name that ends in .want,
// which the test writes anew with -update.
package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"involt/internal/kit/table/book"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "say where the files go")
		os.Exit(2)
	}
	for name, text := range files() {
		if err := os.WriteFile(filepath.Join(os.Args[1], name), text, 0o644); err != nil { //nolint:gosec // files of the repository
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func wide(text string, order binary.ByteOrder, mark bool) []byte {
	var b bytes.Buffer
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	for _, u := range units {
		var two [2]byte
		order.PutUint16(two[:], u)
		b.Write(two[:])
	}
	return b.Bytes()
}

// files are the ugly files by name.
func files() map[string][]byte {
	const german = "E-Mail;Vorname;Nachname;Kostenstelle\r\njürgen@x.example;Jürgen;Groß;Süd\r\nzoë@x.example;Zoë;Müller;Köln\r\nann@x.example;Ann;Weiß;Süd\r\n"
	ascii := strings.NewReplacer("jürgen@", "juergen@", "zoë@", "zoe@").Replace(german)
	columns := make([]string, 300)
	cells := make([]string, 300)
	for i := range columns {
		columns[i], cells[i] = fmt.Sprintf("extra %d", i), fmt.Sprint(i)
	}
	columns[299], cells[299] = "email", "last@x.example"
	f := map[string][]byte{
		"mixed-line-ends.csv":      []byte("email,first_name\na@x.example,A\r\nb@x.example,B\rc@x.example,C\n\n\r\n\rd@x.example,D"),
		"utf16-le.csv":             wide(ascii, binary.LittleEndian, true),
		"utf16-be-unmarked.csv":    wide(ascii, binary.BigEndian, false),
		"windows-1252.csv":         []byte(must(charmap.Windows1252.NewEncoder().String(ascii))),
		"quoted-newlines.csv":      []byte("email,first_name,info_1\n\"a@x.example\",\"A\",\"two\nlines\"\n\"b@x.example\",\"B \"\"the bee\"\"\",x\n\"c@x.example\",\"C\r\nC\",\n"),
		"bom-in-the-middle.csv":    []byte("\ufeffemail,first_name\na@x.example,A\n\ufeffb@x.example,B\n\ufeffemail,first_name\nc@x.example,\ufeffC\n"),
		"comma.csv":                []byte("email,info_1\na@x.example,\"1;2;3\"\nb@x.example,\"x\ty\"\n"),
		"semicolon.csv":            []byte("sep=;\nemail;info_1\na@x.example;1,2,3\nb@x.example;x|y\n"),
		"tab.csv":                  []byte("email\tinfo_1\na@x.example\t1,2;3\nb@x.example\t\n"),
		"duplicate-headers.csv":    []byte("email,E-Mail,card_uid,RFID,first_name\na@x.example,b@x.example,04A1B2C3,04A1B2C4,A\n"),
		"300-columns.csv":          []byte(strings.Join(columns, ",") + "\n" + strings.Join(cells, ",") + "\n"),
		"301-columns.csv":          []byte("email,first_name\na@x.example,A\n" + strings.Repeat("b,", 300) + "b\nc@x.example,C\n"),
		"nuls.csv":                 []byte("email,first_name\na@x.example,A\x00A\nb@x.example,B\n"),
		"dates.csv":                []byte("email,card_uid,card_valid_to\na@x.example,04A1B2C3,31.12.2029\nb@x.example,04A1B2C4,2029-12-31\nc@x.example,04A1B2C5,31/12/2029\nd@x.example,04A1B2C6,31 Dec 2029\ne@x.example,04A1B2C7,12/31/2029\n"),
		"unclosed-quote.csv":       []byte("email,first_name\n\"a@x.example,A\nb@x.example,B\n"),
		"cards-in-every-form.csv":  []byte("email,card\na@x.example,04:a1:b2:c3\nb@x.example,04-A1-B2-C4\nc@x.example,0x04A1B2C5\nd@x.example,04 A1 B2 C6\ne@x.example,77705927\nf@x.example,04A1B2C3D4E5F6\ng@x.example,C3B2A104\nh@x.example,4.12E+13\ni@x.example,04A1B2\n"),
		"addresses.csv":            []byte("email\nAnn@X.Example\n Bob@x.example \ncarl@gmial.com\n\"Dora <dora@x.example>\"\neve@x.example;eva@x.example\nfrank@x\nmailto:gina@x.example\n"),
		"formulas.csv":             []byte("email,first_name,info_1\na@x.example,=cmd|' /C calc'!A0,'+49 30\nb@x.example,@SUM(A1),-1\n"),
		"title-above.csv":          []byte("Staff of the harbour\nas of 2026-11-01,,\n\nE-Mail,Vorname,Nachname\na@x.example,A,B\n"),
		"everon.csv":               []byte("RFID;Contract ID\n04A1B2C3D4E5F6;NL-EVE-C00001-1\n04A1B2C3D4E5F7;\n"),
		"bare-addresses.txt":       []byte("a@x.example\nb@x.example\n\nc@x.example\n"),
		"bare-cards.txt":           []byte("04A1B2C3D4E5F6\n04A1B2C3D4E5F7\n04:A1:B2:C3:D4:E5:F6\n"),
		"nothing-known.csv":        []byte("eins;zwei\ndrei;vier\n"),
		"only-a-header.csv":        []byte("email,first_name\n"),
		"picture.csv":              []byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
		"old-excel.xls":            []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more"),
		"zip-of-something.xlsx":    zipped("readme.txt", "hello"),
		"broken-workbook.xlsx":     []byte("PK\x03\x04 and then nothing of the kind"),
		"bomb.xlsx":                bomb(),
		"workbook.xlsx":            workbook(),
		"workbook-text-cards.xlsx": textCards(),
	}
	return f
}

func zipped(name, text string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w := must(z.Create(name))
	must(w.Write([]byte(text)))
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// bomb is a workbook whose sheet claims to unpack to 256 MiB of spaces from a few
// hundred kilobytes.
func bomb() []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	must(must(z.Create("xl/workbook.xml")).Write([]byte("<workbook/>")))
	w := must(z.Create("xl/worksheets/sheet1.xml"))
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	for range 64 {
		must(w.Write(spaces))
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// workbook has dates that are shown in three ways, a formula, a number that is a
// card, an empty sheet before it and a hidden one.
func workbook() []byte {
	f := excelize.NewFile()
	defer f.Close()
	must(f.NewSheet("Leute"))
	must(f.NewSheet("Secret"))
	head := []any{"E-Mail", "Nachname", "Karte", "Gültig bis", "Info 1"}
	american, german := "mm/dd/yyyy", "dd.mm.yyyy"
	us, de, builtin := must(f.NewStyle(&excelize.Style{CustomNumFmt: &american})), must(f.NewStyle(&excelize.Style{CustomNumFmt: &german})), must(f.NewStyle(&excelize.Style{NumFmt: 14}))
	do := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	do(f.SetSheetRow("Leute", "A1", &head))
	for i, style := range []int{us, de, builtin} {
		n := i + 2
		do(f.SetSheetRow("Leute", fmt.Sprintf("A%d", n), &[]any{fmt.Sprintf("p%d@x.example", i), "Müller", 12345678 + i, 46095, nil})) // 2026-03-14
		do(f.SetCellStyle("Leute", fmt.Sprintf("D%d", n), fmt.Sprintf("D%d", n), style))
	}
	do(f.SetCellFormula("Leute", "E2", `"a"&"b"`))
	do(f.SetCellValue("Leute", "A9", "late@x.example"))
	do(f.SetCellValue("Secret", "A1", "email"))
	do(f.SetSheetVisible("Secret", false))
	return must(f.WriteToBuffer()).Bytes()
}

func textCards() []byte {
	var b bytes.Buffer
	if err := book.Write(&b, "Cards", [][]string{{"email", "card_uid"}, {"a@x.example", "0412345678"}, {"b@x.example", "04A1B2C3D4E5F6"}}); err != nil {
		panic(err)
	}
	return b.Bytes()
}
