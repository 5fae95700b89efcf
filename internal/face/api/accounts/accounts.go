package accounts

import (
	"context"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/account"
	"involt/internal/core/id"
	"involt/internal/face/api/frame"
	"involt/internal/flow/browse"
	"involt/internal/flow/browse/accounts"
	"involt/internal/flow/clients"
)

// Account is who pays, as the API shows it.
type Account struct {
	ID          string     `json:"id" doc:"The account's id." example:"01kamb5nzh0q4t8v6w2y3x5z7c"`
	ParentID    *string    `json:"parent_id" doc:"The account above it; null for a customer."`
	Kind        string     `json:"kind" enum:"customer,employee,subsidiary" doc:"What it is in the tree."`
	Name        string     `json:"name" doc:"What it is called; a consumer's is masked without personal-data." example:"Voltwerk"`
	Email       *string    `json:"email" doc:"Where bills go; null for nowhere. Masked without personal-data."`
	Billing     string     `json:"billing" enum:"business,consumer" doc:"Whom a bill is written to."`
	LegalName   *string    `json:"legal_name" doc:"Of a business."`
	Street      *string    `json:"street" doc:"Street and number."`
	Postcode    *string    `json:"postcode" doc:"Of the address."`
	City        *string    `json:"city" doc:"Of the address."`
	Country     *string    `json:"country" doc:"ISO 3166-1 alpha-2." example:"DE"`
	VATID       *string    `json:"vat_id" doc:"Of a business, checked by form and check digit." example:"DE136695976"`
	State       string     `json:"state" enum:"open,closed" doc:"Whether its users may charge."`
	StateAt     time.Time  `json:"state_at" doc:"Since when."`
	Reason      *string    `json:"reason" doc:"Why it was closed."`
	UserLimit   *int64     `json:"user_limit" doc:"How many users it and all below it may have; null for no limit of its own."`
	Until       *time.Time `json:"until" doc:"From then on nobody of it may charge; null for no end of its own."`
	LocationIDs []string   `json:"location_ids" nullable:"false" doc:"Its users may charge at these only; empty for no limit of its own. In lists it is always empty: read the account."`
	Users       int64      `json:"users" doc:"How many users it and all below it have." example:"12"`
	Version     int64      `json:"version" doc:"Counts changes; If-Match compares it." example:"1"`
	CreatedAt   time.Time  `json:"created_at" doc:"When it was made."`
}

// AccountDetail is an account with what holds for its users, and what is paid back.
type AccountDetail struct {
	Account
	Effective     Effective      `json:"effective" doc:"What holds for its users: the narrowest of its own limits and of those above it."`
	VATCheck      *VATCheck      `json:"vat_check" doc:"What VIES says about the VAT id; null if it was not asked yet, or is not asked about this one."`
	Reimbursement *Reimbursement `json:"reimbursement" doc:"What is paid back for private charging; null if nothing is agreed."`
}

// VATCheck is an answer of the European Union's register of VAT ids.
type VATCheck struct {
	State string    `json:"state" enum:"confirmed,unknown" doc:"unknown: not in the register. It may be new, or not registered for trade within the Union."`
	Name  *string   `json:"name" doc:"As which it is registered; null where the country does not tell."`
	At    time.Time `json:"at" doc:"When the register answered."`
}

// Effective is the narrowest of an account's limits and of those above it.
type Effective struct {
	Open        bool       `json:"open" doc:"Whether it and all above it are open."`
	Until       *time.Time `json:"until" doc:"The earliest end; null for none."`
	Anywhere    bool       `json:"anywhere" doc:"Whether no account limits the locations."`
	LocationIDs []string   `json:"location_ids" nullable:"false" doc:"The locations that are open to it and to all above it, unless anywhere."`
}

// Reimbursement is what was agreed.
type Reimbursement struct {
	State    string `json:"state" enum:"draft,waiting,active,paused,ended" doc:"waiting: for the employee's bank details."`
	Currency string `json:"currency" doc:"ISO 4217." example:"EUR"`
	Rates    []Rate `json:"rates" nullable:"false" doc:"By day; each holds until the next begins."`
}

// Rate is what is paid back per kWh from a day on.
type Rate struct {
	Rate string `json:"rate" doc:"Per kWh, with four decimals." example:"0.2500"`
	From string `json:"from" doc:"The day, by the workspace's clocks." example:"2027-01-31"`
}

func accountOf(r accounts.Row) Account {
	v := Account{
		ID: string(r.ID), ParentID: frame.OrNull(r.Parent), Kind: string(r.Kind), Name: r.Name, Email: frame.OrNull(r.Email), Billing: string(r.Billing),
		LegalName: frame.OrNull(r.LegalName), Street: frame.OrNull(r.Street), Postcode: frame.OrNull(r.Postcode), City: frame.OrNull(r.City),
		Country: frame.OrNull(r.Country), VATID: frame.OrNull(r.VATID), State: string(r.State), StateAt: r.StateAt, Reason: frame.OrNull(r.Reason),
		Until: frame.Instant(r.Until), LocationIDs: texts(r.Places), Users: r.Users, Version: r.Version, CreatedAt: r.Created,
	}
	if r.UserLimit > 0 {
		v.UserLimit = &r.UserLimit
	}
	return v
}

func texts(list []id.Location) []string {
	all := make([]string, len(list))
	for i, l := range list {
		all[i] = string(l)
	}
	return all
}

func detailOf(d *accounts.Detail) AccountDetail {
	v := AccountDetail{Account: accountOf(d.Row), Effective: Effective{
		Open: d.Limits.Open, Until: frame.Instant(d.Limits.Until), Anywhere: d.Limits.Any, LocationIDs: texts(d.Limits.Places),
	}}
	if r := d.VAT; r != nil && r.State != account.Unasked {
		v.VATCheck = &VATCheck{string(r.State), frame.OrNull(r.Name), r.Told}
	}
	if g := d.Rates; g != nil {
		v.Reimbursement = &Reimbursement{State: string(g.State), Currency: g.Currency, Rates: []Rate{}}
		for _, r := range g.Rates {
			v.Reimbursement.Rates = append(v.Reimbursement.Rates, Rate{r.Rate.String(), string(r.From)})
		}
	}
	return v
}

type listIn struct {
	frame.Listing
	Q     string `query:"q" maxLength:"100" doc:"A word of the name begins like this."`
	Kind  string `query:"kind" enum:"customer,employee,subsidiary" doc:"Only accounts of this kind."`
	State string `query:"state" enum:"open,closed" doc:"Only accounts in this state."`
}

func (s *desk) list(ctx context.Context, by access.Actor, in *listIn) (*frame.Listed[Account], error) {
	filters := frame.Filled("q", in.Q, "kind", in.Kind, "state", in.State)
	at, err := s.At(ctx, in.Listing, filters)
	if err != nil {
		return nil, err
	}
	page, err := s.Accounts.List(ctx, by, accounts.Filter{Q: in.Q, Kind: account.Kind(in.Kind), State: account.State(in.State), Paging: browse.Paging{At: at, Limit: in.Limit}})
	if err != nil {
		return nil, err
	}
	return frame.PageOf(ctx, s.Server, in.Listing, filters, frame.Each(page.Rows, func(r *accounts.Row) Account { return accountOf(*r) }), page.Next)
}

func (s *desk) read(ctx context.Context, by access.Actor, in *frame.ByID) (*frame.One[AccountDetail], error) {
	acc, err := frame.IDIn[id.Account](in.ID, "account")
	if err != nil {
		return nil, err
	}
	return s.one(ctx, by, acc)
}

// one answers with an account as it is now.
func (s *desk) one(ctx context.Context, by access.Actor, acc id.Account) (*frame.One[AccountDetail], error) {
	d, err := s.Accounts.One(ctx, by, acc)
	if err != nil {
		return nil, err
	}
	out := &frame.One[AccountDetail]{Body: detailOf(&d)}
	out.ETag = frame.Tag(d.Version, out.Body)
	return out, nil
}

func (s *desk) made(ctx context.Context, by access.Actor, acc id.Account) (*frame.Made[AccountDetail], error) {
	got, err := s.one(ctx, by, acc)
	if err != nil {
		return nil, err
	}
	return &frame.Made[AccountDetail]{Location: s.Public + frame.Prefix + "/accounts/" + string(acc), ETag: got.ETag, Body: got.Body}, nil
}

// Bill is whom a bill is written to.
type Bill struct {
	Billing   string `json:"billing" enum:"business,consumer" doc:"A business needs its legal name, its address and, where the country has one, its VAT id."`
	LegalName string `json:"legal_name,omitempty" maxLength:"200" doc:"Of a business."`
	Street    string `json:"street,omitempty" maxLength:"200" doc:"Street and number."`
	Postcode  string `json:"postcode,omitempty" maxLength:"20" doc:"Of the address."`
	City      string `json:"city,omitempty" maxLength:"100" doc:"Of the address."`
	Country   string `json:"country,omitempty" maxLength:"2" doc:"ISO 3166-1 alpha-2." example:"DE"`
	VATID     string `json:"vat_id,omitempty" maxLength:"40" doc:"In any spelling." example:"DE 136 695 976"`
}

func (b *Bill) account(name string) account.Account {
	return account.Account{
		Name: name, Billing: account.Billing(b.Billing), LegalName: b.LegalName, Street: b.Street, Postcode: b.Postcode, City: b.City, Country: b.Country, VATID: b.VATID,
	}
}

// Agreed is what is to be paid back.
type Agreed struct {
	Rate     string `json:"rate,omitempty" maxLength:"10" doc:"Per kWh of private charging, with up to four decimals." example:"0.2500"`
	Currency string `json:"currency,omitempty" maxLength:"3" doc:"ISO 4217; EUR if it is left out. It stays for as long as the agreement lasts." example:"EUR"`
	From     string `json:"from,omitempty" maxLength:"10" doc:"From which day on; today if it is left out." example:"2027-01-31"`
}

func (a *Agreed) rate() clients.Rate {
	return clients.Rate{Amount: a.Rate, Currency: a.Currency, From: a.From}
}

// fields are those whose names the API spells differently.
var fields = map[string]string{"places": "location_ids"}

type createIn struct {
	frame.Idempotent
	Body struct {
		Email   string `json:"email" maxLength:"254" doc:"Of the customer, who will own the account." example:"vera@voltwerk.example"`
		Name    string `json:"name,omitempty" maxLength:"100" doc:"The e-mail address if it is left out." example:"Voltwerk"`
		Message string `json:"message,omitempty" maxLength:"1000" doc:"Stands in the mail, as your own words."`
		Bill
	} `nameHint:"CreateAccount"`
}

func (s *desk) create(ctx context.Context, by access.Actor, in *createIn) (*frame.Made[AccountDetail], error) {
	b := &in.Body
	a, _, err := s.Clients.InviteClient(ctx, by, clients.Client{Account: b.account(b.Name), Email: b.Email, Message: b.Message})
	if err != nil {
		return nil, err
	}
	return s.made(ctx, by, a.ID)
}

type createSubIn struct {
	frame.PostByID
	Body struct {
		Kind    string `json:"kind" enum:"employee,subsidiary" doc:"Who will use this account."`
		Name    string `json:"name" minLength:"1" maxLength:"100" doc:"What it is called." example:"Emma at home"`
		Email   string `json:"email" maxLength:"254" doc:"Of the person who will use it." example:"emma@voltwerk.example"`
		Message string `json:"message,omitempty" maxLength:"1000" doc:"Stands in the mail, as your own words."`
		Bill
		Agreed
	} `nameHint:"CreateSubAccount"`
}

func (s *desk) createSub(ctx context.Context, by access.Actor, in *createSubIn) (*frame.Made[AccountDetail], error) {
	parent, err := frame.IDIn[id.Account](in.ID, "account")
	if err != nil {
		return nil, err
	}
	b := &in.Body
	a := b.account(b.Name)
	a.Parent, a.Kind = parent, account.Kind(b.Kind)
	if a, _, err = s.Clients.AddSubAccount(ctx, by, clients.SubAccount{Account: a, Email: b.Email, Rate: b.rate(), Message: b.Message}); err != nil {
		return nil, err
	}
	return s.made(ctx, by, a.ID)
}

type endUserIn struct {
	frame.PostByID
	Body struct {
		Email   string `json:"email" maxLength:"254" doc:"Of somebody new, or of a user who has no account yet." example:"dirk@voltwerk.example"`
		Role    string `json:"role,omitempty" enum:"driver,account-owner" default:"driver" doc:"What they may do in the account."`
		Message string `json:"message,omitempty" maxLength:"1000" doc:"Stands in the mail, as your own words."`
		Agreed
	} `nameHint:"AddEndUser"`
}

func (s *desk) addEndUser(ctx context.Context, by access.Actor, in *endUserIn) (*frame.Made[AccountDetail], error) {
	acc, err := frame.IDIn[id.Account](in.ID, "account")
	if err != nil {
		return nil, err
	}
	if _, err := s.Accounts.Label(ctx, by, acc); err != nil {
		return nil, err
	}
	b := &in.Body
	a, _, err := s.Clients.AddEndUser(ctx, by, clients.EndUser{Email: b.Email, Account: acc, Owner: b.Role == access.AccountOwner, Rate: b.rate(), Message: b.Message})
	if err != nil {
		return nil, err
	}
	return s.made(ctx, by, a.ID)
}

type changeIn struct {
	frame.ByID
	frame.Precondition
	Body struct {
		Name        *string   `json:"name,omitempty" minLength:"1" maxLength:"100" doc:"What it is called."`
		Email       *string   `json:"email,omitempty" maxLength:"254" doc:"Where bills go; empty for nowhere."`
		Billing     *string   `json:"billing,omitempty" enum:"business,consumer" doc:"Whom a bill is written to."`
		LegalName   *string   `json:"legal_name,omitempty" maxLength:"200" doc:"Of a business."`
		Street      *string   `json:"street,omitempty" maxLength:"200" doc:"Street and number."`
		Postcode    *string   `json:"postcode,omitempty" maxLength:"20" doc:"Of the address."`
		City        *string   `json:"city,omitempty" maxLength:"100" doc:"Of the address."`
		Country     *string   `json:"country,omitempty" maxLength:"2" doc:"ISO 3166-1 alpha-2."`
		VATID       *string   `json:"vat_id,omitempty" maxLength:"40" doc:"In any spelling."`
		UserLimit   *int64    `json:"user_limit,omitempty" minimum:"0" maximum:"10000000" doc:"0 for no limit of its own."`
		Until       *string   `json:"until,omitempty" maxLength:"40" doc:"RFC 3339; empty for no end of its own." example:"2027-12-31T23:00:00Z"`
		LocationIDs *[]string `json:"location_ids,omitempty" maxItems:"1000" doc:"Empty for no limit of its own."`
	} `nameHint:"ChangeAccount"`
}

// change changes texts and limits: both, or neither.
func (s *desk) change(ctx context.Context, by access.Actor, in *changeIn) (out *frame.One[AccountDetail], err error) {
	acc, err := frame.IDIn[id.Account](in.ID, "account")
	if err != nil {
		return nil, err
	}
	b := &in.Body
	d, err := s.Accounts.One(ctx, by, acc)
	if err != nil {
		return nil, err
	}
	if err := frame.Unchanged(in.IfMatch, d.Version); err != nil {
		return nil, err
	}
	texts, limits := d.Account, d.Account
	for to, sent := range map[*string]*string{
		&texts.Name: b.Name, &texts.Email: b.Email, &texts.LegalName: b.LegalName, &texts.Street: b.Street, &texts.Postcode: b.Postcode,
		&texts.City: b.City, &texts.Country: b.Country, &texts.VATID: b.VATID,
	} {
		frame.Set(to, sent)
	}
	if b.Billing != nil {
		texts.Billing = account.Billing(*b.Billing)
	}
	frame.Set(&limits.UserLimit, b.UserLimit)
	if err := frame.Moment("until", b.Until, &limits.Until); err != nil {
		return nil, err
	}
	if b.LocationIDs != nil {
		limits.Places = nil
		for _, l := range *b.LocationIDs {
			limits.Places = append(limits.Places, id.Location(l))
		}
	}
	said := b.Name != nil || b.Email != nil || b.Billing != nil || b.LegalName != nil || b.Street != nil || b.Postcode != nil || b.City != nil || b.Country != nil || b.VATID != nil
	if said {
		changed, err := s.Clients.Update(ctx, by, texts)
		if err != nil {
			return nil, frame.Raced(in.IfMatch, err)
		}
		limits.Version = changed.Version
	}
	if b.UserLimit != nil || b.Until != nil || b.LocationIDs != nil {
		if _, err := s.Clients.Limit(ctx, by, limits); err != nil {
			return nil, frame.Renamed(frame.Raced(in.IfMatch, err), fields)
		}
	}
	return s.one(ctx, by, acc)
}

type rateIn struct {
	frame.PostByID
	Body struct {
		Agreed
	} `nameHint:"SetReimbursementRate"`
}

func (s *desk) setRate(ctx context.Context, by access.Actor, in *rateIn) (*frame.One[AccountDetail], error) {
	acc, err := frame.IDIn[id.Account](in.ID, "account")
	if err != nil {
		return nil, err
	}
	if err := s.Clients.SetRate(ctx, by, acc, in.Body.rate()); err != nil {
		return nil, err
	}
	return s.one(ctx, by, acc)
}

type closeIn struct {
	frame.PostByID
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"500" doc:"For your colleagues and the account's owners; drivers do not see it."`
	} `nameHint:"CloseAccount"`
}

func (s *desk) close(ctx context.Context, by access.Actor, in *closeIn) (*frame.One[AccountDetail], error) {
	acc, err := frame.IDIn[id.Account](in.ID, "account")
	if err != nil {
		return nil, err
	}
	if _, err := s.Clients.Close(ctx, by, acc, strings.TrimSpace(in.Body.Reason)); err != nil {
		return nil, err
	}
	return s.one(ctx, by, acc)
}

func (s *desk) reopen(ctx context.Context, by access.Actor, in *frame.PostByID) (*frame.One[AccountDetail], error) {
	acc, err := frame.IDIn[id.Account](in.ID, "account")
	if err != nil {
		return nil, err
	}
	if _, err := s.Clients.Reopen(ctx, by, acc); err != nil {
		return nil, err
	}
	return s.one(ctx, by, acc)
}

type setAccountIn struct {
	frame.ByID
	Body struct {
		AccountID string `json:"account_id" maxLength:"26" doc:"Empty: no account pays."`
	} `nameHint:"SetAccount"`
}

func (s *desk) setAccount(ctx context.Context, by access.Actor, in *setAccountIn) (*frame.Nothing, error) {
	who, err := frame.IDIn[id.Person](in.ID, "user")
	if err != nil {
		return nil, err
	}
	err = s.Clients.SetAccount(ctx, by, who, id.Account(in.Body.AccountID))
	if err != nil {
		return nil, frame.Renamed(err, map[string]string{"account": "account_id"})
	}
	return &frame.Nothing{}, nil
}
