package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/apiclient"
)

// securityPage is Settings > Security.
type securityPage struct {
	Terms  part[apiclient.Terms]
	Status part[apiclient.Status]
	Tokens part[apiclient.TokenList]
	Live   []tokenView
	Dead   []tokenView
}

// tokenView is a token, and what can be done with it.
type tokenView struct {
	apiclient.Token

	Bars       chart
	Current    bool // live, and no live token has taken its place
	Cancelable bool // it is current, and the one before it can be current again
	Restorable bool
	RestoreBy  time.Time
	Successor  string // the name of the live token that has taken its place
}

// restorable is how long a revocation can be taken back.
const restorable = 10 * time.Minute

func (s *Console) security(v *visit) error {
	var p securityPage
	g := v.gather()
	from(g, &p.Terms, v.api.Terms)
	from(g, &p.Status, v.api.Status)
	from(g, &p.Tokens, func(ctx context.Context) (apiclient.TokenList, error) { return s.tokensWithUse(ctx, v.api) })
	if err := g.wait(); err != nil {
		return err
	}
	for _, t := range p.Tokens.Value.Tokens {
		if view := s.viewOf(t, p.Tokens.Value.Tokens); t.State == apiclient.Live {
			p.Live = append(p.Live, view)
		} else {
			p.Dead = append(p.Dead, view)
		}
	}
	return v.show(http.StatusOK, "security", "Security", p)
}

// tokensWithUse returns the tokens, the live ones with their hours, for which each has to be asked
// for by itself.
func (s *Console) tokensWithUse(ctx context.Context, api *apiclient.Organisation) (apiclient.TokenList, error) {
	list, err := api.Tokens(ctx)
	if err != nil {
		return list, err
	}
	g := &gather{ctx: ctx}
	whole := make([]part[apiclient.Token], len(list.Tokens))
	for i, t := range list.Tokens {
		if t.State == apiclient.Live {
			from(g, &whole[i], func(ctx context.Context) (apiclient.Token, error) { return api.Token(ctx, t.ID) })
		}
	}
	_ = g.wait() // the list is there; bars that are not are the lesser evil
	for i := range whole {
		if whole[i].Value.ID != "" {
			list.Tokens[i] = whole[i].Value
		}
	}
	return list, nil
}

// viewOf returns t among all tokens of the organisation.
func (s *Console) viewOf(t apiclient.Token, all []apiclient.Token) tokenView {
	now := s.deps.Now()
	live := func(id string) *apiclient.Token {
		i := slices.IndexFunc(all, func(other apiclient.Token) bool { return other.ID == id && other.State == apiclient.Live })
		if i < 0 {
			return nil
		}
		return &all[i]
	}
	view := tokenView{Token: t, Bars: useOf(now, t)}
	if t.State == apiclient.Live {
		view.Current = true
		if t.Verdict != nil {
			if next := live(t.Verdict.Successor); next != nil {
				view.Current, view.Successor = false, next.Name
			}
		}
		view.Cancelable = view.Current && live(t.Replaces) != nil
		return view
	}
	view.RestoreBy = t.RevokedAt.Add(restorable)
	view.Restorable = t.State == "revoked" && t.LeakedAt.IsZero() && now.Before(view.RestoreBy)
	return view
}

// findToken returns one token and its place among the others.
func (s *Console) findToken(v *visit) (tokenView, error) {
	ctx, id := v.Request.Context(), v.Param("id")
	t, err := v.api.Token(ctx, id)
	if err != nil {
		return tokenView{}, err
	}
	list, err := v.api.Tokens(ctx)
	if err != nil {
		return tokenView{}, err
	}
	return s.viewOf(t, list.Tokens), nil
}

func (s *Console) token(v *visit) error {
	t, err := s.findToken(v)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "token", t.Name, t, crumb{"Security", v.path("security")})
}

// tokenUse answers the script that waits for the first use of a token.
func (s *Console) tokenUse(v *visit) error {
	t, err := v.api.Token(v.Request.Context(), v.Param("id"))
	if err != nil {
		return err
	}
	said, seen := "Waiting for the first use.", !t.FirstUsedAt.IsZero()
	if seen {
		said = firstUse(t)
	}
	v.JSON(http.StatusOK, gin.H{"text": said, "done": seen})
	return nil
}

// firstUse says who used the token first, and when.
func firstUse(t apiclient.Token) string {
	who := "Somebody"
	if t.Use != nil && len(t.Use.Clients) > 0 {
		who = capital(client(t.Use.Clients[0].Name))
	}
	return who + " used it at " + t.FirstUsedAt.UTC().Format("15:04:05 UTC") + "."
}
