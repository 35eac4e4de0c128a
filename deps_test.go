package peppercorn_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Modules and packages that the rules below speak of. A name stands for everything below it too.
const (
	module   = "github.com/peppercorn-go/peppercorn"
	sdkCore  = "github.com/aws/aws-sdk-go-v2/aws"
	services = "github.com/aws/aws-sdk-go-v2/service"
	ec2      = services + "/ec2"
	route53  = services + "/route53"
	smithy   = "github.com/aws/smithy-go"
	xsync    = "golang.org/x/sync"
	xtime    = "golang.org/x/time"
	testify  = "github.com/stretchr/testify"
)

// imports says what each package may import beside the standard library, and why no more. Every package of the module has a
// line: a new package, like a new arrow between two old ones, is a decision and is made here. Names are paths within the
// module, where a star stands for a part of one name, or one of the constants above. The first line that fits counts.
var imports = []arrows{
	{"", nil, "it is documentation"},
	{"gitmeta", nil, "a commit is plain data, wanted by programs that have nothing to do with AWS"},
	{"guard", []string{"gitmeta"}, "policies judge plain facts, so that one can be tested and reused without a cloud"},
	{"dns", []string{sdkCore, route53, smithy, xtime}, "a zone is a store of its own, useful without environments"},
	{"dns/dnstest", []string{"dns", "internal/sim", sdkCore, route53, smithy, testify}, "it simulates one service"},
	{"provision", []string{xsync}, "the engine knows graphs and contracts, not AWS: drivers do"},
	{"provision/kinds", []string{"provision"}, "a blueprint is data, and its tests compile in seconds"},
	{"provision/provisiontest", []string{"provision", testify}, "whoever writes a driver tests it without anybody else's SDK"},
	{"provision/*driver", []string{"internal/listing", "internal/taglist", "internal/wait", "provision", "provision/kinds", sdkCore, services, smithy,
		xsync, xtime}, "it makes the kinds of one service"},
	{"provision/*driver/*test", []string{"internal/sim", "internal/taglist", sdkCore, services, smithy}, "it simulates one service"},
	{"provision/awsdrivers", []string{"provision", "provision/kinds", "provision/*driver", sdkCore, services, smithy, xtime},
		"it is for a main that does not mind the compile"},
	{"provision/awsdrivers/awstest", []string{"dns", "dns/dnstest", "provision", "provision/awsdrivers", "provision/*driver",
		"provision/*driver/*test", "internal/sim", sdkCore, services, smithy}, "it is every simulated service in one cloud"},
	{"env", []string{"dns", "gitmeta", "guard", "provision", smithy}, "whoever leads environments through their life chooses the drivers; env does not"},
	{"env/envtest", []string{"dns", "dns/dnstest", "env", "gitmeta", "guard", "provision", "provision/kinds", "provision/provisiontest", "internal/sim",
		sdkCore, route53}, "a manager in memory compiles no driver"},
	{"internal/sim", []string{"internal/taglist", sdkCore, smithy}, "the machinery of the simulation knows no service"},
	{"internal/wait", []string{"provision", sdkCore}, "services are waited for in one way, whatever they make"},
	{"internal/taglist", []string{sdkCore}, "a tag is a key and a value, whatever the service calls it"},
	{"internal/listing", []string{"provision", xsync}, "whose a thing is, its tags say in all services alike"},
	{"internal/drivertest", []string{"internal/listing", "internal/sim", "internal/wait", "provision", sdkCore, testify}, "the tests of all drivers share it, so it knows no service"},
	{"internal/moto", []string{sdkCore, route53, smithy}, "it starts a server and keeps it from leaking; what costs to compile, its callers bring"},
	{"internal/acceptance", nil, "it is tests, and tests import what they test"},
	{"bench", nil, "so is this, with numbers"},
}

// arrows are the imports of one package.
type arrows struct {
	pkg string
	may []string
	why string
}

// light are the packages that must not compile what costs minutes: EC2's SDK takes about 80 seconds of CPU and 3 GB of memory.
// Transitive, so it holds whatever the table above says.
var light = []string{"gitmeta", "guard", "dns", "dns/dnstest", "provision", "provision/kinds", "provision/provisiontest", "env", "env/envtest"}

// maxModules is how many modules a program that imports only one of these packages may have to trust.
const maxModules = 25

func TestEveryImportIsADecision(t *testing.T) {
	t.Parallel()
	pkgs := listed(t)
	for _, name := range ours(pkgs) {
		if strings.HasPrefix(name, module+"/examples/") {
			continue // see TestExamplesUseOnlyWhatUsersHave
		}
		i := slices.IndexFunc(imports, func(a arrows) bool { return fits(name, a.pkg) })
		if i < 0 {
			t.Errorf("%s has no line in the table of imports: add one, with the reason", name)
			continue
		}
		for _, imported := range pkgs[name].Imports {
			if !pkgs[imported].Standard && !slices.ContainsFunc(imports[i].may, func(may string) bool { return within(imported, may) }) {
				t.Errorf("%s imports %s, which the table does not allow: %s", name, imported, imports[i].why)
			}
		}
	}
}

// A driver makes the kinds of one AWS service, so that a program compiles the SDKs of the services that it uses and no others.
func TestOneServiceADriver(t *testing.T) {
	t.Parallel()
	pkgs := listed(t)
	for _, name := range ours(pkgs) {
		if !fits(name, "provision/*driver") && !fits(name, "provision/*driver/*test") {
			continue
		}
		used := map[string]bool{}
		for _, imported := range pkgs[name].Imports {
			if rest, ok := strings.CutPrefix(imported, services+"/"); ok {
				service, _, _ := strings.Cut(rest, "/")
				used[service] = true
			}
		}
		require.LessOrEqual(t, len(used), 1, "%s: %v", name, used)
	}
}

func TestLightPackagesCompileNoEC2(t *testing.T) {
	t.Parallel()
	pkgs := listed(t)
	for _, pkg := range light {
		p, ok := pkgs[module+"/"+pkg]
		if !ok {
			t.Errorf("there is no package %s", pkg)
			continue
		}
		for _, dep := range p.Deps {
			driver := strings.HasPrefix(dep, module+"/provision/") && strings.Contains(dep, "driver")
			if driver || within(dep, ec2) {
				t.Errorf("%s depends on %s: everybody who imports it would pay a minute and 3 GB for that", pkg, dep)
				break // what it depends on by way of this one adds nothing
			}
		}
	}
}

func TestFewModulesToTrust(t *testing.T) {
	t.Parallel()
	pkgs := listed(t)
	for _, pkg := range []string{"dns", "env"} {
		modules := map[string]bool{}
		for _, dep := range pkgs[module+"/"+pkg].Deps {
			if m := pkgs[dep].Module; m != nil && m.Path != module {
				modules[m.Path] = true
			}
		}
		require.NotEmpty(t, modules, "a list without modules proves nothing")
		require.LessOrEqual(t, len(modules), maxModules, "%s: %v", pkg, modules)
	}
}

// A test framework is nothing that a program should have to link, or a user's go.sum to list twice over.
func TestTestifyStaysInTests(t *testing.T) {
	t.Parallel()
	pkgs := listed(t)
	for _, name := range ours(pkgs) {
		if strings.HasSuffix(name, "test") || strings.HasPrefix(name, module+"/examples/") {
			continue // the exported suites, which only tests import, and programs that show them
		}
		for _, dep := range pkgs[name].Deps {
			if within(dep, testify) || dep == "testing" && name != module+"/internal/moto" {
				t.Errorf("%s depends on %s outside of its tests", name, dep)
				break
			}
		}
	}
}

// Examples are what users copy, so they may use nothing that users cannot import.
func TestExamplesUseOnlyWhatUsersHave(t *testing.T) {
	t.Parallel()
	pkgs := listed(t)
	for _, name := range ours(pkgs) {
		if !strings.HasPrefix(name, module+"/examples/") {
			continue
		}
		for _, imported := range pkgs[name].Imports {
			if strings.HasPrefix(imported, module+"/internal/") || within(imported, testify) {
				t.Errorf("%s imports %s", name, imported)
			}
		}
	}
}

// pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string // not those of its tests
	Deps       []string // everything that Imports leads to
	Module     *struct{ Path string }
}

// listed asks the go command once for every package of the module and all that they depend on. Nothing is compiled.
func listed(t *testing.T) map[string]pkg {
	t.Helper()
	pkgs, err := list()
	require.NoError(t, err)
	return pkgs
}

var list = sync.OnceValues(func() (map[string]pkg, error) {
	var stderr bytes.Buffer
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps,Module", "./...")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w\n%s", cmd.Args, err, stderr.Bytes())
	}
	pkgs := map[string]pkg{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs, nil
		} else if err != nil {
			return nil, err
		}
		pkgs[p.ImportPath] = p
	}
})

// ours returns the packages of this module, sorted.
func ours(pkgs map[string]pkg) []string {
	var paths []string
	for importPath := range pkgs {
		if importPath == module || strings.HasPrefix(importPath, module+"/") {
			paths = append(paths, importPath)
		}
	}
	slices.Sort(paths)
	return paths
}

// within reports whether an import path is, or lies below, what a rule names. What a rule names by a path within the module
// is that package alone: allowing a package does not allow those beside it.
func within(importPath, rule string) bool {
	if !strings.Contains(rule, ".") {
		return fits(importPath, rule)
	}
	return importPath == rule || strings.HasPrefix(importPath, rule+"/")
}

// fits reports whether an import path is that of a package of this module that a pattern names.
func fits(importPath, pattern string) bool {
	ok, err := path.Match(strings.TrimSuffix(module+"/"+pattern, "/"), importPath)
	return ok && err == nil
}
