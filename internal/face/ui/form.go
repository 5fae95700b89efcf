package ui

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"involt/internal/kit/errs"
)

// Field is one input of a form. The same name is used for the form's value and
// in errs.AtField.
type Field struct {
	Name  string
	Label string
	Hint  string // one sentence under the label
	Error string // what is wrong and how to put it right; usually Errors.Of(name)
	Value string // what was typed, or the stored value

	ID           string // FieldID(Name) when empty; set it when a name occurs twice in a page
	Type         string // Input only: "text" when empty; "email", "tel", "number", "date", "search" …
	Autocomplete string // the HTML token, such as "email" or "new-password"
	InputMode    string // "numeric", "decimal" …
	Placeholder  string // an example, never the label
	Unit         string // Input only: shown at the right end, such as "kWh"
	Min, Max     string
	Step         string
	MaxLength    string
	Optional     bool // says so beside the label; fields are required otherwise
	Disabled     bool
	ReadOnly     bool
	Checked      bool   // Checkbox and Switch
	Source       string // Combobox only: an address that answers ?q= with Options, where there are too many to offer at once
	HideLabel    bool   // the label is for screen readers only
	Focus        bool   // gets the focus when the page opens; one per page
	// Attrs is anything else on the control itself.
	Attrs templ.Attributes
}

// FieldID is the id of the control of a name: "people.1.email" is
// "f-people-1-email". Errors link to it.
func FieldID(name string) string {
	return "f-" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '-'
	}, name)
}

func (f Field) id() string { return orElse(f.ID, FieldID(f.Name)) }

// describedBy names the elements that say more about the control, "" for none.
func (f Field) describedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.id()+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.id()+"-error")
	}
	return strings.Join(ids, " ")
}

// control are the attributes every kind of control shares.
func (f Field) control() templ.Attributes {
	a := templ.Attributes{"id": f.id(), "name": f.Name}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	set("aria-describedby", f.describedBy())
	set("autocomplete", f.Autocomplete)
	set("inputmode", f.InputMode)
	set("placeholder", f.Placeholder)
	set("min", f.Min)
	set("max", f.Max)
	set("step", f.Step)
	set("maxlength", f.MaxLength)
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	if !f.Optional {
		// Not the required attribute: the server's sentence beside the field says
		// more than the browser's bubble, and is in the reader's language.
		a["aria-required"] = "true"
	}
	if f.Disabled {
		a["disabled"] = true
	}
	if f.ReadOnly {
		a["readonly"] = true
	}
	if f.Focus {
		a["autofocus"] = true
	}
	for k, v := range f.Attrs {
		a[k] = v
	}
	return a
}

// Errors are the sentences of a form that came back, by the field's name. The
// empty name is for what concerns no single field.
type Errors map[string]string

// Of returns the sentence for a field, "" when nothing is wrong with it.
func (e Errors) Of(name string) string { return e[name] }

// ErrorsOf takes apart what a use case returned. ok is false when err is nil or is not
// about the input (Invalid or Conflict): return it to the Handler then. errors.Join
// of several errs.AtField is understood.
func ErrorsOf(err error) (e Errors, ok bool) {
	e = Errors{}
	if err == nil || !collect(err, e) {
		return nil, false
	}
	return e, true
}

// collect puts every error of the chain into e. It reports false when one of
// them is not for the form.
func collect(err error, e Errors) bool {
	if list, ok := err.(interface{ Unwrap() []error }); ok {
		all := list.Unwrap()
		if len(all) > 0 {
			for _, one := range all {
				if !collect(one, e) {
					return false
				}
			}
			return true
		}
	}
	if single, ok := err.(interface{ Unwrap() error }); ok {
		if inner := single.Unwrap(); inner != nil {
			return collect(inner, e)
		}
	}
	one, ok := errors.AsType[*errs.Error](err)
	if !ok || (one.Kind != errs.Invalid && one.Kind != errs.Conflict) {
		return false
	}
	if e[one.Field] == "" {
		e[one.Field] = one.Text
	}
	return true
}

// summaryLine is one line of ErrorSummary.
type summaryLine struct{ href, text string }

// summaryLines is how many lines the summary shows before it says how many more
// errors there are.
const summaryLines = 10

// said is one sentence of a summary and the fields it is about.
type said struct {
	text  string
	first string // the field it leads to
	rows  []int  // of fields that stand in rows, counted from 1
	n     int    // how many fields
}

// lines puts the errors into the order of the form's fields; others follow by
// name. What concerns no field comes first and leads nowhere. Fields of a row,
// such as "people.2.email", name it; what is said of several rows in the same
// words is said once. more is how many errors stand beside their fields alone.
func (e Errors) lines(order []string, w *Words) (out []summaryLine, more int) {
	for i, s := range e.said(order) {
		if i >= summaryLines {
			more += s.n
			continue
		}
		line := summaryLine{text: s.inRows(w)}
		if s.first != "" {
			line.href = "#" + FieldID(s.first)
		}
		out = append(out, line)
	}
	return out, more
}

// said groups the errors of rows by their words, and leaves the others alone.
func (e Errors) said(order []string) (list []said) {
	done, at := map[string]bool{}, map[string]int{}
	add := func(name string) {
		text := e[name]
		if text == "" || done[name] {
			return
		}
		done[name] = true
		row := rowOf(name)
		if i, again := at[text]; again && row > 0 {
			list[i].n++
			if last := list[i].rows[len(list[i].rows)-1]; last != row {
				list[i].rows = append(list[i].rows, row)
			}
			return
		}
		one := said{text: text, first: name, n: 1}
		if row > 0 {
			at[text], one.rows = len(list), []int{row}
		}
		list = append(list, one)
	}
	add("")
	for _, name := range order {
		add(name)
	}
	rest := make([]string, 0, len(e))
	for name := range e {
		rest = append(rest, name)
	}
	sort.Strings(rest)
	for _, name := range rest {
		add(name)
	}
	return list
}

// rowOf is the row that a field stands in, counted from 1: 3 for
// "people.2.email", 0 for a field that stands in none.
func rowOf(name string) int {
	_, rest, _ := strings.Cut(name, ".")
	number, _, ok := strings.Cut(rest, ".")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 0 {
		return 0
	}
	return n + 1
}

// inRows puts the rows before the sentence: "Rows 3, 5 and 12 more: …".
func (s said) inRows(w *Words) string {
	const named = 5
	switch len(s.rows) {
	case 0:
		return s.text
	case 1:
		return fmt.Sprintf(w.InRow, strconv.Itoa(s.rows[0]), s.text)
	}
	numbers := make([]string, min(len(s.rows), named))
	for i := range numbers {
		numbers[i] = strconv.Itoa(s.rows[i])
	}
	rows := strings.Join(numbers, ", ")
	if left := len(s.rows) - named; left > 0 {
		rows += " " + fmt.Sprintf(w.AndMore, strconv.Itoa(left))
	}
	return fmt.Sprintf(w.InRows, rows, s.text)
}
