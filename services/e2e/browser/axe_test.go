package browser

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axe is the text of axe-core, as `make setup` has fetched it.
var axe = sync.OnceValues(func() (string, error) {
	folder, err := exec.Command("./setup", "--folder").Output()
	if err != nil {
		return "", errors.New("axe-core is not there; `make setup` fetches it")
	}
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(folder)), "node_modules", "axe-core", "axe.min.js"))
	return string(source), err
})

// asked of axe: what it finds on the page, by the rules of WCAG 2.2 AA and those that it
// recommends. What it cannot decide is not among them.
const asked = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
	.then(r => r.violations.map(v => v.id + ": " + v.help + ": " + v.nodes.map(n => n.html + " " + n.failureSummary).join(" | ")))`

// violations returns what axe finds on the page.
func (b *tab) violations() (found []string) {
	b.t.Helper()
	source, err := axe()
	if err != nil {
		if os.Getenv("REQUIRE_BACKENDS") != "1" {
			b.t.Skip(err)
		}
		b.t.Fatal(err)
	}
	if b.noScript { // axe needs scripts; those of the page have not run, and do not run now
		b.scripts(true)
		defer b.scripts(false)
	}
	if !eval[bool](b, `"axe" in window`) {
		eval[bool](b, source+"; true")
	}
	b.call(func(ctx context.Context) (err error) {
		found, err = chromedp.Run(ctx, chromedp.Evaluate[[]string](asked, chromedp.EvalAwaitPromise))
		return err
	})
	return found
}

// accessible fails the test if axe finds something, in light or in dark.
func (b *tab) accessible(page string) {
	b.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, violation := range b.violations() {
			b.t.Errorf("%s, %s: %s", page, scheme, violation)
		}
	}
	b.scheme("light")
}

// scheme has pages shown in light or dark.
func (b *tab) scheme(name string) {
	b.t.Helper()
	b.call(func(ctx context.Context) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return err
	})
}
