package users

import (
	"net/http"

	"involt/internal/core/access"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"

	"github.com/a-h/templ"
)

// system lists those who run the workspace: users with a staff role.
func (c *Pages) system(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	list, err := c.Browse.StaffOf(r.Context(), v.By)
	if err != nil {
		return err
	}
	shell := v.Shell("System users", ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")})
	return ui.Render(w, r, http.StatusOK, systemUsers(shell, v, list))
}

func systemTable(v *frame.Visit, list []browse.Staff) ui.TableProps {
	t := ui.TableProps{
		Caption: "System users", Columns: []ui.Column{{Label: "User", Main: true}, {Label: "Roles"}, {Label: "Status"}, {Label: "Created"}},
		Empty: ui.EmptyState("shield", "Nobody has a staff role", "A staff role is given on the command line: involt admin invite.", nil),
	}
	for _, u := range list {
		sub := u.Email
		if sub == u.Name {
			sub = ""
		}
		t.Rows = append(t.Rows, ui.Row{
			Name: u.Name, ID: string(u.ID), Href: v.To("/users/" + string(u.ID)), Sheet: true,
			Cells: []templ.Component{ui.Person(u.Name, sub), frame.Some(access.Labels(u.Roles), false), ui.Status(frame.StateKey(u.Status)), ui.Day(u.Created)},
		})
	}
	return t
}
