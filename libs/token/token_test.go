package token_test

import (
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"pgregory.net/rapid"

	"github.com/devrev/scim/libs/token"
)

// shape is what secret scanners are given to look for.
var shape = regexp.MustCompile(`\bdvscim_[0-9A-Za-z]{20}_[0-9A-Za-z]{49}\b`)

func TestNewHasTheShape(t *testing.T) {
	t.Parallel()
	tag := token.NewTag()
	seen := make(map[string]bool, drawn)
	for range drawn {
		text := token.New(tag).Reveal()
		if len(text) != 77 || shape.FindString(text) != text {
			t.Fatalf("%d characters that are not of the shape", len(text))
		}
		if seen[text] {
			t.Fatal("a token was drawn twice")
		}
		seen[text] = true
	}
}

// Each of the 62 characters is equally likely. Of 630,000 drawn, 10,161 of each are expected; 100
// is one standard deviation.
func TestNewIsUnbiased(t *testing.T) {
	t.Parallel()
	var drawn strings.Builder
	for range 10_000 {
		text := token.New(token.NewTag()).Reveal()
		drawn.WriteString(text[7:27] + text[28:71])
	}
	counts := make(map[rune]int)
	for _, c := range drawn.String() {
		counts[c]++
	}
	mean := drawn.Len() / 62
	for c, n := range counts {
		if n < mean-700 || n > mean+700 {
			t.Errorf("%q was drawn %d times, about %d are expected", c, n, mean)
		}
	}
	if len(counts) != 62 {
		t.Errorf("%d characters are drawn, want 62", len(counts))
	}
}

func TestParseReadsWhatNewDrew(t *testing.T) {
	t.Parallel()
	tag := token.NewTag()
	drawn := token.New(tag)
	read, err := token.Parse(drawn.Reveal())
	assert.NilError(t, err)
	if !read.Equal(drawn) || read.Reveal() != drawn.Reveal() || read.Tag() != tag || read.ID() != drawn.ID() || len(read.ID()) != 12 {
		t.Errorf("Parse gives tag %s and id %s of %s", read.Tag(), read.ID(), drawn)
	}
}

// The format is a promise: tokens outlive releases.
func TestParseReadsTokensOfBefore(t *testing.T) {
	t.Parallel()
	const text = "dvscim_Tg5kP0aZ0J8sQ2mXc4Vb_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3LvaAJ"
	read, err := token.Parse(text)
	assert.NilError(t, err)
	if read.Tag() != "Tg5kP0aZ" || read.ID() != "0J8sQ2mXc4Vb" {
		t.Errorf("Parse gives tag %s and id %s", read.Tag(), read.ID())
	}
}

func TestParseRefusesEverySingleEdit(t *testing.T) {
	t.Parallel()
	for range 5 {
		text := token.New(token.NewTag()).Reveal()
		for at := range len(text) {
			for c := range 256 {
				if byte(c) != text[at] {
					wantMalformed(t, text[:at]+string([]byte{byte(c)})+text[at+1:])
				}
				wantMalformed(t, text[:at]+string([]byte{byte(c)})+text[at:])
			}
			wantMalformed(t, text[:at]+text[at+1:])
			if at > 0 && text[at] != text[at-1] { // the commonest slip of the hand
				wantMalformed(t, text[:at-1]+string([]byte{text[at], text[at-1]})+text[at+1:])
			}
		}
		for _, c := range " \n\x000é" {
			wantMalformed(t, text+string(c))
		}
	}
}

func TestParseRefusesEveryEditOfAFewCharacters(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(token.New(token.NewTag()).Reveal())
		from := rapid.IntRange(0, len(text)-4).Draw(t, "from") // CRC-32 sees any burst of 32 bits
		edit := []byte(rapid.StringOfN(rapid.RuneFrom([]rune("09AZaz_")), 4, 4, 4).Draw(t, "edit"))
		if from+4 > 71 || string(text[from:from+4]) == string(edit) {
			t.Skip("touches the checksum, or changes nothing")
		}
		copy(text[from:], edit)
		if _, err := token.Parse(string(text)); err != token.ErrMalformed { //nolint:errorlint // nothing wraps it
			t.Fatalf("Parse: error %v, want ErrMalformed", err)
		}
	})
}

func TestEqual(t *testing.T) {
	t.Parallel()
	a, b, zero := token.New(token.NewTag()), token.New(token.NewTag()), token.Token{}
	if !a.Equal(a) || a.Equal(b) || a.Equal(zero) || zero.Equal(a) || zero.Equal(zero) {
		t.Error("a token equals itself alone, the zero Token nothing")
	}
}

func TestZeroTokenHasNoParts(t *testing.T) {
	t.Parallel()
	var zero token.Token
	if zero.Tag()+zero.ID()+zero.Reveal() != "" {
		t.Errorf("the parts of %s", zero)
	}
}

func FuzzParse(f *testing.F) {
	text := token.New(token.NewTag()).Reveal()
	for _, seed := range []string{
		"", "dvscim_", text, text[:76], text + "0", strings.ToLower(text), strings.ReplaceAll(text, "_", "-"),
		"Bearer " + text, strings.Repeat("0", 77), strings.Repeat("é", 38) + "0", text[:71] + "zzzzzz",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		read, err := token.Parse(s)
		if err != nil {
			if err != token.ErrMalformed || read.Reveal() != "" { //nolint:errorlint // nothing wraps it
				t.Fatalf("Parse: error %v with token %s", err, read)
			}
			return
		}
		if read.Reveal() != s || shape.FindString(s) != s || !strings.HasPrefix(s, "dvscim_"+read.Tag()+read.ID()+"_") {
			t.Fatalf("Parse accepts %q", s)
		}
	})
}

func BenchmarkNew(b *testing.B) {
	tag := token.NewTag()
	for b.Loop() {
		token.New(tag)
	}
}

func BenchmarkParse(b *testing.B) {
	text := token.New(token.NewTag()).Reveal()
	for b.Loop() {
		if _, err := token.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func wantMalformed(t *testing.T, s string) {
	t.Helper()
	if _, err := token.Parse(s); err != token.ErrMalformed { //nolint:errorlint // nothing wraps it
		t.Fatalf("Parse(%q): error %v, want ErrMalformed", s, err)
	}
}
