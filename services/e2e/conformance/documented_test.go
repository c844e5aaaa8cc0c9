package conformance

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gotest.tools/v3/assert"
)

const docs = "../../../docs/"

// How the documents name a test: `TestX` or `TestX/row`, and `folder.TestX` one of another package,
// for what cannot be seen from outside.
var (
	testName  = regexp.MustCompile("`(Test[A-Z][^`]*)`")
	elsewhere = regexp.MustCompile("`([a-z/]+)\\.(Test[A-Z][A-Za-z]*)`")
)

func TestDocumentsNameTestsThatExist(t *testing.T) {
	t.Parallel()
	there, named := tests(t, "."), map[string]bool{}
	for _, document := range []string{"conformance.md", "divergences.md"} {
		content := read(t, docs+document)
		for _, match := range testName.FindAllStringSubmatch(content, -1) {
			named[match[1]] = true
			if !there[match[1]] {
				t.Errorf("%s names %q, which does not exist", document, match[1])
			}
		}
		for _, match := range elsewhere.FindAllStringSubmatch(content, -1) {
			if !tests(t, docs+"../"+match[1])[match[2]] {
				t.Errorf("%s names %q of %s, which does not exist", document, match[2], match[1])
			}
		}
	}
	for name := range there {
		if strings.Contains(name, "/") && !named[name] {
			t.Errorf("no document names %q", name)
		}
	}
}

// coercionRow is how divergences.md begins the row of a coercion.
var coercionRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|")

func TestDivergencesNameEveryCoercion(t *testing.T) {
	t.Parallel()
	described := map[string]bool{}
	for _, match := range coercionRow.FindAllStringSubmatch(read(t, docs+"divergences.md"), -1) {
		described[match[1]] = true
	}
	coercions := map[string]bool{}
	ast.Inspect(parse(t, "../../../libs/scim/tolerance.go"), func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, _ := spec.Type.(*ast.Ident); kind == nil || kind.Name != "Coercion" {
			return true
		}
		name, _ := text(spec.Values[0])
		coercions[name] = true
		return true
	})
	if diff := cmp.Diff(coercions, described); diff != "" || len(coercions) == 0 {
		t.Errorf("the coercions there are differ from those of divergences.md (-there +described)\n%s", diff)
	}
}

// tests returns the names of the tests in a folder and of the rows of their tables, read from the
// source. A row is whatever begins with a text that begins with "RFC", and so is a part that is run
// on its own.
func tests(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	names := map[string]bool{}
	for _, file := range files {
		for _, declaration := range parse(t, file).Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || !strings.HasPrefix(function.Name.Name, "Test") {
				continue
			}
			names[function.Name.Name] = true
			ast.Inspect(function, func(n ast.Node) bool {
				var first ast.Expr
				switch n := n.(type) {
				case *ast.CompositeLit:
					if len(n.Elts) > 0 {
						first = n.Elts[0]
					}
				case *ast.CallExpr:
					if len(n.Args) > 0 {
						first = n.Args[0]
					}
				}
				if row, ok := text(first); ok && strings.HasPrefix(row, "RFC ") {
					names[function.Name.Name+"/"+row] = true
				}
				return true
			})
		}
	}
	return names
}

// text returns the value of a string literal.
func text(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(literal.Value)
	return s, err == nil
}

func parse(t *testing.T, file string) *ast.File {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	assert.NilError(t, err)
	return parsed
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	assert.NilError(t, err)
	return string(data)
}
