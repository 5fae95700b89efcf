package intake

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/person"
	"involt/internal/kit/table"
)

func TestEveryHeadingIsKnownInFiveLanguages(t *testing.T) {
	for text, want := range map[string]Column{
		"email": Email, "E-Mail": Email, "E-Mail-Adresse": Email, "E-mailadres": Email, "Adresse e-mail": Email, "Correo electrónico": Email,
		"First name": FirstName, "Vorname": FirstName, "Voornaam": FirstName, "Prénom": FirstName, "Nombre": FirstName,
		"Last name": LastName, "Nachname": LastName, "Achternaam": LastName, "Nom": LastName, "Apellidos": LastName,
		"Phone": Phone, "Telefon": Phone, "Telefoonnummer": Phone, "Téléphone": Phone, "Teléfono": Phone,
		"Language": Language, "Sprache": Language, "Taal": Language, "Langue": Language, "Idioma": Language,
		"External ID": ExternalID, "Personalnummer": ExternalID, "Personeelsnummer": ExternalID, "Matricule": ExternalID, "ID externo": ExternalID,
		"Status": Status, "Statut": Status, "Estado": Status, "user groups": Groups, "Benutzergruppe": Groups, "Groepen": Groups, "Groupes": Groups, "Grupo": Groups,
		"Role": Role, "Rolle": Role, "Rol": Role, "Rôle": Role, "Cost centre": CostCenter, "Kostenstelle": CostCenter, "Kostenplaats": CostCenter, "Centre de coût": CostCenter, "Centro de coste": CostCenter,
		"Info 1": Info1, "info_2": Info2, "Zusatzinfo 1": Info1,
		"card_uid": CardUID, "RFID": CardUID, "Kartennummer": CardUID, "Laadpas": CardUID, "Numéro de badge": CardUID, "Número de tarjeta": CardUID,
		"Visual number": CardPrinted, "Aufdruck": CardPrinted, "card kind": CardKind, "Kartentyp": CardKind,
		"Valid from": CardValidFrom, "Gültig ab": CardValidFrom, "Geldig vanaf": CardValidFrom,
		"Valid until": CardValidTo, "Gültig bis": CardValidTo, "GUELTIG BIS": CardValidTo, "Geldig tot": CardValidTo, "Válido hasta": CardValidTo,
		"IBAN": "iban", "Kennzeichen": "vehicle_plate", "account": "account", "shoe size": "", "": "",
	} {
		h, _ := recognise(table.Row{Cells: []string{text}})
		if got := h.list[0]; got.Column != want || got.Read != h.has(want) || (want == "") != (got.Column == "") {
			t.Errorf("%q is %+v, want %q", text, got, want)
		}
	}
	// No name may stand for two columns: the later would win without a word.
	owner := map[string]Column{}
	for _, h := range headings {
		for _, name := range strings.Fields(h.names) {
			if other, taken := owner[name]; taken {
				t.Errorf("%s is both %s and %s", name, other, h.column)
			}
			if owner[name] = h.column; headingKey(name) != name {
				t.Errorf("%s can never match", name)
			}
		}
	}
}

func TestColumnsThatAreNotReadAreSaid(t *testing.T) {
	all, h := lines(t, "E-Mail;e-mail;Shoe size;IBAN;;Vorname\nann@x.org;bob@x.org;42;DE02;x;Ann\n")
	want := []Heading{
		{"E-Mail", Email, true, ""},
		{"e-mail", "", false, "means email, as an earlier column does, and is not read"},
		{"Shoe size", "", false, "is not known and is not read"},
		{"IBAN", "iban", false, "is known, but not read by this version"},
		{"", "", false, "has no heading and is not read"},
		{"Vorname", FirstName, true, ""},
	}
	if !reflect.DeepEqual(h.list, want) {
		t.Errorf("%+v", h.list)
	}
	if len(all) != 1 || all[0].Email != "ann@x.org" || all[0].FirstName != "Ann" {
		t.Errorf("%+v", all)
	}
}

// lines reads a sheet as far as it goes without a database: what each row says,
// or why it is refused.
func lines(t *testing.T, text string) (all []*entry, h header) {
	t.Helper()
	sheet, err := table.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r := &run{seen: newSeen(), zone: time.UTC}
	if r.header, err = findHeader(sheet); err != nil {
		t.Fatal(err)
	}
	for {
		row, err := sheet.Next()
		if err != nil {
			return all, r.header
		}
		if e := r.read(row); e != nil {
			all = append(all, e)
		}
	}
}

func TestWhatARowSays(t *testing.T) {
	all, _ := lines(t, "Staff list 2026\n\n"+
		"E-Mail;Vorname;Nachname;Sprache;Status;Gruppen;Rolle;Karte;Kartenart;Gültig ab;Gültig bis;Info 1\n"+
		" Ann@Example.com;Ann;Example;Deutsch;enabled;\"Staff; Night  shift\";;04:a1:b2:c3;private;1.2.2026;28.2.2026;'=1+1\n"+
		"bob@example.com;Bob;;nl-BE;Deaktiviert;Staff, VIP;Fahrer;VID:aabbccddeeff;;;;\n")
	if len(all) != 2 {
		t.Fatalf("%d rows", len(all))
	}
	private := false
	want := []Line{
		{
			Number: 4, Email: "ann@example.com", FirstName: "Ann", LastName: "Example", Language: "de", Status: person.Active, Groups: []string{"Staff", "Night shift"}, Info1: "=1+1",
			Card: Card{
				UID: "04A1B2C3", Typed: "04:a1:b2:c3", Kind: "rfid", Business: &private,
				ValidFrom: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), ValidTo: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
			},
		},
		{
			Number: 5, Email: "bob@example.com", FirstName: "Bob", Language: "nl", Status: person.Deactivated, Groups: []string{"Staff", "VIP"},
			Card: Card{UID: "VID:AABBCCDDEEFF", Typed: "VID:aabbccddeeff", Kind: "mac"},
		},
	}
	for i, e := range all {
		e.cells = nil
		if !reflect.DeepEqual(e.Line, want[i]) || e.done {
			t.Errorf("row %d:\n got %+v\nwant %+v\n%+v", i, e.Line, want[i], e.outcome)
		}
	}
}

func TestRefusedRows(t *testing.T) {
	const head = "email,external_id,first_name,phone,status,language,role,groups,card_uid,card_kind,card_valid_from,card_valid_to,info_1\n"
	row := func(cells map[Column]string) string {
		var list []string
		for name := range strings.SplitSeq(strings.TrimSpace(head), ",") {
			list = append(list, `"`+cells[Column(name)]+`"`)
		}
		return strings.Join(list, ",") + "\n"
	}
	ann := map[Column]string{Email: "ann@example.com"}
	with := func(more map[Column]string) map[Column]string {
		m := maps.Clone(ann)
		maps.Copy(m, more)
		return m
	}
	for _, tc := range []struct {
		name   string
		rows   []map[Column]string
		column Column
		says   string
	}{
		{"nothing to go by", []map[Column]string{{FirstName: "Ann"}}, Email, "One of them is needed"},
		{"wrong e-mail", []map[Column]string{{Email: "Ann <ann@x.org>"}}, Email, "only the address"},
		{"wrong card", []map[Column]string{with(map[Column]string{CardUID: "04A1"})}, CardUID, "2 bytes"},
		{"wrong status", []map[Column]string{with(map[Column]string{Status: "asleep"})}, Status, "not a status"},
		{"wrong language", []map[Column]string{with(map[Column]string{Language: "klingon"})}, Language, "two letters"},
		{"wrong role", []map[Column]string{with(map[Column]string{Role: "wizard"})}, Role, "no role called"},
		{"wrong date", []map[Column]string{with(map[Column]string{CardUID: "04A1B2C3", CardValidTo: "30.2.2027"})}, CardValidTo, "not a date"},
		{"year out of hand", []map[Column]string{with(map[Column]string{CardUID: "04A1B2C3", CardValidFrom: "1.1.0027"})}, CardValidFrom, "year"},
		{"ends before it begins", []map[Column]string{with(map[Column]string{CardUID: "04A1B2C3", CardValidFrom: "2027-02-01", CardValidTo: "2027-01-01"})}, CardValidTo, "before it begins"},
		{"kind and number differ", []map[Column]string{with(map[Column]string{CardUID: "04A1B2C3", CardKind: "mac"})}, CardKind, "MAC"},
		{"kind unknown", []map[Column]string{with(map[Column]string{CardUID: "04A1B2C3", CardKind: "stone"})}, CardKind, "stone"},
		{"name too long", []map[Column]string{with(map[Column]string{FirstName: strings.Repeat("x", 201)})}, FirstName, "at most 200"},
		{"control character", []map[Column]string{with(map[Column]string{Info1: "a\x07b"})}, Info1, "cannot be shown"},
		{"group too long", []map[Column]string{with(map[Column]string{Groups: strings.Repeat("x", 101)})}, Groups, "100 characters"},
		{"same person twice", []map[Column]string{ann, ann}, Email, "Line 2 has this user already"},
		{"same card twice", []map[Column]string{with(map[Column]string{CardUID: "04A1B2C3"}), {Email: "bob@x.org", CardUID: "04:a1:b2:c3"}}, CardUID, "Line 2 has this card already"},
		{"same id, other address", []map[Column]string{with(map[Column]string{ExternalID: "7"}), {Email: "bob@x.org", ExternalID: "7", CardUID: "04A1B2C3"}}, Email, "says something else"},
		{"id of a third", []map[Column]string{with(map[Column]string{ExternalID: "7"}), {Email: "bob@x.org", ExternalID: "8"}, {Email: "bob@x.org", ExternalID: "7", CardUID: "04A1B2C3"}}, ExternalID, "Line 2"},
		{"says something else", []map[Column]string{with(map[Column]string{FirstName: "Ann"}), with(map[Column]string{FirstName: "Eve", CardUID: "04A1B2C3"})}, FirstName, "Line 2 says something else"},
	} {
		text := head
		for _, r := range tc.rows {
			text += row(r)
		}
		all, _ := lines(t, text)
		for i, e := range all {
			last := i == len(all)-1
			if e.done != last || last && (e.outcome.Kind != Refuse || e.outcome.Column != tc.column || !strings.Contains(e.outcome.Reason, tc.says) || e.outcome.Line != len(tc.rows)+1) {
				t.Errorf("%s: row %d: %+v", tc.name, i, e.outcome)
			}
		}
	}
	// What is no reason to refuse a row is a warning.
	all, _ := lines(t, head+row(map[Column]string{Email: "ann@gmial.com", Status: "invited", CardUID: "12345678"})+
		row(map[Column]string{Email: "bob@x.org", CardUID: "78563412"})+row(map[Column]string{Email: "eve@x.org", CardKind: "rfid"}))
	var got []string
	for _, e := range all {
		for _, w := range e.warnings {
			got = append(got, fmt.Sprintf("%d %s %s", w.Line, w.Column, w.Text))
		}
	}
	for i, says := range []string{"2 email Did you mean ann@gmial.com"[:22], "2 status Nobody becomes Invited", "2 card_uid 12345678 is read as hex", "3 card_uid 78563412 is read as hex", "3 card_uid Line 2 has the same card, reversed", "4 card_kind There is no card number"} {
		if i >= len(got) || !strings.HasPrefix(got[i], says) {
			t.Errorf("warnings: %q, want %q", got, says)
		}
	}
}

func TestALaterRowAddsACard(t *testing.T) {
	all, _ := lines(t, "email,external_id,first_name,card_uid\nann@x.org,7,Ann,04A1B2C3\nann@x.org,,,04A1B2C4\n,7,Ann,04A1B2C5\n")
	for i, e := range all {
		if e.done || (e.prior != nil) != (i > 0) {
			t.Errorf("row %d: %+v", i, e)
		}
	}
}

func TestDates(t *testing.T) {
	for text, want := range map[string]string{
		"2027-12-31": "2027-12-31", "31.12.2027": "2027-12-31", "1.2.2027": "2027-02-01", "31/12/2027": "2027-12-31", "01-02-2027": "2027-02-01",
		"2027/12/31": "2027-12-31", "31 Dec 2027": "2027-12-31", "20271231": "2027-12-31", "2027-12-31T00:00:00Z": "2027-12-31", "2027-12-31 00:00:00": "2027-12-31",
		"12/31/2027": "", "31.2.2027": "", "tomorrow": "", "": "", "2027-12-31 13:45": "", "45000": "",
	} {
		got, err := parseDate(text, time.UTC)
		if (err == nil) != (want != "") || err == nil && got.Format(time.DateOnly) != want {
			t.Errorf("parseDate(%q) = %v, %v; want %q", text, got, err, want)
		}
	}
}

func TestDialectsSayTheSame(t *testing.T) {
	var want []Line
	for _, name := range []string{"comma-utf8-bom", "pipe-utf8-cr", "semicolon-windows1252", "tab-utf16be", "tab-utf16le-bom"} {
		text, err := os.ReadFile("../../../testdata/import/dialect-" + name + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		all, _ := lines(t, string(text))
		var got []Line
		for _, e := range all {
			if e.done {
				t.Errorf("%s: %+v", name, e.outcome)
			}
			e.cells = nil
			got = append(got, e.Line)
		}
		if want == nil {
			want = got
		}
		if len(got) != 8 || got[0].LastName != "Groß" || got[0].Card.ValidTo.Format(time.DateOnly) != "2029-01-01" || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestTemplateComesBackAsNothing(t *testing.T) {
	var b strings.Builder
	if err := Template(&b); err != nil {
		t.Fatal(err)
	}
	all, h := lines(t, b.String())
	if len(all) != 0 {
		t.Errorf("%d rows of the template would be imported", len(all))
	}
	for _, heading := range h.list {
		if !heading.Read {
			t.Errorf("the template has a column that is not read: %+v", heading)
		}
	}
	// The examples are right but for the mark on them.
	all, _ = lines(t, strings.ReplaceAll(b.String(), exampleID, "X-"))
	if len(all) != 2 || all[0].done || all[1].done {
		t.Errorf("the template's examples would be refused: %+v", all)
	}
}

func TestNewPeopleAreImported(t *testing.T) {
	for _, tc := range []struct {
		l    Line
		want person.Status
	}{
		{Line{Email: "a@x.org"}, person.Imported},
		{Line{Email: "a@x.org", Status: person.Active}, person.Active},
		{Line{Email: "a@x.org", Status: person.Deactivated}, person.Deactivated},
		{Line{}, person.Active},
		{Line{Status: person.Deactivated}, person.Deactivated},
	} {
		if got := tc.l.firstStatus(); got != tc.want {
			t.Errorf("%+v: %s, want %s", tc.l, got, tc.want)
		}
	}
}

func TestRolesAndLanguages(t *testing.T) {
	for _, r := range access.Roles {
		for _, text := range []string{r.Key, r.Label, strings.ToUpper(r.Label)} {
			if got, err := parseRoles(text); err != nil || !slices.Equal(got, []string{r.Key}) {
				t.Errorf("parseRoles(%q) = %q, %v", text, got, err)
			}
		}
	}
	for text, want := range map[string]string{"de": "de", "DE": "de", "de-AT": "de", "pt_BR": "pt", "Français": "fr", "español": "es", "x": "", "d3": "", "de-something": ""} {
		if got, err := parseLanguage(text); got != want || (err == nil) != (want != "") {
			t.Errorf("parseLanguage(%q) = %q, %v", text, got, err)
		}
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("email,card_uid\na@x.org,04A1B2C3\n"))
	f.Add([]byte("E-Mail;Karte;Gültig bis\n\"a@x.org\";1,5;31.12.2027\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		sheet, err := table.NewReader(strings.NewReader(string(in)))
		if err != nil {
			return
		}
		r := &run{seen: newSeen(), zone: time.UTC}
		if r.header, err = findHeader(sheet); err != nil {
			return
		}
		for {
			row, err := sheet.Next()
			if err != nil {
				return
			}
			if e := r.read(row); e != nil && e.done != (e.outcome.Kind == Refuse && e.outcome.Reason != "") {
				t.Fatalf("%+v", e)
			}
		}
	})
}
