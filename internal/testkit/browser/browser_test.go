package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"involt/internal/testkit/browser"
)

const users = `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width">
<title>Users</title><link rel="icon" href="data:,">
<style>
	body { color: #111; background: #fff }
	@media (prefers-color-scheme: dark) { body { color: #eee; background: #111 } }
</style></head>
<body><main><h1>Users</h1>
<form method="post" action="/invite" enctype="multipart/form-data">
	<label for="email">E-mail</label> <input id="email" name="email">
	<label for="group">Group</label> <select id="group" name="group"><option value="1">Staff</option><option value="2">Guests</option></select>
	<label><input type="checkbox" name="agree"> By post too</label>
	<label for="until">Until</label> <input id="until" name="until" type="date">
	<label for="list">List</label> <input id="list" name="list" type="file">
	<button>Send invitation</button>
</form>
<p id="script">without scripts</p>
<div id="side"><button id="more" type="button" disabled>More</button> <output></output></div>
<dialog aria-label="Sure?"><button type="button" onclick="this.closest('dialog').close()">Close</button></dialog>
<script>
	document.querySelector("#script").textContent = "with scripts";
	const more = document.querySelector("#more");
	requestAnimationFrame(() => requestAnimationFrame(() => { more.disabled = false; }));
	more.onclick = () => { document.querySelector("output").textContent = "Here is more"; };
	document.onkeydown = (e) => { if (e.key === "k" && e.ctrlKey) document.querySelector("dialog").showModal(); };
</script>
</main></body></html>`

// site serves the page above and tells what its form sent.
func site(t *testing.T) string {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "__Host-s", Value: "1", Path: "/", Secure: true, HttpOnly: true})
		fmt.Fprint(w, users)
	})
	mux.HandleFunc("POST /invite", func(w http.ResponseWriter, r *http.Request) {
		_, err := r.Cookie("__Host-s")
		_, list, _ := r.FormFile("list")
		name := ""
		if list != nil {
			name = list.Filename
		}
		fmt.Fprintf(w, "<title>Sent</title><h1>Sent</h1> to %s in %s, post %s, until %s, list %s, cookie %v <a href=/users>Back</a>",
			r.FormValue("email"), r.FormValue("group"), r.FormValue("agree"), r.FormValue("until"), name, err == nil)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
}

func TestAFormIsFilledInAndSent(t *testing.T) {
	b := browser.New(t)
	b.Open(site(t) + "/users")
	b.Fill("E-mail", "old@example.org")
	b.Fill("E-mail", "")
	b.Fill("E-mail", "ada@example.org")
	b.Fill("Group", "Guests")
	b.Fill("Until", "2030-01-31")
	b.Check("By post too", true)
	b.Check("By post too", true)
	list := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(list, []byte("a;b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Upload("List", list)
	b.Click("Send invitation")
	b.WaitURL("/invite")
	b.WaitText("to ada@example.org in 2, post on, until 2030-01-31, list people.csv, cookie true")
	b.Click("link: Back")
	if got := b.Text("heading: Users"); got != "Users" {
		t.Errorf("heading %q", got)
	}
	b.Open("/users")
	b.WaitGone("to ada@example.org")
}

func TestAControlIsWaitedFor(t *testing.T) {
	b := browser.New(t)
	b.Open(site(t) + "/users")
	b.Within("#side").Click("More") // disabled at first
	b.WaitText("here is more")
	b.Press("Ctrl+k")
	b.Click("Close") // in the dialog, which hides the rest
	var open bool
	b.Eval("document.querySelector('dialog').open", &open)
	if open {
		t.Error("the dialog is still open")
	}
}

func TestWithoutScripts(t *testing.T) {
	b := browser.New(t)
	b.NoScript()
	b.Open(site(t) + "/users")
	b.WaitText("without scripts")
	b.Fill("E-mail", "ada@example.org")
	b.Click("#email")
	b.Press("Enter")
	b.WaitText("Sent to ada@example.org")
}

func TestAPhoneInTheDark(t *testing.T) {
	b := browser.New(t)
	b.Viewport(390, 844)
	b.Dark(true)
	b.Open(site(t) + "/users")
	var seen struct {
		Width int
		Back  string
	}
	b.Eval("({width: innerWidth, back: getComputedStyle(document.body).backgroundColor})", &seen)
	if seen.Width != 390 || seen.Back != "rgb(17, 17, 17)" {
		t.Errorf("saw %+v", seen)
	}
	png := filepath.Join(t.TempDir(), "users.png")
	b.Screenshot(png)
	if i, err := os.Stat(png); err != nil || i.Size() < 1000 {
		t.Errorf("picture %v, %v", i, err)
	}
}

func TestTabsShareNothing(t *testing.T) {
	a, b := browser.New(t), browser.New(t)
	url := site(t)
	a.Open(url + "/users")
	a.Eval("localStorage.setItem('x', '1')", nil)
	b.Open(url + "/users")
	var x *string
	b.Eval("localStorage.getItem('x')", &x)
	if x != nil {
		t.Errorf("the second tab sees %q of the first", *x)
	}
	if b.URL() != url+"/users" {
		t.Errorf("URL %q", b.URL())
	}
}

func TestAxeFindsNothingOnAGoodPage(t *testing.T) {
	b := browser.New(t)
	b.Open(site(t) + "/users")
	b.Axe()
}
