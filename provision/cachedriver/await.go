package cachedriver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
)

// Statuses of a replication group (API reference, ReplicationGroup).
const (
	statusAvailable = "available"
	statusDeleting  = "deleting"
	statusFailed    = "create-failed"
)

// usable are the statuses in which a cache answers.
var usable = []string{statusAvailable, "modifying", "snapshotting"}

// Await waits until the cache answers, which takes minutes, and returns all outputs. A cache that could not be made is a
// [StatusError] at once, with the reason from ElastiCache's events. One that ElastiCache does not know for [Options.Appear]
// is a [provision.ErrGone].
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	pace := wait.Pace{Poll: d.opts.Poll, MaxPoll: d.opts.MaxPoll, Appear: d.opts.Appear, Ready: d.opts.Ready}
	group, err := wait.Until(ctx, pace, unknown,
		func() (*types.ReplicationGroup, error) { return d.describe(ctx, s.ID) },
		func(group *types.ReplicationGroup) (bool, error) { return d.ready(ctx, group) })
	if err != nil {
		return provision.State{}, fmt.Errorf("cachedriver: awaiting cache %s of node %q: %w", s.ID, s.Node, err)
	}
	return withOutputs(s, group), nil
}

// ready reports whether the cache can be used, and fails if that will never be.
func (d *Driver) ready(ctx context.Context, group *types.ReplicationGroup) (bool, error) {
	status := aws.ToString(group.Status)
	switch {
	case status == statusFailed, status == statusDeleting:
		return false, d.lost(ctx, group)
	case !slices.Contains(usable, status):
		return false, nil
	case primary(group) == nil && group.ConfigurationEndpoint != nil:
		return false, errors.New("its parameter group turns cluster mode on, and a kinds.Cache has a single shard; take a parameter group " +
			"with cluster-enabled=no")
	}
	return primary(group) != nil, nil
}

// lost says that a cache will not become ready, in ElastiCache's own words if it has any.
func (d *Driver) lost(ctx context.Context, group *types.ReplicationGroup) error {
	e := &StatusError{ID: aws.ToString(group.ReplicationGroupId), Status: aws.ToString(group.Status)}
	if e.Status == statusDeleting {
		return e
	}
	out, err := d.api.DescribeEvents(ctx, &elasticache.DescribeEventsInput{
		SourceIdentifier: aws.String(e.ID),
		SourceType:       types.SourceTypeReplicationGroup,
		Duration:         aws.Int32(24 * 60), // minutes
	})
	if err != nil {
		e.Reason = fmt.Sprintf("its events could not be read: %v", err)
		return e
	}
	e.Reason = wait.Reason(out.Events, func(e types.Event) (*time.Time, *string) { return e.Date, e.Message })
	return e
}

// A StatusError says that a cache will not become ready: it could not be made, or is being deleted. It is a
// [provision.ErrDeleting] in the second case.
type StatusError struct {
	ID     string
	Status string // of the replication group, e.g. "create-failed"
	Reason string // what ElastiCache's latest events say; may be empty
}

// Error names the cache, its status and ElastiCache's reason.
func (e *StatusError) Error() string {
	reason := e.Reason
	if reason == "" {
		reason = "ElastiCache gives no reason"
	}
	return fmt.Sprintf("cache %s will not become ready, its status is %s: %s", e.ID, e.Status, reason)
}

// Is makes errors.Is(err, provision.ErrDeleting) true for a cache that is being deleted.
func (e *StatusError) Is(target error) bool {
	return target == provision.ErrDeleting && e.Status == statusDeleting
}
