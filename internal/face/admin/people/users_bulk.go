package people

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"involt/internal/core/access"
	"involt/internal/core/id"
	"involt/internal/core/person"
	"involt/internal/face/admin/frame"
	"involt/internal/face/ui"
	"involt/internal/flow/browse"
	"involt/internal/flow/onboard"
	"involt/internal/kit/errs"
)

// bulk is one line of the Actions menu: something done to many users.
type bulk struct {
	verb   string // "Invite": the button says "Invite 12 users"
	ask    string // the question's second sentence: what it does
	done   string // "invited": the result says "12 users invited"
	danger bool
	all    person.Status // of all users with that status, whatever was selected; "" for the selected ones
	needs  string        // "group" or "reason": what has to be said besides
	skip   func(u *browse.User) string
	run    func(ctx context.Context, c *Pages, by access.Actor, ids []id.Person, said string) ([]onboard.Outcome, error)
}

var bulks = map[string]bulk{
	"invite-imported": {
		verb: "Invite", done: "invited", all: person.Imported, skip: noInvite, run: inviteAgain,
		ask: "Each of them gets an e-mail with a link to come in. Their status becomes Invited.",
	},
	"invite-pending": {
		verb: "Re-invite", done: "invited again", all: person.Invited, skip: noInvite, run: inviteAgain,
		ask: "Each of them gets a new e-mail. The links they have now stop working.",
	},
	"invite": {
		verb: "Invite", done: "invited", skip: noInvite, run: inviteAgain,
		ask: "Each of them gets an e-mail with a link to come in. Whoever had a link gets a new one, and the older one stops working.",
	},
	"group": {
		verb: "Add", done: "added to the group", needs: "group", skip: func(*browse.User) string { return "" },
		ask: "They stay in the groups they have.",
		run: func(ctx context.Context, c *Pages, by access.Actor, ids []id.Person, said string) ([]onboard.Outcome, error) {
			return c.Onboard.AddToGroup(ctx, by, id.Group(said), ids)
		},
	},
	"deactivate": {
		verb: "Deactivate", done: "deactivated", danger: true, needs: "reason",
		ask: "Their cards, keys and staff roles end at once. They can still sign in and see what they did. You can reactivate them.",
		skip: func(u *browse.User) string {
			return unless(u.Status == person.Active, "is "+u.Status.Label()+", and not Active")
		},
		run: oneByOne((*onboard.Service).Deactivate),
	},
	"reactivate": {
		verb: "Reactivate", done: "reactivated",
		ask: "They may charge again, with the cards and groups they have.",
		skip: func(u *browse.User) string {
			return unless(u.Status == person.Deactivated, "is "+u.Status.Label()+", and not Deactivated")
		},
		run: oneByOne(func(s *onboard.Service, ctx context.Context, by access.Actor, who id.Person, _ string) error {
			return s.Reactivate(ctx, by, who)
		}),
	},
}

func unless(fine bool, why string) string {
	if fine {
		return ""
	}
	return why
}

// noInvite says beforehand whom onboard.InviteAgain will skip.
func noInvite(u *browse.User) string { return onboard.WhyNotInvited(u.HasEmail, u.Identity, u.Status) }

func inviteAgain(ctx context.Context, c *Pages, by access.Actor, ids []id.Person, _ string) ([]onboard.Outcome, error) {
	return c.Onboard.InviteAgain(ctx, by, ids)
}

// oneByOne makes bulk work of what is done to a single user: whoever cannot be
// is an outcome and stops nobody else.
func oneByOne(do func(*onboard.Service, context.Context, access.Actor, id.Person, string) error) func(context.Context, *Pages, access.Actor, []id.Person, string) ([]onboard.Outcome, error) {
	return func(ctx context.Context, c *Pages, by access.Actor, ids []id.Person, said string) (out []onboard.Outcome, err error) {
		for _, who := range ids {
			o := onboard.Outcome{Person: who, Done: true}
			if err := do(c.Onboard, ctx, by, who, said); err != nil {
				switch errs.KindOf(err) {
				case errs.Conflict, errs.NotFound, errs.Denied:
					o.Done, o.Why = false, errs.Text(err)
				default:
					return out, err
				}
			}
			out = append(out, o)
		}
		return out, nil
	}
}

// plan is bulk work between the question and its answer: exactly the users it
// was asked for, whatever the list shows meanwhile. It is carried out once.
type plan struct {
	bulk
	by     id.Person
	users  []browse.User // who will be touched
	skips  []skipped
	groups []ui.Option
	back   string // the list it came from

	mu      sync.Mutex // guards what follows, and holds a second click until the first is through
	ran     bool
	said    string // the name of the group, or the reason
	results []result
}

// skipped is users who will not be touched, and why.
type skipped struct {
	why   string
	names []string
}

// result is what became of one user.
type result struct {
	user browse.User
	done bool
	why  string
}

func (p *plan) count(done bool) (n int) {
	for _, r := range p.results {
		if r.done == done {
			n++
		}
	}
	return n
}

// bulkAsk fixes who is meant and leads to the question.
func (c *Pages) bulkAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	b, ok := bulks[r.PathValue("action")]
	if !ok {
		return errs.New(errs.NotFound, "There is no such action.")
	}
	if err := r.ParseForm(); err != nil {
		return errs.New(errs.Invalid, "The form could not be read.")
	}
	users, err := c.meant(r, v, b)
	if err != nil {
		return err
	}
	p := &plan{bulk: b, by: v.By.Person, back: listAgain(v, r)}
	if len(users) == 0 && b.all == "" {
		ui.RedirectDone(w, r, p.back, "none-selected", -1)
		return nil
	}
	for i := range users {
		why := b.skip(&users[i])
		if why == "" {
			p.users = append(p.users, users[i])
			continue
		}
		at := slices.IndexFunc(p.skips, func(s skipped) bool { return s.why == why })
		if at < 0 {
			at = len(p.skips)
			p.skips = append(p.skips, skipped{why: why})
		}
		p.skips[at].names = append(p.skips[at].names, users[i].Name)
	}
	if b.needs == "group" {
		offer, err := c.Browse.Choices(r.Context(), v.By)
		if err != nil {
			return err
		}
		for _, g := range offer.Groups {
			p.groups = append(p.groups, ui.Option{Value: string(g.ID), Label: g.Name})
		}
	}
	v.SeeOther(w, r, "/bulk/"+c.plans.put(v.Workspace.ID, p))
	return nil
}

// meant returns the users that the list's form means: all of a status, all that
// match the filter, or those that were ticked.
func (c *Pages) meant(r *http.Request, v *frame.Visit, b bulk) ([]browse.User, error) {
	switch {
	case b.all != "":
		return c.Browse.Matching(r.Context(), v.By, browse.UserFilter{Status: b.all})
	case r.PostForm.Get("all") == "1":
		f := userFilter(r.PostForm)
		f.At = ""
		return c.Browse.Matching(r.Context(), v.By, f)
	}
	var ids []id.Person
	for _, s := range r.PostForm["id"] {
		if id.Valid(s) && !slices.Contains(ids, id.Person(s)) {
			ids = append(ids, id.Person(s))
		}
	}
	return c.Browse.UsersByID(r.Context(), v.By, ids)
}

// listAgain is the list with the filter that the form kept.
func listAgain(v *frame.Visit, r *http.Request) string {
	u := *r.URL
	u.Path, u.RawQuery = v.To("/users"), ""
	return ui.WithQuery(&u, "status", r.PostForm.Get("status"), "q", r.PostForm.Get("q"), "group", r.PostForm.Get("group"))
}

func (c *Pages) planOf(r *http.Request, v *frame.Visit) (*plan, error) {
	p, err := c.plans.get(v.Workspace.ID, r.PathValue("plan"))
	if err == nil && p.by != v.By.Person {
		err = errs.New(errs.NotFound, "There is no such page.")
	}
	return p, err
}

// bulkPage is the question, and once it was answered, the result.
func (c *Pages) bulkPage(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.planOf(r, v)
	if err != nil {
		return err
	}
	return c.showPlan(w, r, v, p, http.StatusOK, nil)
}

func (c *Pages) showPlan(w http.ResponseWriter, r *http.Request, v *frame.Visit, p *plan, status int, wrong ui.Errors) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	title := p.verb + " users"
	shell := v.Shell(title, ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")})
	if p.ran {
		return ui.Render(w, r, status, bulkResult(shell, v, p))
	}
	return ui.Render(w, r, status, bulkQuestion(shell, v, p, v.To("/bulk/"+r.PathValue("plan")+"/do"), r.PostForm.Get("said"), wrong))
}

// bulkDo carries the plan out. A second click finds it done.
func (c *Pages) bulkDo(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, err := c.planOf(r, v)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return errs.New(errs.Invalid, "The form could not be read.")
	}
	if wrong := p.say(r.PostForm.Get("said")); wrong != nil {
		return c.showPlan(w, r, v, p, http.StatusUnprocessableEntity, wrong)
	}
	// Whoever closes the page does not leave the work half done.
	if err := p.carryOut(context.WithoutCancel(r.Context()), c, v.By, r.PostForm.Get("said")); err != nil {
		return err
	}
	v.SeeOther(w, r, "/bulk/"+r.PathValue("plan"))
	return nil
}

// say checks what has to be said besides.
func (p *plan) say(said string) ui.Errors {
	said = strings.TrimSpace(said)
	switch {
	case p.needs == "group" && !slices.ContainsFunc(p.groups, func(o ui.Option) bool { return o.Value == said }):
		return ui.Errors{"said": "Choose the group."}
	case p.needs == "reason" && (said == "" || len([]rune(said)) > 500):
		return ui.Errors{"said": "Say in a few words why, for instance: left the company. At most 500 characters fit."}
	}
	return nil
}

func (p *plan) carryOut(ctx context.Context, c *Pages, by access.Actor, said string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ran {
		return nil
	}
	ids := make([]id.Person, len(p.users))
	at := map[id.Person]browse.User{}
	for i, u := range p.users {
		ids[i], at[u.ID] = u.ID, u
	}
	out, err := p.run(ctx, c, by, ids, said)
	if err != nil && len(out) == 0 {
		return err
	}
	// What was done so far is done, whatever stopped the rest.
	p.ran, p.said = true, said
	for _, o := range p.groups {
		if p.needs == "group" && o.Value == said {
			p.said = o.Label
		}
	}
	for _, o := range out {
		p.results = append(p.results, result{at[o.Person], o.Done, o.Why})
		delete(at, o.Person)
	}
	for _, u := range p.users {
		if _, left := at[u.ID]; left {
			why := "is no longer there"
			if err != nil {
				why = "was not reached: " + errs.Text(err)
			}
			p.results = append(p.results, result{u, false, why})
		}
	}
	return nil
}

// agree puts the verb of a reason into the number: "is deactivated" becomes "are
// deactivated" of many.
func agree(why string, n int) string {
	if n == 1 {
		return why
	}
	for one, many := range map[string]string{"is ": "are ", "has ": "have ", "waits ": "wait "} {
		if rest, ok := strings.CutPrefix(why, one); ok {
			return many + rest
		}
	}
	return why
}

// howMany says how many users there are: "1 user", "12 users".
func (p *plan) howMany(rd ui.Reader, n int) string {
	if n == 1 {
		return "1 user"
	}
	return fmt.Sprintf("%s users", rd.Int(int64(n)))
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }
