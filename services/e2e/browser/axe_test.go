package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"gotest.tools/v3/assert"
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

// colours are the rules that look at them, which take most of axe's time.
const colours = `"color-contrast", "link-in-text-block"`

// asked of axe: what it finds on the page, by the rules of WCAG 2.2 AA and those that it
// recommends, except on colours. What it cannot decide is not among them.
const asked = `axe.run(document, {
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"],
	rules: Object.fromEntries([` + colours + `].map(id => [id, {enabled: false}])),
}).then(r => r.violations)`

// selected are the attributes by whose values the style of the console selects.
var selected = []string{"class", "type", "aria-current"}

// askedOfColours: what axe finds on the elements of a kind that is not among those known. A kind is
// what the style of the console selects by: names, names of attributes and values of those
// selected, of the element and of those around it.
const askedOfColours = `(async (selected, known) => {
	const short = text => { // for a text that repeats those of all elements around
		let a = 7, b = 11;
		for (let i = 0; i < text.length; i++) [a, b] = [Math.imul(a ^ text.charCodeAt(i), 2654435761), Math.imul(b ^ text.charCodeAt(i), 1597334677)];
		return (a >>> 0).toString(36) + (b >>> 0).toString(36);
	};
	const kinds = new Map(), fresh = new Map(), seen = new Set(known);
	for (const e of document.querySelectorAll("html, body, body *")) {
		const attributes = Array.from(e.attributes, a => selected.includes(a.name) ? a.name + "=" + a.value : a.name);
		const text = Array.from(e.childNodes).some(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
		const kind = short([kinds.get(e.parentElement), e.localName, ...attributes.sort(), text].join(" "));
		kinds.set(e, kind);
		if (!seen.has(kind) && !fresh.has(kind)) fresh.set(kind, e);
	}
	const r = fresh.size ? await axe.run([...fresh.values()], {runOnly: {type: "rule", values: [` + colours + `]}, resultTypes: ["violations"]}) : {violations: []};
	return {kinds: [...fresh.keys()], violations: r.violations};
})`

// fault is a violation as axe tells of it.
type fault struct {
	ID, Help string
	Nodes    []struct{ HTML, FailureSummary string }
}

// judged has the kinds of elements whose colours axe has seen, by scheme and width. Tests of this
// package run one after the other.
var judged = map[string][]string{}

// violations returns what axe finds on the page: in light and in dark, where only colours differ.
func (b *tab) violations() (found []fault) {
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
	for _, scheme := range []string{"dark", "light"} {
		b.scheme(scheme)
		look := fmt.Sprint(scheme, b.width)
		arguments, err := json.Marshal([][]string{selected, append([]string{}, judged[look]...)})
		assert.NilError(b.t, err)
		of := promised[struct {
			Kinds      []string
			Violations []fault
		}](b, askedOfColours+"(..."+string(arguments)+")")
		judged[look], found = append(judged[look], of.Kinds...), append(found, of.Violations...)
	}
	return append(found, promised[[]fault](b, asked)...)
}

// promised is eval of an expression that is a promise.
func promised[T any](b *tab, expression string) (value T) {
	b.t.Helper()
	b.call(func(ctx context.Context) (err error) {
		value, err = chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
		return err
	})
	return value
}

// accessible fails the test if axe finds something.
func (b *tab) accessible(page string) {
	b.t.Helper()
	for _, violation := range b.violations() {
		b.t.Errorf("%s: %+v", page, violation)
	}
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
