package scimhttp

import (
	"errors"
	"net/http"
	"strings"

	"github.com/devrev/scim/libs/scim"
	"github.com/devrev/scim/libs/token"
)

// unauthorized is the one answer to every token that is not accepted, so that nothing can be
// learned from it. Where the header has a form that no token has, misread says so instead.
var unauthorized = scim.Errorf(http.StatusUnauthorized, "", "The API token is missing or not valid. Copy the token from DevRev into the identity provider again, or issue a new one in DevRev.")

// verdict is what authenticate finds of a request's token, with all that reportVerdict reports of
// it.
type verdict struct {
	answer *scim.Error // nil: the token is accepted; 401 if it is invalid, 429 if the client is guessing, 503 if it cannot be verified

	outcome, source string         // of the verification, for the metrics
	event           string         // for the operator; "": none
	org, tokenID    string         // as far as they are known
	used            *token.Request // whose usage it counts to; nil: no token's
	refusal         *token.Refusal // why the token is not accepted; nil: it is, or that is not known
	challenge       string         // WWW-Authenticate; "": none
}

// Where the outcome of a verification is known from: this process alone, or the token store.
const (
	sourceCache = "cache"
	sourceStore = "store"
)

func sourceOf(p token.Principal) string {
	if p.Cached {
		return sourceCache
	}
	return sourceStore
}

// judge makes a verdict of what Verify returned for a request with this header.
func judge(p token.Principal, err error, header http.Header) verdict {
	if err == nil {
		return verdict{
			outcome: "accepted", source: sourceOf(p), org: p.Org, tokenID: p.TokenID, used: &token.Request{Tag: p.Tag, TokenID: p.TokenID},
		}
	}
	if refusal, ok := errors.AsType[*token.Refusal](err); ok {
		return refuse(refusal, header)
	}
	if throttled, ok := errors.AsType[*token.Throttled](err); ok {
		return verdict{
			outcome: "throttled", source: sourceCache, event: "guessing", tokenID: throttled.TokenID,
			answer: tooMany(throttled.RetryAfter, "Too many requests came with a wrong API token.").Because(err),
		}
	}
	v := verdict{outcome: "unavailable", source: sourceStore}
	v.answer = scim.Errorf(http.StatusServiceUnavailable, "", "The API token cannot be checked at the moment. It does not need to be changed; try again.").Because(err)
	if errors.Is(err, token.ErrUnknownOrganisation) {
		v.event = "organisation_unknown"
	}
	return v
}

func refuse(r *token.Refusal, header http.Header) verdict {
	v := verdict{
		outcome: string(r.Reason), source: sourceStore, org: r.Org, tokenID: r.TokenID, refusal: r,
		challenge: challenge(header.Get("Authorization")),
		answer:    misread(header.Values("Authorization")).Because(r),
	}
	if r.TokenID == "" { // what is no token is not looked up
		v.source = sourceCache
	}
	if r.Reason.Dead() {
		v.event, v.used = string(r.Reason)+"_token_used", &token.Request{Tag: r.Tag, TokenID: r.TokenID, Refused: r.Reason}
	}
	return v
}

// misread returns the refusal of a token in the words that fit the form of the header, which tells
// nothing of any token.
func misread(authorization []string) *scim.Error {
	if len(authorization) > 1 {
		return scim.Errorf(http.StatusUnauthorized, "", "The request has more than one header Authorization. Send one.")
	}
	scheme, credential, _ := strings.Cut(strings.TrimSpace(strings.Join(authorization, "")), " ")
	credential = strings.TrimSpace(credential)
	if !strings.EqualFold(scheme, "Bearer") {
		credential = scheme
	}
	again, _, _ := strings.Cut(credential, " ")
	switch {
	case strings.EqualFold(scheme, "Bearer") && strings.EqualFold(again, "Bearer"):
		return scim.Errorf(http.StatusUnauthorized, "", "The word Bearer is before the API token twice. Paste the token alone, without the word: the identity provider adds it.")
	case strings.HasPrefix(credential, `"`), strings.HasPrefix(credential, "'"), strings.HasPrefix(credential, "“"), strings.HasPrefix(credential, "<"):
		return scim.Errorf(http.StatusUnauthorized, "", "The API token is in quotation marks. Paste the token alone, without them.")
	default:
		return unauthorized
	}
}

// challenge returns what RFC 6750 section 3 asks for: the same error for every token that is
// refused, and none for a request without a token, even if it has another scheme.
func challenge(authorization string) string {
	scheme, _, hasScheme := strings.Cut(strings.TrimSpace(authorization), " ")
	if scheme == "" || hasScheme && !strings.EqualFold(scheme, "Bearer") {
		return `Bearer realm="SCIM"`
	}
	return `Bearer realm="SCIM", error="invalid_token"`
}
