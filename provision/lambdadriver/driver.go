// Package lambdadriver makes, finds and deletes AWS Lambda functions: the kind [kinds.Function].
//
//	driver := lambdadriver.New(lambda.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver})
//
// A program that does not mind to compile the SDKs of all services takes every driver at once from package awsdrivers,
// which also gives them a retryer that is fit for deployments. Package lambdatest is the service to test against.
//
// # How it keeps the contract
//
// A function is unique by its name. CreateFunction refuses a name that is taken (ResourceConflictException), be it by an
// earlier call whose reply was lost or by a stranger; so the driver reads the function back whatever the answer was, and
// adopts it only if its tags say that it is ours. Code and settings of a function of ours are not compared with the
// blueprint: the name belongs to one attempt, whose blueprint never changes.
//
// The first version is published by the very call that makes the function. A URL takes up to three calls more, and no
// call on a function succeeds while Lambda still prepares it; so Create waits until a function that shall have a URL is
// active, gives it the URL, and allows everybody to call it if it is a public one. Each of these steps is refused if it
// was done before, and then the driver looks whether what is there is what it wants. A Create that is repeated after a
// crash therefore carries on where the first one stopped.
//
// Tags and states are read with GetFunction: Lambda allows a hundred such calls a second, and only fifteen of all that
// manage functions together (developer guide, quotas). Its answer also holds a link by which the code can be downloaded,
// and the environment; the driver keeps neither.
//
// CreateFunction is refused with an InvalidParameterValueException for as long as Lambda cannot assume the role, which is
// how a role that was just made looks before all of IAM knows it. Create tries again for up to [Options.Role] after that
// refusal only. All other refusals for a bad parameter are final at once.
package lambdadriver

import (
	"context"
	"fmt"
	"time"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Options of a [Driver]. The defaults are right for AWS; shorter times are for services that are simulated.
type Options struct {
	// Settle is the first pause between two questions about what is not settled; later ones are up to eight times as
	// long. Default 1 s.
	Settle time.Duration
	// Appear is how long a function that was just created may be unknown before it counts as gone. Default 30 s.
	Appear time.Duration
	// Role is how long Create waits for a role that Lambda cannot assume yet. Default 2 min.
	Role time.Duration
	// Ready is how long a function may take to become active. In a VPC that is a minute or two. Default 15 min.
	Ready time.Duration
	// Parallel is how many functions Find reads at the same time. Default 8.
	Parallel int

	// What follows asks other services, for [Driver.Check], whether something is there. What is not is an error that is a
	// [provision.ErrMissing]; what may not be asked about is none. All must be safe for concurrent use. Default: nobody is asked.

	// Network asks for subnets and security groups, which must be in one VPC, as the CheckNetwork of an ec2driver.Driver does.
	Network func(ctx context.Context, subnets, groups []provision.Text) error
	// Image asks for a container image by its tag or digest. One in a registry that it does not know is none of its business.
	Image func(ctx context.Context, image string) error
	// IAMRole asks for a role by its ARN, as the CheckRole of an iamdriver.Driver does.
	IAMRole func(ctx context.Context, role string) error
	// Object asks for an object in S3; the version may be empty.
	Object func(ctx context.Context, bucket, key, version string) error
}

// Driver is the driver of functions. It keeps no state and is safe for concurrent use.
type Driver struct {
	api  API
	opts Options
}

var (
	_ provision.Driver    = (*Driver)(nil)
	_ provision.Validator = (*Driver)(nil)
)

// New returns a driver that acts where api does: in one account and region. A client of the SDK retries three times by
// default, which is little when many functions are made at once; see package awsdrivers.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{
		Settle: time.Second, Appear: 30 * time.Second, Role: 2 * time.Minute, Ready: 15 * time.Minute, Parallel: 8,
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	return &Driver{api: api, opts: opts}
}

// Kinds returns [kinds.FunctionKind].
func (d *Driver) Kinds() []provision.Kind { return []provision.Kind{kinds.FunctionKind} }

// Validate refuses what is no [kinds.Function]. It makes no calls.
func (d *Driver) Validate(c provision.Call) error {
	_, err := functionOf(c)
	return err
}

// functionOf returns the function that c asks for.
func functionOf(c provision.Call) (kinds.Function, error) {
	f, ok := c.Spec.(kinds.Function)
	if !ok {
		return kinds.Function{}, fmt.Errorf("lambdadriver: node %q: the spec is a %T, this driver makes a kinds.Function", c.Node, c.Spec)
	}
	return f, nil
}

// retry calls try again and again while its error is one that passes, with growing pauses, and at most for the time
// given. It returns the last error of try, or that of a context that ended. The time that calls take is not counted, for
// one that AWS throttles may take minutes.
func (d *Driver) retry(ctx context.Context, limit time.Duration, passes func(error) bool, try func() error) error {
	return wait.Retry(ctx, d.opts.Settle, limit, passes, try)
}
