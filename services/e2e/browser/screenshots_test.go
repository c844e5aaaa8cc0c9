package browser

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/services/local/demo"
)

var screenshots = flag.String("screenshots", "", "`folder` that the pictures of docs are written to; by default they are made and thrown away")

// maxPicture is the most that a picture of docs may have, in bytes.
const maxPicture = 60 << 10

// TestScreenshots makes the pictures of docs from the running product.
func TestScreenshots(t *testing.T) {
	p := product(t)
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
	decoded, err := png.Decode(bytes.NewReader(shot))
	assert.NilError(b.t, err)
	full := image.NewRGBA(decoded.Bounds())
	draw.Draw(full, full.Rect, decoded, full.Rect.Min, draw.Src)
	seen := map[color.RGBA]int{}
	runs(full, func(c color.RGBA, from, to int) { seen[c] += to - from })
	paletted := image.NewPaletted(full.Rect, frequent(seen, 256))
	runs(full, func(c color.RGBA, from, to int) {
		index := uint8(paletted.Palette.Index(c))
		for i := from; i < to; i++ {
			paletted.Pix[i] = index
		}
	})
	var small bytes.Buffer
	assert.NilError(b.t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, paletted))
	return small.Bytes()
}

// runs calls each with the neighbours of one colour, of which pages are made; from and to count
// pixels from the first row on.
func runs(picture *image.RGBA, each func(c color.RGBA, from, to int)) {
	pixels := picture.Pix
	at := func(i int) color.RGBA { return color.RGBA{pixels[4*i], pixels[4*i+1], pixels[4*i+2], pixels[4*i+3]} }
	from := 0
	for i := range len(pixels) / 4 {
		if c := at(from); at(i) != c {
			each(c, from, i)
			from = i
		}
	}
	each(at(from), from, len(pixels)/4)
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
