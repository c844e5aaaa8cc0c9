package issuer

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed signin.gohtml
var signInPage string

//go:embed signin.css
var signInStyle string

var page = template.Must(template.New("sign-in").Parse(signInPage))

// page shows the people to pick from. query is the authorization request, which the form carries
// on.
func (i *Issuer) page(w http.ResponseWriter, query string) {
	var body bytes.Buffer
	err := page.Execute(&body, map[string]any{
		"Action": Path + "/sign-in?" + query, "Organisations": i.config.Organisations, "Style": template.CSS(signInStyle), //nolint:gosec // our own file
	})
	if err != nil {
		http.Error(w, "The page cannot be made.", http.StatusInternalServerError)
		return
	}
	for name, value := range map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Cache-Control":           "no-store",
		"Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"Referrer-Policy":         "no-referrer",
		"X-Content-Type-Options":  "nosniff",
	} {
		w.Header().Set(name, value)
	}
	_, _ = body.WriteTo(w) // the browser has gone
}
