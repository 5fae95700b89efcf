package users

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
	"involt/internal/flow/people"
	"involt/internal/kit/errs"
)

// bulk is one line of the Actions menu: something done to many users.
type bulk struct {
	verb   string // "Invite": the button says "Invite 12 users"
	into   string // " to a group": what stands behind the users in the question
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
		verb: "Add", into: " to a group", done: "added to the group", needs: "group", skip: func(*browse.User) string { return "" },
		ask: "They stay in the groups they have.",
		run: oneByOne(func(s *people.Service, ctx context.Context, by access.Actor, who id.Person, said string) error {
			return s.AddToGroup(ctx, by, id.Group(said), who)
		}),
	},
	"deactivate": {
		verb: "Deactivate", done: "deactivated", danger: true, needs: "reason",
		ask: "Their cards, keys and staff roles end at once. They can still sign in and see what they did. You can reactivate them.",
		skip: func(u *browse.User) string {
			return unless(u.Status == person.Active, "is "+u.Status.Label()+", and not Active")
		},
		run: oneByOne((*people.Service).Deactivate),
	},
	"reactivate": {
		verb: "Reactivate", done: "reactivated",
		ask: "They may charge again, with the cards and groups they have.",
		skip: func(u *browse.User) string {
			return unless(u.Status == person.Deactivated, "is "+u.Status.Label()+", and not Deactivated")
		},
		run: oneByOne(func(s *people.Service, ctx context.Context, by access.Actor, who id.Person, _ string) error {
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
func oneByOne(do func(*people.Service, context.Context, access.Actor, id.Person, string) error) func(context.Context, *Pages, access.Actor, []id.Person, string) ([]onboard.Outcome, error) {
	return func(ctx context.Context, c *Pages, by access.Actor, ids []id.Person, said string) (out []onboard.Outcome, err error) {
		for _, who := range ids {
			o := onboard.Outcome{Person: who, Done: true}
			if err := do(c.People, ctx, by, who, said); err != nil {
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
// was asked for, whatever the list shows meanwhile. It is carried out once. It
// may be about a hundred thousand users, so it holds no more of them than ids;
// who they are is read for those that a page shows.
type plan struct {
	bulk
	by     id.Person
	size   int // how many users will be touched
	skips  []skipped
	groups []ui.Option
	back   string // the list it came from

	mu      sync.Mutex  // guards what follows, and holds a second click until the first is through
	ids     []id.Person // who will be touched; nil once it ran
	ran     bool
	said    string   // the name of the group, or the reason
	did     int      // how many it was done with
	results []result // what the page lists, at most resultsShown
}

// skipped is users who will not be touched, and why.
type skipped struct {
	why   string
	n     int
	first []id.Person // at most namesShown
}

// result is what became of one user.
type result struct {
	user id.Person
	done bool
	why  string
}

// bulkAsk fixes who is meant and leads to the question.
func (c *Pages) bulkAsk(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	b, ok := bulks[r.PathValue("action")]
	if !ok {
		return errs.New(errs.NotFound, "There is no such action.")
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
			p.ids = append(p.ids, users[i].ID)
			continue
		}
		at := slices.IndexFunc(p.skips, func(s skipped) bool { return s.why == why })
		if at < 0 {
			at = len(p.skips)
			p.skips = append(p.skips, skipped{why: why})
		}
		if p.skips[at].n++; p.skips[at].n <= namesShown {
			p.skips[at].first = append(p.skips[at].first, users[i].ID)
		}
	}
	p.size = len(p.ids)
	if b.needs == "group" {
		offer, err := c.Browse.Choices(r.Context(), v.By)
		if err != nil {
			return err
		}
		for _, g := range offer.Groups {
			p.groups = append(p.groups, ui.Option{Value: string(g.ID), Label: g.Name})
		}
	}
	key, err := c.plans.put(v.Workspace.ID, p)
	if err != nil {
		return err
	}
	v.SeeOther(w, r, "/bulk/"+key)
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

// planOf returns the plan of the address. It is kept until release is called.
func (c *Pages) planOf(r *http.Request, v *frame.Visit) (p *plan, release func(), err error) {
	p, release, err = c.plans.hold(v.Workspace.ID, r.PathValue("plan"))
	if err == nil && p.by != v.By.Person {
		release()
		return nil, nil, errs.New(errs.NotFound, "There is no such page.")
	}
	return p, release, err
}

// bulkPage is the question, and once it was answered, the result.
func (c *Pages) bulkPage(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, release, err := c.planOf(r, v)
	if err != nil {
		return err
	}
	defer release()
	return c.showPlan(w, r, v, p, http.StatusOK, nil)
}

func (c *Pages) showPlan(w http.ResponseWriter, r *http.Request, v *frame.Visit, p *plan, status int, wrong ui.Errors) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	named, err := c.named(r.Context(), v, p.shown())
	if err != nil {
		return err
	}
	title := p.verb + " users"
	shell := v.Shell(title, ui.Link{Label: "People"}, ui.Link{Label: "Users", Href: v.To("/users")})
	if p.ran {
		return ui.Render(w, r, status, bulkResult(shell, v, p, named))
	}
	return ui.Render(w, r, status, bulkQuestion(shell, v, p, named, v.To("/bulk/"+r.PathValue("plan")+"/do"), r.PostForm.Get("said"), wrong))
}

// shown is whom the plan's page names. The caller holds mu.
func (p *plan) shown() (list []id.Person) {
	if p.ran {
		for _, r := range p.results {
			list = append(list, r.user)
		}
		return list
	}
	list = append(list, p.ids[:min(namesShown, len(p.ids))]...)
	for _, s := range p.skips {
		list = append(list, s.first...)
	}
	return list
}

// brief is what a plan's page says of a user.
type brief struct{ name, email string }

// briefs are users by id.
type briefs map[id.Person]brief

// of returns the user of an id; somebody who is no longer there has no name.
func (b briefs) of(who id.Person) brief {
	if u, ok := b[who]; ok {
		return u
	}
	return brief{name: "A former user"}
}

func (b briefs) names(list []id.Person) (names []string) {
	for _, who := range list {
		names = append(names, b.of(who).name)
	}
	return names
}

func (c *Pages) named(ctx context.Context, v *frame.Visit, list []id.Person) (briefs, error) {
	users, err := c.Browse.UsersByID(ctx, v.By, list)
	named := briefs{}
	for i := range users {
		named[users[i].ID] = brief{users[i].Name, users[i].Email}
	}
	return named, err
}

// bulkDo carries the plan out. A second click finds it done.
func (c *Pages) bulkDo(w http.ResponseWriter, r *http.Request, v *frame.Visit) error {
	p, release, err := c.planOf(r, v)
	if err != nil {
		return err
	}
	defer release()
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
	out, err := p.run(ctx, c, by, p.ids, said)
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
	why := "is no longer there"
	if err != nil {
		why = "was not reached: " + errs.Text(err)
	}
	p.tell(out, why)
	return nil
}

// tell keeps what the page lists of the outcomes: those that were not done
// first, for they need somebody. Whoever has no outcome was not done, and why
// says so. The caller holds mu.
func (p *plan) tell(out []onboard.Outcome, why string) {
	var done, not []result
	reached := make(map[id.Person]bool, len(out))
	for _, o := range out {
		reached[o.Person] = true
		if o.Done {
			p.did++
		}
		switch {
		case o.Done && len(done) < resultsShown:
			done = append(done, result{user: o.Person, done: true})
		case !o.Done && len(not) < resultsShown:
			not = append(not, result{user: o.Person, why: o.Why})
		}
	}
	for _, who := range p.ids {
		if !reached[who] && len(not) < resultsShown {
			not = append(not, result{user: who, why: why})
		}
	}
	p.results = append(not, done[:min(len(done), resultsShown-len(not))]...)
	p.ids = nil
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
