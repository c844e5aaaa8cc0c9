package issuer

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// codeLife is how long a code can be redeemed.
const codeLife = time.Minute

// sessionLife is how long a browser stays signed in here.
const sessionLife = 8 * time.Hour

// cookie keeps a browser signed in. It is seen below Path alone.
const cookie = "local_issuer"

// session is a browser that is signed in.
type session struct {
	person Person
	since  time.Time // when the person was picked
}

// grant is the grant of a code.
type grant struct {
	session
	challenge string // of PKCE, S256
	nonce     string
	until     time.Time
}

// wish is an authorization request (OpenID Connect Core, section 3.1.2.1) of our one client.
type wish struct {
	State, Nonce, Challenge, MaxAge, Prompt string
}

// read returns the request of q. The problem is a sentence for the author of the client; "" means
// none.
func (i *Issuer) read(q url.Values) (w wish, problem string) {
	switch {
	case q.Get("client_id") != i.config.Client.ID:
		return w, "client_id is unknown here."
	case q.Get("redirect_uri") != i.config.Client.RedirectURI:
		return w, "redirect_uri is not the one that the client is registered with."
	case q.Get("response_type") != "code":
		return w, "response_type must be code."
	case q.Get("code_challenge") == "" || q.Get("code_challenge_method") != "S256":
		return w, "PKCE with S256 is required."
	}
	return wish{q.Get("state"), q.Get("nonce"), q.Get("code_challenge"), q.Get("max_age"), q.Get("prompt")}, ""
}

// fresh reports whether a session answers the request without asking again.
func (w wish) fresh(s session) bool {
	if w.Prompt == "login" {
		return false
	}
	seconds, err := strconv.Atoi(w.MaxAge)
	return err != nil || time.Since(s.since) <= time.Duration(seconds)*time.Second
}

// authorize shows the sign-in page, or goes back at once where the browser is signed in.
func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	asked, problem := i.read(r.URL.Query())
	if problem != "" {
		http.Error(w, problem, http.StatusBadRequest)
		return
	}
	if s, ok := i.session(r); ok && asked.fresh(s) {
		i.goBack(w, r, asked, s)
		return
	}
	i.page(w, r.URL.RawQuery)
}

// signIn signs in the person who was picked on the page. The request is in the query, as it was on
// the page.
func (i *Issuer) signIn(w http.ResponseWriter, r *http.Request) {
	asked, problem := i.read(r.URL.Query())
	person := Person{Role: Role(r.PostFormValue("role")), Organisation: strings.TrimSpace(r.PostFormValue("organisation"))}
	if problem == "" && !person.known() {
		problem = "There is no such person here."
	}
	if problem != "" {
		http.Error(w, problem, http.StatusBadRequest)
		return
	}
	s, id := session{person, time.Now()}, rand.Text()
	i.mu.Lock()
	for old, other := range i.sessions {
		if time.Since(other.since) > sessionLife {
			delete(i.sessions, old)
		}
	}
	i.sessions[id] = s
	i.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: id, Path: Path, HttpOnly: true, SameSite: http.SameSiteLaxMode}) //nolint:gosec // http, on loopback
	i.goBack(w, r, asked, s)
}

func (i *Issuer) session(r *http.Request) (session, bool) {
	c, err := r.Cookie(cookie)
	if err != nil {
		return session{}, false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	s, ok := i.sessions[c.Value]
	return s, ok && time.Since(s.since) < sessionLife
}

// goBack leads the browser to the client with a code.
func (i *Issuer) goBack(w http.ResponseWriter, r *http.Request, asked wish, s session) {
	code, now := rand.Text(), time.Now()
	i.mu.Lock()
	for old, g := range i.codes {
		if now.After(g.until) {
			delete(i.codes, old)
		}
	}
	i.codes[code] = grant{s, asked.Challenge, asked.Nonce, now.Add(codeLife)}
	i.mu.Unlock()
	query := url.Values{"code": {code}, "state": {asked.State}}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, i.config.Client.RedirectURI+"?"+query.Encode(), http.StatusSeeOther)
}

// endSession signs the browser out and leads it back (OpenID Connect RP-Initiated Logout 1.0).
func (i *Issuer) endSession(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie(cookie); err == nil {
		i.mu.Lock()
		delete(i.sessions, c.Value)
		i.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: cookie, Path: Path, MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode}) //nolint:gosec // http, on loopback
	if back := r.URL.Query().Get("post_logout_redirect_uri"); back != i.config.Client.SignedOut {
		http.Error(w, "You are signed out.", http.StatusOK)
		return
	}
	http.Redirect(w, r, i.config.Client.SignedOut, http.StatusSeeOther)
}
