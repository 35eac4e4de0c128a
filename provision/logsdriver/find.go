package logsdriver

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/peppercorn-go/peppercorn/internal/listing"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Find lists the log groups that o owns, with all outputs. It reads the account's groups, page by page, and the tags of each
// whose name may be one of o's.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		in := &cloudwatchlogs.DescribeLogGroupsInput{}
		if prefix := o.NamePrefix(maxName); prefix != "" {
			in.LogGroupNamePrefix = aws.String(prefix)
		}
		pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(d.api, in)
		listing.Owned(ctx, o, "logsdriver: listing log groups", d.opts.Parallel, yield, pages,
			func(page *cloudwatchlogs.DescribeLogGroupsOutput) []types.LogGroup { return page.LogGroups }, d.look)
	}
}

// look describes a group of a list; one that is gone meanwhile has no tags.
func (d *Driver) look(ctx context.Context, group types.LogGroup) (listing.Found, error) {
	tags, err := d.tags(ctx, arnOf(group))
	if err != nil && !unknown(err) {
		return listing.Found{}, fmt.Errorf("logsdriver: whose is log group %s? reading its tags: %w", arnOf(group), err)
	}
	return listing.Found{State: stateOf(group), Tags: tags}, nil
}

// stateOf describes a log group without its owner.
func stateOf(group types.LogGroup) provision.State {
	return provision.State{
		Kind:    kinds.LogGroupKind,
		ID:      arnOf(group),
		Name:    aws.ToString(group.LogGroupName),
		Outputs: outputsOf(group),
	}
}

func outputsOf(group types.LogGroup) map[string]provision.Value {
	return map[string]provision.Value{
		"Name": provision.TextValue(aws.ToString(group.LogGroupName)),
		"ARN":  provision.TextValue(arnOf(group)),
	}
}

// nameIn returns the name in an ARN, arn:partition:logs:region:account:log-group:name. Names have no colons.
func nameIn(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }
