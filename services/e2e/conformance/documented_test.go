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
)

const docs = "../../../docs/"

// testName is how the documents name a test: `TestX` or `TestX/row`.
var testName = regexp.MustCompile("`(Test[A-Z][^`]*)`")

func TestDocumentsNameTestsThatExist(t *testing.T) {
	t.Parallel()
	there, named := tests(t), map[string]bool{}
	for _, document := range []string{"conformance.md", "divergences.md"} {
		for _, match := range testName.FindAllStringSubmatch(read(t, docs+document), -1) {
			named[match[1]] = true
			if !there[match[1]] {
				t.Errorf("%s names %q, which does not exist", document, match[1])
			}
		}
	}
	for name := range there {
		if strings.Contains(name, "/") && !named[name] {
			t.Errorf("no document names %q", name)
		}
	}
}

func TestDivergencesNameEveryCoercion(t *testing.T) {
	t.Parallel()
	document := read(t, docs+"divergences.md")
	coercions := 0
	ast.Inspect(parse(t, "../../../libs/scim/tolerance.go"), func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, _ := spec.Type.(*ast.Ident); kind == nil || kind.Name != "Coercion" {
			return true
		}
		coercions++
		if name, _ := text(spec.Values[0]); !strings.Contains(document, "`"+name+"`") {
			t.Errorf("divergences.md does not name the coercion %s", name)
		}
		return true
	})
	if coercions == 0 {
		t.Error("no coercions found")
	}
}

// tests returns the names of this package's tests and of the rows of their tables. They are read from the source, so that those behind a
// build tag are among them. A row is whatever begins with a text that begins with "RFC", and so is a part that is run by itself.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
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
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
