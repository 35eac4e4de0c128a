// Package ec2test has what tests of programs need that run security groups and instances in Amazon EC2: an EC2 in memory
// that is as strict as the real one, reached through the SDK's real client.
//
//	cloud := ec2test.New()
//	client := cloud.Client() // a *ec2.Client; cloud.Config() for other ways to make one
//	driver := ec2driver.New(client)
//
// Then let the program under test work, and look at what it left: [EC2.Instances], [EC2.SecurityGroups], [EC2.Volumes],
// [EC2.NetworkInterfaces], [EC2.UserData], [EC2.LaunchTemplates]. Resources of somebody else are made with
// [EC2.AddSecurityGroup], [EC2.AddInstance], [EC2.AddLaunchTemplate] and [EC2.AddNetworkInterface], and what is there before anything
// is made with [EC2.AddVPC], [EC2.AddSubnet], [EC2.AssociateSecurityGroup] and [EC2.AddImage]; [EC2.Kill], [EC2.Stop],
// [EC2.Impair] and [EC2.Protect] are what AWS or people may do to an instance, and [EC2.Launch],
// [EC2.Terminate] and [EC2.SetServiceInterfaces] what other services of AWS do, which ask [EC2.Network] where.
//
// It has a default VPC with three subnets, a second VPC, some images, instance types and instance profiles; see
// [Options]. Each region is a world of its own.
//
// # Time
//
// An instance boots and shuts down in the times that the real one takes, half a minute or so. Run such tests in a
// testing/synctest bubble, where that time passes at once, or give [Options] shorter times.
//
// # Faithfulness
//
// Codes and messages of errors are EC2's. Client tokens, names of groups, dependencies, termination protection, the
// alphabets and limits of names, descriptions, tags and user data, paging, filters with wildcards, and the hour in which
// terminated instances are still shown are as EC2 documents them. An operation, a parameter of RunInstances or a filter
// that is not simulated is refused, never ignored.
package ec2test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Cloud is a simulated AWS account that several simulated services may share.
type Cloud = sim.Cloud

// CloudOptions of a [Cloud]: account, region, seed, latency, page size.
type CloudOptions = sim.Options

// Options of a simulated [EC2]. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Boot is how long an instance is pending. Default 15 s.
	Boot time.Duration
	// Shutdown is how long an instance is shutting down. Default 30 s.
	Shutdown time.Duration
	// Checks is how long a running instance's status checks are initializing. Default 2 min.
	Checks time.Duration
	// Remember is how long a terminated instance is still shown. Default 1 h.
	Remember time.Duration
	// TokenLife is how long a client token holds after its instance has been terminated. Default 24 h.
	TokenLife time.Duration
	// DeadTokens is the answer to a client token whose instance is terminated. Default [AnswerState].
	DeadTokens DeadTokens
	// Lag is how long the id of a new group or instance is unknown to every other call, and TagLag how long it is then
	// shown without its tags. Default 0.
	Lag, TagLag time.Duration
	// Rates limits operations by name, e.g. "RunInstances". Instances limits RunInstances and TerminateInstances by the
	// number of instances that they touch. Default: no limits.
	Rates, Instances map[string]Rate
	// Start decides whether an instance starts. A reason makes it go from pending to terminated, as EC2 does when, for
	// example, a volume cannot be decrypted. Nil, the default, means that all start. It must not call back.
	Start func(*ec2.RunInstancesInput) *types.StateReason
	// Images are the AMIs. Default: [Images].
	Images []types.Image
	// InstanceTypes that exist. Default: [InstanceTypes].
	InstanceTypes []string
	// Profiles are the names of the instance profiles. Default: "app".
	Profiles []string
	// HasProfile says whether there is an instance profile of a name, for a cloud that knows better than Profiles, which then
	// mean nothing. It must not call back. Default: Profiles.
	HasProfile func(name string) bool
	// KeyPairs are the names of the key pairs. Default: "ops".
	KeyPairs []string
	// NoDefaultVPC leaves out the default VPC, as in accounts that have deleted theirs.
	NoDefaultVPC bool
	// Cloud options of the cloud that [New] makes. [Register] has a cloud already and does not use them.
	Cloud []func(*CloudOptions)
}

// DeadTokens is what RunInstances answers to a client token whose instance is terminated. EC2's documents allow for all of
// these, so a caller must be ready for each.
type DeadTokens int

const (
	// AnswerState answers with the instance in the state that it is in.
	AnswerState DeadTokens = iota
	// AnswerPending repeats the first answer, when the instance was pending.
	AnswerPending
	// AnswerRefusal is the error IdempotentInstanceTerminated.
	AnswerRefusal
)

// A Rate is a token bucket: PerSecond tokens a second, at most Burst at once.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Ids of the images that [Images] returns.
const (
	// Linux is an image with one root volume of 8 GiB.
	Linux = "ami-0a11ce000000000a1"
	// Data is an image with a root volume and a data volume, which by itself outlives its instance.
	Data = "ami-0da7a000000000da7"
)

// Images returns the default images.
func Images() []types.Image {
	disk := func(device string, gib int32, goes bool) types.BlockDeviceMapping {
		return types.BlockDeviceMapping{DeviceName: aws.String(device), Ebs: &types.EbsBlockDevice{
			SnapshotId: aws.String("snap-0" + device[len(device)-1:]), VolumeSize: aws.Int32(gib),
			VolumeType: types.VolumeTypeGp3, DeleteOnTermination: aws.Bool(goes), Encrypted: aws.Bool(false),
		}}
	}
	image := func(id, name string, disks ...types.BlockDeviceMapping) types.Image {
		return types.Image{
			ImageId: aws.String(id), Name: aws.String(name), State: types.ImageStateAvailable, Public: aws.Bool(true),
			Architecture: types.ArchitectureValuesX8664, RootDeviceType: types.DeviceTypeEbs,
			RootDeviceName: disks[0].DeviceName, BlockDeviceMappings: disks,
		}
	}
	return []types.Image{
		image(Linux, "linux", disk("/dev/xvda", 8, true)),
		image(Data, "data", disk("/dev/xvda", 8, true), disk("/dev/sdf", 100, false)),
	}
}

// InstanceTypes returns the default instance types.
func InstanceTypes() []string {
	return []string{"t3.nano", "t3.micro", "t3.small", "t3.medium", "m7i.large", "m7g.large", "c7g.large"}
}

// EC2 is the simulated service of all regions of one account. It is safe for concurrent use.
type EC2 struct {
	opts    Options
	cloud   *sim.Cloud
	calls   map[string]*sim.Bucket
	touched map[string]*sim.Bucket

	mu     sync.Mutex
	rand   *rand.Rand
	worlds map[string]*world
}

// New makes a simulated EC2 in a cloud of its own.
func New(optFns ...func(*Options)) *EC2 {
	var opts Options
	for _, fn := range optFns {
		fn(&opts)
	}
	return Register(sim.New(opts.Cloud...), optFns...)
}

// Register makes a simulated EC2 and registers it with a cloud, whose account, page size and seed it honours.
func Register(c *Cloud, optFns ...func(*Options)) *EC2 {
	opts := Options{
		Boot:          15 * time.Second,
		Shutdown:      30 * time.Second,
		Checks:        2 * time.Minute,
		Remember:      time.Hour,
		TokenLife:     24 * time.Hour,
		Images:        Images(),
		InstanceTypes: InstanceTypes(),
		Profiles:      []string{"app"},
		KeyPairs:      []string{"ops"},
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	if opts.HasProfile == nil {
		opts.HasProfile = func(name string) bool { return slices.Contains(opts.Profiles, name) }
	}
	e := &EC2{
		opts:    opts,
		cloud:   c,
		calls:   buckets(opts.Rates),
		touched: buckets(opts.Instances),
		rand:    c.Rand(ec2.ServiceID),
		worlds:  map[string]*world{},
	}
	c.Register(ec2.ServiceID, e)
	return e
}

func buckets(rates map[string]Rate) map[string]*sim.Bucket {
	m := make(map[string]*sim.Bucket, len(rates))
	for op, rate := range rates {
		m[op] = sim.NewBucket(rate.PerSecond, rate.Burst)
	}
	return m
}

// Config returns a configuration whose clients talk to the simulated cloud, as the process "main".
func (e *EC2) Config() aws.Config { return e.cloud.Config() }

// Cloud returns the cloud that the service is registered with: for its faults, processes and record of calls.
func (e *EC2) Cloud() *Cloud { return e.cloud }

// Client returns a client of the simulated EC2. It is the SDK's own, with its retries and its paginators.
func (e *EC2) Client(optFns ...func(*ec2.Options)) *ec2.Client {
	return ec2.NewFromConfig(e.Config(), optFns...)
}

// Serve answers one call. The cloud calls it; programs call EC2 through the SDK.
func (e *EC2) Serve(_ context.Context, call *sim.Call) (any, error) {
	if b := e.calls[call.Op]; b != nil && !b.Take() {
		return nil, throttled()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.world(call.Region)
	w.settle(time.Now())
	switch in := call.Input.(type) {
	case *ec2.CreateSecurityGroupInput:
		return w.createSecurityGroup(in)
	case *ec2.DescribeSecurityGroupsInput:
		return w.describeSecurityGroups(in)
	case *ec2.DeleteSecurityGroupInput:
		return w.deleteSecurityGroup(in)
	case *ec2.AuthorizeSecurityGroupIngressInput:
		return w.authorizeIngress(in)
	case *ec2.AuthorizeSecurityGroupEgressInput:
		return w.authorizeEgress(in)
	case *ec2.RevokeSecurityGroupIngressInput:
		return w.revokeIngress(in)
	case *ec2.RevokeSecurityGroupEgressInput:
		return w.revokeEgress(in)
	case *ec2.RunInstancesInput:
		return w.runInstances(in)
	case *ec2.DescribeInstancesInput:
		return w.describeInstances(in)
	case *ec2.DescribeInstanceStatusInput:
		return w.describeInstanceStatus(in)
	case *ec2.TerminateInstancesInput:
		return w.terminateInstances(in)
	case *ec2.CreateLaunchTemplateInput:
		return w.createLaunchTemplate(in)
	case *ec2.DescribeLaunchTemplatesInput:
		return w.describeLaunchTemplates(in)
	case *ec2.DeleteLaunchTemplateInput:
		return w.deleteLaunchTemplate(in)
	case *ec2.DescribeImagesInput:
		return w.describeImages(in)
	case *ec2.DescribeNetworkInterfacesInput:
		return w.describeNetworkInterfaces(in)
	case *ec2.DescribeVolumesInput:
		return w.describeVolumes(in)
	case *ec2.DescribeSecurityGroupVpcAssociationsInput:
		return w.describeAssociations(in)
	case *ec2.DescribeKeyPairsInput:
		return w.describeKeyPairs(in)
	case *ec2.DescribeVpcsInput:
		return w.describeVpcs(in)
	case *ec2.DescribeSubnetsInput:
		return w.describeSubnets(in)
	case *ec2.CreateTagsInput:
		return w.createTags(in)
	case *ec2.DeleteTagsInput:
		return w.deleteTags(in)
	}
	return nil, sim.UnknownOperation(call)
}

// Throttled returns the error by which EC2 refuses a call for its rate. The cloud asks for it.
func (e *EC2) Throttled() error { return throttled() }

func throttled() error { return sim.ThrottleError(ec2.ServiceID) }

func refuse(code, message string) error { return sim.Error(code, message, http.StatusBadRequest) }

// dryRun is how EC2 says that a call would have been allowed.
func dryRun(asked *bool) error {
	if !aws.ToBool(asked) {
		return nil
	}
	return sim.Error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", http.StatusPreconditionFailed)
}
