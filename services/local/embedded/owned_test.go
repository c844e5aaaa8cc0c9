package embedded

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// TestNoBucketIsForgotten: each bucket at the root of the file is one in which tenants are erased,
// or is known to hold what the token service erases or what is no tenant's.
func TestNoBucketIsForgotten(t *testing.T) {
	t.Parallel()
	known := append(tenantRoots(), "tokens", "issuer", "format", erasedBucket)
	files, err := filepath.Glob("*.go")
	assert.NilError(t, err)
	named := 0
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		assert.NilError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			if of, ok := call.Fun.(*ast.Ident); !ok || of.Name != "tableAt" && of.Name != "makeTable" {
				return true
			}
			literal, ok := call.Args[1].(*ast.BasicLit)
			if !ok {
				return true
			}
			named++
			if name, _ := strconv.Unquote(literal.Value); !slices.Contains(known, name) {
				t.Errorf("%s has the bucket %s, which is not in tenantRoots: what it holds would stay when its tenant goes", path, name)
			}
			return true
		})
	}
	if named < len(known)-1 {
		t.Errorf("the test finds %d buckets: it does not look where they are made", named)
	}
}
