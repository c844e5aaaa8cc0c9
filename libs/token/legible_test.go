package token_test

import (
	"testing"

	"github.com/devrev/scim/libs/token"
)

func TestWhatIsLegibleOfAMistypedToken(t *testing.T) {
	t.Parallel()
	whole := token.New(token.NewTag())
	text := whole.Reveal()
	public := len("dvscim_") + 20
	for rule, c := range map[string]struct {
		header string
		want   bool
	}{
		"a token":                      {"Bearer " + text, true},
		"a bare one":                   {text, true},
		"a secret with another letter": {"Bearer " + text[:len(text)-1] + "~", true},
		"one that is cut off":          {"Bearer " + text[:public+9], true},
		"one with more behind it":      {"Bearer " + text + " x", true},
		"its public part alone":        {"Bearer " + text[:public], true},
		"one in quotation marks":       {`Bearer "` + text + `"`, true},
		"one behind Bearer twice":      {"Bearer bearer " + text, true},
		"less than that":               {"Bearer " + text[:public-1], false},
		"a longer id":                  {"Bearer " + text[:public] + "x", false},
		"an id with another character": {"Bearer " + text[:public-1] + "-" + text[public:], false},
		"what begins otherwise":        {"Bearer x" + text, false},
		"another scheme":               {"Basic " + text, false},
		"nothing":                      {"", false},
	} {
		tag, id := token.Legible(c.header)
		if found := tag == whole.Tag() && id == whole.ID(); found != c.want || !found && tag+id != "" {
			t.Errorf("%s: %q, %q", rule, tag, id)
		}
	}
}
