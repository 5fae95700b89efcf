package errs

import "errors"

// List collects what is wrong with several fields, so that the user sees all of
// it at once.
type List struct {
	wrong  []error
	failed error // something else than wrong input
}

// Add takes an error; nil is nothing.
func (l *List) Add(err error) {
	switch {
	case err == nil:
	case KindOf(err) == Invalid:
		l.wrong = append(l.wrong, err)
	case l.failed == nil:
		l.failed = err
	}
}

// Err returns the joined errors, or nil if there is none. A fault that is not
// the user's comes alone.
func (l *List) Err() error {
	if l.failed != nil {
		return l.failed
	}
	return errors.Join(l.wrong...)
}

// Text is the sentence of err that may be shown.
func Text(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Text
	}
	return "Something went wrong on our side."
}

// Or returns err, or instead if err is nil.
func Or(err, instead error) error {
	if err != nil {
		return err
	}
	return instead
}
