package logsdriver

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"golang.org/x/sync/errgroup"

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
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(provision.State{}, fmt.Errorf("logsdriver: listing log groups: %w", err))
				return
			}
			tags, err := d.tagsOf(ctx, page.LogGroups)
			if err != nil {
				yield(provision.State{}, err)
				return
			}
			for i, group := range page.LogGroups {
				s, ours := stateOf(group, tags[i])
				if ours && o.Matches(tags[i]) && !yield(s, nil) {
					return
				}
			}
		}
	}
}

// tagsOf reads the tags of many groups, a few at a time. Those of a group that is gone are nil. Any other failure is one of
// the whole, for a group whose owner is not known may be ours.
func (d *Driver) tagsOf(ctx context.Context, groups []types.LogGroup) ([]map[string]string, error) {
	all := make([]map[string]string, len(groups))
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(max(1, d.opts.Parallel))
	for i, group := range groups {
		tasks.Go(func() error {
			tags, err := d.tags(ctx, arnOf(group))
			if err != nil && !unknown(err) {
				return fmt.Errorf("logsdriver: whose is log group %s? reading its tags: %w", arnOf(group), err)
			}
			all[i] = tags
			return nil
		})
	}
	return all, tasks.Wait()
}

// stateOf describes a log group; ours is false if it does not carry all of our tags.
func stateOf(group types.LogGroup, tags map[string]string) (s provision.State, ours bool) {
	s = provision.State{
		Kind:    kinds.LogGroupKind,
		ID:      arnOf(group),
		Name:    aws.ToString(group.LogGroupName),
		Outputs: outputsOf(group),
	}
	ours = provision.StateOwner(&s, tags)
	return s, ours
}

func outputsOf(group types.LogGroup) map[string]provision.Value {
	return map[string]provision.Value{
		"Name": provision.TextValue(aws.ToString(group.LogGroupName)),
		"ARN":  provision.TextValue(arnOf(group)),
	}
}

// nameIn returns the name in an ARN, arn:partition:logs:region:account:log-group:name. Names have no colons.
func nameIn(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }
