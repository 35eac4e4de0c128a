package peppercorn_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// maxLines is how long a file may be before it wants splitting. The exceptions are read as one thing, and say why.
const maxLines = 500

var longFiles = map[string]string{}

// panics are the calls of panic that may stay, by file, with the reason. What a caller passes in is never one.
var panics = map[string]string{}

// unfinished marks work that somebody meant to come back to.
var unfinished = regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b`)

func TestFilesAreShort(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range sources(t) {
		lines := f.fset.Position(f.file.FileEnd).Line
		if _, ok := longFiles[f.path]; ok {
			seen[f.path] = true
			if lines <= maxLines {
				t.Errorf("%s has %d lines: take it off the list of long files", f.path, lines)
			}
		} else if lines > maxLines {
			t.Errorf("%s has %d lines, more than %d: split it, or list it with the reason", f.path, lines, maxLines)
		}
	}
	for path := range longFiles {
		if !seen[path] {
			t.Errorf("%s is on the list of long files and does not exist", path)
		}
	}
}

func TestNothingIsUnfinished(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if f.path == "source_test.go" {
			continue // which has to name them
		}
		for _, group := range f.file.Comments {
			if mark := unfinished.FindString(group.Text()); mark != "" {
				t.Errorf("%s: %s: finish it, or write an issue", f.fset.Position(group.Pos()), mark)
			}
		}
	}
}

// A library that panics on input takes its caller's process down, and one that sleeps ignores its caller's context. init
// functions and the default logger act on behalf of a program that did not ask.
func TestLibraryCode(t *testing.T) {
	t.Parallel()
	for _, f := range sources(t) {
		if f.test || f.example {
			continue
		}
		imported := map[string]string{}
		for _, spec := range f.file.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			imported[path[strings.LastIndex(path, "/")+1:]] = path
		}
		ast.Inspect(f.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					t.Errorf("%s: init: let the caller construct it", f.fset.Position(n.Pos()))
				}
			case *ast.CallExpr:
				name := called(n, imported)
				_, excused := panics[f.path]
				switch {
				case name == "panic" && !excused:
					t.Errorf("%s: panic: return an error", f.fset.Position(n.Pos()))
				case name == "time.Sleep":
					t.Errorf("%s: time.Sleep: wait for the context as well", f.fset.Position(n.Pos()))
				case name == "os.Exit", strings.HasPrefix(name, "log."), strings.HasPrefix(name, "fmt.Print"):
					t.Errorf("%s: %s: only a main does that", f.fset.Position(n.Pos()), name)
				}
			}
			return true
		})
	}
}

// called names the function of a call: a builtin, or a function of a package of the standard library.
func called(call *ast.CallExpr, imported map[string]string) string {
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		return fn.Name
	case *ast.SelectorExpr:
		if x, ok := fn.X.(*ast.Ident); ok && imported[x.Name] == x.Name {
			return x.Name + "." + fn.Sel.Name
		}
	}
	return ""
}

// Every exported identifier that a user can reach has a comment that begins with its name, as godoc lists it.
func TestEverythingExportedIsDocumented(t *testing.T) {
	t.Parallel()
	packages := map[string]string{} // folder: package comment
	count := 0
	for _, f := range sources(t) {
		if f.test || f.example || f.internal {
			continue
		}
		folder := filepath.Dir(f.path)
		packages[folder] += f.file.Doc.Text()
		for _, u := range undocumented(f.file, &count) {
			t.Errorf("%s: %s has no comment", f.fset.Position(u.Pos()), u.Name)
		}
	}
	for folder, comment := range packages {
		if !strings.HasPrefix(comment, "Package ") {
			t.Errorf("%s has no package comment", folder)
		}
	}
	require.Greater(t, count, 100, "a library without exported identifiers proves nothing")
}

// undocumented returns the exported identifiers at package level, and methods of exported types, that have no comment. In a
// group of constants or variables the comment of the group will do.
func undocumented(file *ast.File, count *int) (bare []*ast.Ident) {
	check := func(name *ast.Ident, comments ...*ast.CommentGroup) {
		if !name.IsExported() {
			return
		}
		*count++
		for _, c := range comments {
			if c != nil {
				return
			}
		}
		bare = append(bare, name)
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil || receiver(d.Recv.List[0].Type).IsExported() {
				check(d.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					if d.Lparen.IsValid() {
						check(spec.Name, spec.Doc)
					} else {
						check(spec.Name, spec.Doc, d.Doc)
					}
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						check(name, spec.Doc, spec.Comment, d.Doc)
					}
				}
			}
		}
	}
	return bare
}

// receiver returns the name of the type that a method belongs to.
func receiver(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.Ident:
			return x
		default:
			return ast.NewIdent("_")
		}
	}
}

// source is one Go file of the module.
type source struct {
	path                    string // with slashes, from the root
	fset                    *token.FileSet
	file                    *ast.File
	test, example, internal bool
}

// sources parses every Go file of the module.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("parsing %s: %w", path, err)
		}
		all = append(all, source{
			path: path, fset: fset, file: file, test: strings.HasSuffix(path, "_test.go"),
			example: strings.HasPrefix(path, "examples/"), internal: strings.HasPrefix(path, "internal/"),
		})
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

// A document that names a test promises that there is one.
func TestDocumentsNameTestsThatExist(t *testing.T) {
	t.Parallel()
	exist := map[string]bool{}
	for _, f := range sources(t) {
		for _, d := range f.file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.test {
				exist[fn.Name.Name] = true
			}
		}
	}
	documents, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	named := 0
	for _, path := range append(documents, "README.md") {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, name := range regexp.MustCompile("`(Test[A-Z]\\w*)`").FindAllSubmatch(text, -1) {
			named++
			if !exist[string(name[1])] {
				t.Errorf("%s names %s, which does not exist", path, name[1])
			}
		}
	}
	require.Positive(t, named)
}

// What the records of the zone hold is described for people, key by key.
func TestProtocolDescribesEveryKey(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/protocol.md")
	require.NoError(t, err)
	keys := 0
	for _, f := range sources(t) {
		if f.path != "env/record.go" {
			continue
		}
		ast.Inspect(f.file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || !strings.HasPrefix(spec.Names[0].Name, "key") || len(spec.Values) == 0 {
				return true
			}
			if value, ok := spec.Values[0].(*ast.BasicLit); ok {
				keys++
				require.Contains(t, string(text), "`"+strings.Trim(value.Value, `"`)+"`")
			}
			return true
		})
	}
	require.Positive(t, keys)
}
