// Package browser drives a real Chromium for tests, with the verbs of the person
// in front of it: open, click, fill in, read.
//
// One Chromium serves all tests of a package; every Tab has a profile of its
// own, as a private window has. What is waited for is a condition with a
// deadline, never an amount of time. A verb that cannot be done ends the test
// with a sentence that says what was there instead.
package browser

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"involt/internal/testkit/need"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a verb tries before it ends the test: long, because a
// machine that runs all stories at once is slow.
const patience = 30 * time.Second

// names are those under which a Chromium may be installed.
var names = []string{"chromium", "chromium-browser", "google-chrome"}

var (
	once    sync.Once
	running context.Context // the one Chromium's
	failure error
)

// shared returns the one Chromium of this test binary. It ends with the binary:
// it is spoken to through a pipe, and goes when the pipe closes.
func shared(path string) (context.Context, error) {
	once.Do(func() { running, failure = start(path) }) //nolint:fatcontext // set once; nothing nests
	return running, failure
}

// start starts the Chromium at path.
func start(path string) (context.Context, error) {
	sweep()
	profile, err := os.MkdirTemp("", profilePrefix+strconv.Itoa(os.Getpid())+"-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // Chromium refuses to run as root with it, and containers do not allow it
		chromedp.DisableGPU,
		chromedp.UserDataDir(profile),
		chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en"),
		// What moves cannot be clicked on reliably.
		chromedp.Flag("force-prefers-reduced-motion", true),
		// Nothing but loopback: a test must not depend on anybody else.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
	)
	alloc, _ := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, _ := chromedp.NewContext(alloc)
	return ctx, chromedp.Do(ctx)
}

const profilePrefix = "involt-chromium-"

// sweep removes the profiles of test binaries that are gone.
func sweep() {
	old, err := filepath.Glob(filepath.Join(os.TempDir(), profilePrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range old {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), profilePrefix), "-")
		pid, err := strconv.Atoi(owner)
		if err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = os.RemoveAll(dir)
		}
	}
}

// Tab is one page in a profile of its own.
type Tab struct {
	t     testing.TB
	ctx   context.Context
	scope string // CSS of the part of the page that verbs look in; "" is all
	log   *diary
}

// diary holds what Chromium has told of a tab.
type diary struct {
	mu         sync.Mutex // guards what follows
	complaints []string
	loading    bool
	changed    chan struct{} // closed and replaced when loading changes
}

func (d *diary) complain(s string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.complaints = append(d.complaints, s)
}

func (d *diary) load(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.loading = on
	close(d.changed)
	d.changed = make(chan struct{})
}

// New opens a tab with an empty profile, which goes with the test. Where no
// Chromium is installed the test is skipped, or fails with CI=true.
//
// A script error on a page, or a breach of its content security policy, fails
// the test.
func New(t testing.TB) *Tab {
	t.Helper()
	path := ""
	for _, n := range names {
		if p, err := exec.LookPath(n); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		need.Missing(t, "there is no Chromium (Debian: chromium)")
	}
	window, err := shared(path)
	if err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	ctx, cancel := chromedp.NewContext(window, chromedp.WithNewBrowserContext())
	b := &Tab{t: t, ctx: ctx, log: &diary{changed: make(chan struct{})}}
	t.Cleanup(func() {
		b.report()
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium opens no tab: %v", err)
	}
	main := cdp.FrameID(chromedp.FromContext(ctx).Target.TargetID)
	if err := chromedp.Listen(ctx, func(ev any) { b.listen(ev, main) }); err != nil {
		t.Fatal(err)
	}
	call(b, log.Enable, cdp.Empty{})
	return b
}

// listen notes whether the page is loading and what it complains about. Refused
// requests are not among the latter: tests cause them on purpose, and look at
// what the page says.
func (b *Tab) listen(ev any, main cdp.FrameID) {
	switch ev := ev.(type) {
	case *page.EventFrameStartedLoading:
		if ev.FrameID == main {
			b.log.load(true)
		}
	case *page.EventFrameStoppedLoading:
		if ev.FrameID == main {
			b.log.load(false)
		}
	case *runtime.EventExceptionThrown:
		text := ev.ExceptionDetails.Text
		if o := ev.ExceptionDetails.Exception; o != nil {
			text += " " + o.Description
		}
		b.log.complain(text)
	case *log.EventEntryAdded:
		if ev.Entry.Source == log.EntrySourceSecurity {
			b.log.complain(ev.Entry.Text)
		}
	}
}

// report fails the test for what the page complained about, and tells where a
// failed test stood.
func (b *Tab) report() {
	b.log.mu.Lock()
	for _, s := range b.log.complaints {
		b.t.Errorf("the page complained: %s", s)
	}
	b.log.mu.Unlock()
	if !b.t.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + (document.body ? document.body.innerText : "")`))
	if err == nil {
		b.t.Logf("the tab was at %.3000s", text)
	}
}

// do runs steps within patience and ends the test if they fail.
func (b *Tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// call sends one command of the protocol and ends the test if it fails.
func call[P, R any](b *Tab, c cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	r, err := chromedp.Call(ctx, c, params)
	if err != nil {
		b.t.Fatalf("%v: %v", c, err)
	}
	return r
}
