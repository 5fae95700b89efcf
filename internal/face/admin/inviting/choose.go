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
	"involt/internal/flow/browse/accounts"
	"involt/internal/kit/db"
)

// payers are the accounts that can be chosen: the first by name, and whether there
// are more, which are looked for while typing.
type payers struct {
	list []accounts.Choice
	more bool
}

// payers reads the open accounts that the visitor may choose from.
func (c *Pages) payers(r *http.Request, p *page) (n payers, err error) {
	if p.v.Somewhere(access.AccountsRead) {
		n.list, err = c.Accounts.Find(r.Context(), p.v.By, "")
		n.more = len(n.list) == accounts.MostChoices
		return n, err
	}
	if !p.part() {
		return n, nil
	}
	offer, err := c.Browse.Choices(r.Context(), p.v.By)
	for _, a := range offer.Accounts {
		n.list = append(n.list, accounts.Choice{ID: id.Account(a.ID), Label: a.Name})
	}
	return n, err
}

// settle finds the account that was typed, by what the list offers or by its whole
// name, and keeps its id and what it is called. What is wrong with it is said at
// "account".
func (c *Pages) settle(p *page, r *http.Request) (wrong string, err error) {
	if p.Account == "" {
		p.AccountID = ""
		return "", nil
	}
	if p.AccountID, wrong, err = c.typed(p, r); err != nil || wrong != "" {
		return wrong, err
	}
	reach, err := p.v.By.Within(access.PeopleWrite)
	if err != nil {
		return "", err
	}
	if !reach.Covers(access.Scope{Kind: access.InAccount, ID: string(p.AccountID)}) {
		return "There is no such account. Choose one of yours.", nil
	}
	return c.shut(p, r)
}

func (c *Pages) typed(p *page, r *http.Request) (found id.Account, wrong string, err error) {
	var same []id.Account
	for _, a := range p.names.list {
		if account.Key(a.Label) == account.Key(p.Account) {
			same = append(same, a.ID)
		}
	}
	if len(same) == 1 {
		return same[0], "", nil
	}
	if !p.v.Somewhere(access.AccountsRead) {
		return "", "There is no account called " + p.Account + ". Take one from the list.", nil
	}
	found, err = c.Accounts.Typed(r.Context(), p.v.By, p.Account)
	if e, ok := ui.ErrorsOf(err); ok {
		return "", e.Of("account"), nil
	}
	if err != nil {
		return "", "", err
	}
	p.Account, err = c.Accounts.Label(r.Context(), p.v.By, found)
	return found, "", err
}

// shut says that the chosen account takes nobody any more.
func (c *Pages) shut(p *page, r *http.Request) (wrong string, err error) {
	err = c.DB.View(r.Context(), func(tx *db.Tx) error {
		a, err := account.ByID(tx, p.v.By.Workspace, p.AccountID)
		if err == nil && a.State != account.Open {
			wrong = "This account is closed. Choose another one."
		}
		return err
	})
	return wrong, err
}

// still says what has become wrong with the account since it was chosen.
func (c *Pages) still(p *page, r *http.Request) (wrong string, err error) {
	switch {
	case p.Account == "":
		return "", nil
	case p.AccountID == "":
		return c.settle(p, r)
	}
	return c.shut(p, r)
}

// chosenAccount is the account that was typed or, for whoever has a part of the
// workspace, the only one there is.
func (p *page) chosenAccount() string {
	if p.Account == "" && p.part() && len(p.names.list) == 1 {
		return p.names.list[0].Label
	}
	return p.Account
}

func (n payers) options() (list []ui.Option) {
	for _, a := range n.list {
		list = append(list, ui.Option{Value: a.Label, Label: a.Label})
	}
	return list
}

// source is where more of them are looked for, "" if all are offered.
func (p *page) source() string {
	if !p.names.more {
		return ""
	}
	return p.v.To("/accounts/find")
}

func said1(r *http.Request, name string) string {
	return strings.Join(strings.Fields(r.PostForm.Get(name)), " ")
}

func (p *page) readRole(r *http.Request) {
	p.Role, p.Scope, p.Account, p.Rate = said1(r, "role"), said1(r, "scope"), said1(r, "account"), said1(r, "rate")
}

func (c *Pages) wrongRole(p *page, r *http.Request) (wrong ui.Errors, err error) {
	wrong = ui.Errors{}
	if p.names, err = c.payers(r, p); err != nil {
		return nil, err
	}
	roles, err := c.rolesOf(r, p.v)
	if err != nil {
		return nil, err
	}
	switch why, err := c.settle(p, r); {
	case err != nil:
		return nil, err
	case why != "":
		wrong["account"] = why
	case p.AccountID == "" && p.Role == access.AccountOwner:
		wrong["account"] = "Choose the account that they will own."
	case p.AccountID == "" && p.Role != "" && p.Scope == string(access.InAccount):
		wrong["account"] = "Choose the account in which the role holds."
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
	if i < 0 || !p.v.By.Delegable(roles[i], p.scope(p.AccountID)) && wrong["account"] == "" {
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
