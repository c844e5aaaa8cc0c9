package leak

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/devrev/scim/libs/token"
)

// kinds are the places that GitHub distinguishes, according to its documentation.
var kinds = []string{
	"content", "commit", "pull_request_title", "pull_request_description", "pull_request_comment", "issue_title", "issue_description",
	"issue_comment", "discussion_title", "discussion_body", "discussion_comment", "commit_comment", "gist_content", "gist_comment", "npm",
}

const (
	unknownKind  = "unknown"
	maxURL       = 400 // bytes
	hostAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789.-:"
)

var tokenPattern = regexp.MustCompile(token.Pattern)

// source is a line for people: the kind of place and, if it may be shown, its URL. Both are
// untrusted text: the file's author chose its name.
func source(kind, link string) string {
	if kind = strings.ToLower(kind); !slices.Contains(kinds, kind) {
		kind = unknownKind
	}
	if link = clean(link); link == "" {
		return kind
	}
	return kind + " " + link
}

// clean returns the URL without credentials, query and fragment, in ASCII; "" if it is too long,
// not of the web, or has a token in it.
func clean(link string) string {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Opaque != "" ||
		strings.Trim(strings.ToLower(u.Host), hostAlphabet) != "" || tokenPattern.MatchString(u.Path) {
		return ""
	}
	cleaned := u.Scheme + "://" + u.Host + u.EscapedPath()
	if len(cleaned) > maxURL {
		return ""
	}
	return cleaned
}
