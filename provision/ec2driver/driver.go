package ec2driver

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Options of a [Driver]. The zero value of each field means its default.
type Options struct {
	// Poll is the pause after the first look at something that is not there yet; each further one is half as long again,
	// up to MaxPoll. Defaults 2 and 5 seconds.
	Poll, MaxPoll time.Duration
	// Visible is how long EC2 may take to know an id that it has just given out. Default 5 minutes, which is what AWS
	// advises (EC2 developer guide, eventual consistency).
	Visible time.Duration
	// Ready is how long an instance may take until it is ready. Default 15 minutes.
	Ready time.Duration
	// StatusChecks makes an instance ready only when EC2's system and instance status checks have passed, and makes it an
	// error when one has failed. They take some minutes, say nothing about the software on the instance, and repeat what
	// an environment's probe finds out sooner; so by default an instance is ready when it is running.
	StatusChecks bool
	// Parameter reads the value of a parameter of SSM, for a [kinds.ExistingImage] by Parameter. A parameter that is not there is an
	// error that is a [provision.ErrMissing]. It must be safe for concurrent use. Default: such a look-up is an error.
	Parameter func(ctx context.Context, name string) (string, error)
	// InstanceProfile asks whether there is an instance profile of a name or ARN, for [Driver.Check]. One that is not there is an
	// error that is a [provision.ErrMissing]. It must be safe for concurrent use. Default: nobody is asked.
	InstanceProfile func(ctx context.Context, profile string) error
	// Retryer of every call. Default: the SDK's standard one with 10 attempts and without its client-side quota, which
	// after some hundred throttled calls makes all others fail at once.
	Retryer aws.Retryer
}

// attempts of the default retryer: about a minute and a half of throttling.
const attempts = 10

// A Driver makes security groups, instances and launch templates, and looks up networks and images. It is safe for concurrent use and keeps nothing between calls.
type Driver struct {
	api  API
	opts Options
}

var (
	_ provision.Driver    = (*Driver)(nil)
	_ provision.Validator = (*Driver)(nil)
)

// New makes a driver that acts in the account and region of the client.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{
		Poll:    2 * time.Second,
		MaxPoll: 5 * time.Second,
		Visible: 5 * time.Minute,
		Ready:   15 * time.Minute,
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = attempts
			o.RateLimiter = ratelimit.None
		}),
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	return &Driver{api: api, opts: opts}
}

// Kinds returns [kinds.SecurityGroupKind], [kinds.InstanceKind] and [kinds.LaunchTemplateKind].
func (d *Driver) Kinds() []provision.Kind {
	return []provision.Kind{kinds.SecurityGroupKind, kinds.InstanceKind, kinds.LaunchTemplateKind}
}

// Create begins to make a security group, an instance or a launch template. See the package comment for how it is
// idempotent.
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	switch spec := c.Spec.(type) {
	case kinds.SecurityGroup:
		return d.createGroup(ctx, c, spec)
	case kinds.Instance:
		return d.createInstance(ctx, c, spec)
	case kinds.LaunchTemplate:
		return d.createTemplate(ctx, c, spec)
	}
	return provision.State{}, fmt.Errorf("ec2driver: node %q: %w: %T", c.Node, provision.ErrNoDriver, c.Spec)
}

// Await returns when a security group or a launch template can be described, and when an instance is running (and, with
// [Options.StatusChecks], passes EC2's checks). An instance that failed, was stopped or is gone is an [*InstanceError] at
// once.
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	switch s.Kind {
	case kinds.SecurityGroupKind:
		return d.awaitGroup(ctx, s)
	case kinds.InstanceKind:
		return d.awaitInstance(ctx, s)
	case kinds.LaunchTemplateKind:
		return d.awaitTemplate(ctx, s)
	}
	return provision.State{}, noDriver(s)
}

// Find lists the security groups, the instances and the launch templates that o owns, in this order. Terminated instances,
// which EC2 shows for an hour, are not among them; those that are shutting down are, as Deleting. Instances of an Auto
// Scaling group are not among them either, although they carry its tags: they are part of the group, and go with it.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		for _, list := range []func(context.Context, provision.Owner) iter.Seq2[provision.State, error]{
			d.findGroups, d.findInstances, d.findTemplates,
		} {
			for s, err := range list(ctx, o) {
				if !yield(s, err) || err != nil {
					return
				}
			}
		}
	}
}

// Delete deletes a security group or a launch template, or terminates an instance, after it has read the tags once more. A
// group that something needs is a *[provision.BusyError] that names the network interface or the rule of another group. An
// instance under termination protection is an error that unwraps to EC2's OperationNotPermitted: the driver never switches
// protection off.
func (d *Driver) Delete(ctx context.Context, s provision.State) error {
	switch s.Kind {
	case kinds.SecurityGroupKind:
		return d.deleteGroup(ctx, s)
	case kinds.InstanceKind:
		return d.deleteInstance(ctx, s)
	case kinds.LaunchTemplateKind:
		return d.deleteTemplate(ctx, s)
	}
	return noDriver(s)
}

// Validate checks that script and environment of an instance or a launch template fit in its user data, as far as their
// lengths are known.
func (d *Driver) Validate(c provision.Call) error {
	var spec kinds.Instance
	switch s := c.Spec.(type) {
	case kinds.Instance:
		spec = s
	case kinds.LaunchTemplate:
		spec = s.Instance()
	default:
		return nil
	}
	_, err := userData(known(spec))
	return err
}

func noDriver(s provision.State) error {
	return fmt.Errorf("ec2driver: %w: %s %s", provision.ErrNoDriver, s.Kind, s.ID)
}

// patient is the option of every call.
func (d *Driver) patient(o *ec2.Options) { o.Retryer = d.opts.Retryer }

// owned are the filters by which EC2 itself chooses what o owns. Encoded values hold none of the characters *, ? and \
// that have a meaning in a filter. What comes back is compared again, because a value that had to be cut matches others.
func owned(o provision.Owner) []types.Filter {
	tags := provision.Call{Owner: o}.Tags()
	var filters []types.Filter
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if tags[key] != "" && key != provision.TagSubject {
			filters = append(filters, filter("tag:"+key, tags[key]))
		}
	}
	return filters
}

// ours reports whether tags prove that a resource is the very one that s speaks of.
func ours(s provision.State, tags map[string]string) bool {
	c := provision.Call{Owner: s.Owner, Node: s.Node}
	return c.CheckOwner(s.Kind, s.ID, tags) == nil
}

// tagSpec gives a resource its tags at birth. "Name" is what EC2's console shows. They are sorted, because a client
// token must come with the same request each time.
func tagSpec(resource types.ResourceType, name string, tags map[string]string) types.TagSpecification {
	list := []types.Tag{{Key: aws.String("Name"), Value: aws.String(name)}}
	list = append(list, taglist.Of(tags, func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })...)
	return types.TagSpecification{ResourceType: resource, Tags: list}
}

func tagMap(tags []types.Tag) map[string]string {
	return taglist.Map(tags, func(tag types.Tag) (key, value *string) { return tag.Key, tag.Value })
}

func filter(name string, values ...string) types.Filter {
	return types.Filter{Name: aws.String(name), Values: values}
}

// optional is nil for an empty text, because EC2 refuses empty parameters.
func optional[T ~string](text T) *string {
	if text == "" {
		return nil
	}
	return aws.String(string(text))
}
