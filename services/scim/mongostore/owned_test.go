package mongostore

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// TestNoCollectionIsForgotten: whatever collection the SCIM service opens is in owned, so that it
// is erased with its tenant, or belongs to what the two services agree on.
func TestNoCollectionIsForgotten(t *testing.T) {
	t.Parallel()
	opened := 0
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if method, ok := call.Fun.(*ast.SelectorExpr); !ok || method.Sel.Name != "Collection" {
				return true
			}
			opened++
			if !isErased(t, path, call.Args[0]) {
				t.Errorf("%s opens a collection that is not in owned: its documents would stay when their tenant goes", path)
			}
			return true
		})
		return nil
	})
	assert.NilError(t, err)
	if opened < len(owned()) {
		t.Errorf("the test finds %d collections: it does not look where they are opened", opened)
	}
}

// isErased reports whether the name is a constant of this package whose value is in owned, the name
// that NewTenants has from there, or one of package terms.
func isErased(t *testing.T, path string, name ast.Expr) bool {
	t.Helper()
	switch name := name.(type) {
	case *ast.SelectorExpr:
		of, ok := name.X.(*ast.Ident)
		return ok && of.Name == "terms"
	case *ast.Ident:
		if filepath.Base(path) == "erase.go" {
			return name.Name == "name"
		}
		return slices.Contains(owned(), constantOf(t, filepath.Dir(path), name.Name))
	default:
		return false
	}
}

// constantOf returns the value of a constant of the package in the folder, "" if there is none.
func constantOf(t *testing.T, folder, name string) (value string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	assert.NilError(t, err)
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		assert.NilError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 && spec.Names[0].Name == name {
				if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
					value, _ = strconv.Unquote(literal.Value)
				}
			}
			return true
		})
	}
	return value
}
