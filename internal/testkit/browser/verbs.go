package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

//go:embed find.js
var finder string

// found is what find.js answers.
type found struct {
	Count   int     `json:"count"`
	Why     string  `json:"why"` // what stands in the way, if anything does
	Text    string  `json:"text"`
	Kind    string  `json:"kind"`
	Checked bool    `json:"checked"`
	X       float64 `json:"x"`
	Y       float64 `json:"y"`
}

// Open goes to an address and waits until the page has loaded. An address that
// begins with / is on the server of the page before.
func (b *Tab) Open(address string) {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		here, err := url.Parse(b.URL())
		if err != nil {
			b.t.Fatal(err)
		}
		to, err := here.Parse(address)
		if err != nil {
			b.t.Fatal(err)
		}
		address = to.String()
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	err := chromedp.Do(ctx, chromedp.Navigate(address))
	if err != nil && strings.Contains(err.Error(), "net::ERR_ABORTED") {
		// A page that was on its way, such as one that refreshes itself, took its
		// place at that very moment.
		err = chromedp.Do(ctx, chromedp.Navigate(address))
	}
	if err != nil {
		b.t.Fatalf("open %s: %v", address, err)
	}
}

// Within returns the same tab, whose verbs look only inside the elements that
// match the CSS selector.
func (b *Tab) Within(css string) *Tab {
	part := *b
	part.scope = css
	return &part
}

// Click clicks with the mouse on what is meant by target: the visible name of a
// button, link, tab, menu item, option, checkbox or radio ("Invite selected"); the
// same with its role in front ("link: Users"; also row, cell and heading); or a
// CSS selector, if it begins with #, . or [, or with "css:". It waits until that
// is there, enabled, still, and not covered; and afterwards until a page that
// the click opens has loaded.
func (b *Tab) Click(target string) {
	b.t.Helper()
	var last found
	b.poll("click "+target, func() (bool, string) {
		f, err := b.find(target, "point")
		if err != nil || f.Why != "" {
			last = found{}
			return false, reason(f, err)
		}
		still := f.X == last.X && f.Y == last.Y
		last = f
		return still, "it moves"
	})
	b.do("click "+target, chromedp.MouseClickXY(last.X, last.Y))
	b.settle()
}

// Fill puts a value into the field with a label, as Click finds it, in place of
// what was there. Of a select it chooses the option with that text or value.
func (b *Tab) Fill(label, value string) {
	b.t.Helper()
	f := b.field(label)
	switch f.Kind {
	case "select-one":
		b.mustEval(fmt.Sprintf(`(() => {
			const o = [...__field.options].find((o) => o.text.trim() === %[1]s || o.value === %[1]s);
			if (!o) return "there are only " + JSON.stringify([...__field.options].map((o) => o.text));
			__field.value = o.value;
			for (const e of ["input", "change"]) __field.dispatchEvent(new Event(e, {bubbles: true}));
			return "";
		})()`, quote(value)), "fill in "+label)
	case "date", "time", "datetime-local", "month", "week", "color", "range":
		b.mustEval(fmt.Sprintf(`(() => {
			__field.value = %s;
			for (const e of ["input", "change"]) __field.dispatchEvent(new Event(e, {bubbles: true}));
			return "";
		})()`, quote(value)), "fill in "+label)
	case "checkbox", "radio":
		b.t.Fatalf("fill in %s: it is a %s; click it", label, f.Kind)
	default:
		if value == "" {
			b.do("empty "+label, chromedp.KeyEvent(kb.Delete))
			return
		}
		call(b, input.InsertText, input.InsertTextParams{Text: value})
	}
}

// Check ticks, or unticks, the checkbox with a label.
func (b *Tab) Check(label string, on bool) {
	b.t.Helper()
	if !strings.HasPrefix(label, "#") {
		label = "checkbox: " + label
	}
	var now found
	b.poll("check "+label, func() (bool, string) {
		var err error
		now, err = b.find(label, "focus")
		return err == nil && now.Why == "", reason(now, err)
	})
	if now.Checked != on {
		b.Click(label)
	}
}

// Upload chooses files in the file field with a label.
func (b *Tab) Upload(label string, paths ...string) {
	b.t.Helper()
	b.field(label)
	o := call(b, runtime.Evaluate, runtime.EvaluateParams{Expression: "__field"})
	call(b, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: paths, ObjectID: o.Result.ObjectID})
}

// Press presses a key, alone or with others held: "j", "/", "Escape", "Ctrl+k".
func (b *Tab) Press(key string) {
	b.t.Helper()
	named := map[string]string{
		"Escape": kb.Escape, "Enter": kb.Enter, "Tab": kb.Tab, "Backspace": kb.Backspace,
		"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
	}
	held := map[string]chromedp.Modifier{
		"Ctrl": kb.ModifierCtrl, "Shift": kb.ModifierShift, "Alt": kb.ModifierAlt, "Meta": kb.ModifierMeta,
	}
	var options []chromedp.KeyOption
	rest := key
	for {
		m, after, ok := strings.Cut(rest, "+")
		if held[m] == 0 || !ok {
			break
		}
		options = append(options, chromedp.KeyModifiers(held[m]))
		rest = after
	}
	if k, ok := named[rest]; ok {
		rest = k
	}
	b.do("press "+key, chromedp.KeyEvent(rest, options...))
	b.settle()
}

// Text returns the visible text of what is meant by target, as Click finds it,
// once it is there. Of several it is the first one's.
func (b *Tab) Text(target string) string {
	b.t.Helper()
	var f found
	b.poll("read "+target, func() (bool, string) {
		var err error
		f, err = b.find(target, "look")
		return err == nil && f.Why == "", reason(f, err)
	})
	return f.Text
}

// WaitText waits until the visible text of the page, or of the part named by
// Within, contains text.
func (b *Tab) WaitText(text string) {
	b.t.Helper()
	b.poll(fmt.Sprintf("wait for %q", text), func() (bool, string) {
		have, err := b.visibleText()
		return err == nil && strings.Contains(flat(have), flat(text)), fmt.Sprintf("the page says %.2000s", have)
	})
}

// WaitGone waits until the visible text no longer contains text.
func (b *Tab) WaitGone(text string) {
	b.t.Helper()
	b.poll(fmt.Sprintf("wait until %q is gone", text), func() (bool, string) {
		have, err := b.visibleText()
		return err == nil && !strings.Contains(flat(have), flat(text)), "it is still there"
	})
}

// URL returns the address of the page.
func (b *Tab) URL() string {
	b.t.Helper()
	var address string
	b.Eval("location.href", &address)
	return address
}

// WaitURL waits until the address of the page contains part.
func (b *Tab) WaitURL(part string) {
	b.t.Helper()
	b.poll("wait for the address "+part, func() (bool, string) {
		here, err := eval[string](b, "location.href")
		return err == nil && strings.Contains(here, part), "it is " + here
	})
}

// Eval evaluates an expression on the page, awaits it if it is a promise, and
// decodes its value into out, which may be nil.
func (b *Tab) Eval(expression string, out any) {
	b.t.Helper()
	raw, err := eval[[]byte](b, expression)
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(raw, out); err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
}

// Screenshot writes a PNG of the window's contents to path.
func (b *Tab) Screenshot(path string) {
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// Viewport makes the window so many CSS pixels wide and high. Below 500 it is a
// phone, with a finger for a mouse.
func (b *Tab) Viewport(width, height int64) {
	b.t.Helper()
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 500,
	})
}

// Dark makes the system's theme dark, or light again.
func (b *Tab) Dark(on bool) {
	b.t.Helper()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
}

// NoScript switches scripts off for the pages that this tab opens from now on.
func (b *Tab) NoScript() {
	b.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// field finds a field and puts the cursor into it.
func (b *Tab) field(label string) found {
	b.t.Helper()
	var f found
	b.poll("find the field "+label, func() (bool, string) {
		var err error
		f, err = b.find(label, "field")
		return err == nil && f.Why == "", reason(f, err)
	})
	return f
}

func (b *Tab) find(target, act string) (found, error) {
	return eval[found](b, fmt.Sprintf("%s(%s, %s, %s)", finder, quote(b.scope), quote(target), quote(act)))
}

// mustEval evaluates an expression that returns what stands in the way.
func (b *Tab) mustEval(expression, what string) {
	b.t.Helper()
	why, err := eval[string](b, expression)
	if err != nil || why != "" {
		b.t.Fatalf("%s: %s", what, reason(found{Why: why}, err))
	}
}

func (b *Tab) visibleText() (string, error) {
	if b.scope == "" {
		return eval[string](b, `document.body ? document.body.innerText : ""`)
	}
	return eval[string](b, fmt.Sprintf(`[...document.querySelectorAll(%s)].map((e) => e.innerText).join("\n")`, quote(b.scope)))
}

// poll repeats a look at the page until it is as wanted. An error is no verdict:
// the page may be about to give way to the next.
func (b *Tab) poll(what string, look func() (done bool, why string)) {
	b.t.Helper()
	const pause = 20 * time.Millisecond
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	again := time.NewTicker(pause)
	defer again.Stop()
	for {
		done, why := look()
		if done {
			return
		}
		select {
		case <-again.C:
		case <-deadline.C:
			b.t.Fatalf("%s: not within %v: %s", what, patience, why)
		}
	}
}

func reason(f found, err error) string {
	if err != nil {
		return err.Error()
	}
	return f.Why
}

// flat makes text comparable: how it wraps and is capitalised by style does not
// matter.
func flat(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// quote returns s as a JavaScript string.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // a string can always be encoded
	}
	return string(b)
}
