package asgtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// An activity is something that a group did or is doing.
type activity struct {
	seq                      int
	id, group, arn           string
	description, cause, text string
	status                   types.ScalingActivityStatusCode
	start, end               time.Time
}

func (a *ASG) begin(g *group, now time.Time, description, cause string) *activity {
	act := &activity{
		seq: a.next(), id: a.uuid(), group: g.name, arn: g.arn, description: description, start: now,
		cause:  fmt.Sprintf("At %s %s.", now.UTC().Format(time.RFC3339), cause),
		status: types.ScalingActivityStatusCodeInProgress,
	}
	g.activities = append(g.activities, act)
	return act
}

func (act *activity) done(now time.Time, status types.ScalingActivityStatusCode, text string) {
	act.status, act.text, act.end = status, text, now
}

// describeActivities tells the latest first.
func (a *ASG) describeActivities(region string, in *autoscaling.DescribeScalingActivitiesInput) (
	*autoscaling.DescribeScalingActivitiesOutput, error,
) {
	if in.AutoScalingGroupName == nil || len(in.ActivityIds) > 0 || len(in.Filters) > 0 {
		return nil, notSimulated("activities of several groups, of ids and with filters")
	}
	k := key{region, *in.AutoScalingGroupName}
	var acts []*activity
	state := "InService"
	g := a.groups[k]
	if g != nil {
		acts = g.activities
	}
	if aws.ToBool(in.IncludeDeletedGroups) {
		acts = slices.Concat(a.past[k], acts)
		state = "Deleted"
	}
	if g == nil && len(acts) == 0 {
		return nil, notFound(k.name)
	}
	acts = slices.Clone(acts)
	slices.Reverse(acts)
	size := in.MaxRecords
	if size == nil {
		size = aws.Int32(maxRecords)
	}
	acts, next, err := page(a, acts, func(act *activity) int { return -act.seq }, size, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &autoscaling.DescribeScalingActivitiesOutput{NextToken: next}
	for _, act := range acts {
		shown := act.show()
		if g == nil || g.arn != act.arn {
			shown.AutoScalingGroupState = aws.String(state)
		}
		out.Activities = append(out.Activities, shown)
	}
	return out, nil
}

func (act *activity) show() types.Activity {
	shown := types.Activity{
		ActivityId: aws.String(act.id), AutoScalingGroupName: aws.String(act.group), AutoScalingGroupARN: aws.String(act.arn),
		Description: aws.String(act.description), Cause: aws.String(act.cause), StartTime: aws.Time(act.start.UTC()),
		StatusCode: act.status, Progress: aws.Int32(50), AutoScalingGroupState: aws.String("InService"),
	}
	if act.text != "" {
		shown.StatusMessage = aws.String(act.text)
	}
	if !act.end.IsZero() {
		shown.EndTime, shown.Progress = aws.Time(act.end.UTC()), aws.Int32(100)
	}
	return shown
}
