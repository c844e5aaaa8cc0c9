package local

import (
	"fmt"
	"io"
	"strings"
	"text/template"
)

var banner = template.Must(template.New("banner").Parse(`
DevRev SCIM is running. Ctrl-C ends it.

{{with .ConsoleURL}}  Sign in at      {{.}}
{{end}}  SCIM base URL   {{.SCIMBaseURL}}
{{- range .Orgs}}
  Organisation    {{.Org}}
{{- if not .Leaving}}
  API token       {{or .Token "(shown when it was issued; the lines below rotate it)"}}
{{- else if eq .Leaving.State "grace"}}
  Removed         It is erased at {{.Leaving.EraseAt.Format "2006-01-02 15:04:05 MST"}}. To keep it, announce it again, and start again:
                  curl -s -X PUT {{$.APIBaseURL}}/organisations/{{.Org}} -H "Authorization: Bearer {{$.PlatformCredential}}" -H 'Content-Type: application/json' -d '{"sso":{"enabled":true}}'; echo
{{- else}}
  Removed         It is being erased, and comes back as a new one at the first start after that.
{{- end}}
{{- end}}
{{with .First}}
Try it (each line as it stands):

  ADMIN={{.AdminToken}}
{{- if .Token}}
  TOKEN={{.Token}}
{{- else}}
  CURRENT=$(curl -s {{$.APIBaseURL}}/organisations/{{.Org}}/scim/tokens -H "Authorization: Bearer $ADMIN" | grep -o '"id":"[^"]*"' | head -1 | cut -d'"' -f4)
  TOKEN=$(curl -s {{$.APIBaseURL}}/organisations/{{.Org}}/scim/tokens/rotate -H "Authorization: Bearer $ADMIN" -H 'Content-Type: application/json' -d '{"force":true,"current":"'$CURRENT'"}' | sed 's/.*"token":"\([^"]*\)".*/\1/'); echo $TOKEN
{{- end}}

  # Okta's "Test API Credentials"
  curl -s "{{$.SCIMBaseURL}}/Users?startIndex=1&count=2" -H "Authorization: Bearer $TOKEN"; echo

  # create a user; she is shadow until she signs in
  curl -s {{$.SCIMBaseURL}}/Users -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/scim+json' -d '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"bjensen@example.com","name":{"givenName":"Barbara","familyName":"Jensen"},"emails":[{"value":"bjensen@example.com","type":"work","primary":true}],"active":true}'; echo

  # look her up, as identity providers do
  USER_ID=$(curl -s "{{$.SCIMBaseURL}}/Users?filter=userName+eq+%22bjensen@example.com%22&attributes=userName" -H "Authorization: Bearer $TOKEN" | sed 's/.*"id":"\([^"]*\)".*/\1/'); echo $USER_ID

  # she signs in to DevRev, and is active
  curl -s {{$.APIBaseURL}}/organisations/{{.Org}}/sign-ins -H "Authorization: Bearer {{$.PlatformCredential}}" -H 'Content-Type: application/json' -d '{"userName":"bjensen@example.com"}'; echo

  # push a group with her in it
  curl -s {{$.SCIMBaseURL}}/Groups -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/scim+json' -d '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Tour Guides","members":[{"value":"'$USER_ID'"}]}'; echo

  # what the organisation sees
  curl -s {{$.APIBaseURL}}/organisations/{{.Org}}/users -H "Authorization: Bearer $ADMIN"; echo
{{end}}`))

// PrintDemo prints where to look while a demonstration plays.
func PrintDemo(w io.Writer, r Ready) error {
	where := r.ConsoleURL
	if where == "" {
		where = r.APIBaseURL
	}
	_, err := fmt.Fprintf(w, "\nLook at %s and sign in as the administrator of %s: an Okta is at work there. Ctrl-C ends it.\n\n", where, r.Orgs[0].Org)
	return err
}

// PrintBanner prints for a person what runs and what to try, in lines to paste.
func PrintBanner(w io.Writer, r Ready) error {
	var text strings.Builder
	if err := banner.Execute(&text, &r); err != nil {
		return fmt.Errorf("make the banner: %w", err)
	}
	if _, err := io.WriteString(w, text.String()); err != nil {
		return fmt.Errorf("print the banner: %w", err)
	}
	return nil
}
