package person

import (
	"encoding/json"
	"fmt"

	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Traces are by what somebody is known, also after they were deleted and until
// they are erased.
type Traces struct {
	Emails, ExternalIDs        []string
	Phone, FirstName, LastName string
}

// TracesOf returns by what somebody is known; nothing of somebody who is not there.
func TracesOf(tx *db.Tx, ws id.Workspace, who id.Person) (t Traces, err error) {
	var email, external, text string
	err = tx.Row(`SELECT email, external_id, phone, first_name, last_name, was FROM person WHERE workspace = ? AND id = ?`, []any{ws, who},
		&email, &external, &t.Phone, &t.FirstName, &t.LastName, &text)
	if errs.KindOf(err) == errs.NotFound {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	var w was
	if text != "" {
		if err := json.Unmarshal([]byte(text), &w); err != nil {
			return t, fmt.Errorf("person: %w", err)
		}
	}
	for _, one := range []struct {
		list *[]string
		text string
	}{{&t.Emails, email}, {&t.Emails, w.Email}, {&t.ExternalIDs, external}, {&t.ExternalIDs, w.ExternalID}} {
		if one.text != "" {
			*one.list = append(*one.list, one.text)
		}
	}
	return t, nil
}
