package admin

import (
	"net/http"
	"slices"
	"strings"

	"involt/internal/core/access"
	"involt/internal/core/apikey"
	"involt/internal/core/id"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"

	"github.com/a-h/templ"
)

type keysPage struct {
	v     *visit
	shell ui.ConsoleProps
	list  []apikey.Key
}

func (c *Console) keys(w http.ResponseWriter, r *http.Request, v *visit) error {
	list, err := c.keyList(r, v)
	if err != nil {
		return err
	}
	p := keysPage{v: v, list: list, shell: c.shell(v, "API keys", ui.Link{Label: "Settings"})}
	p.shell.Toast = toast(r, map[string]string{"revoked": "API key revoked. It no longer works."})
	return ui.Render(w, r, http.StatusOK, keys(p))
}

// keyList are the workspace's keys, those that work first.
func (c *Console) keyList(r *http.Request, v *visit) (list []apikey.Key, err error) {
	err = c.DB.View(r.Context(), func(tx *db.Tx) error {
		list, err = apikey.List(tx, v.By.Workspace)
		return err
	})
	slices.SortStableFunc(list, func(a, b apikey.Key) int {
		switch {
		case a.Revoked.IsZero() == b.Revoked.IsZero():
			return 0
		case a.Revoked.IsZero():
			return -1
		default:
			return 1
		}
	})
	return list, err
}

func (p keysPage) table() ui.TableProps {
	t := ui.TableProps{
		Caption: "API keys", Columns: []ui.Column{{Label: "Key", Main: true}, {Label: "May"}, {Label: "Made"}, {Label: "Last used"}, {Label: "State"}},
		Empty: ui.EmptyState("key-round", "No API keys yet", "A program acts in this workspace with a key of its own, which may do what you choose and no more.",
			ui.LinkButton(ui.ButtonProps{Label: "New API key", Icon: "plus", Href: p.v.path("/keys/new")})),
	}
	for _, k := range p.list {
		row := ui.Row{ID: string(k.ID), Name: k.Name, Cells: []templ.Component{place(k.Name, "ik_…"+k.Hint), some(frame.PermLabels(k.Perms), false), ui.Day(k.Created), ui.Ago(k.LastUsed), keyState(k)}}
		if k.Revoked.IsZero() {
			href := p.v.path("/keys/" + string(k.ID) + "/revoke")
			row.Menu = ui.ActionsMenu(ui.ActionsMenuProps{ID: "key-" + string(k.ID), Small: true, For: k.Name, Blocks: []ui.ActionBlock{{Items: []ui.ActionItem{
				{Label: "Revoke …", Icon: "ban", Href: href, Danger: true, Attrs: ui.OpensSheet(href)},
			}}}})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// keyForm asks for a new key.
type keyForm struct {
	v      *visit
	shell  ui.ConsoleProps
	name   string
	chosen []string // names of permissions
	wrong  ui.Errors
}

func (c *Console) keyForm(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.showKeyForm(w, r, http.StatusOK, keyForm{v: v})
}

func (c *Console) showKeyForm(w http.ResponseWriter, r *http.Request, status int, f keyForm) error {
	f.shell = c.shell(f.v, "New API key", ui.Link{Label: "Settings"}, ui.Link{Label: "API keys", Href: f.v.path("/keys")})
	return ui.Render(w, r, status, keyNew(f))
}

// fields are the permissions that the visitor holds, as boxes to tick.
func (f keyForm) fields() (list []ui.Field) {
	for _, p := range frame.Permissions {
		if f.v.may(p.Perm) {
			name := p.Perm.Names()[0]
			list = append(list, ui.Field{
				Name: "perms", ID: ui.FieldID("perms-" + strings.ReplaceAll(name, ":", "-")), Label: p.Label, Hint: p.Does, Value: name, Checked: slices.Contains(f.chosen, name), Optional: true,
			})
		}
	}
	if len(list) > 0 {
		list[0].ID = ui.FieldID("perms") // where the summary of errors leads
	}
	return list
}

// keyAdd makes a key and leads to the page that shows it.
func (c *Console) keyAdd(w http.ResponseWriter, r *http.Request, v *visit) error {
	f := keyForm{v: v, name: strings.TrimSpace(r.PostFormValue("name")), chosen: r.PostForm["perms"]}
	perms, err := access.ParsePerms(f.chosen)
	var plain string
	var k apikey.Key
	if err == nil {
		plain, k, err = c.Enter.NewKey(r.Context(), v.By, f.name, perms)
	}
	if wrong, ok := ui.ErrorsOf(err); ok {
		f.wrong = wrong
		return c.showKeyForm(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	v.SeeOther(w, r, "/keys/"+string(k.ID)+"/shown/"+c.shown.Put(v.onceFor(string(k.ID)), plain))
	return nil
}

// onceFor is what a secret is kept under that was made for one thing: only who
// made it sees it.
func (v *visit) onceFor(thing string) string {
	return string(v.Workspace.ID) + "|" + v.By.Name + "|" + thing
}

// keyShow shows a key for the few minutes that it is kept after it was made.
func (c *Console) keyShow(w http.ResponseWriter, r *http.Request, v *visit) error {
	plain, ok := c.shown.Get(v.onceFor(r.PathValue("key")), r.PathValue("slot"))
	if !ok {
		return errs.New(errs.Gone, "This key is no longer shown. If you have not copied it, revoke it under API keys and make a new one.")
	}
	list, err := c.keyList(r, v)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(k apikey.Key) bool { return string(k.ID) == r.PathValue("key") })
	if i < 0 {
		return errs.New(errs.NotFound, "There is no such API key.")
	}
	shell := c.shell(v, "API key made", ui.Link{Label: "Settings"}, ui.Link{Label: "API keys", Href: v.path("/keys")})
	return ui.Render(w, r, http.StatusOK, keyShown(shell, v, list[i], plain, c.publicURL(r), r.URL.Path))
}

// keyCopied forgets a key that was shown.
func (c *Console) keyCopied(w http.ResponseWriter, r *http.Request, v *visit) error {
	c.shown.Drop(v.onceFor(r.PathValue("key")), r.PathValue("slot"))
	v.SeeOther(w, r, "/keys")
	return nil
}

func (c *Console) keyAsk(w http.ResponseWriter, r *http.Request, v *visit) error {
	list, err := c.keyList(r, v)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(k apikey.Key) bool { return string(k.ID) == r.PathValue("key") && k.Revoked.IsZero() })
	if i < 0 {
		return errs.New(errs.NotFound, "There is no such API key, or it was revoked already.")
	}
	return c.ask(w, r, v, question{
		title: "Revoke “" + list[i].Name + "”?", text: "Every program that uses this key is refused from now on. A revoked key cannot be brought back; make a new one instead.",
		action: v.path("/keys/" + string(list[i].ID) + "/revoke"), label: "Revoke key", icon: "ban",
		crumbs: []ui.Link{{Label: "Settings"}, {Label: "API keys", Href: v.path("/keys")}}, back: ui.Link{Label: "API keys", Href: v.path("/keys")},
	})
}

func (c *Console) keyRevoke(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := c.Enter.RevokeKey(r.Context(), v.By, id.APIKey(r.PathValue("key"))); err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.path("/keys"), "revoked", -1)
	return nil
}
