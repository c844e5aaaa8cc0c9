package tokenhttp

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/libs/token"
	"github.com/devrev/scim/libs/token/ratelimit"
	"github.com/devrev/scim/services/internal/exactjson"
	"github.com/devrev/scim/services/internal/terms"
	"github.com/devrev/scim/services/internal/web"
	"github.com/devrev/scim/services/internal/web/problem"
	"github.com/devrev/scim/services/token/issuer"
)

// announcement is the body of PUT /organisations/{org}.
type announcement struct {
	SSO *struct {
		Enabled    *bool  `json:"enabled"`
		Connection string `json:"connection"`
	} `json:"sso"`
	UserNameFormat terms.UserNameFormat `json:"userNameFormat"`
	Rate           *rateView            `json:"rate"`
}

// terms reads an announcement. Whether single sign-on is on must be given: a missing member must
// not switch anything.
func (a announcement) terms() (issuer.Terms, error) {
	if a.SSO == nil || a.SSO.Enabled == nil {
		return issuer.Terms{}, &issuer.Invalid{Member: "sso.enabled", Rule: "must be true or false"}
	}
	terms := issuer.Terms{SSO: *a.SSO.Enabled, Connection: a.SSO.Connection, UserNameFormat: a.UserNameFormat}
	if a.Rate != nil {
		terms.Rate = ratelimit.Rate{PerSecond: cmp.Or(a.Rate.PerSecond, -1), Burst: a.Rate.Burst} // a given rate must be a rate
	}
	return terms, nil
}

// tokenRequest is the body of POST /organisations/{org}/scim/tokens.
type tokenRequest struct {
	Name      string        `json:"name"`
	Scopes    []token.Scope `json:"scopes"`
	ExpiresAt time.Time     `json:"expiresAt"`
}

// decode reads the body as one JSON object of the given shape. A member that is not part of it is
// refused, since a wish that is passed over looks like one that was granted.
func decode(c *gin.Context, into any) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	return unmarshal(c, body, into)
}

// decodeNothing is for requests without content: no body, or {}, which some clients always send.
func decodeNothing(c *gin.Context) error {
	body, err := readBody(c)
	if err != nil || len(body) == 0 {
		return err
	}
	return unmarshal(c, body, &struct{}{})
}

func readBody(c *gin.Context) ([]byte, error) {
	body, err := io.ReadAll(c.Request.Body)
	if refusal, ok := errors.AsType[web.Error](err); ok && errors.Is(refusal, web.ErrBrokenBody) {
		return nil, problem.WithDetail(malformedBody, refusal.Detail)
	}
	return body, err
}

func unmarshal(c *gin.Context, body []byte, into any) error {
	if !strings.EqualFold(c.ContentType(), "application/json") {
		return &unsupportedMedia
	}
	return unmarshalOf(body, into)
}

// decodeMerge reads the body of a PATCH, which is a merge patch (RFC 7396).
func decodeMerge(c *gin.Context, into any) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	if media := strings.ToLower(c.ContentType()); media != "application/merge-patch+json" && media != "application/json" {
		return problem.WithDetail(unsupportedMedia, "The body must be application/merge-patch+json or application/json.")
	}
	return unmarshalOf(body, into)
}

func unmarshalOf(body []byte, into any) error {
	if err := exactjson.Unmarshal(body, into); err != nil {
		return problem.WithDetail(malformedBody, whatIsWrong(err))
	}
	return nil
}

// whatIsWrong returns a sentence for an error of encoding/json about a body.
func whatIsWrong(err error) string {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if e.Field == "" {
			return "The body must be a JSON object, not " + e.Value + "."
		}
		return fmt.Sprintf("The member %s must not be a JSON %s.", e.Field, e.Value)
	}
	if _, ok := errors.AsType[*time.ParseError](err); ok {
		return "The member expiresAt must be a time such as 2030-01-31T12:00:00Z."
	}
	const most = 63
	if e, ok := errors.AsType[*exactjson.UnknownError](err); ok {
		return fmt.Sprintf("There is no member %.*q in the body of this request. Check its spelling.", most, e.Name)
	}
	if e, ok := errors.AsType[*exactjson.RepeatedError](err); ok {
		return fmt.Sprintf("The member %.*q is in the body more than once.", most, e.Name)
	}
	switch {
	case errors.Is(err, exactjson.ErrEncoding):
		return "The body is not UTF-8."
	case errors.Is(err, exactjson.ErrMore):
		return "There is more in the body than one JSON object."
	}
	return "The body is not JSON."
}
