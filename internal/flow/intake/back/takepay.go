package back

import (
	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/journal"
	"involt/internal/core/reimburse"
)

// rates takes back rates that were agreed on and have not begun to count.
func (b *back) rates() error {
	for i := range b.u.Rates {
		w := &b.u.Rates[i]
		about := journal.About("account", w.Account)
		if b.r.By.Need(access.AccountsWrite) != nil {
			b.leave("has a rate that you may not change", about)
			continue
		}
		if err := account.Lock(b.tx, b.r.By.Workspace, w.Account); err != nil {
			return err
		}
		why, g, err := w.since(b.tx, b.r)
		if err != nil {
			return err
		}
		if why != "" {
			b.leave(why, about)
			continue
		}
		text := ""
		switch {
		case w.New:
			err = reimburse.Remove(b.tx, b.r.By.Workspace, w.Account)
		case w.Was != 0:
			text = w.Was.String() + " " + g.Currency
			err = reimburse.SetRate(b.tx, &g, reimburse.Dated{From: w.From, Rate: w.Was, By: w.By})
		default:
			err = reimburse.DropRate(b.tx, &g, w.From)
		}
		if err != nil {
			return err
		}
		if err := journal.Record(b.tx, b.r.By, "reimbursement.rate-dropped", about, map[string]any{
			"rate": [2]string{w.Set.String() + " " + g.Currency, text}, "from": w.From, "import": b.r.Import,
		}); err != nil {
			return err
		}
	}
	return nil
}

// accounts removes accounts that were made and that nothing depends on.
func (b *back) accounts() error {
	ws := b.r.By.Workspace
	for _, acc := range b.u.Accounts {
		about := journal.About("account", acc)
		if b.r.By.Need(access.AccountsWrite) != nil {
			b.leave("is an account, and your role does not allow you to remove one", about)
			continue
		}
		why, err := account.Used(b.tx, ws, acc)
		if err != nil {
			return err
		}
		if why != "" {
			b.leave(why, about)
			continue
		}
		gone, err := account.Remove(b.tx, ws, acc)
		if err != nil {
			return err
		}
		if !gone {
			continue
		}
		if err := journal.Record(b.tx, b.r.By, "account.removed", about, b.r.Note()); err != nil {
			return err
		}
	}
	return nil
}
