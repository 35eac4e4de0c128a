package asgdriver

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Options of a [Driver]. The zero value of each field means its default.
type Options struct {
	// TargetHealth asks the load balancer how the targets of a target group fare. Auto Scaling tells no more than that one
	// of them is healthy, so without it a group of two is taken for ready when one is; see the package comment.
	// Default: nobody is asked.
	TargetHealth TargetHealth
	// Network asks EC2, for [Driver.Check], whether subnets are there and in one VPC, as the CheckNetwork of an ec2driver.Driver does.
	// What is not there is an error that is a [provision.ErrMissing]; what may not be asked about is none. It must be safe for
	// concurrent use. Default: nobody is asked.
	Network func(ctx context.Context, subnets, groups []provision.Text) error
	// Poll is the pause after the first look at something that is not there yet; each further one is half as long again,
	// up to MaxPoll. Defaults 2 and 5 seconds.
	Poll, MaxPoll time.Duration
	// Lag is how long a create that is refused with ValidationError is repeated. Default 1 minute.
	Lag time.Duration
	// Visible is how long Auto Scaling may take to show a group that it has just made. Default 5 minutes.
	Visible time.Duration
	// Ready is how long a group may take until it is ready. Default 30 minutes.
	Ready time.Duration
	// Retryer of every call. Default: the SDK's standard one with 10 attempts and without its client-side quota, which
	// after some hundred throttled calls makes all others fail at once.
	Retryer aws.Retryer
}

// TargetHealth returns how the targets of a target group fare, by their ids: [Healthy] for those that are, and for the
// others the load balancer's words, such as "unhealthy: Health checks failed". With the SDK's client of Elastic Load
// Balancing it is one call of DescribeTargetHealth:
//
//	func(ctx context.Context, targetGroup string) (map[string]string, error) {
//		out, err := client.DescribeTargetHealth(ctx, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: &targetGroup})
//		if err != nil {
//			return nil, err
//		}
//		health := map[string]string{}
//		for _, t := range out.TargetHealthDescriptions {
//			health[*t.Target.Id] = string(t.TargetHealth.State)
//		}
//		return health, nil
//	}
//
// It must be safe for concurrent use.
type TargetHealth func(ctx context.Context, targetGroup string) (map[string]string, error)

// Healthy is what a [TargetHealth] says of a target that is.
const Healthy = "healthy"

// attempts of the default retryer: about a minute and a half of throttling.
const attempts = 10

// A Driver makes Auto Scaling groups. It is safe for concurrent use and keeps nothing between calls.
type Driver struct {
	api  API
	opts Options
}

var _ provision.Driver = (*Driver)(nil)

// New makes a driver that acts in the account and region of the client.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{
		Poll:    2 * time.Second,
		MaxPoll: 5 * time.Second,
		Lag:     time.Minute,
		Visible: 5 * time.Minute,
		Ready:   30 * time.Minute,
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

// Kinds returns [kinds.GroupKind].
func (d *Driver) Kinds() []provision.Kind { return []provision.Kind{kinds.GroupKind} }

// patient is the option of every call.
func (d *Driver) patient(o *autoscaling.Options) { o.Retryer = d.opts.Retryer }

// describe returns the group of that name, or nil if there is none, and what time it is at Auto Scaling's.
func (d *Driver) describe(ctx context.Context, name string) (*types.AutoScalingGroup, time.Time, error) {
	out, err := d.api.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{
		AutoScalingGroupNames: []string{name},
	}, d.patient)
	if err != nil {
		return nil, time.Time{}, err
	}
	for i := range out.AutoScalingGroups {
		return &out.AutoScalingGroups[i], serverTime(out.ResultMetadata), nil
	}
	return nil, serverTime(out.ResultMetadata), nil
}

// stateOf reports false if the group's tags are not ours.
func stateOf(g *types.AutoScalingGroup) (provision.State, bool) {
	name := aws.ToString(g.AutoScalingGroupName)
	s := provision.State{
		Kind: kinds.GroupKind,
		ID:   name,
		Name: name,
		Outputs: map[string]provision.Value{
			"Name": provision.TextValue(name),
			"ARN":  provision.TextValue(aws.ToString(g.AutoScalingGroupARN)),
		},
		Deleting: isDeleting(g),
	}
	ok := provision.StateOwner(&s, tagMap(g.Tags))
	return s, ok
}

// isDeleting reports whether a group is on its way out. Its status is set for nothing else (API reference,
// AutoScalingGroup).
func isDeleting(g *types.AutoScalingGroup) bool { return aws.ToString(g.Status) != "" }

// ours reports whether tags prove that a group is the very one that s speaks of.
func ours(s provision.State, g *types.AutoScalingGroup) bool {
	c := provision.Call{Owner: s.Owner, Node: s.Node}
	return c.CheckOwner(s.Kind, s.ID, tagMap(g.Tags)) == nil
}

func foreign(s provision.State, g *types.AutoScalingGroup) error {
	return &provision.ForeignError{Kind: kinds.GroupKind, ID: s.ID, Node: s.Node, Tags: tagMap(g.Tags)}
}

func tagMap(tags []types.TagDescription) map[string]string {
	return taglist.Map(tags, func(tag types.TagDescription) (key, value *string) { return tag.Key, tag.Value })
}

func noDriver(s provision.State) error {
	return fmt.Errorf("asgdriver: %w: %s %s", provision.ErrNoDriver, s.Kind, s.ID)
}
