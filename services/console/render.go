package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/access"
)

//go:embed ui
var ui embed.FS

// assets are the files that pages ask for, by a name that has the hash of their content, so that
// browsers keep them for good.
var assets, assetNames = loadAssets()

// templates are the pages, each with the layout around it.
var templates = loadTemplates()

func loadAssets() (contents map[string][]byte, names map[string]string) {
	contents, names = map[string][]byte{}, map[string]string{}
	for _, name := range []string{"app.css", "app.js", "icon.svg"} {
		content, err := ui.ReadFile("ui/" + name)
		if err != nil {
			panic(err) // it is embedded
		}
		sum := sha256.Sum256(content)
		extension := path.Ext(name)
		hashed := strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:6]) + extension
		contents[hashed], names[name] = content, hashed
	}
	return contents, names
}

func loadTemplates() map[string]*template.Template {
	all := map[string]*template.Template{}
	base := template.Must(template.New("layout.gohtml").Funcs(functions).ParseFS(ui, "ui/layout.gohtml", "ui/parts.gohtml"))
	files, err := fs.Glob(ui, "ui/pages/*.gohtml")
	if err != nil {
		panic(err) // the pattern is fixed
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".gohtml")
		all[name] = template.Must(template.Must(base.Clone()).ParseFS(ui, file))
	}
	return all
}

// asset answers with a file. It never changes under its name.
func (s *Console) asset(c *gin.Context) error {
	content, ok := assets[c.Param("file")]
	if !ok {
		return errNothingHere
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Data(http.StatusOK, mime.TypeByExtension(path.Ext(c.Param("file"))), content)
	return nil
}

// frame is what the layout shows around a page.
type frame struct {
	*visit

	Title  string
	Crumbs []crumb
	Page   any
}

// crumb is a page above.
type crumb struct{ Name, Path string }

// show answers with a page.
func (v *visit) show(status int, name, title string, page any, crumbs ...crumb) error {
	if v.failed != nil && status == http.StatusOK {
		status = v.failed.status
	}
	var body bytes.Buffer
	if err := templates[name].Execute(&body, frame{v, title, crumbs, page}); err != nil {
		return fmt.Errorf("make the page %s: %w", name, err)
	}
	v.Data(status, "text/html; charset=utf-8", body.Bytes())
	return nil
}

// SignedIn reports whether a person is signed in.
func (f frame) SignedIn() bool { return f.session.Subject != "" }

// Who is the person's name, or the subject where the issuer gives none.
func (f frame) Who() string {
	if f.session.Name != "" {
		return f.session.Name
	}
	return f.session.Subject
}

// Role is what the person may do here, in words.
func (f frame) Role() string {
	switch {
	case f.session.Org == "":
		return "DevRev staff, reading"
	case slices.Contains(f.session.Roles, access.ScimAdmin):
		return "administrator"
	default:
		return "auditor, reading"
	}
}

// Org is the organisation that the page is about; "" is none.
func (f frame) Org() string { return f.org }

// Staff reports whether the person belongs to no organisation.
func (f frame) Staff() bool { return f.SignedIn() && f.session.Org == "" }

// To returns the path of one of the organisation's pages.
func (f frame) To(elements ...string) string {
	if len(elements) == 0 {
		return f.path() + "/"
	}
	return f.path(elements...)
}

// In reports whether the page belongs to this part of the console; "" is the overview.
func (f frame) In(section string) bool {
	if f.org == "" {
		return strings.HasPrefix(f.Request.URL.Path, Path+"/"+section)
	}
	rest := strings.TrimPrefix(f.Request.URL.Path, f.path()+"/")
	first, _, _ := strings.Cut(rest, "/")
	return first == section
}

// Failed is the form that could not be carried out; nil is none.
func (f frame) Failed() *failed { return f.failed }

// Notice is what was just done; "" is nothing.
func (f frame) Notice() string { return f.notice }

// Token returns what a form that posts to path carries.
func (f frame) Token(path string) string { return f.session.FormToken(path) }

// Typed returns what was typed into a field that could not be taken, else otherwise.
func (f frame) Typed(field, otherwise string) string {
	if f.failed != nil {
		return f.failed.Value(field)
	}
	return otherwise
}
