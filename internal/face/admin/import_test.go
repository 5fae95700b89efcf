package admin

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"involt/internal/core/person"
	"involt/internal/kit/db"
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

func TestAFileIsSeenBeforeItIsApplied(t *testing.T) {
	file, err := os.ReadFile("../../../testdata/import/people.csv")
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		_, to := k.upload("people.csv", file, http.StatusSeeOther)
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
		}
		p = k.get(to, http.StatusOK)
		p.Find("heading", "Imported people.csv")
		if n := count(); n == 0 || !p.Has("Add 40") {
			t.Errorf("%d users were imported; the page says %.300s", n, p.Text())
		}
		_, to = k.upload("people.csv", file, http.StatusSeeOther)
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
		_, to := k.upload("broken.csv", file, http.StatusSeeOther)
		p := k.get(to, http.StatusOK)
		p.Find("link", "Download them with the reasons")
		for _, when := range []string{"before", "after"} {
			res, text := k.ask(httptest.NewRequest(http.MethodGet, "/w/north"+to+"/refused.csv", nil))
			if res.StatusCode != http.StatusOK || !strings.Contains(text, "reason") || strings.Count(text, "\n") < 2 {
				t.Errorf("%s applying: %d %s", when, res.StatusCode, text)
			}
			k.post(to, nil, http.StatusSeeOther)
		}
	})
}

func TestWhatIsNoSheetIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		p, _ := k.upload("photo.png", []byte("\x89PNG\r\n\x1a\n\x00\x00"), http.StatusUnprocessableEntity)
		if p.Field("CSV file").Error() == "" {
			t.Errorf("says %s", p.Text())
		}
		p, _ = k.upload("big.csv", bytes.Repeat([]byte("x"), 21<<20), http.StatusUnprocessableEntity)
		p.Field("CSV file").WantError("larger than 20 MB")
		p, _ = k.post("/users/import", nil, http.StatusUnprocessableEntity)
		p.Field("CSV file").WantError("Choose a file")
		res, text := k.ask(httptest.NewRequest(http.MethodGet, "/w/north/users/template.csv", nil))
		if res.StatusCode != http.StatusOK || !strings.Contains(text, "card_uid") {
			t.Errorf("the template: %d %s", res.StatusCode, text)
		}
	})
}
