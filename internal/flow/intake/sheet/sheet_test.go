package sheet

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/imports"
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
		if got := h.List[0]; Column(got.Column) != want || got.Read != h.Has(want) || (want == "") != (got.Column == "") {
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
	want := []imports.Heading{
		{Text: "E-Mail", Column: "email", Read: true, Sample: []string{"ann@x.org"}},
		{Text: "e-mail", Note: "means email, as an earlier column does, and is not read", Sample: []string{"bob@x.org"}},
		{Text: "Shoe size", Note: "is not known and is not read", Sample: []string{"42"}},
		{Text: "IBAN", Column: "iban", Note: "is known, but not read by this version", Sample: []string{"DE02"}},
		{Note: "has no heading and is not read", Sample: []string{"x"}},
		{Text: "Vorname", Column: "first_name", Read: true, Sample: []string{"Ann"}},
	}
	if !reflect.DeepEqual(h.List, want) {
		t.Errorf("%+v", h.List)
	}
	if len(all) != 1 || all[0].Email != "ann@x.org" || all[0].FirstName != "Ann" {
		t.Errorf("%+v", all)
	}
}

// lines reads a sheet: what each row says that is not refused.
func lines(t *testing.T, text string) (all []Line, h Header) {
	t.Helper()
	src, err := table.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	h, rows, err := Find(src, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ {
		var row table.Row
		if i < len(rows) {
			row = rows[i].Row
		} else if row, err = src.Next(); err != nil {
			return all, h
		}
		l, _, refused, example := h.Parse(row, time.UTC)
		if refused == nil && !example {
			l.Cells = nil
			all = append(all, l)
		}
	}
}

// Exports of other systems are known by their headings, where these mean something else there.
func TestOthersFormats(t *testing.T) {
	for _, tc := range []struct{ text, format, says string }{
		{"RFID;Contract ID\n04A1B2C3D4E5F6;DE-EVE-C00001-X\n", "Everon", "04A1B2C3D4E5F6|DE-EVE-C00001-X||||"},
		{"email,firstName,name,siteIDs\nann@x.org,Ann,Example,5f1\n", "Open e-Mobility users", "||ann@x.org|Ann|Example|"},
		{"id,visualID,description,firstName,name,email,siteIDs\n04A1B2C3,TAG-1,Blue one,Ann,Example,ann@x.org,5f1\n", "Open e-Mobility tags", "04A1B2C3|TAG-1|ann@x.org|Ann|Example|"},
		{"auth_id,visual_number,companyID,contract_id,issuer\n04A1B2C3,V-1,ACME,C-1,SAP\n", "SAP E-Mobility", "04A1B2C3|V-1||||"},
		{"ann@x.org\nbob@x.org\n", "", "||ann@x.org|||"},
		{"04A1B2C3\n04A1B2C4\n", "", "04A1B2C3|||||"},
		{"ann@x.org;04A1B2C3\nbob@x.org;04A1B2C4\n", "", "04A1B2C3||ann@x.org|||"},
		{"Mitarbeiter;Adresse;Chip\nBerg, Ann;ann@x.org;04A1B2C3\n", "", "04A1B2C3||ann@x.org|||"},
		{"Name,E-Mail\n\"Berg, Ann\",ann@x.org\n", "", "||ann@x.org|Ann|Berg|"},
		{"Name,E-Mail\nAnn Marie Berg,ann@x.org\n", "", "||ann@x.org|Ann Marie|Berg|"},
	} {
		all, h := lines(t, tc.text)
		if len(all) == 0 {
			t.Errorf("%q: nothing is read: %+v", tc.text, h.List)
			continue
		}
		l := all[0]
		if got := strings.Join([]string{l.Card.UID, l.Card.Printed, l.Email, l.FirstName, l.LastName, ""}, "|"); got != tc.says || h.Format != tc.format {
			t.Errorf("%q is of %q and says %s, want %q and %s", tc.text, h.Format, got, tc.format, tc.says)
		}
	}
}

// What somebody said that columns mean wins over their headings, and files with
// the same headings have the same shape.
func TestMappings(t *testing.T) {
	const text = "Kontakt;Chipnr;Bereich\nann@x.org;zzz;Nord\n"
	src := func(text string) Source {
		r, err := table.NewReader(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	h, _, err := Find(src(text), nil, false)
	if err != nil || !h.Has(Email) || h.List[0].Note != "by what it holds" || h.Has(CardUID) {
		t.Fatalf("%+v, %v", h.List, err)
	}
	h, rows, err := Find(src(text), []string{"external_id", "", "info_1"}, false)
	if err != nil || h.Has(Email) || !h.Has(ExternalID) || len(rows) != 1 || !slices.Equal(h.Mapping(), []string{"external_id", "", "info_1"}) {
		t.Errorf("%+v, %v", h.List, err)
	}
	if l, _, refused, _ := h.Parse(rows[0].Row, time.UTC); refused != nil || l.ExternalID != "ann@x.org" || l.Info1 != "Nord" {
		t.Errorf("%+v %+v", l, refused)
	}
	same, _, _ := Find(src("KONTAKT,chip-nr,Bereich\nbob@x.org,1,2\n"), nil, false)
	other, _, _ := Find(src("Kontakt;Bereich\nbob@x.org;2\n"), nil, false)
	if h.Shape() != same.Shape() || h.Shape() == other.Shape() {
		t.Errorf("shapes %s, %s, %s", h.Shape(), same.Shape(), other.Shape())
	}
	if back := Stored(imports.Sheet{HeaderLine: h.Line, Headings: h.List}); !slices.Equal(back.Mapping(), h.Mapping()) || back.Width() != 3 {
		t.Errorf("stored: %+v", back)
	}
	if h, _, err := Find(src("eins;zwei\ndrei;vier\n"), nil, false); err != nil || h.Readable() {
		t.Errorf("%+v, %v", h, err)
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
		e.Cells = nil
		if !reflect.DeepEqual(e, want[i]) {
			t.Errorf("row %d:\n got %+v\nwant %+v", i, e, want[i])
		}
	}
}

func TestDates(t *testing.T) {
	for text, want := range map[string]string{
		"2027-12-31": "2027-12-31", "31.12.2027": "2027-12-31", "1.2.2027": "2027-02-01", "31/12/2027": "2027-12-31", "01-02-2027": "2027-02-01",
		"2027/12/31": "2027-12-31", "31 Dec 2027": "2027-12-31", "20271231": "2027-12-31", "2027-12-31T00:00:00Z": "2027-12-31", "2027-12-31 00:00:00": "2027-12-31",
		"12/31/2027": "", "31.2.2027": "", "tomorrow": "", "": "", "2027-12-31 13:45": "", "45000": "",
	} {
		got, err := ParseDate(text, time.UTC)
		if (err == nil) != (want != "") || err == nil && got.Format(time.DateOnly) != want {
			t.Errorf("ParseDate(%q) = %v, %v; want %q", text, got, err, want)
		}
	}
}

func TestDialectsSayTheSame(t *testing.T) {
	var want []Line
	for _, name := range []string{"comma-utf8-bom", "pipe-utf8-cr", "semicolon-windows1252", "tab-utf16be", "tab-utf16le-bom"} {
		text, err := os.ReadFile("../../../../testdata/import/dialect-" + name + ".csv")
		if err != nil {
			t.Fatal(err)
		}
		all, _ := lines(t, string(text))
		var got []Line
		for _, e := range all {
			e.Cells = nil
			got = append(got, e)
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
	out := table.NewWriter(&b, ',', true)
	for _, row := range Template() {
		out.Write(row...)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	all, h := lines(t, b.String())
	if len(all) != 0 {
		t.Errorf("%d rows of the template would be imported", len(all))
	}
	for _, heading := range h.List {
		if !heading.Read {
			t.Errorf("the template has a column that is not read: %+v", heading)
		}
	}
	// The examples are right but for the mark on them.
	all, _ = lines(t, strings.ReplaceAll(b.String(), exampleID, "X-"))
	if len(all) != 2 {
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
		if got := tc.l.FirstStatus(); got != tc.want {
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
