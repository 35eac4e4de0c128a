package asgtest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// maxNames is how many groups can be asked for without a page size.
const maxNames = 50

func (a *ASG) describeGroups(region string, in *autoscaling.DescribeAutoScalingGroupsInput) (
	*autoscaling.DescribeAutoScalingGroupsOutput, error,
) {
	if n := len(in.AutoScalingGroupNames); n > max(maxNames, int(aws.ToInt32(in.MaxRecords))) {
		return nil, invalid("%d names are too many", n)
	}
	var found []*group
	for _, g := range a.inOrder() {
		if g.region != region || time.Since(g.created) < a.opts.Lag {
			continue
		}
		ok, err := g.matches(in.Filters)
		if err != nil {
			return nil, err
		}
		if ok && (len(in.AutoScalingGroupNames) == 0 || slices.Contains(in.AutoScalingGroupNames, g.name)) {
			found = append(found, g)
		}
	}
	found, next, err := page(a, found, func(g *group) int { return g.seq }, in.MaxRecords, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &autoscaling.DescribeAutoScalingGroupsOutput{NextToken: next}
	for _, g := range found {
		out.AutoScalingGroups = append(out.AutoScalingGroups, a.show(g, in.IncludeInstances == nil || *in.IncludeInstances))
	}
	return out, nil
}

func (a *ASG) inOrder() []*group {
	var all []*group
	for _, g := range a.groups {
		all = append(all, g)
	}
	slices.SortFunc(all, func(x, y *group) int { return cmp.Compare(x.seq, y.seq) })
	return all
}

// matches applies filters: all of them must match, each by any of its values. There are no wildcards.
func (g *group) matches(filters []types.Filter) (bool, error) {
	all := true
	for _, f := range filters {
		name := aws.ToString(f.Name)
		var have []string
		switch key, isTag := strings.CutPrefix(name, "tag:"); {
		case isTag:
			if t, ok := g.tags[key]; ok {
				have = []string{t.value}
			}
		case name == "tag-key":
			for key := range g.tags {
				have = append(have, key)
			}
		case name == "tag-value":
			for _, t := range g.tags {
				have = append(have, t.value)
			}
		default:
			return false, invalid("Filter type %s is not correct. Allowed Filter types are: tag-key, tag-value, tag:", name)
		}
		if len(f.Values) == 0 {
			return false, invalid("The filter %s needs a value", name)
		}
		all = all && slices.ContainsFunc(f.Values, func(value string) bool { return slices.Contains(have, value) })
	}
	return all, nil
}

func (a *ASG) show(g *group, instances bool) types.AutoScalingGroup {
	shown := types.AutoScalingGroup{
		AutoScalingGroupName: aws.String(g.name), AutoScalingGroupARN: aws.String(g.arn), AvailabilityZones: g.zones(),
		CreatedTime: aws.Time(g.created.UTC()), DefaultCooldown: aws.Int32(300), DesiredCapacity: aws.Int32(int32(g.desired)),
		MinSize: aws.Int32(int32(g.least)), MaxSize: aws.Int32(int32(g.up)),
		HealthCheckType:        aws.String(cmp.Or(aws.ToString(g.in.HealthCheckType), "EC2")),
		HealthCheckGracePeriod: aws.Int32(aws.ToInt32(g.in.HealthCheckGracePeriod)),
		LaunchTemplate:         g.in.LaunchTemplate, TargetGroupARNs: g.in.TargetGroupARNs, VPCZoneIdentifier: g.in.VPCZoneIdentifier,
		DeletionProtection: g.protection, Tags: g.showTags(),
	}
	if !g.deleted.IsZero() {
		shown.Status = aws.String("Delete in progress")
	}
	if instances {
		for _, i := range g.instances {
			shown.Instances = append(shown.Instances, i.show(g))
		}
		for _, i := range g.leaving {
			shown.Instances = append(shown.Instances, i.show(g))
		}
	}
	return shown
}
