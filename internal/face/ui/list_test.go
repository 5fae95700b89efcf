package ui

import (
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

func wants(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %s in %s", w, text)
		}
	}
}

func TestTableSaysHowItIsSortedAndWhatIsSelected(t *testing.T) {
	text := html(t, Table(TableProps{
		Caption: "Users", Target: "list", Select: &Selection{Form: "sel", Matching: 12480},
		Columns: []Column{{Label: "User", SortHref: "/users?sort=-name", Sorted: "asc"}, {Label: "Sessions", Num: true}},
		Rows:    []Row{{ID: "7", Name: "Ann <b>", Href: "/users/7", Sheet: true, Cells: []templ.Component{Text("Ann <b>"), Number(1234)}}},
	}))
	wants(t, text, `aria-sort="ascending"`, `scope="col"`, `Select all 12,480 matching`, `name="all" value="1" form="sel"`,
		`name="id" value="7" form="sel" aria-label="Select Ann &lt;b&gt;"`, `data-label="Sessions"`, `href="/users/7"`, `data-sheet="/users/7"`, `hx-select="#list"`, "1,234")
	if strings.Contains(text, "Ann <b>") {
		t.Error("a name is not escaped")
	}
}

func TestTableWithoutRowsSaysWhatToDo(t *testing.T) {
	p := draw(t, Table(TableProps{Columns: []Column{{Label: "User"}}, Empty: EmptyState("users", "Nobody yet", "Invite someone.", LinkButton(ButtonProps{Label: "Invite users", Href: "/invite"}))}))
	if p.Find("link", "Invite users").Attr("href") != "/invite" {
		t.Error("no way to begin")
	}
}

func TestTabsAndFiltersWorkAsPlainHTML(t *testing.T) {
	text := html(t, Tabs("Status", "list", []Tab{{Label: "All", Href: "/users", Current: true, Count: "12"}, {Label: "Active", Href: "/users?tab=active"}}))
	wants(t, text, `href="/users" aria-current="page"`, `href="/users?tab=active"`, `aria-label="Status"`)
	text = html(t, FilterBar(FilterBarProps{
		Action: "/users", Target: "list", Query: `a"b`, Placeholder: "Search name", Keep: []Hidden{{"tab", "active"}},
		Filters: []Filter{{Name: "group", Label: "Any group", Value: "2", Options: []Option{{Value: "1", Label: "One"}, {Value: "2", Label: "Two"}}}}, Chips: []Chip{{Label: "Group: Two", Href: "/users"}},
	}))
	wants(t, text, `<form method="get" action="/users"`, `name="q" value="a&#34;b"`, `aria-label="Search name"`, `name="tab" value="active"`, `<option value="2" selected>Two`, `delay:150ms`, ">Apply<", "Remove filter")
}

func TestPagerCounts(t *testing.T) {
	text := html(t, Pager(PagerProps{From: 51, To: 100, Total: 12480, About: true, Prev: "/p", Target: "list"}))
	wants(t, text, "51–100 of about 12,480", `href="/p"`, `aria-disabled="true"`)
	if text := html(t, Pager(PagerProps{Total: -1})); strings.Contains(text, "-1") {
		t.Error(text)
	}
}

func TestWithQueryForgetsThePage(t *testing.T) {
	u, err := url.Parse("/users?after=x&done=saved&n=2&q=ann&tab=active")
	if err != nil {
		t.Fatal(err)
	}
	if got := WithQuery(u, "tab", "", "sort", "name"); got != "/users?q=ann&sort=name" {
		t.Error(got)
	}
	if got := WithQuery(u, "after", "y"); got != "/users?after=y&q=ann&tab=active" {
		t.Error(got)
	}
}

func TestMenuKeepsWhatCannotBeDoneAndSaysWhy(t *testing.T) {
	text := html(t, ActionsMenu(ActionsMenuProps{ID: "m", Form: "sel", NeedsSelection: true, Blocks: []ActionBlock{
		{Label: "Invitation", Items: []ActionItem{{Label: "Revoke", Disabled: true, Why: "None is invited"}, {Label: "Resend", Action: "/resend", Name: "how", Value: "mail"}}}, {Items: []ActionItem{{Label: "Open", Href: "/x"}}},
	}}))
	wants(t, text, `role="menu"`, `aria-labelledby="m-button"`, `popovertarget="m"`, `aria-disabled="true"`, "None is invited", `form="sel" formaction="/resend" name="how" value="mail"`, `role="separator"`, `data-needs-selection="sel"`)
	if strings.Count(text, "disabled") != 1 {
		t.Errorf("without scripts the button must open: %s", text)
	}
	text = html(t, ActionsMenu(ActionsMenuProps{ID: "m", Small: true, For: "Ann", Blocks: []ActionBlock{{Items: []ActionItem{{Label: "Block", Action: "/block", Hidden: []Hidden{{"id", "7"}}}}}}}))
	wants(t, text, `aria-label="Actions for Ann"`, `<form method="post" action="/block"`, `name="id" value="7"`)
}

func TestOverlaysAreNamed(t *testing.T) {
	wants(t, html(t, Dialog(DialogProps{ID: "d", Title: "Delete?", Text: "All is lost.", Action: "/x", Submit: ButtonProps{Label: "Delete"}, Type: "North", TypeLabel: "Type North"})),
		`<dialog id="d"`, `aria-labelledby="d-title"`, `aria-describedby="d-text"`, `data-must-be="North"`, `formmethod="dialog"`)
	wants(t, html(t, Console(ConsoleProps{Title: "Users", Toast: &ToastProps{Text: "Saved."}})), `role="status"`, "Saved.", `<dialog id="sheet"`, `href="#main"`, `<main id="main"`, `<html lang="en"`)
	wants(t, html(t, CodeBox("c", "Link", "https://x")), `aria-label="Link"`, `data-copy="c"`)
}

func TestConsoleHidesWhatIsEmpty(t *testing.T) {
	text := html(t, Console(ConsoleProps{Nav: []NavGroup{{Label: "Money"}, {Label: "People", Items: []NavItem{{Label: "Users", Href: "/u", Icon: "users", Current: true}}}}}))
	if strings.Contains(text, "Money") || strings.Contains(text, `id="goto"`) {
		t.Error("an empty group or a search without an address is shown")
	}
	wants(t, text, `aria-current="page"`)
}

func TestChartsHaveTheirFiguresBesideThem(t *testing.T) {
	p := draw(t, BarChart("Refused", "Reason", "Taps", []Bar{{Label: "Unknown card", Value: 1200, Href: "/r"}, {Label: "None", Value: 0}}))
	if !p.Has("1,200") || p.Find("link", "Unknown card").Attr("href") != "/r" {
		t.Error("no figure or no link")
	}
	for _, tc := range []struct {
		v, most int64
		want    string
	}{{0, 0, "0.0"}, {5, 0, "0.0"}, {-3, 10, "0.0"}, {1, 100000, "1.0"}, {50, 100, "50.0"}, {100, 100, "100.0"}} {
		if got := share(tc.v, tc.most); got != tc.want {
			t.Errorf("share(%d, %d) = %s, want %s", tc.v, tc.most, got, tc.want)
		}
	}
	for values, want := range map[string]string{"": sparkPoints(nil), "50.0,12.0": sparkPoints([]int64{7}), "0.0,23.0 100.0,1.0": sparkPoints([]int64{1, 9}), "0.0,12.0 100.0,12.0": sparkPoints([]int64{4, 4})} {
		if values != want {
			t.Errorf("spark: %q, want %q", want, values)
		}
	}
}

func TestEveryStateHasAWordInEveryLanguage(t *testing.T) {
	for key := range tones {
		for lang, w := range map[string]*Words{"en": English, "de": German} {
			if w.Status[key] == "" {
				t.Errorf("%s: no word for %q", lang, key)
			}
		}
	}
	for key := range English.Status {
		if German.Status[key] == "" {
			t.Errorf("no German word for %q", key)
		}
	}
	wants(t, html(t, Status("To_Be_Approved")), "To be approved", "status-warn")
	wants(t, html(t, Status("brand-new")), "brand-new")
}
