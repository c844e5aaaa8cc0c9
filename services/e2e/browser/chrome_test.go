package browser

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
)

// patience is how long a page may take on a busy machine. Nothing waits so long when all is well.
const patience = 2 * time.Minute

// chromium is the one browser of this test binary; a tab has cookies of its own.
var chromium = sync.OnceValues(func() (context.Context, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, err
	}
	if profile, err = os.MkdirTemp("", "devrev-scim-chromium-"); err != nil {
		return nil, err
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en-US"))...)
	ctx, cancel := chromedp.NewContext(allocator)
	quit = cancel
	return ctx, chromedp.Do(ctx)
})

// What closeBrowser ends and removes.
var (
	quit    = func() {}
	profile string
)

// closeBrowser ends chromium; TestMain calls it.
func closeBrowser() error {
	quit()
	if profile == "" {
		return nil
	}
	return os.RemoveAll(profile)
}

// tab is a browser of its own: cookies, cache and history are no other's.
type tab struct {
	look
	t      *testing.T
	ctx    context.Context //nolint:containedctx // it is the browser: chromedp keeps its target in it
	origin string

	mu        sync.Mutex
	elsewhere []string // requests that left the origin
	cached    []string // answers, other than assets, that a cache may keep
	addresses []string // all that was asked for
	said      []string // what the console of the browser complains about: scripts, and the policy
}

// look is how a tab looks at pages.
type look struct {
	noScript      bool
	width, height int64 // 0: 1280, 900
}

// open returns a tab that stands on no page yet. A missing chromium is a failure where back ends
// are required.
func open(t *testing.T, origin string, l look) *tab {
	t.Helper()
	parent, err := chromium()
	if err != nil {
		if os.Getenv("REQUIRE_BACKENDS") != "1" {
			t.Skipf("no browser: %v; `make setup` installs it", err)
		}
		t.Fatalf("no browser: %v; `make setup` installs it", err)
	}
	ctx, cancel := chromedp.NewContext(parent, chromedp.WithNewBrowserContext())
	b := &tab{look: l, t: t, ctx: ctx, origin: origin}
	t.Cleanup(func() {
		cancel()
		b.clean()
	})
	assert.NilError(t, chromedp.Do(ctx))
	assert.NilError(t, chromedp.Listen(ctx, b.listen))
	b.call(func(ctx context.Context) error {
		if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
			return err
		}
		if _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); err != nil {
			return err
		}
		_, err := chromedp.Call(ctx, runtime.Enable, cdp.Empty{})
		return err
	})
	b.scripts(!l.noScript)
	if l.width == 0 {
		l.width = 1280
	}
	b.do(chromedp.EmulateViewport(l.width, cmp.Or(l.height, 900)))
	return b
}

func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.addresses = append(b.addresses, e.Request.URL)
		if !strings.HasPrefix(e.Request.URL, b.origin+"/") && !strings.HasPrefix(e.Request.URL, "data:") {
			b.elsewhere = append(b.elsewhere, e.Request.URL)
		}
	case *network.EventResponseReceived:
		if r := e.Response; strings.HasPrefix(r.URL, b.origin+"/") && !strings.HasPrefix(r.URL, b.origin+"/console/assets/") && !keptNowhere(r.Headers) {
			b.cached = append(b.cached, r.URL)
		}
	case *log.EventEntryAdded:
		if e.Entry.Source == "security" || e.Entry.Source == "javascript" || e.Entry.Source == "violation" {
			b.said = append(b.said, e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, e.ExceptionDetails.Text)
	}
}

// keptNowhere reports whether no cache may keep an answer with these headers.
func keptNowhere(h network.Headers) bool {
	for name, value := range h {
		if text, ok := value.(string); ok && strings.EqualFold(name, "Cache-Control") {
			return strings.Contains(text, "no-store")
		}
	}
	return false
}

// clean fails the test if a request left the origin, a cache may keep a page, a script failed or
// the policy was broken.
func (b *tab) clean() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, address := range b.elsewhere {
		b.t.Errorf("a page asked another origin: %s", address)
	}
	for _, address := range b.cached {
		b.t.Errorf("a cache may keep %s", address)
	}
	for _, said := range b.said {
		b.t.Errorf("the browser complains: %s", said)
	}
}

func (b *tab) call(f func(context.Context) error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	assert.NilError(b.t, f(ctx))
}

// scripts has pages run their scripts, or not, from the next one on.
func (b *tab) scripts(on bool) {
	b.t.Helper()
	b.call(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	})
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	b.call(func(ctx context.Context) error { return chromedp.Do(ctx, steps...) })
}

// eval returns the value of an expression in the page. It works where the page's own scripts do
// not.
func eval[T any](b *tab, expression string) (value T) {
	b.t.Helper()
	b.call(func(ctx context.Context) (err error) {
		value, err = chromedp.Run(ctx, chromedp.Evaluate[T](expression))
		return err
	})
	return value
}

// visit goes to a path of the origin.
func (b *tab) visit(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.origin + path))
}

// name is how the focused element is called: its label, or its text.
const name = `(() => { const e = document.activeElement; if (!e || e === document.body) return "";
	return (e.ariaLabel || (e.labels && e.labels.length ? e.labels[0].textContent : e.textContent) || "").trim().replace(/\s+/g, " "); })()`

// reach presses Tab until the element of this name has the focus.
func (b *tab) reach(wanted string) {
	b.t.Helper()
	var seen []string
	for range 120 {
		b.do(chromedp.KeyEvent(kb.Tab))
		got := eval[string](b, name)
		if got == wanted {
			return
		}
		seen = append(seen, got)
	}
	b.t.Fatalf("no Tab reaches %q on %s; it reaches %q", wanted, eval[string](b, "location.href"), seen)
}

// press reaches the link or button of this name and presses Enter, and returns when the next page
// is there.
func (b *tab) press(wanted string) {
	b.t.Helper()
	b.reach(wanted)
	b.enter(wanted)
}

func (b *tab) enter(what string) {
	b.t.Helper()
	eval[bool](b, "window.before = true")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.await("the page after "+what, `window.before === undefined && document.readyState === "complete"`)
}

// next follows the link or button after the one that has the focus.
func (b *tab) next() {
	b.t.Helper()
	b.do(chromedp.KeyEvent(kb.Tab))
	b.enter(eval[string](b, name))
}

// fill reaches the field of this name and types over what is in it.
func (b *tab) fill(field, text string) {
	b.t.Helper()
	b.reach(field)
	eval[bool](b, "(document.activeElement.select && document.activeElement.select(), true)")
	b.do(chromedp.KeyEvent(text))
}

// await returns when the condition, an expression, holds.
func (b *tab) await(what, condition string) {
	b.t.Helper()
	came := false
	defer func() {
		if !came {
			b.t.Logf("the page has %q", b.text())
		}
	}()
	harness.Eventually(b.t, what+" comes", func() bool {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		defer cancel()
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition)) // fails while a page takes the place of another
		came = err == nil && ok
		return came
	})
}

// text is what a person reads on the page.
func (b *tab) text() string {
	b.t.Helper()
	return eval[string](b, "document.body.innerText")
}

// want fails the test unless the page has these texts.
func (b *tab) want(texts ...string) {
	b.t.Helper()
	page := strings.Join(strings.Fields(b.text()), " ")
	for _, text := range texts {
		if !strings.Contains(page, text) {
			b.t.Fatalf("%s lacks %q; it has %q", eval[string](b, "location.href"), text, page)
		}
	}
}

// picture returns the page as PNG.
func (b *tab) picture() (png []byte) {
	b.t.Helper()
	b.call(func(ctx context.Context) (err error) {
		png, err = chromedp.Run(ctx, chromedp.FullScreenshot(100))
		return err
	})
	return png
}

// asked returns all addresses that were asked for.
func (b *tab) asked() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.addresses)
}
