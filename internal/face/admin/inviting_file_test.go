package admin

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"involt/internal/core/access"
	"involt/internal/core/person"
	"involt/internal/face/admin/inviting"
	"involt/internal/flow/intake/brief"
	"involt/internal/flow/onboard"
	"involt/internal/kit/db"
	"involt/internal/kit/table/book"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/page"
)

// file sends the form of the step w stands at, with a file, as a browser does: in the
// order of the page, and so with the file behind the rows.
func (w *wizard) file(name string, text []byte, status int, pairs ...string) (*page.Page, string) {
	w.t.Helper()
	values, to := w.with("Fill the rows from the file", pairs...)
	var b bytes.Buffer
	out := multipart.NewWriter(&b)
	for field, all := range values {
		for _, v := range all {
			if err := out.WriteField(field, v); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	part, err := out.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(text)
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/w/north"+to, &b)
	r.Header.Set("Content-Type", out.FormDataContentType())
	res, body := w.ask(r)
	if res.StatusCode != status {
		w.t.Fatalf("%s: %d, want %d: %.400s", name, res.StatusCode, status, body)
	}
	return page.Parse(w.t, strings.NewReader(body)), strings.TrimPrefix(res.Header.Get("Location"), "/w/north")
}

func TestAFileFillsTheRowsOfTheWizard(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		w := k.wizard()
		before := k.count("person")
		sheet := "E-Mail;Fahrer;RFID-Karte;Kostenstelle\nann@x.example;Ann Ampere;04:A1:B2:C3;4711\n;Pool car 7;04B20001;\nben@x.example;;;;surplus\n"
		p, _ := w.file("drivers.csv", []byte(sheet), http.StatusOK, "people.0.email", "typed@x.example")
		for field, want := range map[string]string{
			"E-mail": "typed@x.example", "E-mail of user 2": "ann@x.example", "Name of user 2 (optional)": "Ann Ampere", "RFID number of user 2 (optional)": "04:A1:B2:C3",
			"E-mail of user 3": "", "Name of user 3 (optional)": "Pool car 7", "RFID number of user 3 (optional)": "04B20001",
		} {
			if got := p.Field(field).Value(); got != want {
				t.Errorf("%s is %q, want %q", field, got, want)
			}
		}
		for _, say := range []string{"2 people from drivers.csv", "Passed over: Kostenstelle.", "Left out: line 4.", "more cells than there are headings"} {
			if !p.Has(say) {
				t.Errorf("does not say %q: %s", say, p.Text())
			}
		}
		if k.count("person") != before || k.count("invite_draft") != 0 {
			t.Error("filling rows made something")
		}
		// They go on like rows that were typed.
		v := p.Form("Continue").Values()
		if _, w.at = k.post("/users/invite", v, http.StatusSeeOther); w.step() != "role" {
			t.Fatalf("leads to %s", w.at)
		}
		base := strings.TrimSuffix(w.at, "role")
		// Further ones from a workbook, into the draft.
		var b bytes.Buffer
		if err := book.Write(&b, "People", [][]string{{"email", "rfid"}, {"cleo@x.example", "04C3"}}); err != nil {
			t.Fatal(err)
		}
		w.at = base + "people"
		p, _ = w.file("more.xlsx", b.Bytes(), http.StatusUnprocessableEntity)
		if p.Field("E-mail of user 4").Value() != "cleo@x.example" || p.Field("RFID number of user 4 (optional)").Error() == "" || !p.Has("1 person from more.xlsx") {
			t.Errorf("the workbook: %s", p.Text())
		}
	})
}

func TestRowsOfAFileAreCheckedAsTypedOnes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		people := k.people(k.north.ID, person.Active, 1)
		k.card(people[0], "04A1B2C3")
		k.card(people[0], "04DDEEFF")
		w := k.wizard()
		sheet := fmt.Sprintf("email,rfid\n%s,\nann@gmial.com,FFEEDD04\nann@gmial.com,04A1B2C3\nnonsense,\n", k.admin.Email)
		p, _ := w.file("mixed.csv", []byte(sheet), http.StatusUnprocessableEntity)
		p.Field("E-mail").WantError("is here already")
		p.Field("E-mail of user 3").WantError("is in row 2 already")
		p.Field("RFID number of user 3 (optional)").WantError("belongs to somebody already")
		p.Field("E-mail of user 4").WantError("is not an e-mail address")
		for _, say := range []string{"Did you mean ann@gmail.com?", "with its bytes reversed", "4 people from mixed.csv"} {
			if !p.Has(say) {
				t.Errorf("does not say %q: %s", say, p.Text())
			}
		}
		// Only odd ones: they were shown, so whoever continues means them.
		w = k.wizard()
		p, _ = w.file("odd.csv", []byte("ann@gmial.com\nben@x.example\n"), http.StatusOK)
		if !p.Has("Did you mean ann@gmail.com?") {
			t.Errorf("says %s", p.Text())
		}
		if _, at := k.post("/users/invite", p.Form("Continue").Values(), http.StatusSeeOther); !strings.HasSuffix(at, "/role") {
			t.Errorf("leads to %s", at)
		}
	})
}

func TestAFileThatDoesNotFitLosesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		w := k.wizard()
		list := func(n int) []byte {
			var b strings.Builder
			b.WriteString("email\n")
			for i := range n {
				fmt.Fprintf(&b, "p%d@x.example\n", i)
			}
			return []byte(b.String())
		}
		for name, c := range map[string]struct {
			text []byte
			say  string
		}{
			"many.csv":   {list(onboard.MaxInvitees + 1), "many.csv has more than 500 people, and one form takes no more. Import it instead"},
			"full.csv":   {list(onboard.MaxInvitees), "With those in the rows there would be 502"},
			"huge.csv":   {bytes.Repeat([]byte("x"), brief.MostBytes+1), "huge.csv is too large for this form. Import it instead"},
			"colour.csv": {[]byte("colour,size\nred,4\n"), "Nothing tells which column has the e-mail addresses"},
			"empty.csv":  {nil, "empty.csv: The file is empty"},
			"heads.csv":  {[]byte("email,name\n"), "heads.csv has nobody in it"},
			"moved.csv":  {[]byte("email,name\na@x.example,A,B\n"), "Line 2: The row has more cells"},
			`C:\x\a.pdf`: {[]byte("%PDF-1.7"), "a.pdf: "},
		} {
			p, _ := w.file(name, c.text, http.StatusUnprocessableEntity, "people.0.email", "typed@x.example", "people.1.card", "04A1B2C3", "people.1.name", "Pool car")
			if p.Field("CSV file or Excel workbook (optional)").Error() == "" || !p.Has(c.say) {
				t.Errorf("%s: %.600s", name, p.Text())
			}
			if p.Field("E-mail").Value() != "typed@x.example" || p.Field("Name of user 2 (optional)").Value() != "Pool car" || p.Field("RFID number of user 2 (optional)").Value() != "04A1B2C3" {
				t.Errorf("%s: what was typed is lost", name)
			}
		}
		// The very most of them.
		p, _ := w.file("most.csv", list(onboard.MaxInvitees), http.StatusOK)
		if p.Field("E-mail of user 500").Value() != "p499@x.example" {
			t.Error("500 people do not fit")
		}
		v, to := w.with("Fill the rows from the file", "do", "file")
		p, _ = k.post(to, v, http.StatusUnprocessableEntity)
		p.Field("CSV file or Excel workbook (optional)").WantError("Choose a file first")
		// A list that is too long stays in its field.
		v, to = w.with("Continue", "people.0.email", "typed@x.example", "paste", strings.Repeat("x@x.example\n", onboard.MaxInvitees), "do", "paste")
		p, _ = k.post(to, v, http.StatusUnprocessableEntity)
		if f := p.Field("List (optional)"); f.Error() == "" || strings.Count(f.Value(), "@") != onboard.MaxInvitees || p.Field("E-mail").Value() != "typed@x.example" {
			t.Errorf("a list that is too long: %.300s", p.Text())
		}
		// Whoever may not import is not told to.
		k.perms = access.PeopleWrite
		p, _ = w.file("many.csv", list(onboard.MaxInvitees+1), http.StatusUnprocessableEntity)
		if p.Has("Import it") || !p.Has("Take a part of them") {
			t.Errorf("says %.500s", p.Text())
		}
	})
}

// The routes that take files are routes of the console, and may be long in the
// server.
func TestLongFormsAreRoutesOfTheWizard(t *testing.T) {
	all := map[string]bool{}
	for _, r := range new(inviting.Pages).Routes() {
		all[strings.Replace(r.Pattern, "POST ", "POST /w/{slug}", 1)] = true
	}
	for route, most := range LongForms() {
		path := strings.Replace(route, "/people", "/{step}", 1)
		if !all[route] && !all[path] || most < brief.MostBytes*2 {
			t.Errorf("%s, %d bytes", route, most)
		}
	}
}
