package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

type unnormalisedKey struct{}

// Unnormalised reports whether the path of ctx's request had to be corrected.
func Unnormalised(ctx context.Context) bool {
	unnormalised, _ := ctx.Value(unnormalisedKey{}).(bool)
	return unnormalised
}

// Normalise takes doubled and trailing slashes out of the path before next routes it: //Users,
// /Users/ and /Users/?filter= arrive when an administrator typed a slash too many into the base
// URL. A redirect would not do; identity providers do not follow one on POST. An escaped slash
// (%2F) is part of a value and stays.
//
// It must wrap any other router: http.ServeMux answers // with a redirect of its own.
func Normalise(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		escaped := r.URL.EscapedPath()
		tidy := Tidy(escaped)
		if tidy == escaped && !strings.Contains(r.URL.RawPath, "+") { // as nearly all are
			next.ServeHTTP(w, r)
			return
		}
		ctx, u := r.Context(), *r.URL
		if tidy != escaped {
			ctx = context.WithValue(ctx, unnormalisedKey{}, true)
			u.RawPath = tidy
			u.Path, _ = url.PathUnescape(u.RawPath) // escaped was valid
		}
		u.RawPath = strings.ReplaceAll(u.RawPath, "+", "%2B") // gin takes a + in it for a space
		r = r.WithContext(ctx)
		r.URL = &u
		next.ServeHTTP(w, r)
	})
}

// Tidy makes an escaped path begin with one slash, end with none (unless it is "/") and have none
// doubled.
func Tidy(path string) string {
	if strings.HasPrefix(path, "/") && !strings.HasSuffix(path, "/") && !strings.Contains(path, "//") {
		return path
	}
	var b strings.Builder
	for part := range strings.SplitSeq(path, "/") {
		if part != "" {
			b.WriteByte('/')
			b.WriteString(part)
		}
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}
