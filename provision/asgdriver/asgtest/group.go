package asgtest

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// A group is an Auto Scaling group. It is guarded by ASG.mu.
type group struct {
	seq                int
	region, name, arn  string
	in                 *autoscaling.CreateAutoScalingGroupInput
	places             []place
	tags               map[string]tag
	least, desired, up int // up is the most
	protection         types.DeletionProtection
	created            time.Time
	look               time.Time // when it next compares what it has with what it wants
	deleted            time.Time // zero unless it is on its way out
	instances          []*instance
	leaving            []*instance // being terminated, not part of the group any more
	activities         []*activity // the latest last
}

// A place is where a group may launch.
type place struct{ subnet, zone string }

type tag struct {
	value     string
	propagate bool
}

// byELB reports whether the load balancers decide who is healthy.
func (g *group) byELB() bool { return strings.Contains(aws.ToString(g.in.HealthCheckType), "ELB") }

func (g *group) grace() time.Duration {
	return time.Duration(aws.ToInt32(g.in.HealthCheckGracePeriod)) * time.Second
}

func (a *ASG) createGroup(region string, in *autoscaling.CreateAutoScalingGroupInput) (
	*autoscaling.CreateAutoScalingGroupOutput, error,
) {
	if err := simulated(in); err != nil {
		return nil, err
	}
	g := &group{
		region: region, name: *in.AutoScalingGroupName, in: in, protection: cmp.Or(in.DeletionProtection, types.DeletionProtectionNone),
		least: int(*in.MinSize), up: int(*in.MaxSize), desired: int(*in.MinSize),
	}
	if in.DesiredCapacity != nil {
		g.desired = int(*in.DesiredCapacity)
	}
	if err := checkName(g.name); err != nil {
		return nil, err
	}
	if a.groups[key{region, g.name}] != nil {
		return nil, alreadyExists(g.name)
	}
	for _, check := range []func(*group) error{checkSizes, checkHealth, a.checkTargets, checkTags, a.checkTemplate} {
		if err := check(g); err != nil {
			return nil, err
		}
	}
	a.add(g)
	return &autoscaling.CreateAutoScalingGroupOutput{}, nil
}

// add makes a group that was checked.
func (a *ASG) add(g *group) {
	g.seq, g.created = a.next(), time.Now()
	g.look = g.created.Add(a.opts.Scale)
	g.arn = fmt.Sprintf("arn:aws:autoscaling:%s:%s:autoScalingGroup:%s:autoScalingGroupName/%s",
		g.region, a.cloud.Options().Account, a.uuid(), g.name)
	a.groups[key{g.region, g.name}] = g
	a.settle(g.created)
}

// simulated refuses parameters that this package does not know, so that no test passes because one was ignored.
func simulated(in *autoscaling.CreateAutoScalingGroupInput) error {
	known := []string{
		"AutoScalingGroupName", "AvailabilityZones", "DeletionProtection", "DesiredCapacity", "HealthCheckGracePeriod",
		"HealthCheckType", "LaunchTemplate", "MaxSize", "MinSize", "Tags", "TargetGroupARNs", "VPCZoneIdentifier",
	}
	v := reflect.ValueOf(in).Elem()
	for n := range v.NumField() {
		f := v.Type().Field(n)
		if f.IsExported() && !v.Field(n).IsZero() && !slices.Contains(known, f.Name) {
			return notSimulated("the parameter " + f.Name)
		}
	}
	return nil
}

// checkName knows the alphabet: ASCII 33 to 126 without the colon (API reference, CreateAutoScalingGroup).
func checkName(name string) error {
	if name == "" || len(name) > 255 || strings.ContainsFunc(name, func(c rune) bool { return c < 33 || c > 126 || c == ':' }) {
		return invalid("1 validation error detected: Value '%s' at 'autoScalingGroupName' failed to satisfy constraint: it may have "+
			"1 to 255 printable ASCII characters without blanks and colons", name)
	}
	return nil
}

func checkSizes(g *group) error {
	switch {
	case g.least < 0 || g.up < 0:
		return invalid("Sizes must not be negative")
	case g.up < g.least:
		return invalid("Max bound, %d, must be greater than or equal to min bound, %d", g.up, g.least)
	case g.desired < g.least || g.desired > g.up:
		return invalid("Desired capacity:%d must be between the specified min size:%d and max size:%d", g.desired, g.least, g.up)
	}
	return nil
}

func checkHealth(g *group) error {
	for t := range strings.SplitSeq(cmp.Or(aws.ToString(g.in.HealthCheckType), "EC2"), ",") {
		if !slices.Contains([]string{"EC2", "ELB", "EBS", "VPC_LATTICE"}, t) {
			return invalid("Invalid Health Check Type: %s", t)
		}
	}
	if aws.ToInt32(g.in.HealthCheckGracePeriod) < 0 {
		return invalid("HealthCheckGracePeriod must not be negative")
	}
	return nil
}

const maxTargetGroups = 50

func (a *ASG) checkTargets(g *group) error {
	if len(g.in.TargetGroupARNs) > maxTargetGroups {
		return invalid("A group may have at most %d target groups", maxTargetGroups)
	}
	for _, arn := range g.in.TargetGroupARNs {
		if !a.opts.TargetGroups.TargetGroupExists(arn) {
			return invalid("Provided Target Groups may not be valid. Please ensure they exist and try again.")
		}
	}
	return nil
}

// checkTemplate tries the launch in every place.
func (a *ASG) checkTemplate(g *group) error {
	t := g.in.LaunchTemplate
	if t == nil {
		return invalid("Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or " +
			"MixedInstancesPolicy parameter.")
	}
	if (t.LaunchTemplateId == nil) == (t.LaunchTemplateName == nil) {
		return invalid("Valid requests must contain either launchTemplateId or LaunchTemplateName")
	}
	subnets := strings.FieldsFunc(aws.ToString(g.in.VPCZoneIdentifier), func(c rune) bool { return c == ',' || c == ' ' })
	switch {
	case len(subnets) > 0 && len(g.in.AvailabilityZones) > 0:
		return notSimulated("AvailabilityZones beside VPCZoneIdentifier")
	case len(subnets) == 0 && len(g.in.AvailabilityZones) == 0:
		return invalid("At least one Availability Zone or VPC Subnet is required.")
	}
	for _, subnet := range subnets {
		g.places = append(g.places, place{subnet: subnet})
	}
	for _, zone := range g.in.AvailabilityZones {
		g.places = append(g.places, place{zone: zone})
	}
	for i := range g.places {
		l := a.launchOf(g, g.places[i])
		l.DryRun = true
		_, zone, err := a.opts.Fleet.Launch(l)
		if err != nil {
			return invalid("You must use a valid fully-formed launch template. %s", message(err))
		}
		g.places[i].zone = zone
	}
	return nil
}

func (a *ASG) launchOf(g *group, p place) Launch {
	t := g.in.LaunchTemplate
	l := Launch{
		Region: g.region, Template: cmp.Or(aws.ToString(t.LaunchTemplateId), aws.ToString(t.LaunchTemplateName)),
		Version: aws.ToString(t.Version), Subnet: p.subnet, Tags: map[string]string{"aws:autoscaling:groupName": g.name},
	}
	if p.subnet == "" {
		l.Zone = p.zone
	}
	for key, tag := range g.tags {
		if tag.propagate {
			l.Tags[key] = tag.value
		}
	}
	return l
}

// shown returns a group that calls see.
func (a *ASG) shown(region string, name *string) (*group, error) {
	g := a.groups[key{region, aws.ToString(name)}]
	if g == nil || time.Since(g.created) < a.opts.Lag {
		return nil, notFound(aws.ToString(name))
	}
	return g, nil
}

// updateGroup changes sizes and deletion protection, which are all that is simulated.
func (a *ASG) updateGroup(region string, in *autoscaling.UpdateAutoScalingGroupInput) (*autoscaling.UpdateAutoScalingGroupOutput, error) {
	g, err := a.shown(region, in.AutoScalingGroupName)
	if err != nil {
		return nil, err
	}
	changed := *g
	for _, size := range []struct {
		from *int32
		to   *int
	}{{in.MinSize, &changed.least}, {in.DesiredCapacity, &changed.desired}, {in.MaxSize, &changed.up}} {
		if size.from != nil {
			*size.to = int(*size.from)
		}
	}
	if in.DesiredCapacity == nil {
		changed.desired = min(max(changed.desired, changed.least), changed.up)
	}
	if err := checkSizes(&changed); err != nil {
		return nil, err
	}
	rest := *in
	rest.AutoScalingGroupName, rest.MinSize, rest.MaxSize, rest.DesiredCapacity, rest.DeletionProtection = nil, nil, nil, nil, ""
	if !reflect.ValueOf(rest).IsZero() {
		return nil, notSimulated("updates of other things than sizes and deletion protection")
	}
	g.least, g.desired, g.up, g.look = changed.least, changed.desired, changed.up, time.Now().Add(a.opts.Scale)
	g.protection = cmp.Or(in.DeletionProtection, g.protection)
	return &autoscaling.UpdateAutoScalingGroupOutput{}, nil
}

func (g *group) zones() []string {
	zones := map[string]bool{}
	for _, p := range g.places {
		zones[p.zone] = true
	}
	return slices.Sorted(maps.Keys(zones))
}
