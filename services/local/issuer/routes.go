package issuer

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
)

func (i *Issuer) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"/jwks", i.jwks)
	if i.config.Client.ID == "" {
		return mux
	}
	mux.HandleFunc("GET "+Path+"/.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("POST "+Path+"/token", i.token)
	mux.Handle("GET "+Path+"/authorize", thisMachine(i.authorize))
	mux.Handle("POST "+Path+"/sign-in", http.NewCrossOriginProtection().Handler(thisMachine(i.signIn)))
	mux.Handle("GET "+Path+"/end-session", thisMachine(i.endSession))
	return mux
}

// jwks answers with the key set (RFC 7517).
func (i *Issuer) jwks(w http.ResponseWriter, _ *http.Request) {
	answer(w, "application/jwk-set+json", http.StatusOK, i.keys)
}

// discovery is OpenID Connect Discovery 1.0, section 3.
func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, "application/json", http.StatusOK, map[string]any{
		"issuer":                                i.name,
		"authorization_endpoint":                i.name + "/authorize",
		"token_endpoint":                        i.name + "/token",
		"jwks_uri":                              i.JWKSURL(),
		"end_session_endpoint":                  i.name + "/end-session",
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256"},
		"code_challenge_methods_supported":      []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{"none"},
	})
}

func answer(w http.ResponseWriter, mediaType string, status int, body any) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone
}

// thisMachine admits clients on this machine that used a name of this machine. A tunnel, and a page
// of another site whose name resolves to here, have another name, or send X-Forwarded-For.
func thisMachine(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !Loopback(r.RemoteAddr) || !Loopback(r.Host) || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
			http.Error(w, "Signing in to a local run is possible on the machine that it runs on, at its own address, and nowhere else.", http.StatusForbidden)
			return
		}
		h(w, r)
	})
}

// Loopback reports whether address, with or without a port, names this machine.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
