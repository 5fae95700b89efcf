package page_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"involt/internal/testkit/page"
)

const invite = `<!doctype html><title>Invite</title><h1>Invite  users</h1><p>To <b>demo</b>.</p>
<form method="post" action="/w/demo/users/invite" id="f">
	<input type="hidden" name="nonce" value="n1">
	<label for="e">E-mail</label>
	<input id="e" name="email" value="ada@" aria-invalid="true" aria-describedby="e-error"><p id="e-error">This is not an e-mail address.</p>
	<label>Group <select name="group"><option value="1">Staff<option value="2" selected>Guests</select></label>
	<label><input type="checkbox" name="post" checked> By post</label>
	<label><input type="checkbox" name="sms" value="yes"> By SMS</label>
	<textarea name="note" aria-label="Note">
Hello</textarea>
	<input name="off" value="x" disabled>
	<button name="then" value="stay">Send invitation</button>
</form>
<input name="outside" form="f" value="o">
<table><tr><th>Name</th></tr><tr><td>Ada</td></tr></table>
<div hidden><a href="/x">Nowhere</a></div><a href="/users"><img alt="Users" src="u.svg"></a>
<script>let s = "unseen"</script>`

func TestAPageIsReadByRoleAndLabel(t *testing.T) {
	p := page.Parse(t, strings.NewReader(invite))
	if p.Find("heading", "Invite users") == nil || p.Has("unseen") || p.Has("Nowhere") || !p.Has("To demo.") {
		t.Errorf("text %q", p.Text())
	}
	if got := p.Find("link", "Users").Attr("href"); got != "/users" {
		t.Errorf("link to %q", got)
	}
	if n := len(p.All("row")); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
	for label, want := range map[string]string{"E-mail": "ada@", "Group": "2", "By post": "on", "By SMS": "", "Note": "Hello"} {
		if got := p.Field(label).Value(); got != want {
			t.Errorf("%s holds %q, want %q", label, got, want)
		}
	}
	p.Field("E-mail").WantError("not an e-mail address")
	if got := p.Field("Group").Error(); got != "" {
		t.Errorf("Group says %q", got)
	}
}

func TestAFormSendsWhatABrowserWould(t *testing.T) {
	f := page.Parse(t, strings.NewReader(invite)).Form("Send invitation")
	if got := f.Action(); got != "/w/demo/users/invite" {
		t.Errorf("goes to %q", got)
	}
	const want = "email=ada%40&group=2&nonce=n1&note=Hello&outside=o&post=on&then=stay"
	if got := f.Values().Encode(); got != want {
		t.Errorf("sends %s, want %s", got, want)
	}
}

// witness notes with what sentence a test was ended.
type witness struct {
	testing.TB
	said string
}

func (w *witness) Helper() {}
func (w *witness) Fatalf(format string, args ...any) {
	w.said = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestWhatIsNotThereIsSaid(t *testing.T) {
	for _, tc := range []struct {
		role, name, want string
	}{
		{"button", "Delete", `has no button called "Delete"; it has ["Send invitation"]`},
		{"row", "a", "has 2 rows called"},
	} {
		w := &witness{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			page.Parse(w, strings.NewReader(invite)).Find(tc.role, tc.name)
		}()
		<-done
		if !strings.Contains(w.said, tc.want) {
			t.Errorf("said %q, want %q", w.said, tc.want)
		}
	}
}
