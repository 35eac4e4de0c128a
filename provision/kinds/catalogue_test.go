package kinds_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// A page is one kind of the catalogue, with the handle that its Add function returns.
type page struct {
	spec   provision.Spec
	handle provision.Handle
}

// pageOf adds a spec to a blueprint as the node "n".
func pageOf[S provision.Spec, H provision.Handle](
	add func(*provision.Blueprint, string, S, ...func(*provision.Node)) H, spec S,
) page {
	var b provision.Blueprint
	return page{spec: spec, handle: add(&b, "n", spec)}
}

// catalogue has every kind of this package; TestCatalogueIsComplete sees to that.
var catalogue = []page{
	pageOf(kinds.AddAlarm, kinds.Alarm{}),
	pageOf(kinds.AddBucket, kinds.Bucket{}),
	pageOf(kinds.AddCache, kinds.Cache{}),
	pageOf(kinds.AddCloudControl, kinds.CloudControl{}),
	pageOf(kinds.AddDatabase, kinds.Database{}),
	pageOf(kinds.AddExistingCertificate, kinds.ExistingCertificate{}),
	pageOf(kinds.AddExistingCluster, kinds.ExistingCluster{}),
	pageOf(kinds.AddExistingDatabase, kinds.ExistingDatabase{}),
	pageOf(kinds.AddExistingImage, kinds.ExistingImage{}),
	pageOf(kinds.AddExistingInstanceProfile, kinds.ExistingInstanceProfile{}),
	pageOf(kinds.AddExistingNetwork, kinds.ExistingNetwork{}),
	pageOf(kinds.AddExistingRole, kinds.ExistingRole{}),
	pageOf(kinds.AddExistingSecret, kinds.ExistingSecret{}),
	pageOf(kinds.AddExistingSnapshot, kinds.ExistingSnapshot{}),
	pageOf(kinds.AddFunction, kinds.Function{}),
	pageOf(kinds.AddGroup, kinds.Group{}),
	pageOf(kinds.AddInstance, kinds.Instance{}),
	pageOf(kinds.AddLaunchTemplate, kinds.LaunchTemplate{}),
	pageOf(kinds.AddListener, kinds.Listener{}),
	pageOf(kinds.AddLoadBalancer, kinds.LoadBalancer{}),
	pageOf(kinds.AddLogGroup, kinds.LogGroup{}),
	pageOf(kinds.AddParameter, kinds.Parameter{}),
	pageOf(kinds.AddQueue, kinds.Queue{}),
	pageOf(kinds.AddSecurityGroup, kinds.SecurityGroup{}),
	pageOf(kinds.AddService, kinds.Service{}),
	pageOf(kinds.AddTable, kinds.Table{}),
	pageOf(kinds.AddTargetGroup, kinds.TargetGroup{}),
	pageOf(kinds.AddTaskDefinition, kinds.TaskDefinition{}),
	pageOf(kinds.AddTopic, kinds.Topic{}),
}

func (p page) name() string { return reflect.TypeOf(p.spec).Name() }

// source is what the files of this package declare.
type source struct {
	doc     string                           // of the package
	consts  map[string]bool                  // names
	types   map[string]*ast.TypeSpec         // by name
	docs    map[string]string                // of types and functions, by name
	methods map[string]map[string]string     // documentation of methods by type and name
	funcs   map[string]bool                  // names
	structs map[string]map[string]*ast.Field // fields of structs by type and name
	bodies  map[string]string                // of the functions in files of tests
}

func readSource(t *testing.T) source {
	t.Helper()
	s := source{
		consts: map[string]bool{}, types: map[string]*ast.TypeSpec{}, docs: map[string]string{}, funcs: map[string]bool{},
		methods: map[string]map[string]string{}, structs: map[string]map[string]*ast.Field{}, bodies: map[string]string{},
	}
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, entry := range files {
		if !strings.HasSuffix(entry.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(entry.Name())
		require.NoError(t, err)
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, entry.Name(), text, parser.ParseComments)
		require.NoError(t, err)
		if strings.HasSuffix(entry.Name(), "_test.go") {
			for _, decl := range file.Decls {
				if fn, ok := decl.(*ast.FuncDecl); ok {
					s.bodies[fn.Name.Name] = string(text[set.Position(fn.Pos()).Offset:set.Position(fn.End()).Offset])
				}
			}
			continue
		}
		s.doc += file.Doc.Text()
		s.read(file)
	}
	return s
}

func (s *source) read(file *ast.File) {
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				s.funcs[d.Name.Name], s.docs[d.Name.Name] = true, d.Doc.Text()
				continue
			}
			receiver, ok := d.Recv.List[0].Type.(*ast.Ident)
			if !ok {
				continue
			}
			if s.methods[receiver.Name] == nil {
				s.methods[receiver.Name] = map[string]string{}
			}
			s.methods[receiver.Name][d.Name.Name] = d.Doc.Text()
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						s.consts[name.Name] = true
					}
				case *ast.TypeSpec:
					s.types[spec.Name.Name], s.docs[spec.Name.Name] = spec, d.Doc.Text()
					if fields, ok := spec.Type.(*ast.StructType); ok {
						s.structs[spec.Name.Name] = map[string]*ast.Field{}
						for _, field := range fields.Fields.List {
							for _, name := range field.Names {
								s.structs[spec.Name.Name][name.Name] = field
							}
						}
					}
				}
			}
		}
	}
}

// inOneLine joins the lines of a comment.
func inOneLine(comment string) string { return strings.Join(strings.Fields(comment), " ") }

// TestCatalogueIsComplete fails when the package has a kind that the table above lacks, and when a kind lacks its constant, its
// function or its handle, each by the name that it must have.
func TestCatalogueIsComplete(t *testing.T) {
	t.Parallel()
	s := readSource(t)
	var listed, declared []string
	seen := map[provision.Kind]string{}
	for _, p := range catalogue {
		name := p.name()
		listed = append(listed, name)
		require.Empty(t, seen[p.spec.Kind()], "%s and %s are of one kind", name, seen[p.spec.Kind()])
		seen[p.spec.Kind()] = name
		require.True(t, s.consts[name+"Kind"], "%sKind", name)
		require.True(t, s.funcs["Add"+name], "Add%s", name)
		require.Equal(t, name+"Ref", reflect.TypeOf(p.handle).Name())
		require.Contains(t, s.docs[name+"Ref"], "is the handle of", name)
		_, looks := p.spec.(provision.Existing)
		require.Equal(t, strings.HasPrefix(name, "Existing"), looks, name)
	}
	for name, methods := range s.methods {
		if _, isKind := methods["Kind"]; isKind {
			declared = append(declared, name)
		}
	}
	require.ElementsMatch(t, declared, listed)
}

// TestHandlesHaveExactlyTheOutputs fails when a kind has an output that its handle lacks, or the other way round, when
// a method names another output than its own, and when what leads to a secret is handed out as text.
func TestHandlesHaveExactlyTheOutputs(t *testing.T) {
	t.Parallel()
	for _, p := range catalogue {
		requireHandle(t, p.spec, p.handle)
	}
}

// requireHandle fails unless the handle of the node "n" has exactly the outputs of its kind.
func requireHandle(t *testing.T, spec provision.Spec, handle provision.Handle) {
	t.Helper()
	promised := map[string]bool{}
	for _, out := range spec.Outputs() {
		promised[out.Name] = true
		require.NotEmpty(t, out.Doc, "%T.%s", spec, out.Name)
		method := reflect.ValueOf(handle).MethodByName(out.Name)
		require.True(t, method.IsValid(), "%T has no method %s", handle, out.Name)
		var want any = provision.Text("${{n." + out.Name + "}}")
		if out.Secret {
			want = provision.Secret("${{n." + out.Name + "}}")
		}
		require.Equal(t, want, method.Call(nil)[0].Interface(), "%T", spec)
	}
	typ := reflect.TypeOf(handle)
	for i := range typ.NumMethod() {
		if m := typ.Method(i); m.Type.NumIn() == 1 && m.Type.NumOut() == 1 {
			require.True(t, promised[m.Name], "%T has no output %s", spec, m.Name)
		}
	}
}

// When an output is known decides what starts when, so the handle says it. What is looked up is known before anything is made.
func TestEveryOutputSaysWhenItIsKnown(t *testing.T) {
	t.Parallel()
	s := readSource(t)
	for _, p := range catalogue {
		if _, looks := p.spec.(provision.Existing); looks {
			continue
		}
		for _, out := range p.spec.Outputs() {
			want := "Known when it is ready."
			if out.Early {
				want = "Known at once."
			}
			require.Contains(t, inOneLine(s.methods[p.name()+"Ref"][out.Name]), want, "%sRef.%s", p.name(), out.Name)
		}
	}
}

// says is how a field's comment says what happens if it is left out.
var says = regexp.MustCompile(`(?i)\b(required|default|defaults)\b`)

// requires reports whether the comment of a type says that a field is required, perhaps if another one is not given.
func requires(comment, field string) bool {
	for sentence := range strings.SplitSeq(inOneLine(comment), ". ") {
		if strings.Contains(sentence, "required") && regexp.MustCompile(`\b`+field+`\b`).MatchString(sentence) {
			return true
		}
	}
	return false
}

// TestEveryFieldSaysWhatHappensWithoutIt fails when a field has no comment, or one that says neither that it is required nor what
// its default is.
func TestEveryFieldSaysWhatHappensWithoutIt(t *testing.T) {
	t.Parallel()
	s := readSource(t)
	checked := 0
	for _, typ := range slices.Sorted(maps.Keys(s.structs)) {
		if !ast.IsExported(typ) || strings.HasSuffix(typ, "Ref") {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(s.structs[typ])) {
			comment := s.structs[typ][name].Doc.Text()
			require.NotEmpty(t, comment, "%s.%s has no comment", typ, name)
			if !says.MatchString(comment) && !requires(s.docs[typ], name) {
				t.Errorf("%s.%s does not say whether it is required, or what its default is: %q", typ, name, comment)
			}
			checked++
		}
	}
	require.Greater(t, checked, 150)
}

// The package's page lists every kind with its outputs, so that one can find what one needs without opening it.
func TestTheIndexListsEveryKindWithItsOutputs(t *testing.T) {
	t.Parallel()
	items := map[string]string{}
	for _, item := range strings.Split(readSource(t).doc, "  - [")[1:] {
		item, _, _ = strings.Cut(item, "\n\n")
		name, text, ok := strings.Cut(inOneLine(item), "]")
		require.True(t, ok, item)
		require.Empty(t, items[name], "%s is listed twice", name)
		items[name] = text
	}
	require.Len(t, items, len(catalogue))
	for _, p := range catalogue {
		var early, late []string
		for _, out := range p.spec.Outputs() {
			if out.Early {
				early = append(early, out.Name)
			} else {
				late = append(late, out.Name)
			}
		}
		want := ""
		if _, looks := p.spec.(provision.Existing); looks {
			early, late = nil, append(early, late...)
			want = " Outputs: " + strings.Join(late, ", ") + "."
			late = nil
		}
		if len(early) > 0 {
			want += " At once: " + strings.Join(early, ", ") + "."
		}
		if len(late) > 0 {
			want += " When ready: " + strings.Join(late, ", ") + "."
		}
		text, listed := items[p.name()]
		require.True(t, listed, "doc.go does not list %s", p.name())
		require.True(t, strings.HasSuffix(text, want), "doc.go says of %s:%s\nit should end in:%s", p.name(), text, want)
	}
}

// TestEveryKindHasAnExample looks for a call of its Add function in an example.
func TestEveryKindHasAnExample(t *testing.T) {
	t.Parallel()
	var examples strings.Builder
	for name, body := range readSource(t).bodies {
		if strings.HasPrefix(name, "Example") {
			examples.WriteString(body)
		}
	}
	for _, p := range catalogue {
		require.Contains(t, examples.String(), "kinds.Add"+p.name()+"(", "no example adds one")
	}
}
