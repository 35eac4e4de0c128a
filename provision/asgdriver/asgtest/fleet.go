package asgtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Launch is what a group asks of a [Fleet]. It is an alias, so that a fleet can speak of it without importing this package.
type Launch = struct {
	Region   string
	Template string            // id or name of a launch template
	Version  string            // a number, "$Latest" or "$Default"
	Subnet   string            // where to; "" for the default subnet of Zone
	Zone     string            // where to; "" for that of Subnet
	Tags     map[string]string // of the instance, over those of the template; "aws:" tags may be among them
	DryRun   bool              // only check
}

// A Fleet has instances. A simulated EC2 is one. It must be safe for concurrent use and must not call Auto Scaling.
type Fleet interface {
	// Launch launches an instance and returns its id and availability zone. With DryRun it checks all that EC2 would, and
	// returns the zone. An error has EC2's code and message.
	Launch(l Launch) (instance, zone string, err error)
	// Terminate terminates an instance, if there is one of that id.
	Terminate(region, instance string)
	// InstanceState returns EC2's state of an instance and why it is so; both are empty if there is no such instance.
	InstanceState(region, instance string) (state, reason string)
}

// fleet is the default one. It knows every subnet, in the zone that the last letter of its id names (subnet-1b of us-east-1
// is in us-east-1b), in zone a if that is no letter.
type fleet struct {
	templates      []string
	boot, shutdown time.Duration

	mu        sync.Mutex
	rand      *rand.Rand
	instances map[string]*machine
}

type machine struct{ born, dies time.Time }

func newFleet(o Options, r *rand.Rand) *fleet {
	return &fleet{templates: o.Templates, boot: o.Boot, shutdown: o.Shutdown, rand: r, instances: map[string]*machine{}}
}

func (f *fleet) Launch(l Launch) (instance, zone string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.templates, l.Template) {
		return "", "", sim.Error("InvalidLaunchTemplateId.NotFound",
			fmt.Sprintf("The specified launch template, with template ID %s, does not exist.", l.Template), 400)
	}
	if !slices.Contains([]string{"1", "$Latest", "$Default", ""}, l.Version) {
		return "", "", sim.Error("InvalidLaunchTemplateId.VersionNotFound",
			fmt.Sprintf("Could not find the specified version %s for the launch template with ID %s.", l.Version, l.Template), 400)
	}
	if zone = l.Zone; zone == "" {
		last := l.Subnet[len(l.Subnet)-1:]
		if !strings.Contains("abcdef", last) {
			last = "a"
		}
		zone = l.Region + last
	}
	if l.DryRun {
		return "", zone, nil
	}
	instance = fmt.Sprintf("i-0%016x", f.rand.Uint64())
	f.instances[instance] = &machine{born: time.Now()}
	return instance, zone, nil
}

func (f *fleet) Terminate(_, instance string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m := f.instances[instance]; m != nil && m.dies.IsZero() {
		m.dies = time.Now()
	}
}

func (f *fleet) InstanceState(_, instance string) (state, reason string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.instances[instance]
	switch {
	case m == nil:
		return "", ""
	case !m.dies.IsZero() && time.Since(m.dies) >= f.shutdown:
		return "terminated", "Client.UserInitiatedShutdown: User initiated shutdown"
	case !m.dies.IsZero():
		return "shutting-down", "Client.UserInitiatedShutdown: User initiated shutdown"
	case time.Since(m.born) < f.boot:
		return "pending", ""
	}
	return "running", ""
}
