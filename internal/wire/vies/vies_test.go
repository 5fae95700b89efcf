package vies

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestAnswersAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		want   Answer
		fails  string
	}{
		"valid, named":        {200, `{"isValid":true,"requestDate":"2026-11-27T10:00:00.000Z","userError":"VALID","name":"VOLTWERK  SA\nBRUXELLES","address":"RUE 1","requestIdentifier":"","vatNumber":"0428759497"}`, Answer{true, "VOLTWERK SA BRUXELLES"}, ""},
		"valid, not named":    {200, `{"isValid":true,"userError":"VALID","name":"---","address":"---"}`, Answer{true, ""}, ""},
		"not registered":      {200, `{"isValid":false,"userError":"INVALID","name":"---"}`, Answer{}, ""},
		"of a wrong form":     {400, `{"actionSucceed":false,"errorWrappers":[{"error":"INVALID_INPUT"}]}`, Answer{}, ""},
		"state away":          {200, `{"isValid":false,"userError":"MS_UNAVAILABLE"}`, Answer{}, "MS_UNAVAILABLE"},
		"asked too much":      {200, `{"actionSucceed":false,"errorWrappers":[{"error":"MS_MAX_CONCURRENT_REQ"}]}`, Answer{}, "MS_MAX_CONCURRENT_REQ"},
		"invalid, no word":    {200, `{"isValid":false}`, Answer{}, "status 200"},
		"valid by mistake":    {500, `{"isValid":true}`, Answer{}, "status 500"},
		"a page":              {503, `<html>maintenance</html>`, Answer{}, "no JSON"},
		"nothing":             {200, ``, Answer{}, "no JSON"},
		"empty":               {200, `{}`, Answer{}, "status 200"},
		"longer than is read": {200, `{"isValid":true,"name":"` + strings.Repeat("x", longest) + `"}`, Answer{}, "no JSON"},
		"a long name":         {200, `{"isValid":true,"name":"` + strings.Repeat("ä", 300) + `"}`, Answer{true, strings.Repeat("ä", mostName)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.EscapedPath() != "/base/ms/BE/vat/0428759497" || r.Method != http.MethodGet {
					t.Errorf("%s %s was asked", r.Method, r.URL)
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			defer srv.Close()
			got, err := (&Client{Base: srv.URL + "/base"}).Check(t.Context(), "BE0428759497")
			if c.fails == "" && err != nil || got != c.want {
				t.Errorf("%+v, %v; want %+v", got, err, c.want)
			}
			if c.fails != "" && (!errors.Is(err, ErrNoAnswer) || !strings.Contains(err.Error(), c.fails)) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestARegisterThatIsAwayGivesNoAnswer(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	base := srv.URL
	srv.Close()
	if _, err := (&Client{Base: base}).Check(t.Context(), "BE0428759497"); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("closed: %v", err)
	}
	if _, err := (&Client{Base: base}).Check(t.Context(), "BE"); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("without a number: %v", err)
	}
	hang := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer slow.Close()
	defer close(hang)
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if _, err := (&Client{Base: slow.URL}).Check(ctx, "BE0428759497"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("hanging: %v", err)
	}
}
