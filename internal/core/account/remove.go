package account

import (
	"involt/internal/core/id"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
)

// Used says what depends on an account that was made by mistake, in words that go
// after its name; "" if nothing does. Whoever takes people out of it in the same
// transaction asks afterwards.
func Used(tx *db.Tx, ws id.Workspace, acc id.Account) (why string, err error) {
	a, err := ByID(tx, ws, acc)
	if errs.KindOf(err) == errs.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if why, err = UsedBeside(tx, &a); err != nil || why != "" {
		return why, err
	}
	var people bool
	if err = tx.Row(`SELECT EXISTS (SELECT 1 FROM person WHERE workspace = ? AND account = ? AND account <> '')`, []any{ws, acc}, &people); err == nil && people {
		why = "has other users by now"
	}
	return why, err
}

// UsedBeside is Used without a look at who is in it.
func UsedBeside(tx *db.Tx, a *Account) (why string, err error) {
	if a.Version > 1 || a.State != Open {
		return "was changed by hand since", nil
	}
	ws, acc := a.Workspace, a.ID
	for _, ask := range []struct {
		query, why string
		args       []any
	}{
		{`SELECT EXISTS (SELECT 1 FROM account WHERE workspace = ? AND parent = ?)`, "has an account below it by now", []any{ws, acc}},
		{`SELECT EXISTS (SELECT 1 FROM reimbursement WHERE workspace = ? AND account = ?)`, "has a reimbursement agreement by now", []any{ws, acc}},
		{`SELECT EXISTS (SELECT 1 FROM person_role WHERE workspace = ? AND scope = 'account' AND scope_id = ?)`, "has somebody by now who sees to it", []any{ws, acc}},
		{
			`SELECT EXISTS (SELECT 1 FROM invite WHERE workspace = ? AND accepted_at IS NULL AND revoked_at IS NULL AND declined_at IS NULL AND offer LIKE ?)`,
			"is in an open invitation",
			[]any{ws, "%" + string(acc) + "%"},
		},
	} {
		var used bool
		if err := tx.Row(ask.query, ask.args, &used); err != nil {
			return "", err
		}
		if used {
			return ask.why, nil
		}
	}
	return "", nil
}

// Remove takes an account out as if it had never been: one that a mistaken import
// made, and that nothing uses (see [Used]). It reports false if it was not there.
func Remove(tx *db.Tx, ws id.Workspace, acc id.Account) (bool, error) {
	for _, table := range []string{"account_place", "account_vat"} {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE workspace = ? AND account = ?`, ws, acc); err != nil {
			return false, err
		}
	}
	n, err := tx.Exec(`DELETE FROM account WHERE workspace = ? AND id = ?`, ws, acc)
	return n > 0, err
}
