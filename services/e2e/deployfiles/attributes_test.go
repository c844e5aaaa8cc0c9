package deployfiles

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"gotest.tools/v3/assert"

	"github.com/devrev/scim/libs/telemetry/telemetrytest"
)

// conventional are the names of semconv that services set on spans, and their keys. What is not
// here is unknown to the collector as well.
var conventional = map[string]attribute.Key{
	"HTTPRequestMethodKey":   semconv.HTTPRequestMethodKey,
	"HTTPRoute":              semconv.HTTPRouteKey,
	"HTTPResponseStatusCode": semconv.HTTPResponseStatusCodeKey,
	"ErrorType":              semconv.ErrorTypeKey,
	"ErrorTypeKey":           semconv.ErrorTypeKey,
	"ErrorTypeOther":         semconv.ErrorTypeKey,
	"DBSystemNameRedis":      semconv.DBSystemNameKey,
	"DBSystemNameMongoDB":    semconv.DBSystemNameKey,
	"DBOperationName":        semconv.DBOperationNameKey,
	"DBOperationBatchSize":   semconv.DBOperationBatchSizeKey,
	"DBCollectionName":       semconv.DBCollectionNameKey,
	"DBNamespace":            semconv.DBNamespaceKey,
	"ServerAddress":          semconv.ServerAddressKey,
	"ServerPort":             semconv.ServerPortKey,
}

// inCode returns what the programs write onto spans: the keys of semconv that services use, and
// literals of our own namespace where attributes are made. The instruments of libs/telemetry have
// labels of their own.
func inCode(t *testing.T) map[string]bool {
	t.Helper()
	own := regexp.MustCompile(`^scim(\.[a-z]+)+$`)
	keys := map[string]bool{}
	walk(t, "services", func(path string, file *ast.File) {
		telling := false
		for _, spec := range file.Imports {
			telling = telling || spec.Path.Value == `"go.opentelemetry.io/otel/attribute"` || strings.HasPrefix(spec.Path.Value, `"go.opentelemetry.io/otel/semconv/`)
		}
		if !telling {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "semconv" {
					key, known := conventional[n.Sel.Name]
					if !known {
						t.Errorf("%s: semconv.%s is not known here, and so not to the collector", path, n.Sel.Name)
					}
					keys[string(key)] = true
				}
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil && own.MatchString(text) {
					keys[text] = true
				}
			}
			return true
		})
	})
	return keys
}

// walk visits each file of production below folder.
func walk(t *testing.T, folder string, visit func(string, *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.HasSuffix(path, "test") {
			return fs.SkipDir // accesstest and the like
		}
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err == nil {
			visit(path, file)
		}
		return err
	})
	assert.NilError(t, err)
}

// ofResource returns what telemetry says of the process.
func ofResource(t *testing.T) map[string]bool {
	t.Helper()
	tel, spans := telemetrytest.Start(t, io.Discard)
	_, span := tel.Tracer().Start(t.Context(), "any")
	span.End()
	keys := map[string]bool{"service.version": true} // the tests' Telemetry has no version
	for _, kv := range spans.Ended()[0].Resource().Attributes() {
		keys[string(kv.Key)] = true
	}
	return keys
}

// loggers are the methods of slog that programs log with, and how many arguments come before keys
// and values.
var loggers = map[string]int{"InfoContext": 2, "WarnContext": 2, "ErrorContext": 2, "Warn": 1, "With": 0}

// inLog returns the fields of log lines: those that docs/operations.md has a table of, and those of
// other lines, from the code.
func inLog(t *testing.T) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	for _, field := range documented(t, "## Log") {
		if field != "trace_id" && field != "span_id" { // they are no attributes of a record
			keys[field] = true
		}
	}
	for _, folder := range []string{"services", "libs"} {
		walk(t, folder, func(_ string, file *ast.File) {
			ast.Inspect(file, func(n ast.Node) bool {
				for _, key := range logged(n) {
					keys[key] = true
				}
				return true
			})
		})
	}
	return keys
}

// logged returns the keys of n, if it is a line that is logged, or one thing more of a request's.
func logged(n ast.Node) (keys []string) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return nil
	}
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	first, ok := loggers[method.Sel.Name]
	if method.Sel.Name == "Add" && len(call.Args) == 2 {
		first, ok = 0, true
	}
	for i := first; ok && i < len(call.Args); i += 2 {
		if key, isText := call.Args[i].(*ast.BasicLit); isText && key.Kind == token.STRING {
			keys = append(keys, strings.Trim(key.Value, `"`))
		}
	}
	return keys
}

// documented returns the words in code of the first column of the table below heading in
// docs/operations.md.
func documented(t *testing.T, heading string) (words []string) {
	t.Helper()
	_, section, ok := strings.Cut(read(t, "docs/operations.md"), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("docs/operations.md has no %s", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	code := regexp.MustCompile("`([a-z_]+)`")
	for line := range strings.Lines(section) {
		cells := strings.SplitN(line, "|", 3)
		if len(cells) < 3 || cells[0] != "" {
			continue
		}
		for _, word := range code.FindAllStringSubmatch(cells[1], -1) {
			words = append(words, word[1])
		}
	}
	return words
}
