// Package envtest has a whole [env.Manager] in memory, for the tests of programs that use package env: a strict simulated Route
// 53 behind the SDK's real client, an engine with a driver that keeps resources in memory, and a history of commits. No AWS
// account, no network, no EC2 SDK to compile.
//
// Run tests in a testing/synctest bubble, where the half minute until Route 53 is INSYNC takes no time:
//
//	synctest.Test(t, func(t *testing.T) {
//		w := envtest.New(t)
//		c := w.Commit("Add a basket")
//		_, err := w.Deploy(t.Context(), c, myBlueprint())
//		require.NoError(t, err)
//		_, err = w.Promote(t.Context(), "production", c.Short())
//		require.NoError(t, err)
//	})
//
// Under the race detector run them with -cpu 1: it may crash when the goroutines of one bubble run timers on several processors
// (golang/go#78156).
//
// What a blueprint looks up is there. A test that is about an image or a certificate says what there is:
//
//	w := envtest.New(t, func(o *envtest.Options) {
//		o.Memory = append(o.Memory, func(m *provisiontest.MemoryOptions) {
//			m.Look = func(c provision.Call, pin string) (provision.State, string, error) {
//				if c.Node != "image" {
//					return provision.State{}, "", nil // is there, whatever it is
//				}
//				return provision.State{ID: cmp.Or(pin, newest)}, cmp.Or(pin, newest), nil // or nothing, and a *provision.MissingError
//			}
//		})
//	})
//
// In the same way MemoryOptions.Check says what else is missing, and Before which call fails. Nothing answers HTTP: a program that
// probes what it has deployed takes its [env.Prober] from the test.
//
// [World.Process] gives a second manager, to play two programs that race, or one that is killed at any call to Route 53.
package envtest

import (
	"context"
	"io"
	"math"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// Base is the base that a World has unless Options says otherwise.
const Base = "shop.example.com"

// Options shape a World. The zero value of every field means its default.
type Options struct {
	App  string // default "shop"
	Base string // default [Base]
	// Domain is the hosted zone; default the domain above the first label of Base. The same as Base puts Base at its apex.
	Domain string
	// Kinds are kinds that blueprints may use beside those of package kinds.
	Kinds []provision.Kind
	// Route53 and Memory shape the simulated services: latency, faults, errors.
	Route53 []func(*dnstest.Route53Options)
	Memory  []func(*provisiontest.MemoryOptions)
	// Rate is the number of requests a second that each manager allows itself; default [dns.DefaultRate].
	Rate float64
	// Config changes the configuration of every manager of the World: its guard, logger, observer.
	Config func(*env.Config)
}

// Instant makes a World in which nothing takes time, for examples and tests outside of a testing/synctest bubble:
//
//	w := envtest.New(t, envtest.Instant)
func Instant(o *Options) {
	o.Rate = math.Inf(1)
	o.Route53 = append(o.Route53, func(r *dnstest.Route53Options) {
		r.RequestsPerSecond, r.Processing, r.Propagation = -1, -1, -1
	})
}

// World is a manager and the simulated services it works with.
type World struct {
	*env.Manager

	Route53 *dnstest.Route53      // its records, history, faults; hand edits
	ZoneID  string                // of the hosted zone
	Zone    *dns.Zone             // as the manager has it
	Memory  *provisiontest.Memory // the resources
	History *History              // the commits, oldest first

	opts   Options
	mu     sync.Mutex
	events []env.Event
}

// TB is what New needs of a [testing.TB]; a program that is no test can pass its own.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// New returns a World with an empty zone. It stops the test if an option cannot be right.
func New(t TB, optFns ...func(*Options)) *World {
	t.Helper()
	o := Options{App: "shop", Base: Base}
	for _, fn := range optFns {
		fn(&o)
	}
	w := &World{opts: o, History: &History{}}
	w.Route53 = dnstest.New(o.Route53...)
	if o.Domain == "" {
		_, domain, ok := cutLabel(o.Base)
		if !ok {
			t.Fatalf("envtest: base %q needs a domain above it", o.Base)
		}
		o.Domain = domain
	}
	w.ZoneID = w.Route53.AddZone(o.Domain, false)
	w.Memory = provisiontest.NewMemory(append([]func(*provisiontest.MemoryOptions){
		func(m *provisiontest.MemoryOptions) { m.Kinds, m.Looks = slices.Concat(made(), o.Kinds), looked() },
	}, o.Memory...)...)
	w.Zone = w.open(w.Route53.Client())
	m, err := w.manager(w.Zone, w.Memory)
	if err != nil {
		t.Fatalf("envtest: %v", err)
	}
	w.Manager = m
	return w
}

func (w *World) open(client *route53.Client) *dns.Zone {
	return dns.Open(dns.Limit(client, w.opts.Rate), w.ZoneID)
}

func (w *World) manager(zone *dns.Zone, drivers ...provision.Driver) (*env.Manager, error) {
	engine, err := provision.NewEngine(drivers, func(o *provision.Options) {
		o.Place = func(context.Context) (provision.Place, error) {
			return provision.Place{Account: "123456789012", Region: "us-east-1"}, nil
		}
	})
	if err != nil {
		return nil, err
	}
	c := env.Config{App: w.opts.App, Base: w.opts.Base, Zone: zone, Engine: engine, Repo: w.History, Observe: w.record}
	if w.opts.Config != nil {
		w.opts.Config(&c)
	}
	return env.New(c)
}

func (w *World) record(_ context.Context, e env.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
}

// Events returns the events of all managers so far, unless [Options].Config set another observer.
func (w *World) Events() []env.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]env.Event(nil), w.events...)
}

// Process is one run of another program that uses the same zone and the same resources.
type Process struct {
	*env.Manager
	*dnstest.Process
}

// Process returns the program of that name with a manager of its own. Its CrashAt kills it at a call to Route 53, before or
// after the effect; from then on it reaches neither Route 53 nor any resource.
func (w *World) Process(t TB, name string) *Process {
	t.Helper()
	p := w.Route53.Process(name)
	m, err := w.manager(w.open(newClient(p)), &mortal{Memory: w.Memory, process: p})
	if err != nil {
		t.Fatalf("envtest: %v", err)
	}
	return &Process{Manager: m, Process: p}
}

// Print writes the records of the zone, one a line, as a person wants to see them in a failed test.
func (w *World) Print(out io.Writer) error { return printRecords(out, w.Route53.Records(w.ZoneID)) }
