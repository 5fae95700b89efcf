package admin

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/person"
	"involt/internal/core/vehicle"
	"involt/internal/kit/db"
	"involt/internal/kit/job"
	"involt/internal/kit/table/book"
	"involt/internal/testkit/dbtest"
	"involt/internal/testkit/page"
)

// upload sends a file to the import and expects a status.
func (k *desk) upload(name string, text []byte, status int) (*page.Page, string) {
	k.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		k.t.Fatal(err)
	}
	if _, err := part.Write(text); err != nil {
		k.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		k.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/w/north/users/import", &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	res, body := k.ask(r)
	if res.StatusCode != status {
		k.t.Fatalf("uploading %s: %d, want %d: %.300s", name, res.StatusCode, status, body)
	}
	return page.Parse(k.t, strings.NewReader(body)), strings.TrimPrefix(res.Header.Get("Location"), "/w/north")
}

// works lets the work on imports go on until nothing is left to do.
func (k *desk) works() {
	k.t.Helper()
	// Imports run with the permissions that their asker's roles give.
	k.update(func(tx *db.Tx) error {
		return person.GiveRole(tx, k.north.ID, k.admin.ID, access.Given{Role: "super-admin"})
	})
	pool := &job.Pool{DB: k.c.DB}
	k.c.Intake.Jobs(pool)
	if _, err := pool.RunDue(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
}

// sheet uploads a file that can be read, and returns the address of its preview.
func (k *desk) sheet(name string, text []byte) (to string) {
	k.t.Helper()
	_, to = k.upload(name, text, http.StatusSeeOther)
	k.works()
	return to
}

func TestAFileIsSeenBeforeItIsApplied(t *testing.T) {
	file, err := os.ReadFile("../../../testdata/import/people.csv")
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		to := k.sheet("people.csv", file)
		p := k.get(to, http.StatusOK)
		p.Find("heading", "Preview of people.csv")
		if !p.Has("Nothing has been written yet") || !p.Has("Add 40") || !p.Has("New user groups") {
			t.Errorf("the preview says %.500s", p.Text())
		}
		count := func() (n int64) {
			k.update(func(tx *db.Tx) error {
				all, err := person.Count(tx, k.north.ID)
				n = all[person.Imported]
				return err
			})
			return n
		}
		if n := count(); n != 0 {
			t.Errorf("the preview wrote %d users", n)
		}
		f := p.Form("Apply")
		for range 2 {
			k.post(strings.TrimPrefix(f.Action(), "/w/north"), nil, http.StatusSeeOther)
			k.works()
		}
		p = k.get(to, http.StatusOK)
		p.Find("heading", "Imported people.csv")
		if n := count(); n == 0 || !p.Has("Add 40") {
			t.Errorf("%d users were imported; the page says %.300s", n, p.Text())
		}
		to = k.sheet("people.csv", file)
		if p := k.get(to, http.StatusOK); !p.Has("There is nothing to apply") {
			t.Errorf("the same file once more: %.300s", p.Text())
		}
	})
}

func TestRefusedRowsComeBackWithTheirReasons(t *testing.T) {
	file, err := os.ReadFile("../../../testdata/import/broken.csv")
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		to := k.sheet("broken.csv", file)
		p := k.get(to, http.StatusOK)
		p.Find("link", "Download them with the reasons")
		for _, when := range []string{"before", "after"} {
			res, text := k.ask(httptest.NewRequest(http.MethodGet, "/w/north"+to+"/refused.csv", nil))
			if res.StatusCode != http.StatusOK || !strings.Contains(text, "reason") || strings.Count(text, "\n") < 2 {
				t.Errorf("%s applying: %d %s", when, res.StatusCode, text)
			}
			k.post(to, nil, http.StatusSeeOther)
			k.works()
		}
	})
}

func TestWhatIsNoSheetIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		if p := k.get(k.sheet("letter.pdf", []byte("%PDF-1.7")), http.StatusOK); !p.Has("This file cannot be read") || !p.Has("This is a PDF") {
			t.Errorf("says %s", p.Text())
		}
		p, _ := k.upload("empty.csv", nil, http.StatusUnprocessableEntity)
		p.Field("CSV file or Excel workbook").WantError("The file is empty")
		p, _ = k.post("/users/import", nil, http.StatusUnprocessableEntity)
		p.Field("CSV file or Excel workbook").WantError("Choose a file")
		res, text := k.ask(httptest.NewRequest(http.MethodGet, "/w/north/users/template.csv", nil))
		if res.StatusCode != http.StatusOK || !strings.Contains(text, "card_uid") {
			t.Errorf("the template: %d %s", res.StatusCode, text)
		}
	})
}

// The template for Excel comes back as nothing, and filled in as what was filled
// in.
func TestTheWorkbookTemplate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		res, text := k.ask(httptest.NewRequest(http.MethodGet, "/w/north/users/template.xlsx", nil))
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%d", res.StatusCode)
		}
		if p := k.get(k.sheet("template.xlsx", []byte(text)), http.StatusOK); !p.Has("There is nothing to apply") || !p.Has("2 rows of the template passed over") {
			t.Errorf("the template as it is: %.600s", p.Text())
		}
		var b bytes.Buffer
		if err := book.Write(&b, "Leute", [][]string{{"E-Mail", "Nachname", "Karte"}, {"ann@x.org", "Berg", "0412345678"}}); err != nil {
			t.Fatal(err)
		}
		if p := k.get(k.sheet("leute.xlsx", b.Bytes()), http.StatusOK); !p.Has("Add 1") || !p.Has("ann@x.org") {
			t.Errorf("a workbook: %.600s", p.Text())
		}
	})
}

// What is not recognised is said by hand, and remembered for the next file.
func TestColumnsAreSaidByHandAndRemembered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		file := []byte("Nummer;Bereich;Wer\n1001;Nord;Berg\n1002;West;Vos\n")
		to := k.sheet("odd.csv", file)
		p := k.get(to, http.StatusOK)
		p.Find("link", "Say what the columns mean")
		p = k.get(to+"/columns", http.StatusOK)
		if !p.Has("Holds: Nord, West") {
			t.Errorf("no examples: %.500s", p.Text())
		}
		p, _ = k.post(to+"/columns", url.Values{"column.0": {"-"}, "column.1": {"info_1"}, "column.2": {"last_name"}}, http.StatusUnprocessableEntity)
		if !p.Has("Say which column has the e-mail address, the external id or the card number") {
			t.Errorf("%.500s", p.Text())
		}
		p, _ = k.post(to+"/columns", url.Values{"column.0": {"info_1"}, "column.1": {"info_1"}}, http.StatusUnprocessableEntity)
		if !p.Has("Two columns of the file would mean Info 1") {
			t.Errorf("%.500s", p.Text())
		}
		k.post(to+"/columns", url.Values{"column.0": {"external_id"}, "column.1": {"info_1"}, "column.2": {"last_name"}}, http.StatusSeeOther)
		k.works()
		if p := k.get(to+"?show=refuse", http.StatusOK); !p.Has("Refused 2") || !p.Has("a new user needs an e-mail address or a card") {
			t.Errorf("read with the mapping: %.600s", p.Text())
		}
		if p := k.get(k.sheet("odd2.csv", file), http.StatusOK); !p.Has("Refused 2") || !p.Has("as somebody said before") {
			t.Errorf("the next file: %.600s", p.Text())
		}
		k.post(to+"/columns", url.Values{"forget": {"1"}}, http.StatusSeeOther)
		k.works()
		k.get(to, http.StatusOK).Find("link", "Say what the columns mean")
	})
}

func TestCardsOfImportedUsersKeepWorkingUntilADay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		to := k.sheet("cards.csv", []byte("email,card_uid\nann@x.org,04A1B2C3\n"))
		p, _ := k.post(to+"/options", url.Values{"cards_until": {"2001-01-01"}}, http.StatusUnprocessableEntity)
		p.Field("Cards keep working until").WantError("This day is over")
		k.post(to+"/options", url.Values{"cards_until": {"2099-12-31"}}, http.StatusSeeOther)
		k.works()
		k.post(to, nil, http.StatusSeeOther)
		k.works()
		k.update(func(tx *db.Tx) error {
			ann, err := person.ByEmail(tx, k.north.ID, "ann@x.org")
			if got := ann.CardsUntil.Format(time.DateOnly); got != "2099-12-31" || ann.Status != person.Imported {
				t.Errorf("%s, cards until %s", ann.Status, got)
			}
			return err
		})
	})
}

// An import is taken back from its page, or the page says what depends on it.
func TestUndoingAnImportFromItsPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		to := k.sheet("two.csv", []byte("email,first_name,card_uid\nann@x.org,Ann,04A1B2C3\nbob@x.org,Bob,04A1B2C4\n"))
		k.post(to, nil, http.StatusSeeOther)
		k.works()
		k.get(to, http.StatusOK).Find("button", "Undo the import")
		k.update(func(tx *db.Tx) error {
			ann, err := person.ByEmail(tx, k.north.ID, "ann@x.org")
			if err != nil {
				return err
			}
			_, err = vehicleOf(tx, ann)
			return err
		})
		k.post(to+"/undo", nil, http.StatusSeeOther)
		k.works()
		p := k.get(to, http.StatusOK)
		if !p.Has("something depends on 1 user, card or account of this import") || !p.Has("Ann has a vehicle since") {
			t.Fatalf("%.900s", p.Text())
		}
		k.post(to+"/undo", url.Values{"rest": {"1"}}, http.StatusSeeOther)
		k.works()
		if p := k.get(to, http.StatusOK); !p.Has("This import was undone") || !p.Has("1 user, card or account was taken back") {
			t.Errorf("%.900s", p.Text())
		}
		k.update(func(tx *db.Tx) error {
			left, err := person.ByEmails(tx, k.north.ID, []string{"ann@x.org", "bob@x.org"})
			if len(left) != 1 || left[0].FirstName != "Ann" {
				t.Errorf("left: %+v", left)
			}
			return err
		})
	})
}

// vehicleOf gives somebody a car.
func vehicleOf(tx *db.Tx, p person.Person) (vehicle.Vehicle, error) {
	v := vehicle.Vehicle{Workspace: p.Workspace, Person: p.ID, Plate: "B AB 123", Country: "DE"}
	return v, vehicle.Insert(tx, &v)
}

// Each field of a user says where it comes from, if it is not what they were
// made with.
func TestFieldsSayWhereTheyComeFrom(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		to := k.sheet("staff.csv", []byte("email,first_name,info_1\nann@x.org,Ana,Nord\n"))
		k.post(to, nil, http.StatusSeeOther)
		k.works()
		var ann person.Person
		k.update(func(tx *db.Tx) (err error) {
			ann, err = person.ByEmail(tx, k.north.ID, "ann@x.org")
			return err
		})
		p := k.get("/users/"+string(ann.ID), http.StatusOK)
		if !p.Has("From staff.csv, ") || p.Has("Changed by hand") {
			t.Errorf("%.900s", p.Text())
		}
		p.Find("link", "From staff.csv")
		ann.FirstName = "Ann"
		if _, err := k.c.People.Update(t.Context(), access.Actor{Workspace: k.north.ID, Person: k.admin.ID, Name: "person:" + string(k.admin.ID), Perms: access.All}, ann); err != nil {
			t.Fatal(err)
		}
		if p = k.get("/users/"+string(ann.ID), http.StatusOK); !p.Has("Changed by hand by Ann Admin, ") || !p.Has("where a field says nothing else") {
			t.Errorf("%.900s", p.Text())
		}
	})
}
