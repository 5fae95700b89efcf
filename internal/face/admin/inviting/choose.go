package inviting

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/group"
	"involt/internal/core/id"
	"involt/internal/core/reimburse"
	"involt/internal/core/workspace"
	"involt/internal/face/ui"
	"involt/internal/flow/browse/look"
	"involt/internal/kit/db"
)

// mostAccounts is how many accounts are offered while typing; any other is found
// by its whole name.
const mostAccounts = 500

// accountNames are the accounts that can be chosen, by name.
type accountNames struct {
	list []account.Account
}

// of finds an account by its whole name, as accounts compare names.
func (n accountNames) of(typed string) (id.Account, bool) {
	var found []id.Account
	for _, a := range n.list {
		if account.Key(a.Name) == account.Key(typed) && account.Key(typed) != "" {
			found = append(found, a.ID)
		}
	}
	if len(found) != 1 {
		return "", false
	}
	return found[0], true
}

// accounts reads the open accounts that the visitor may see: the first by name, and
// what was typed.
func (c *Pages) accounts(r *http.Request, p *page) (n accountNames, err error) {
	if p.part() {
		offer, err := c.Browse.Choices(r.Context(), p.v.By)
		for _, a := range offer.Accounts {
			n.list = append(n.list, account.Account{ID: id.Account(a.ID), Name: a.Name, State: account.Open})
		}
		return n, err
	}
	if !p.v.Whole(access.AccountsRead) {
		return n, nil
	}
	err = c.DB.View(r.Context(), func(tx *db.Tx) error {
		if n.list, err = account.Search(tx, p.v.By.Workspace, "", nil, mostAccounts); err != nil || p.Account == "" {
			return err
		}
		more, err := account.ByNames(tx, p.v.By.Workspace, []string{account.Key(p.Account)})
		for _, same := range more {
			for _, a := range same {
				if !slices.ContainsFunc(n.list, func(b account.Account) bool { return b.ID == a.ID }) {
					n.list = append(n.list, a)
				}
			}
		}
		return err
	})
	n.list = slices.DeleteFunc(n.list, func(a account.Account) bool { return a.State != account.Open })
	for i := range n.list {
		n.list[i].Name = look.AccountName(p.v.By, n.list[i].Billing, n.list[i].Name)
	}
	return n, err
}

// chosenAccount is the account that was typed or, for whoever has a part of the
// workspace, the only one there is.
func (p *page) chosenAccount() string {
	if p.Account == "" && p.part() && len(p.names.list) == 1 {
		return p.names.list[0].Name
	}
	return p.Account
}

func (n accountNames) options() (list []ui.Option) {
	for _, a := range n.list {
		list = append(list, ui.Option{Value: a.Name, Label: a.Name})
	}
	return list
}

func said1(r *http.Request, name string) string {
	return strings.Join(strings.Fields(r.PostForm.Get(name)), " ")
}

func (p *page) readRole(r *http.Request) {
	p.Role, p.Scope, p.Account, p.Rate = said1(r, "role"), said1(r, "scope"), said1(r, "account"), said1(r, "rate")
}

func (c *Pages) wrongRole(p *page, r *http.Request) (wrong ui.Errors, err error) {
	wrong = ui.Errors{}
	if p.names, err = c.accounts(r, p); err != nil {
		return nil, err
	}
	roles, err := c.rolesOf(r, p.v)
	if err != nil {
		return nil, err
	}
	acc, known := p.names.of(p.Account)
	switch {
	case p.Account != "" && !known:
		wrong["account"] = "There is no open account of that name, or there are several. Choose one of the list."
	case p.Role == access.AccountOwner && !known:
		wrong["account"] = "Choose the account that they will own."
	}
	if p.Rate != "" {
		rate, err := reimburse.ParseRate(p.Rate)
		e, _ := ui.ErrorsOf(err)
		switch {
		case e != nil:
			wrong["rate"] = e.Of("rate")
		case p.Account == "":
			wrong["account"] = "A rate needs the account that pays it back."
		default:
			p.Rate = rate.String()
		}
	}
	if p.Role == "" {
		p.Scope = ""
		return wrong, nil
	}
	i := slices.IndexFunc(roles, func(r access.Role) bool { return r.Key == p.Role })
	if i < 0 || !p.v.By.Delegable(roles[i], p.scope(acc)) && wrong["account"] == "" {
		wrong["role"] = "You cannot give this role: it holds permissions that you do not have."
	}
	return wrong, nil
}

// scope is where the role holds.
func (p *page) scope(acc id.Account) access.Scope {
	if p.Role == access.AccountOwner {
		return access.Scope{Kind: access.InAccount, ID: string(acc)}
	}
	kind, of, _ := strings.Cut(p.Scope, ":")
	switch k := access.ScopeKind(kind); k {
	case access.InGroup, access.AtLocation:
		return access.Scope{Kind: k, ID: of}
	case access.InAccount:
		return access.Scope{Kind: k, ID: string(acc)}
	case access.Everywhere:
	}
	return access.Scope{}
}

func (p *page) roleOptions() (list []ui.Option) {
	for _, r := range p.roles {
		list = append(list, ui.Option{Value: r.Key, Label: r.Label + " – " + r.Does})
	}
	return list
}

func (p *page) scopeOptions() []ui.Option {
	list := []ui.Option{}
	if len(p.names.list) > 0 {
		list = append(list, ui.Option{Value: "account", Label: "The account chosen below, and all under it"})
	}
	for _, g := range p.offer.Groups {
		list = append(list, ui.Option{Value: "group:" + string(g.ID), Label: "User group: " + g.Name})
	}
	for _, l := range p.offer.Locations {
		list = append(list, ui.Option{Value: "location:" + l.ID, Label: "Location: " + l.Name})
	}
	return list
}

func (p *page) readMethod(r *http.Request) { p.Method = r.PostForm.Get("method") }

func (c *Pages) wrongMethod(p *page, _ *http.Request) (ui.Errors, error) {
	if !slices.Contains([]string{byRules, byAll, byLocations, byChargers, byGroup}, p.Method) {
		p.Method = ""
		return ui.Errors{"method": "Say where they may charge."}, nil
	}
	return nil, nil
}

func (p *page) methods() []ui.Option {
	rules := ui.Option{Value: byRules, Label: "Wherever every user may", Hint: "All chargers that are open to every active user, as this workspace is set."}
	if p.v.Workspace.AccessMode == workspace.ByGroup {
		rules.Label, rules.Hint = "Where their user groups say", "Nowhere, until they are in a group that opens a place."
	}
	if p.part() { // only what is theirs to give
		var own []ui.Option
		if len(p.names.list) > 0 {
			own = append(own, rules)
		}
		if len(p.offer.Locations) > 0 {
			own = append(own, ui.Option{Value: byLocations, Label: "Locations", Hint: "All chargers at the locations you tick next" + p.besides(byLocations)})
		}
		if len(p.offer.Groups) > 0 || len(own) == 0 {
			own = append(own, ui.Option{Value: byGroup, Label: "User group", Hint: "They become members and charge where the group may" + p.besides(byGroup)})
		}
		return own
	}
	return []ui.Option{
		rules,
		{Value: byAll, Label: "All chargers", Hint: "All locations and chargers there are and will be, those for members only too."},
		{Value: byLocations, Label: "Locations", Hint: "All chargers at the locations you tick next" + p.besides(byLocations)},
		{Value: byChargers, Label: "Single chargers", Hint: "The chargers you tick next" + p.besides(byChargers)},
		{Value: byGroup, Label: "User group", Hint: "They become members and charge where the group may" + p.besides(byGroup)},
	}
}

// placesShown is how many places a sentence names before it says "and 2 more".
const placesShown = 12

// besides ends the sentence of a choice with what they may anyway, so that
// nobody takes it for a limit.
func (p *page) besides(method string) string {
	if p.v.Workspace.AccessMode == workspace.ByGroup {
		i := slices.IndexFunc(p.offer.Groups, func(g group.Group) bool { return g.Default })
		switch {
		case i < 0:
			return "."
		case method == byGroup:
			return "; the default group, " + p.offer.Groups[i].Name + ", takes only those who are in no other."
		}
		return ", in addition to what the default group may: " + p.offer.Groups[i].Name + "."
	}
	if len(p.open) == 0 {
		return ", in addition to what every active user may."
	}
	return ", in addition to what every active user may: " + someOf(p.open, placesShown, p.rd) + "."
}

// someOf names as many as are to be shown.
func someOf(names []string, shown int, rd ui.Reader) string {
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:shown], ", ") + " and " + rd.Int(int64(len(names)-shown)) + " more"
}

func (p *page) readChargers(r *http.Request) {
	p.Locations, p.Chargers, p.Group = nil, nil, id.Group(r.PostForm.Get("group"))
	for _, l := range r.PostForm["locations"] {
		p.Locations = append(p.Locations, id.Location(l))
	}
	for _, h := range r.PostForm["chargers"] {
		p.Chargers = append(p.Chargers, id.Charger(h))
	}
}

func (c *Pages) wrongChargers(p *page, r *http.Request) (ui.Errors, error) {
	var err error
	if p.offer, err = c.Browse.Choices(r.Context(), p.v.By); err != nil {
		return nil, err
	}
	switch p.Method {
	case byLocations:
		p.Locations = slices.DeleteFunc(p.Locations, func(l id.Location) bool { return nameIn(p.offer.Locations, string(l)) == "" })
		if len(p.Locations) == 0 {
			return ui.Errors{"locations": "Choose at least one location."}, nil
		}
	case byChargers:
		p.Chargers = slices.DeleteFunc(p.Chargers, func(h id.Charger) bool { return nameIn(p.offer.Chargers, string(h)) == "" })
		if len(p.Chargers) == 0 {
			return ui.Errors{"chargers": "Choose at least one charger."}, nil
		}
	case byGroup:
		if p.groupName() == "" {
			return ui.Errors{"group": "Choose the group."}, nil
		}
	}
	return nil, nil
}

func (p *page) groupName() string {
	for _, g := range p.offer.Groups {
		if g.ID == p.Group {
			return g.Name
		}
	}
	return ""
}

func (p *page) groupOptions() (list []ui.Option) {
	for _, g := range p.offer.Groups {
		list = append(list, ui.Option{Value: string(g.ID), Label: g.Name})
	}
	return list
}

func (p *page) readMessage(r *http.Request) {
	p.Language, p.Message = r.PostForm.Get("language"), strings.TrimSpace(r.PostForm.Get("message"))
}

func (c *Pages) wrongMessage(p *page, _ *http.Request) (ui.Errors, error) {
	wrong := ui.Errors{}
	if p.Language != "" && !slices.Contains(workspace.Languages, p.Language) {
		wrong["language"] = "Choose one of the languages of the list."
	}
	if n := len([]rune(p.Message)); n > 1000 {
		wrong["message"] = fmt.Sprintf("The message has %d characters; at most 1,000 fit.", n)
	}
	return wrong, nil
}
