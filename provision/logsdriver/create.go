package logsdriver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// maxName is the longest name of a log group.
const maxName = 512

// Create makes the log group that c asks for, or returns the one that an earlier call for the same node, environment and
// attempt has made, with the retention set either way. A group of that name that is somebody else's is a
// [provision.ForeignError], and one of ours that was changed by hand an error that names what differs.
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	g, err := groupOf(c)
	if err != nil {
		return provision.State{}, err
	}
	name := nameOf(c)
	var (
		group types.LogGroup
		tags  map[string]string
	)
	err = d.retry(ctx, unsettled, func() error {
		if err := d.create(ctx, c, g); err != nil {
			return err
		}
		if group, err = d.named(ctx, name); err != nil {
			return err
		}
		tags, err = d.tags(ctx, arnOf(group))
		return err
	})
	if err != nil {
		return provision.State{}, fmt.Errorf("logsdriver: creating log group %s: %w", name, err)
	}
	arn := arnOf(group)
	if err := c.CheckOwner(kinds.LogGroupKind, arn, tags); err != nil {
		return provision.State{}, err
	}
	if changed := differences(g, group, tags); len(changed) > 0 {
		return provision.State{}, fmt.Errorf("logsdriver: log group %s of node %q exists, is ours, and has other settings than "+
			"the blueprint says: %s; somebody changed it by hand (put the settings back, or terminate the environment and "+
			"deploy again)", arn, c.Node, strings.Join(changed, ", "))
	}
	if err := d.retain(ctx, g, group); err != nil {
		return provision.State{}, fmt.Errorf("logsdriver: setting the retention of log group %s: %w", name, err)
	}
	s := stateOf(group)
	provision.StateOwner(&s, tags) // ours, as was just proven
	return s, nil
}

// create makes the group unless there is one of its name.
func (d *Driver) create(ctx context.Context, c provision.Call, g kinds.LogGroup) error {
	tags := c.Tags()
	if g.Disposable {
		tags[TagDisposable] = disposable
	}
	in := &cloudwatchlogs.CreateLogGroupInput{
		LogGroupName:  aws.String(nameOf(c)),
		LogGroupClass: classOf(g),
		Tags:          tags,
	}
	if g.KMSKey != "" {
		in.KmsKeyId = aws.String(string(g.KMSKey))
	}
	_, err := d.api.CreateLogGroup(ctx, in)
	if exists := (*types.ResourceAlreadyExistsException)(nil); errors.As(err, &exists) {
		return nil // whose it is the tags will tell
	}
	return err
}

// retain sets the retention where it is not set yet. A policy of the account hides what is set, so it is set again then.
func (d *Driver) retain(ctx context.Context, g kinds.LogGroup, group types.LogGroup) error {
	if g.RetentionDays == 0 || group.RetentionInDays != nil && group.RetentionPolicyName == nil {
		return nil
	}
	return d.retry(ctx, unsettled, func() error {
		_, err := d.api.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{
			LogGroupName:    group.LogGroupName,
			RetentionInDays: aws.Int32(int32(g.RetentionDays)), //nolint:gosec // Validate knows all of them
		})
		return err
	})
}

// differences says what about a group of ours is not as the blueprint says. A retention that is missing is not among it.
func differences(want kinds.LogGroup, got types.LogGroup, tags map[string]string) (changed []string) {
	differs := func(what, want, got string) {
		if want != got {
			changed = append(changed, fmt.Sprintf("%s is %s, not %s", what, cmp.Or(got, "absent"), cmp.Or(want, "absent")))
		}
	}
	if days := aws.ToInt32(got.RetentionInDays); days != 0 && got.RetentionPolicyName == nil {
		differs("RetentionDays", fmt.Sprint(want.RetentionDays), fmt.Sprint(days))
	}
	differs("KMSKey", string(want.KMSKey), aws.ToString(got.KmsKeyId))
	if got.LogGroupClass != "" {
		differs("Class", string(classOf(want)), string(got.LogGroupClass))
	}
	differs("Disposable", fmt.Sprint(want.Disposable), fmt.Sprint(tags[TagDisposable] == disposable))
	return changed
}

// named returns the group of exactly that name.
func (d *Driver) named(ctx context.Context, name string) (types.LogGroup, error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(d.api, &cloudwatchlogs.DescribeLogGroupsInput{
		LogGroupNamePrefix: aws.String(name),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return types.LogGroup{}, err
		}
		for _, group := range page.LogGroups {
			if aws.ToString(group.LogGroupName) == name {
				return group, nil
			}
		}
	}
	return types.LogGroup{}, errUnlisted
}

func (d *Driver) tags(ctx context.Context, arn string) (map[string]string, error) {
	out, err := d.api.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: aws.String(arn)})
	if err != nil {
		return nil, err
	}
	return out.Tags, nil
}

func nameOf(c provision.Call) string { return c.Name(maxName, "") }

func classOf(g kinds.LogGroup) types.LogGroupClass {
	return types.LogGroupClass(cmp.Or(g.Class, kinds.StandardLogs))
}

// arnOf returns the ARN that the calls on tags take, without the ":*" that stands for the streams of the group.
func arnOf(group types.LogGroup) string {
	return strings.TrimSuffix(cmp.Or(aws.ToString(group.LogGroupArn), aws.ToString(group.Arn)), ":*")
}
