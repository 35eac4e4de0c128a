// Package ecsdriver makes, finds and deletes what runs containers on Amazon ECS with AWS Fargate: the kinds [kinds.TaskDefinition]
// and [kinds.Service]. It looks up clusters: [kinds.ExistingCluster].
//
//	driver := ecsdriver.New(ecs.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver})
//
// Package ecstest is the service to test against.
//
// # How it keeps the contract: task definitions
//
// RegisterTaskDefinition has no idempotency token and refuses no name: each call makes another revision of the family. So the
// driver gives each node of each attempt a family of its own and looks there first. The lowest ACTIVE revision of it that carries our
// tags is the resource, and those above it are taken back. ECS counts the revisions of a family; so who registers and is given a number
// above 1 looks again, until the listing shows the new revision, and takes it back if there is a lower one of ours: calls at the
// same time, and calls whose reply was lost, come to the same revision. A program that dies in between leaves one revision
// too many, which changes nothing, and which the next call or Delete removes.
//
// Delete deregisters all revisions of the family that are ours and then deletes them. ECS keeps a deleted one in the state
// DELETE_IN_PROGRESS for as long as a task uses it and then for some time of its own; it costs nothing, nothing can be started from
// it, and there is no way back. It counts as gone.
//
// # How it keeps the contract: services
//
// A service is unique by its name within the cluster; CreateService has a client token besides. The driver asks for the name first,
// because CreateService answers everything that it does not like with the same error, and reads the tags back afterwards.
//
// ECS runs the deployment, and says when it is completed or, thanks to the circuit breaker, has failed: see [DeploymentError].
//
// A deleted service is DRAINING until its tasks stop, and then INACTIVE, which counts as gone. ListServices does not list
// one that drains (API reference, DeleteService), so Find does not either; whoever deletes it again is told.
package ecsdriver

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/peppercorn-go/peppercorn/internal/listing"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Options of a [Driver]. The defaults are right for AWS; shorter times are for services that are simulated.
type Options struct {
	// Settle is the first pause between two questions about what ECS may not know yet. Default 1 s.
	Settle time.Duration
	// Appear is how long what was just made may be unknown to ECS before it counts as gone. Default 30 s.
	Appear time.Duration
	// Poll is the pause between two questions about a deployment. Default 5 s.
	Poll time.Duration
	// Ready is how long Await waits for a service. ECS's circuit breaker counts tasks that fail, and not those that find no place: their
	// deployment neither fails nor ends. Default 1 h.
	Ready time.Duration
	// Parallel is how many families Find asks about at the same time. Default 4: ECS allows few calls a second.
	Parallel int

	// What follows asks other services, for [Driver.Check], whether something is there. What is not is an error that is a
	// [provision.ErrMissing]; what may not be asked about is none. All must be safe for concurrent use. Default: nobody is asked.

	// Network asks for subnets and security groups, which must be in one VPC, as the CheckNetwork of an ec2driver.Driver does.
	Network func(ctx context.Context, subnets, groups []provision.Text) error
	// Image asks for a container image by its tag or digest. One in a registry that it does not know is none of its business.
	Image func(ctx context.Context, image string) error
	// IAMRole asks for a role by its ARN, as the CheckRole of an iamdriver.Driver does.
	IAMRole func(ctx context.Context, role string) error
}

// Driver is the driver of task definitions and services. It keeps no state and is safe for concurrent use.
type Driver struct {
	api  API
	opts Options
}

var (
	_ provision.Driver    = (*Driver)(nil)
	_ provision.Validator = (*Driver)(nil)
)

// New returns a driver that acts where api does: in one account and region. A client of the SDK retries three times by
// default, which is little when many resources are made at once; see package awsdrivers.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{Settle: time.Second, Appear: 30 * time.Second, Poll: 5 * time.Second, Ready: time.Hour, Parallel: 4}
	for _, fn := range optFns {
		fn(&opts)
	}
	return &Driver{api: api, opts: opts}
}

// Kinds returns [kinds.TaskDefinitionKind] and [kinds.ServiceKind].
func (d *Driver) Kinds() []provision.Kind {
	return []provision.Kind{kinds.TaskDefinitionKind, kinds.ServiceKind}
}

// Validate refuses what the driver neither makes nor looks up. It makes no calls.
func (d *Driver) Validate(c provision.Call) error {
	switch c.Spec.(type) {
	case kinds.TaskDefinition, kinds.Service, kinds.ExistingCluster:
		return nil
	}
	return fmt.Errorf("ecsdriver: node %q: the spec is a %T, this driver makes a kinds.TaskDefinition or a kinds.Service", c.Node, c.Spec)
}

// Create makes what c asks for, or returns what an earlier call for the same node, environment and attempt has made. What is
// somebody else's is a [provision.ForeignError].
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	switch spec := c.Spec.(type) {
	case kinds.TaskDefinition:
		return d.createTask(ctx, c, spec)
	case kinds.Service:
		return d.createService(ctx, c, spec)
	}
	return provision.State{}, d.Validate(c)
}

// Await waits until a task definition is listed, or a service is in its steady state. A deployment that failed is a [*DeploymentError].
// What ECS does not know for [Options.Appear] is a [provision.ErrGone].
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	if s.Kind == kinds.ServiceKind {
		return d.awaitService(ctx, s)
	}
	return d.awaitTask(ctx, s)
}

// Find lists the task definitions and the services that o owns, the latter in all clusters of the account.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		if d.findServices(ctx, o, yield) {
			d.findTasks(ctx, o, yield)
		}
	}
}

// Delete takes one step towards the end of a task definition or a service, if its tags say that it is s.Owner's. It answers
// [provision.ErrDeleting] until it is gone.
func (d *Driver) Delete(ctx context.Context, s provision.State) error {
	if s.Kind == kinds.ServiceKind {
		return d.deleteService(ctx, s)
	}
	return d.deleteTask(ctx, s)
}

// errUnlisted says that ECS does not show what was just made.
var errUnlisted = errors.New("ECS does not list it")

func unlisted(err error) bool { return errors.Is(err, errUnlisted) }

// retry calls try again and again while its error says that something is not listed, with growing pauses, and at most for
// [Options.Appear]. It returns the last error of try, or that of a context that ended. The time that calls take is not
// counted, for one that AWS throttles may take minutes.
func (d *Driver) retry(ctx context.Context, try func() error) error {
	return wait.Retry(ctx, d.opts.Settle, d.opts.Appear, unlisted, try)
}

// mayBeOurs reports whether a name may be one that [provision.Call.Name] made for a node of o: it begins with the application
// and ends in a hash. What the tags say decides; this saves the calls that read them.
func mayBeOurs(o provision.Owner, name string) bool {
	return listing.MayBeOurs(name) && strings.HasPrefix(name, o.NamePrefix(maxName))
}

// maxName is the longest name of a family and of a service.
const maxName = 255

func nameOf(c provision.Call) string { return c.Name(maxName, "") }

// tagList writes tags in ECS's words.
func tagList(tags map[string]string) []types.Tag {
	return taglist.Of(tags, func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
}

func tagMap(list []types.Tag) map[string]string {
	return taglist.Map(list, func(tag types.Tag) (key, value *string) { return tag.Key, tag.Value })
}

// afterSlash returns the last part of an ARN: the name of a cluster or a service, family and revision of a task definition.
func afterSlash(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
