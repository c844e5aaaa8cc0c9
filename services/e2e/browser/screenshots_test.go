package browser

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/e2e/harness"
	"github.com/devrev/scim/services/local/demo"
)

var screenshots = flag.String("screenshots", "", "`folder` that the pictures of docs are written to; by default they are made and thrown away")

// maxPicture is the most that a picture of docs may have, in bytes.
const maxPicture = 60 << 10

// TestScreenshots makes the pictures of docs from the running product.
func TestScreenshots(t *testing.T) {
	p := harness.RunAllInOne(t)
	full(t, p, "acme")
	announce(t, p, "new-org")
	b := open(t, origin(p), look{width: 1000, height: 620})

	b.signIn("new-org")
	b.visit("/console/o/new-org/security")
	b.keep("enable")
	b.press("Enable SCIM")
	okta := demo.Okta{BaseURL: p.Ready.SCIMBaseURL, Token: b.secret()}
	// No one may take the picture's token for one, nor the address of this machine for theirs.
	eval[bool](b, `(document.getElementById("token").textContent = "dvscim_(shown here, once)", document.getElementById("base").textContent = "https://scim.example.com/scim/v2", true)`)
	b.keep("token")
	answer, err := okta.TestCredentials(t.Context())
	sent(t, answer, err, 200)
	b.press("I have stored the token")

	b.press("Sign out")
	b.press("Sign out of DevRev as well")
	b.signIn("acme")
	b.keep("overview")
	b.visit("/console/o/acme/users?state=shadow")
	b.keep("users")
	b.visit("/console/o/acme/users?state=deactivated")
	b.press("Jonas Berg")
	b.keep("why")
	b.visit("/console/o/acme/security")
	b.press("Rotate " + eval[string](b, `document.querySelector("article h3").textContent.trim()`))
	b.keep("rotate")
}

// keep makes the picture of this name.
func (b *tab) keep(name string) {
	b.t.Helper()
	var shot []byte
	b.call(func(ctx context.Context) (err error) {
		shot, err = chromedp.Run(ctx, chromedp.CaptureScreenshot())
		return err
	})
	small := b.shrink(shot)
	if len(small) > maxPicture {
		b.t.Errorf("the picture %s has %d bytes, more than %d", name, len(small), maxPicture)
	}
	folder := *screenshots
	if folder == "" {
		folder = b.t.TempDir()
	}
	assert.NilError(b.t, os.WriteFile(filepath.Join(folder, name+".png"), small, 0o644))
}

// shrink writes a picture with its 256 most frequent colours.
func (b *tab) shrink(shot []byte) []byte {
	b.t.Helper()
	full, err := png.Decode(bytes.NewReader(shot))
	assert.NilError(b.t, err)
	bounds, seen := full.Bounds(), map[color.RGBA]int{}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(full.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			seen[at(x, y)]++
		}
	}
	paletted := image.NewPaletted(bounds, frequent(seen, 256))
	known := map[color.RGBA]uint8{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at(x, y)
			index, ok := known[c]
			if !ok {
				index = uint8(paletted.Palette.Index(c))
				known[c] = index
			}
			paletted.SetColorIndex(x, y, index)
		}
	}
	var small bytes.Buffer
	assert.NilError(b.t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, paletted))
	return small.Bytes()
}

func frequent(seen map[color.RGBA]int, most int) color.Palette {
	all := slices.SortedFunc(maps.Keys(seen), func(a, b color.RGBA) int {
		return cmp.Or(seen[b]-seen[a], cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	palette := color.Palette{}
	for _, c := range all[:min(most, len(all))] {
		palette = append(palette, c)
	}
	return palette
}
