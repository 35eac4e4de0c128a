// Package ccdriver makes, finds and deletes resources of any type that AWS Cloud Control API knows: the kind
// [kinds.CloudControl].
//
//	repository := kinds.CloudControlType{Name: "AWS::ECR::Repository", NameProperty: "RepositoryName", NameIsIdentifier: true}
//	driver := ccdriver.New(cloudcontrol.NewFromConfig(cfg), []kinds.CloudControlType{repository})
//	engine, err := provision.NewEngine([]provision.Driver{driver})
//
// Package cctest is the service to test against.
//
// # Types
//
// Cloud Control lists the resources of one type and has no filter for tags, so the driver is told which types to look
// through. A blueprint with a type that it was not told of is refused before any call. The list belongs to the program that
// tears environments down as much as to the one that makes them: take a type off the list only when no environment has
// resources of it any more, for they would not be found.
//
// # How it keeps the contract
//
// A create is idempotent by its ClientToken, but only for 36 hours; after that the same token makes a second resource. And for
// these 36 hours a token repeats the answer to the first request, also a failure that has long been put right. So Create
// looks whether the resource is there, by its tags, in the list of all resources of the type. If it is not, it takes the first
// token of a fixed sequence, which depends on the node and the attempt. It goes on to the next one only when the request
// of the last one has ended without a resource: it failed before, or for a reason that passes (the service throttled the handler),
// or what it made is gone. All callers walk the same sequence in the same order, so that they meet.
//
// Every create and every delete is asynchronous. The driver follows requests by [API].GetResourceRequestStatus, not before
// the time that their RetryAfter says. It remembers nothing: in another process it finds them by [API].ListResourceRequests,
// which keeps them for seven days. A failure of the handler is a [HandlerError].
//
// Create returns when the identifier is known, which some types have at once and others only in the end.
//
// # Ownership
//
// Tags are properties in the request that makes the resource; the type says which, and in what form. A type that takes no
// tags is offered if its identifier is the name that the driver computes: the hash in the name is that of registry,
// environment, attempt and node, and is the proof. It works only for who knows all of these. Teardown does, but a search for everything of
// a registry, as a sweep makes it, does not list such resources. They cannot be kept either, for nothing would say so on the
// resource: a node with Keep is refused.
//
// The driver knows nothing of data in resources: it is no [provision.Loser]. What AWS itself refuses to delete, such as a
// bucket that is not empty, stays.
package ccdriver

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Options of a [Driver]. The defaults are right for AWS; shorter times are for services that are simulated.
type Options struct {
	// Settle is the first pause between two questions about what is not settled, where the service does not say when to
	// ask again. Default 1 s.
	Settle time.Duration
	// Appear is how long a resource that was just created may be unknown to its own service. Default 30 s.
	Appear time.Duration
	// Step is how long a call of Delete follows a deletion before it says that it is under way. Default 10 s.
	Step time.Duration
	// Tries is how many requests Create makes for one resource, at most; those of earlier calls within 36 hours count.
	// Default 12.
	Tries int
	// Parallel is how many resources are read at the same time. Default 8.
	Parallel int
}

// Driver is the driver of resources of any type. It keeps no state and is safe for concurrent use.
type Driver struct {
	api   API
	opts  Options
	names []string // of the types, in the order in which they were given
	types map[string]kinds.CloudControlType
}

var (
	_ provision.Driver    = (*Driver)(nil)
	_ provision.Validator = (*Driver)(nil)
)

// New returns a driver that acts where api does, in one account and region, on resources of these types. Of two types of one
// name the later counts. A client of the SDK retries three times by default, which is little when many resources are
// made at once; see package awsdrivers.
func New(api API, types []kinds.CloudControlType, optFns ...func(*Options)) *Driver {
	opts := Options{Settle: time.Second, Appear: 30 * time.Second, Step: 10 * time.Second, Tries: 12, Parallel: 8}
	for _, fn := range optFns {
		fn(&opts)
	}
	d := &Driver{api: api, opts: opts, types: make(map[string]kinds.CloudControlType, len(types))}
	for _, t := range types {
		if _, twice := d.types[t.Name]; !twice {
			d.names = append(d.names, t.Name)
		}
		d.types[t.Name] = t
	}
	return d
}

// Kinds returns [kinds.CloudControlKind].
func (d *Driver) Kinds() []provision.Kind { return []provision.Kind{kinds.CloudControlKind} }

// Validate refuses what is no [kinds.CloudControl], a type that the driver was not told of, and a node that could not be found
// again. It makes no calls.
func (d *Driver) Validate(c provision.Call) error {
	_, err := d.resourceOf(c)
	return err
}

// resourceOf returns the resource that c asks for.
func (d *Driver) resourceOf(c provision.Call) (kinds.CloudControl, error) {
	r, ok := c.Spec.(kinds.CloudControl)
	if !ok {
		return r, fmt.Errorf("ccdriver: node %q: the spec is a %T, this driver makes a kinds.CloudControl", c.Node, c.Spec)
	}
	known, ok := d.types[r.Type.Name]
	switch {
	case !ok:
		return r, fmt.Errorf("ccdriver: node %q: the driver was not told of the type %s and would never find its resources "+
			"again; give it to New", c.Node, r.Type.Name)
	case !reflect.DeepEqual(known, r.Type):
		return r, fmt.Errorf("ccdriver: node %q: the blueprint describes the type %s otherwise than the driver was told; give "+
			"both the same kinds.CloudControlType", c.Node, r.Type.Name)
	case known.Tags != kinds.NoTags:
		return r, nil
	case c.Keep:
		return r, fmt.Errorf("ccdriver: node %q: %s takes no tags, so nothing could say that the resource is to be kept", c.Node,
			known.Name)
	}
	if node, ok := nodeOf(known, c.Owner, known.ResourceName(c)); !ok || node != c.Node {
		return r, fmt.Errorf("ccdriver: node %q: %s takes no tags, and a name of %d bytes has no room for all of application and node, "+
			"by which the resource is found; shorten one of them", c.Node, known.Name, len(known.ResourceName(c)))
	}
	return r, nil
}

// nodeOf tells which node of o the name is for. Since a name ends in a hash over owner and node, only the right node makes
// the same name again.
func nodeOf(t kinds.CloudControlType, o provision.Owner, name string) (node string, ok bool) {
	if o.Registry == "" || o.Env == "" || o.Attempt == "" {
		return "", false
	}
	head := strings.TrimSuffix(name, t.NameSuffix)
	end := strings.LastIndexByte(head, '-')
	if end < 0 {
		return "", false
	}
	head = head[:end] // without the hash: application and node
	for at := range head {
		if at > 0 && head[at-1] != '-' {
			continue
		}
		if t.ResourceName(provision.Call{Owner: o, Node: head[at:]}) == name {
			return head[at:], true
		}
	}
	return "", false
}

// idOf is what a State calls a resource: its type, a slash, and its identifier.
func idOf(typeName, identifier string) string { return typeName + "/" + identifier }

// split takes the id of a State apart.
func (d *Driver) split(id string) (t kinds.CloudControlType, identifier string, err error) {
	name, identifier, ok := strings.Cut(id, "/")
	if !ok || identifier == "" {
		return t, "", fmt.Errorf("ccdriver: %q is not the id of a resource, TYPE/IDENTIFIER", id)
	}
	t, ok = d.types[name]
	if !ok {
		return t, "", fmt.Errorf("ccdriver: resource %s: the driver was not told of this type; give it to New", id)
	}
	return t, identifier, nil
}

var errNoTypes = errors.New("ccdriver: the driver was told of no types, so it cannot say that there are no resources; give them to New")
