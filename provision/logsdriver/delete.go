package logsdriver

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Delete deletes a log group, with all events in it, if its tags say that it is s.Owner's. It answers
// [provision.ErrDeleting] until the group is not listed any more, asked twice.
//
// A group whose deletion protection somebody has switched on is an error that unwraps to the service's: the driver never
// switches protection off.
func (d *Driver) Delete(ctx context.Context, s provision.State) error {
	var group types.LogGroup
	err := wait.Twice(ctx, d.opts.Settle, unknown, func() (err error) {
		group, err = d.named(ctx, nameIn(s.ID))
		return err
	})
	switch {
	case unknown(err):
		return nil
	case err != nil:
		return fmt.Errorf("logsdriver: deleting log group %s: %w", s.ID, err)
	}
	tags, err := d.tags(ctx, arnOf(group))
	switch {
	case unknown(err):
		return fmt.Errorf("logsdriver: log group %s %w", s.ID, provision.ErrDeleting)
	case err != nil:
		return fmt.Errorf("logsdriver: whose is log group %s? reading its tags: %w", s.ID, err)
	}
	owner := provision.Call{Owner: s.Owner, Node: s.Node}
	if err := owner.CheckOwner(kinds.LogGroupKind, s.ID, tags); err != nil {
		return err
	}
	_, err = d.api.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: group.LogGroupName})
	var invalid *types.ValidationException
	switch {
	case err == nil, unsettled(err):
		return fmt.Errorf("logsdriver: log group %s %w", s.ID, provision.ErrDeleting)
	case errors.As(err, &invalid) && aws.ToBool(group.DeletionProtectionEnabled):
		return fmt.Errorf("logsdriver: log group %s has deletion protection, which somebody switched on by hand; it stays until "+
			"they switch it off: %w", s.ID, err)
	}
	return fmt.Errorf("logsdriver: deleting log group %s: %w", s.ID, err)
}

// Loses reports a group that has any log stream, unless it is disposable. The number of bytes in the report is the
// service's own, which may be hours old.
func (d *Driver) Loses(ctx context.Context, s provision.State) ([]provision.Loss, error) {
	group, err := d.named(ctx, nameIn(s.ID))
	if err == nil {
		var tags map[string]string
		if tags, err = d.tags(ctx, arnOf(group)); tags[TagDisposable] == disposable {
			return nil, nil
		}
	}
	var streams *cloudwatchlogs.DescribeLogStreamsOutput
	if err == nil {
		streams, err = d.api.DescribeLogStreams(ctx, &cloudwatchlogs.DescribeLogStreamsInput{
			LogGroupName: group.LogGroupName,
			Limit:        aws.Int32(1),
		})
	}
	switch {
	case unknown(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("logsdriver: are there events in log group %s? %w", s.ID, err)
	}
	bytes := aws.ToInt64(group.StoredBytes)
	if len(streams.LogStreams) == 0 && bytes == 0 {
		return nil, nil
	}
	what := "log events"
	if bytes > 0 {
		what = fmt.Sprintf("log events, %d bytes at the last count", bytes)
	}
	return []provision.Loss{{Node: s.Node, Kind: s.Kind, ID: s.ID, What: what}}, nil
}
