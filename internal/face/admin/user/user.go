package user

import (
	"net/http"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/card"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/admit"
	"involt/internal/flow/browse"
	"involt/internal/flow/onboard"

	"github.com/a-h/templ"
)

// userPage is one user's sidebar, or page, as it was asked for or came back.
type userPage struct {
	v     *frame.Visit
	d     browse.UserDetail
	open  []admit.Open
	rd    ui.Reader
	form  person.Person // what is in the form of basic information
	base  string        // the user's address
	label [2]string     // of info 1 and 2

	wrong     ui.Errors // of the basic information
	cardWrong ui.Errors
	cardTyped string
	notice    string // what went wrong with something that has no form
	ask       bool   // the question before deactivating stands open
	asked     string // another question stands open: "revoke", or the id of a card's
	atCards   bool   // a card was changed: the sidebar goes on at the cards
	askWrong  ui.Errors
	askSaid   string
}

func (c *Pages) userOf(r *http.Request, v *frame.Visit) (p userPage, err error) {
	who := id.Person(r.PathValue("user"))
	d, err := c.Browse.User(r.Context(), v.By, who)
	if err != nil {
		return p, err
	}
	p = userPage{v: v, d: d, rd: ui.ReaderOf(r.Context()), form: d.Person, base: v.To("/users/" + string(d.User.ID)), label: [2]string{v.Workspace.Info1Label, v.Workspace.Info2Label}}
	if v.May(access.PlacesRead) {
		p.open = c.Admit.WhereOpen(v.Workspace.ID, who, d.Now)
	}
	return p, nil
}

func (c *Pages) user(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.userOf(r, v)
	if err != nil {
		return err
	}
	return c.showUser(w, r, p, http.StatusOK)
}

// showUser renders the sidebar, or the same as a page.
func (c *Pages) showUser(w http.ResponseWriter, r *http.Request, p userPage, status int) error {
	sheet := ui.SheetProps{
		Title: p.d.Name, Sub: p.d.User.Email, Avatar: true, Badge: userBadges(p), Href: p.base,
		Back: ui.Link{Label: "Users", Href: p.v.To("/users")}, Actions: p.actions(),
	}
	if sheet.Sub == sheet.Title {
		sheet.Sub = ""
	}
	done := frame.Toast(r, Done)
	key, _ := ui.Done(r)
	p.atCards = strings.HasPrefix(key, "card-")
	p.asked = r.URL.Query().Get("ask")
	if ui.WantsSheet(r) {
		sheet.Toast = done
		return ui.Render(w, r, status, userSheet(sheet, p))
	}
	shell := p.v.Shell(p.d.Name, ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: p.v.To("/users")})
	shell.Toast = done
	return ui.Render(w, r, status, userWhole(shell, sheet, p))
}

// actions are the two or three that fit the user's status.
func (p userPage) actions() (list []templ.Component) {
	if !p.v.May(access.PeopleWrite) {
		return nil
	}
	if onboard.WhyNotInvited(p.d.User.HasEmail, p.d.User.Identity, p.d.User.Status) == "" {
		b := ui.ButtonProps{Label: "Invite", Icon: "send"}
		if p.d.Status == person.Invited {
			b = ui.ButtonProps{Label: "Resend invitation", Icon: "refresh-cw", Variant: "outline"}
		} else if p.d.Status == person.Active {
			b.Variant = "outline"
		}
		list = append(list, ui.PostButton(p.base+"/invite", b))
	}
	switch p.d.Status {
	case person.Invited:
		list = append(list, ui.LinkButton(ui.ButtonProps{Label: "Revoke invitation…", Icon: "x", Variant: "outline", Href: p.base + "?ask=revoke", Attrs: ui.OpensDialog("revoke")}))
	case person.Active:
		list = append(list, ui.LinkButton(ui.ButtonProps{Label: "Deactivate…", Icon: "user-x", Variant: "outline", Href: p.base + "/deactivate", Attrs: ui.OpensDialog("deactivate")}))
	case person.Deactivated:
		list = append(list, ui.PostButton(p.base+"/reactivate", ui.ButtonProps{Label: "Reactivate", Icon: "user-check"}))
	case person.Imported, person.ToBeApproved, person.Declined:
	}
	return list
}

func (p userPage) stats() []ui.Stat {
	last := p.rd.Words.Never
	if !p.d.LastCharge.IsZero() {
		last = p.rd.Ago(p.d.LastCharge)
	}
	s := ui.Stat{Label: "Sessions", Value: p.rd.Int(p.d.Sessions)}
	return []ui.Stat{s, {Label: "Energy", Value: p.rd.Decimal(p.d.Wh, 3, 0), Unit: "kWh"}, {Label: "Last charge", Value: last}}
}

func (p userPage) languages() []ui.Option {
	if l := p.form.Language; l != "" && !slices.ContainsFunc(frame.Languages, func(o ui.Option) bool { return o.Value == l }) {
		return append(slices.Clip(frame.Languages), ui.Option{Value: l, Label: l})
	}
	return frame.Languages
}

// costCenters are those there are, for the combobox.
func (p userPage) costCenters() (list []ui.Option) {
	for _, name := range p.d.CostCenters {
		list = append(list, ui.Option{Value: name, Label: name})
	}
	return list
}

// otherGroups are the groups that the user is not in.
func (p userPage) otherGroups() (list []ui.Option) {
	for _, g := range p.d.AllGroups {
		if !slices.Contains(p.d.Groups, g.Name) {
			list = append(list, ui.Option{Value: string(g.ID), Label: g.Name})
		}
	}
	return list
}

// why says why a place is open to the user.
func (p userPage) why(o admit.Open) string {
	switch o.Why {
	case "group":
		return "by their user group"
	case "person":
		return "by a rule for them alone"
	default:
		return "open to every active user"
	}
}

// cardMoves are what can be done with a card, besides taking it away.
func cardMoves(s card.State) []card.State {
	switch s {
	case card.Active:
		return []card.State{card.Blocked}
	case card.Blocked, card.Suspended, card.Inactive, card.Expired:
		return []card.State{card.Active}
	case card.Deactivated:
	}
	return nil
}

func (p userPage) cardItems(k card.Card) []ui.ActionItem {
	var items []ui.ActionItem
	for _, to := range cardMoves(k.State) {
		if to == card.Active {
			it := ui.ActionItem{Label: "Unblock", Icon: "lock-open", Action: p.base + "/cards/" + string(k.ID), Name: "to", Value: string(to)}
			if k.State != card.Blocked {
				it.Label = "Make active"
			}
			items = append(items, it)
		}
	}
	for _, q := range cardQuestions(k) {
		items = append(items, ui.ActionItem{Label: q.label + "…", Icon: q.icon, Danger: true, Href: p.base + "?ask=" + q.id, Attrs: ui.OpensDialog(q.id)})
	}
	return items
}

// cardQuestion is asked before a card is taken from its user, for now or for
// good.
type cardQuestion struct {
	id, label, icon   string
	title, text, verb string
	to                card.State
}

func cardQuestions(k card.Card) (list []cardQuestion) {
	if slices.Contains(cardMoves(k.State), card.Blocked) {
		list = append(list, cardQuestion{
			"block-" + string(k.ID), "Block", "ban", "Block card " + k.UID + "?",
			"It is refused at every charger from now on, and works again when it is unblocked. Their other cards keep working. A session that runs goes on to its end.", "Block card", card.Blocked,
		})
	}
	return append(list, cardQuestion{
		"remove-" + string(k.ID), "Remove from this user", "trash-2", "Remove card " + k.UID + "?",
		"It is refused from now on and cannot be brought back. Its sessions stay, and its number may be given out again.", "Remove card", card.Deactivated,
	})
}

// twin says that another of the user's cards has the same bytes the other way
// round.
func (p userPage) twin(k card.Card) bool {
	return k.Kind == card.RFID && slices.ContainsFunc(p.d.CardList, func(o card.Card) bool { return o.ID != k.ID && o.UID == card.Reversed(k.UID) })
}

func cardSub(k card.Card, rd ui.Reader) string {
	var parts []string
	if k.Printed != "" {
		parts = append(parts, "printed "+k.Printed)
	}
	if k.Business {
		parts = append(parts, "business")
	}
	if !k.ValidFrom.IsZero() {
		parts = append(parts, "from "+rd.Date(k.ValidFrom))
	}
	if !k.ValidTo.IsZero() {
		parts = append(parts, "until "+rd.Date(k.ValidTo))
	}
	if !k.LastUsed.IsZero() {
		parts = append(parts, "used "+rd.Ago(k.LastUsed))
	}
	return strings.Join(parts, " · ")
}

// messageLabels name the kinds of messages.
func messageLabel(kind, subject string) string {
	switch {
	case subject != "":
		return subject
	case kind == "invitation":
		return "Invitation"
	}
	return kind
}

// sessionPlace names where a session was; chargers are often named after their
// location.
func sessionPlace(location, charger string) string {
	if strings.HasPrefix(charger, location) {
		return charger
	}
	return location + " · " + charger
}

func (p userPage) timeline() (list []ui.TimelineItem) {
	for _, a := range p.d.Activity {
		a.About = 0 // here it is about one
		t := frame.Tell(a, p.v)
		item := ui.TimelineItem{Icon: t.Icon, Tone: t.Tone, Title: ui.Text(t.Text), Who: a.ActorName, At: a.At}
		if t.Detail != "" {
			item.Detail = ui.Text(t.Detail)
		}
		list = append(list, item)
	}
	return list
}
