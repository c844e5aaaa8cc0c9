package issuer

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"time"
)

// token redeems a code (RFC 6749 section 4.1.3, RFC 7636 section 4.5), once.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	refuse := func(code string) {
		answer(w, "application/json", http.StatusBadRequest, map[string]string{"error": code})
	}
	switch {
	case r.PostFormValue("grant_type") != "authorization_code":
		refuse("unsupported_grant_type")
		return
	case r.PostFormValue("client_id") != i.config.Client.ID:
		refuse("invalid_client")
		return
	}
	i.mu.Lock()
	g, ok := i.codes[r.PostFormValue("code")]
	delete(i.codes, r.PostFormValue("code"))
	i.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	if !ok || time.Now().After(g.until) || r.PostFormValue("redirect_uri") != i.config.Client.RedirectURI ||
		subtle.ConstantTimeCompare([]byte(challenge), []byte(g.challenge)) == 0 {
		refuse("invalid_grant")
		return
	}
	access, err := i.sign(Audience, g.person.subject(), accessTokenLife, g.person.claims())
	if err != nil {
		refuse("server_error")
		return
	}
	id, err := i.sign(i.config.Client.ID, g.person.subject(), accessTokenLife, map[string]any{
		"nonce": g.nonce, "auth_time": g.since.Unix(), "name": g.person.name(),
	})
	if err != nil {
		refuse("server_error")
		return
	}
	answer(w, "application/json", http.StatusOK, map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(accessTokenLife.Seconds()), "id_token": id,
	})
}
