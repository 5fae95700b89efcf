package admin

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"involt/internal/core/access"
	"involt/internal/core/journal"
	"involt/internal/face/ui"
	"involt/internal/kit/db"
	"involt/internal/kit/errs"
	"involt/internal/kit/job"

	"github.com/a-h/templ"
)

// jobKinds says what each kind of background work is for. Another one is told by
// its name.
var jobKinds = map[string]string{
	"onboard.mail-invite": "Invitation mails",
	"onboard.sweep":       "Tidying up invitations and sign-ins",
	"journal.deliver":     "Passing on what happened",
	"export.run":          "Scheduled exports",
	"export.tick":         "Looking which exports are due",
	"import.apply":        "Imports",
}

func jobLabel(kind string) string {
	if s, ok := jobKinds[kind]; ok {
		return s
	}
	return upper(strings.NewReplacer(".", ": ", "-", " ").Replace(kind))
}

// jobsPage is the workspace's background work.
type jobsPage struct {
	v      *visit
	shell  ui.ConsoleProps
	depths []job.Depth
	failed []job.Job
	rd     ui.Reader
}

// mostJobs is how many failed jobs are listed.
const mostJobs = 100

func (c *Console) jobs(w http.ResponseWriter, r *http.Request, v *visit) error {
	p := jobsPage{v: v, rd: ui.ReaderOf(r.Context()), shell: c.shell(v, "Background work", ui.Link{Label: "Settings"})}
	p.shell.Toast = toast(r, map[string]string{"retried": "It runs again now.", "discarded": "Discarded."})
	err := c.DB.View(r.Context(), func(tx *db.Tx) (err error) {
		if p.depths, err = job.Depths(tx, string(v.By.Workspace)); err != nil {
			return err
		}
		p.failed, err = job.List(tx, string(v.By.Workspace), mostJobs)
		return err
	})
	if err != nil {
		return err
	}
	p.failed = slices.DeleteFunc(p.failed, func(j job.Job) bool { return j.State != "failed" })
	return ui.Render(w, r, http.StatusOK, jobs(p))
}

func (p jobsPage) kinds() ui.TableProps {
	t := ui.TableProps{
		Caption: "Background work by kind", Columns: []ui.Column{{Label: "Work", Main: true}, {Label: "Waiting", Num: true}, {Label: "Running", Num: true}, {Label: "Failed", Num: true}, {Label: "Longest due"}},
		Empty: ui.EmptyState("circle-check", "Nothing to do", "Mails, imports and the like are worked off here. All of it is done.", nil),
	}
	for _, d := range p.depths {
		row := ui.Row{Name: jobLabel(d.Kind), Cells: []templ.Component{place(jobLabel(d.Kind), ""), ui.Number(d.Due), ui.Number(d.Running), ui.Number(d.Failed), ui.Dash()}}
		if !d.Oldest.IsZero() && d.Oldest.Before(p.rd.Now.Add(time.Minute)) {
			row.Cells[4] = ui.Ago(d.Oldest)
		} else if !d.Oldest.IsZero() {
			row.Cells[4] = nextAt(d.Oldest)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (p jobsPage) failures() ui.TableProps {
	t := ui.TableProps{Caption: "Failed work", Columns: []ui.Column{{Label: "Work", Main: true}, {Label: "Error"}, {Label: "Tries", Num: true}, {Label: "Asked for"}, {Label: "What to do"}}}
	for _, j := range p.failed {
		t.Rows = append(t.Rows, ui.Row{ID: j.ID, Name: jobLabel(j.Kind), Cells: []templ.Component{
			place(jobLabel(j.Kind), ""), why(p.v.failure(j)), ui.Number(j.Tries), ui.Ago(j.Created), jobButtons(p.v.path("/jobs/" + j.ID)),
		}})
	}
	return t
}

// failure is why a job failed. What a mail server says names addresses, so it is
// not for those who may not see them.
func (v *visit) failure(j job.Job) string {
	if j.LastErr == "" || v.may(access.PersonalData) {
		return j.LastErr
	}
	return "The error is shown to those who may see personal data."
}

func (c *Console) jobRetry(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.jobChange(w, r, v, "job.retried", "retried", job.Retry)
}

func (c *Console) jobDiscard(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.jobChange(w, r, v, "job.discarded", "discarded", job.Discard)
}

func (c *Console) jobChange(w http.ResponseWriter, r *http.Request, v *visit, what, done string, change func(*db.Tx, string, string) error) error {
	one := r.PathValue("job")
	if err := v.By.Need(access.JobsWrite); err != nil {
		return err
	}
	err := c.DB.Update(r.Context(), func(tx *db.Tx) error {
		if err := change(tx, string(v.By.Workspace), one); err != nil {
			return err
		}
		return journal.Record(tx, v.By, what, journal.About("job", one), nil)
	})
	if err != nil {
		return err
	}
	ui.RedirectDone(w, r, v.path("/jobs"), done, -1)
	return nil
}

func (c *Console) jobAsk(w http.ResponseWriter, r *http.Request, v *visit) error {
	var list []job.Job
	err := c.DB.View(r.Context(), func(tx *db.Tx) (err error) {
		list, err = job.List(tx, string(v.By.Workspace), mostJobs)
		return err
	})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(j job.Job) bool { return j.ID == r.PathValue("job") && j.State == "failed" })
	if i < 0 {
		return errs.New(errs.NotFound, "There is no failed job of that number any more. It may have been retried already.")
	}
	return c.ask(w, r, v, question{
		title: "Discard this work?", text: jobLabel(list[i].Kind) + ", asked for " + ui.ReaderOf(r.Context()).DateTime(list[i].Created) + ", will not be done. It failed with: " + v.failure(list[i]),
		action: v.path("/jobs/" + list[i].ID + "/discard"), label: "Discard", icon: "trash-2",
		crumbs: []ui.Link{{Label: "Settings"}, {Label: "Background work", Href: v.path("/jobs")}}, back: ui.Link{Label: "Background work", Href: v.path("/jobs")},
	})
}
