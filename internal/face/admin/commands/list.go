package commands

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/command"
	"involt/internal/core/id"
	"involt/internal/core/locallist"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	read "involt/internal/flow/browse/commands"
	"involt/internal/flow/steer"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

// LocalList is the list of a charger as its page shows it.
type LocalList struct {
	v        *frame.Visit
	charger  id.Charger
	location id.Location
	steer.Listed
	holders map[id.Card]read.Holder
	cards   bool // the reader may see them
}

// ReadList reads the list of a charger.
func ReadList(ctx context.Context, s *steer.Service, r *read.Service, v *frame.Visit, charger id.Charger, location id.Location) (l LocalList, err error) {
	l = LocalList{v: v, charger: charger, location: location, cards: v.Whole(access.CardsRead)}
	if l.Listed, err = s.LocalList(ctx, v.By, charger); err != nil || !l.cards {
		return l, err
	}
	var all []id.Card
	for _, list := range [][]locallist.Entry{l.Held, l.Adding} {
		for i := range list {
			all = append(all, list[i].Card)
		}
	}
	l.holders, err = r.Holders(ctx, v.By, all)
	return l, err
}

// Shown reports whether there is anything to show: a list, or somebody who may switch it on.
func (l *LocalList) Shown() bool {
	return l.On || l.Version > 0 || l.Mode != locallist.Usual || l.mayChange()
}

func (l *LocalList) mayChange() bool {
	return l.v.Holds(access.PlacesWrite, access.AtLocation, string(l.location))
}

func (l *LocalList) maySend() bool {
	return l.v.Holds(access.ChargersRemote, access.AtLocation, string(l.location)) && l.On
}

// at is an address below the charger's.
func (l *LocalList) at(below string) string {
	return l.v.To("/chargers/" + string(l.charger) + below)
}

// sentence says how it stands with the list.
func (l *LocalList) sentence() string {
	switch {
	case !l.On && l.Version > 0 && (len(l.Held) > 0 || !l.Known):
		return "Switched off. What the charger holds yet is taken away as soon as it is there."
	case !l.On:
		return "Off: the charger holds no list, and by itself knows no card while it is offline."
	case l.Support == locallist.Unsupported:
		return "This charger has no local list. While it is offline it decides by its other settings."
	case l.Trouble != "":
		return l.Trouble + " It is tried again within a day, when the charger has started anew, or when you send the list."
	case l.Version == 0:
		return "The charger was not sent a list yet. That happens within the hour, or when you send it."
	case !l.Known:
		return "What the charger holds is not certain. It is sent the whole list as soon as it is there."
	}
	return "While the charger is offline, these cards charge there, each until its right ends."
}

// tone is that of the sentence, if it is more than a note.
func (l *LocalList) tone() ui.Tone {
	if l.On && l.Trouble != "" && l.Support != locallist.Unsupported {
		return ui.Warn
	}
	return ui.Neutral
}

// facts are what there is to say of the list as a whole.
func (l *LocalList) facts(rd ui.Reader) []ui.Term {
	how := "On"
	if !l.On {
		how = "Off"
	}
	if l.Mode == locallist.Usual {
		how += ", as the workspace says"
	} else {
		how += ", for this charger"
	}
	terms := []ui.Term{{Label: "Local list", Value: ui.Text(how)}}
	if l.Version == 0 {
		return terms
	}
	held := rd.Int(int64(len(l.Held)))
	if l.Support == locallist.Supported {
		held += " of " + rd.Int(int64(l.Room()))
		if l.Size == 0 {
			held += ", since the charger does not say how many it holds"
		}
	}
	terms = append(terms, ui.Term{Label: "Version", Value: ui.Code(fmt.Sprint(l.Version))}, ui.Term{Label: "Entries", Value: ui.Text(held)})
	if !l.Confirmed.IsZero() {
		terms = append(terms, ui.Term{Label: "Confirmed", Value: ui.Time(l.Confirmed)})
	}
	if way := l.way(rd); way != "" {
		terms = append(terms, ui.Term{Label: "On its way", Value: ui.Text(way)})
	}
	return terms
}

// way says what is not in the charger yet.
func (l *LocalList) way(rd ui.Reader) string {
	var said []string
	if n := len(l.Adding); n > 0 {
		said = append(said, rd.Int(int64(n))+" to put in")
	}
	if n := len(l.Leaving); n > 0 {
		said = append(said, rd.Int(int64(n))+" to take out")
	}
	if !l.Known && l.Version > 0 {
		said = []string{"the whole list"}
	}
	switch {
	case l.Open != nil && l.Open.State == command.Sent:
		said = append(said, "being sent")
	case l.Open != nil:
		said = append(said, "waiting for the charger")
	case len(said) > 0:
		said = append(said, "with the next update")
	}
	return strings.Join(said, ", ")
}

// table lists what the charger holds, and what is on its way; at most most rows.
func (l *LocalList) table(most int) ui.TableProps {
	t := ui.TableProps{
		Caption: "Local list", Columns: []ui.Column{{Label: "User", Main: true}, {Label: "Card, as the charger spells it"}, {Label: "Until"}, {Label: "State"}},
		Empty: ui.EmptyState("list", "Nobody is in it", "Those who charge here and may do so at any hour come into the list, who came last first.", nil),
	}
	leaves, changes := map[string]bool{}, map[string]bool{}
	for i := range l.Leaving {
		leaves[l.Leaving[i].Token] = true
	}
	held := map[string]bool{}
	for i := range l.Held {
		held[l.Held[i].Token] = true
	}
	for i := range l.Adding {
		e := &l.Adding[i]
		if held[e.Token] {
			changes[e.Token] = true
		} else if len(t.Rows) < most {
			t.Rows = append(t.Rows, l.row(e, "To be put in", ui.Info))
		}
	}
	for i := range l.Held {
		e := &l.Held[i]
		if len(t.Rows) == most {
			break
		}
		switch {
		case leaves[e.Token]:
			t.Rows = append(t.Rows, l.row(e, "To be taken out", ui.Warn))
		case changes[e.Token]:
			t.Rows = append(t.Rows, l.row(e, "To be changed", ui.Info))
		default:
			t.Rows = append(t.Rows, l.row(e, "In the list", ui.Good))
		}
	}
	return t
}

func (l *LocalList) row(e *locallist.Entry, state string, tone ui.Tone) ui.Row {
	who, there := l.holders[e.Card]
	r := ui.Row{ID: "entry-" + e.Token, Name: e.Token}
	name := ui.Quiet("a card that is gone")
	if there {
		name = ui.Quiet("nobody's")
		if who.Name != "" {
			name = ui.Text(who.Name)
		}
		r.Href, r.Sheet = l.v.To("/cards/"+string(e.Card)), true
	}
	until := ui.Quiet("no end")
	if !e.Expires.IsZero() {
		until = ui.Time(e.Expires)
	}
	r.Cells = []templ.Component{name, ui.Code(e.Token), until, ui.Badge(state, tone)}
	return r
}

// rows is how many rows there are in all.
func (l *LocalList) rows() int {
	n := len(l.Held)
	for i := range l.Adding {
		if !l.has(l.Adding[i].Token) {
			n++
		}
	}
	return n
}

func (l *LocalList) has(token string) bool {
	for i := range l.Held {
		if l.Held[i].Token == token {
			return true
		}
	}
	return false
}

// wholePage is the list with all its entries.
type wholePage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	h     browse.ChargerDetail
	l     LocalList
	at    string
}

func (c *Pages) localList(w http.ResponseWriter, r *http.Request, v *frame.Visit) (err error) {
	p := wholePage{v: v, at: r.URL.RequestURI()}
	if p.h, err = c.charger(r, v); err != nil {
		return err
	}
	if p.l, err = ReadList(r.Context(), c.Steer, c.Read, v, p.h.ID, p.h.Location); err != nil {
		return err
	}
	p.shell = v.Shell("Local list", ui.Link{Label: "Access"}, ui.Link{Label: "Chargers", Href: v.To("/chargers")}, ui.Link{Label: p.h.Name, Href: v.To("/chargers/" + string(p.h.ID))})
	return ui.Render(w, r, http.StatusOK, whole(p))
}

// sendList has the whole list sent anew.
func (c *Pages) sendList(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	h, err := c.charger(r, v)
	if err != nil {
		return err
	}
	if _, err = c.Steer.Ask(r.Context(), v.By, steer.Ask{Charger: h.ID, Kind: command.LocalList, Option: command.Anew}); err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/chargers/"+string(h.ID)), "list-sent", -1)
	return nil
}

// modePage asks whether a charger holds a list.
type modePage struct {
	v     *frame.Visit
	shell ui.ConsoleProps
	h     browse.ChargerDetail
	usual bool
	mode  string
	wrong ui.Errors
}

const asUsual = "usual" // a radio button needs a value

func (c *Pages) listMode(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	return c.showMode(w, r, http.StatusOK, modePage{v: v})
}

func (c *Pages) showMode(w http.ResponseWriter, r *http.Request, status int, p modePage) (err error) {
	if p.h, err = c.charger(r, p.v); err != nil {
		return err
	}
	if !p.v.Holds(access.PlacesWrite, access.AtLocation, string(p.h.Location)) {
		return errs.New(errs.NotFound, "There is no such charger. It may have been removed.")
	}
	l, err := c.Steer.LocalList(r.Context(), p.v.By, p.h.ID)
	if err != nil {
		return err
	}
	p.usual = l.Usual
	if status == http.StatusOK {
		if p.mode = string(l.Mode); l.Mode == locallist.Usual {
			p.mode = asUsual
		}
	}
	p.shell = p.v.Shell("Change the local list", ui.Link{Label: "Access"}, ui.Link{Label: "Chargers", Href: p.v.To("/chargers")}, ui.Link{Label: p.h.Name, Href: p.v.To("/chargers/" + string(p.h.ID))})
	return ui.Render(w, r, status, mode(p))
}

func (p modePage) options() []ui.Option {
	usual := "Off"
	if p.usual {
		usual = "On"
	}
	return []ui.Option{
		{Value: asUsual, Label: "As the workspace says", Hint: usual + " at the moment, in Settings."},
		{Value: string(locallist.On), Label: "On", Hint: "Who charged here in the last 90 days, and may at any hour, can charge while the charger is offline."},
		{Value: string(locallist.Off), Label: "Off", Hint: "What the charger holds is taken away."},
	}
}

func (c *Pages) setListMode(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	said := r.PostFormValue("mode")
	m := locallist.Mode(said)
	if said == asUsual {
		m = locallist.Usual
	} else if said == "" {
		m = "none" // no choice was made
	}
	err := c.Steer.SetListMode(r.Context(), v.By, id.Charger(r.PathValue("charger")), m)
	if wrong, ok := ui.ErrorsOf(err); ok {
		return c.showMode(w, r, http.StatusUnprocessableEntity, modePage{v: v, mode: said, wrong: wrong})
	}
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.To("/chargers/"+r.PathValue("charger")), "list-changed", -1)
	return nil
}
