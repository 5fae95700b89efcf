package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"involt/internal/kit/errs"
	"involt/internal/testkit/page"
)

// draw renders a component for a reader of English.
func draw(t *testing.T, c templ.Component) *page.Page {
	t.Helper()
	return page.Parse(t, strings.NewReader(html(t, c)))
}

func html(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(WithReader(context.Background(), Reader{Now: galleryNow}), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestErrorIsTiedToItsField(t *testing.T) {
	f := Field{Name: "people.1.email", Label: "E-mail", Hint: "The invitation goes here.", Error: "Enter an e-mail address.", Value: "anna@"}
	options := []Option{{Value: "a", Label: "A"}}
	for name, c := range map[string]templ.Component{
		"Input": Input(f), "Password": Password(f), "TextArea": TextArea(f, 3), "Select": Select(f, options), "Checkbox": Checkbox(f), "File": File(f, ".csv"), "Combobox": Combobox(f, options, true),
	} {
		t.Run(name, func(t *testing.T) {
			draw(t, c).Field("E-mail").WantError("Enter an e-mail address.")
			text := html(t, c)
			for _, want := range []string{`id="f-people-1-email"`, `name="people.1.email"`, `aria-invalid="true"`, `aria-describedby="f-people-1-email-hint f-people-1-email-error"`, `id="f-people-1-email-error"`} {
				if !strings.Contains(text, want) {
					t.Errorf("no %s in %s", want, text)
				}
			}
		})
	}
	if text := html(t, RadioCards(f, options)); !strings.Contains(text, `<fieldset class="fld" id="f-people-1-email" tabindex="-1" aria-describedby="f-people-1-email-hint f-people-1-email-error"`) {
		t.Errorf("the group of radios is not tied to its error: %s", text)
	}
}

func TestFieldWithoutErrorSaysNothingOfOne(t *testing.T) {
	text := html(t, Input(Field{Name: "name", Label: "Name", Value: `"><script>`}))
	for _, bad := range []string{"aria-invalid", "aria-describedby", "error", "<script>"} {
		if strings.Contains(text, bad) {
			t.Errorf("%q in %s", bad, text)
		}
	}
}

func TestPasswordIsNeverSentBack(t *testing.T) {
	if text := html(t, Password(Field{Name: "password", Label: "Password", Value: "hunter22"})); strings.Contains(text, "hunter22") {
		t.Error(text)
	}
}

func TestSummaryLeadsToEachField(t *testing.T) {
	e := Errors{"b": "Second.", "a": "First.", "z": "Unknown field.", "": "As a whole."}
	text := html(t, ErrorSummary(e, "a", "b"))
	last := -1
	for _, want := range []string{`role="alert"`, "As a whole.", `<a href="#f-a"`, `<a href="#f-b"`, `<a href="#f-z"`} {
		at := strings.Index(text, want)
		if at <= last {
			t.Errorf("%s is missing or out of order in %s", want, text)
		}
		last = at
	}
	if text := html(t, ErrorSummary(nil)); text != "" {
		t.Errorf("without errors: %q", text)
	}
}

func TestSummaryNamesRowsAndIsShort(t *testing.T) {
	e := Errors{}
	var order []string
	for i := range 200 {
		email, card := fmt.Sprintf("people.%d.email", i), fmt.Sprintf("people.%d.card", i)
		order = append(order, email, card)
		e[email] = fmt.Sprintf("“x%d” has no @.", i)
		if i > 2 {
			e[card] = "Not a card."
		}
	}
	e["message"] = "Too long."
	text := draw(t, ErrorSummary(e, append(order, "message")...)).Text()
	for _, want := range []string{"Row 1: “x0” has no @.", "Rows 4, 5, 6, 7, 8 and 192 more: Not a card.", "Row 9: “x8” has no @.", "and 192 more"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if strings.Contains(text, "Row 10") || strings.Contains(text, "Row 200") {
		t.Errorf("too much in %s", text)
	}
	if n := strings.Count(html(t, ErrorSummary(e, order...)), "<li"); n != summaryLines+1 {
		t.Errorf("%d lines", n)
	}
}

func TestErrorsAreTakenApart(t *testing.T) {
	a, b := errs.AtField("a", "A."), errs.AtField("b", "B.")
	for _, tc := range []struct {
		name string
		err  error
		want Errors
		ok   bool
	}{
		{"none", nil, nil, false},
		{"one field", a, Errors{"a": "A."}, true},
		{"wrapped", fmt.Errorf("x: %w", a), Errors{"a": "A."}, true},
		{"several", fmt.Errorf("x: %w", errors.Join(a, b)), Errors{"a": "A.", "b": "B."}, true},
		{"the first of a field stays", errors.Join(a, errs.AtField("a", "Later.")), Errors{"a": "A."}, true},
		{"a conflict", errs.New(errs.Conflict, "Is here already."), Errors{"": "Is here already."}, true},
		{"not for the form", errs.New(errs.Denied, "No."), nil, false},
		{"a fault among them", errors.Join(a, errors.New("disk")), nil, false},
	} {
		got, ok := ErrorsOf(tc.err)
		if ok != tc.ok || fmt.Sprint(got) != fmt.Sprint(tc.want) {
			t.Errorf("%s: %v %v, want %v %v", tc.name, got, ok, tc.want, tc.ok)
		}
	}
}
