// Package accounts is the lists and pages of accounts: who pays, who manages
// them, who charges on them, and what ends when one is closed.
//
// Whoever has a part of the workspace sees the accounts of that part, and nothing
// that leads beyond it. Without personal data the names and addresses of consumers
// are masked, and not searched.
package accounts

import (
	"context"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/look"
	"involt/internal/flow/browse/paging"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/fold"
)

// Service answers the screens of accounts.
type Service struct{ DB *db.DB }

// Filter says which accounts are wanted; a zero field wants all.
type Filter struct {
	Q         string // a word of the name
	Customers bool   // the tops of trees only
	Kind      account.Kind
	State     account.State
	browse.Paging
}

// Row is an account of a list.
type Row struct {
	account.Account          // its name and address masked without personal data
	Above           string   // the name of the one above; "" at the top, and where that may not be seen
	Owners          []Person // the first few
	Users           int64    // with all below it
	Children        int64    // right below it
}

// Person is somebody of an account.
type Person struct {
	ID     id.Person
	Name   string // masked without personal data
	Email  string
	Status string
}

// Page is one page of accounts.
type Page struct {
	browse.Page
	Rows  []Row
	Perms access.Perm // what is allowed with all of them
}

// sight is what somebody may see of accounts, and as whom.
type sight struct {
	by    access.Actor // with what holds in the reach
	reach access.Reach
}

func see(by access.Actor, p access.Perm) (s sight, err error) {
	s.reach, err = by.Within(p)
	s.by = by
	s.by.Perms = s.reach.Perms
	return s, err
}

func (s *sight) open() bool { return s.by.Perms.Has(access.PersonalData) }

func (s *sight) sees(acc id.Account) bool {
	return s.reach.Whole || slices.Contains(s.reach.Accounts, acc)
}

// mask hides what without personal data may not be shown of an account.
func (s *sight) mask(a *account.Account) {
	if s.open() {
		return
	}
	a.Name = look.AccountName(s.by, a.Billing, a.Name)
	a.Email = look.MaskEmail(a.Email)
	if a.Billing == account.Consumer {
		for _, text := range []*string{&a.Street, &a.Postcode, &a.City} {
			if *text != "" {
				*text = "…"
			}
		}
	}
	if a.Reason != "" {
		a.Reason = "…"
	}
}

// where narrows a query to what may be seen.
func (s *sight) where(q *paging.Query) {
	if s.reach.Whole {
		return
	}
	if n := len(s.reach.Accounts); n > 0 {
		q.And("account.id IN "+db.In(n), db.Args(s.reach.Accounts)...)
	} else {
		q.And("1 = 0")
	}
}

// List returns accounts by name; without personal data by age, since the order of
// names says something of them.
func (s *Service) List(ctx context.Context, by access.Actor, f Filter) (p Page, err error) {
	defer errs.Wrap(&err, "accounts.List")
	v, err := see(by, access.AccountsRead)
	if err != nil {
		return p, err
	}
	p.Perms = v.reach.Perms
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p.Rows, p.Page, err = list(tx, &v, f)
		return err
	})
	return p, err
}

func list(tx *db.Tx, v *sight, f Filter) (rows []Row, page browse.Page, err error) {
	q := &paging.Query{}
	q.And("account.workspace = ?", v.by.Workspace)
	v.where(q)
	v.search(q, f.Q)
	if f.Customers {
		q.And("account.kind = 'customer'")
	}
	if f.Kind != "" {
		q.And("account.kind = ?", f.Kind)
	}
	if f.State != "" {
		q.And("account.state = ?", f.State)
	}
	order := paging.List{Key: "account.name_key", ID: "account.id"}
	if !v.open() {
		order.Key = ""
	}
	rows, page, err = paging.Of(tx, order, f.Paging, account.Columns, "account", q, func(row db.Scanner) (r Row, err error) {
		r.Account, err = account.Scan(row)
		return r, err
	}, func(r Row) (string, string) { return account.Key(r.Name), string(r.ID) })
	if err != nil {
		return nil, page, err
	}
	return rows, page, v.fill(tx, rows)
}

// search narrows a query to accounts with a word that begins like text.
func (s *sight) search(q *paging.Query, text string) {
	key := account.Key(text)
	if key == "" {
		return
	}
	like := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(key) + "%"
	q.And(`account.name_key LIKE ? ESCAPE '\' OR account.name_key LIKE ? ESCAPE '\'`, like, "% "+like)
	if !s.open() {
		q.And("account.billing = 'business'")
	}
}

// fill adds to rows what stands elsewhere.
func (s *sight) fill(tx *db.Tx, rows []Row) error {
	var parents []id.Account
	for i := range rows {
		r := &rows[i]
		if r.Parent != "" && s.sees(r.Parent) {
			parents = append(parents, r.Parent)
		}
	}
	above, err := account.ByIDs(tx, s.by.Workspace, parents)
	if err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		if up, ok := above[r.Parent]; ok {
			r.Above = look.AccountName(s.by, up.Billing, up.Name)
		}
		if r.Owners, err = owners(tx, s, r.ID, 3); err != nil {
			return err
		}
		if r.Users, err = account.Users(tx, s.by.Workspace, r.ID); err != nil {
			return err
		}
		if err := tx.Row(`SELECT COUNT(*) FROM account WHERE workspace = ? AND parent = ?`, []any{s.by.Workspace, r.ID}, &r.Children); err != nil {
			return err
		}
		s.mask(&r.Account)
	}
	return nil
}

const personColumns = `person.id, person.first_name, person.last_name, person.email, person.external_id, person.status`

func (s *sight) person(row db.Scanner) (p Person, err error) {
	var first, last, email, external string
	err = row.Scan(&p.ID, &first, &last, &email, &external, &p.Status)
	p.Name, p.Email = look.Name(s.by, first, last, email, external), look.Email(s.by, email)
	return p, err
}

// owners are those who hold the role for an account, and those who are invited to
// it and have not come in yet, as far as they are within the reach.
func owners(tx *db.Tx, s *sight, acc id.Account, most int) ([]Person, error) {
	within, args := person.Reached(s.reach)
	args = append([]any{s.by.Workspace, access.AccountOwner, acc, acc, `%"` + access.AccountOwner + `"%`}, append(args, most)...)
	return db.All(tx, s.person, `SELECT `+personColumns+` FROM person WHERE person.workspace = ? AND person.deleted_at = 0 AND (
			EXISTS (SELECT 1 FROM person_role r WHERE r.workspace = person.workspace AND r.person = person.id AND r.role = ? AND r.scope = 'account' AND r.scope_id = ?)
			OR person.status = 'invited' AND person.account = ? AND EXISTS (SELECT 1 FROM invite v WHERE v.workspace = person.workspace AND v.person = person.id
				AND v.accepted_at IS NULL AND v.revoked_at IS NULL AND v.declined_at IS NULL AND v.offer LIKE ?))`+within+`
		ORDER BY person.created_at, person.id LIMIT ?`, args...)
}

// Choice is an account to choose.
type Choice struct {
	ID    id.Account
	Label string // unique among those that may be seen: its name, with those above it where that is not enough
	Kind  account.Kind
}

// MostChoices is how many accounts a choice offers at once.
const MostChoices = 50

// Find returns accounts with a word that begins like text, which are open, for
// choosing one by typing.
func (s *Service) Find(ctx context.Context, by access.Actor, text string) (list []Choice, err error) {
	defer errs.Wrap(&err, "accounts.Find")
	v, err := see(by, access.AccountsRead)
	if err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		q := &paging.Query{}
		q.And("account.workspace = ?", by.Workspace)
		q.And("account.state = 'open'")
		v.where(q)
		v.search(q, text)
		all, err := db.All(tx, func(row db.Scanner) (account.Account, error) { return account.Scan(row) },
			`SELECT `+account.Columns+` FROM account WHERE `+q.Where.String()+` ORDER BY account.name_key, account.id LIMIT ?`, append(q.Args, MostChoices)...)
		if err != nil {
			return err
		}
		list = nil
		for _, a := range all {
			label, err := v.label(tx, &a)
			if err != nil {
				return err
			}
			list = append(list, Choice{a.ID, label, a.Kind})
		}
		return nil
	})
	return list, err
}

// label is a name that tells an account from the others: those above it stand
// behind it.
func (s *sight) label(tx *db.Tx, a *account.Account) (string, error) {
	path, err := account.Path(tx, s.by.Workspace, a.ID)
	if err != nil {
		return "", err
	}
	text := ""
	for i := range path {
		if i > 0 && !s.sees(path[i].ID) {
			break
		}
		if i > 0 {
			text += " · "
		}
		text += look.AccountName(s.by, path[i].Billing, path[i].Name)
	}
	return text, nil
}

// Label returns a name that tells an account from the others, for whoever may see
// it; else an errs.NotFound.
func (s *Service) Label(ctx context.Context, by access.Actor, acc id.Account) (label string, err error) {
	v, err := see(by, access.AccountsRead)
	if err != nil {
		return "", err
	}
	if !v.sees(acc) {
		return "", account.NotHere()
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		a, err := account.ByID(tx, by.Workspace, acc)
		if err == nil {
			label, err = v.label(tx, &a)
		}
		return err
	})
	return label, err
}

// Typed returns the account that a label or a name means which somebody typed, an
// errs.Invalid at "account" if none or several do.
func (s *Service) Typed(ctx context.Context, by access.Actor, text string) (acc id.Account, err error) {
	defer errs.Wrap(&err, "accounts.Typed")
	v, err := see(by, access.AccountsRead)
	if err != nil {
		return "", err
	}
	name, _, _ := cut(text)
	if name == "" {
		return "", errs.AtField("account", "Choose the account: type its name and take it from the list.")
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		found, err := account.ByNames(tx, by.Workspace, []string{account.Key(name), account.Key(text)})
		if err != nil {
			return err
		}
		var named, labelled []id.Account
		for _, all := range found {
			for _, a := range all {
				if !v.sees(a.ID) || !v.open() && a.Billing == account.Consumer {
					continue
				}
				label, err := v.label(tx, &a)
				if err != nil {
					return err
				}
				if fold.Text(label) == fold.Text(text) {
					labelled = append(labelled, a.ID)
				}
				if account.Key(a.Name) == account.Key(text) {
					named = append(named, a.ID)
				}
			}
		}
		switch {
		case len(labelled) == 1:
			acc = labelled[0]
		case len(named) == 1:
			acc = named[0]
		case len(named)+len(labelled) > 1:
			return errs.AtField("account", "There are several accounts called %s. Take one from the list.", name)
		default:
			return errs.AtField("account", "There is no account called %s. Type its name and take it from the list.", name)
		}
		return nil
	})
	return acc, err
}
