package cachedriver

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Delete deletes a cache with all of its nodes if its tags, or its description while they cannot be read, say that it is
// s.Owner's. It answers [provision.ErrDeleting] until ElastiCache has said twice that there is no such group, and a
// [provision.BusyError] while the group's own status, or a global datastore that it is part of, stands in the way.
func (d *Driver) Delete(ctx context.Context, s provision.State) error {
	deleting := fmt.Errorf("cachedriver: cache %s %w", s.ID, provision.ErrDeleting)
	group, err := d.describeOld(ctx, s.ID)
	switch {
	case unknown(err):
		return nil
	case err != nil:
		return fmt.Errorf("cachedriver: deleting cache %s: %w", s.ID, err)
	case aws.ToString(group.Status) == statusDeleting:
		return deleting // whoever it belongs to: there is nothing to be done to it
	}
	tags, err := d.tagsOf(ctx, group)
	switch {
	case unknown(err):
		return deleting // it went while its tags were read; the next call asks again
	case err != nil:
		return fmt.Errorf("cachedriver: deleting cache %s: whose is it? %w", s.ID, err)
	case tags == nil && slices.Contains(usable, aws.ToString(group.Status)):
		// Somebody has changed the description, and the tags cannot be read now, but later.
		return &provision.BusyError{Kind: kinds.CacheKind, ID: s.ID, Blocker: blocker(group)}
	}
	owner := provision.Call{Owner: s.Owner, Node: s.Node}
	if err := owner.CheckOwner(kinds.CacheKind, s.ID, tags); err != nil {
		return err
	}
	_, refusal := d.api.DeleteReplicationGroup(ctx, &elasticache.DeleteReplicationGroupInput{
		ReplicationGroupId:   aws.String(s.ID),
		RetainPrimaryCluster: aws.Bool(false),
	})
	switch {
	case refusal == nil, unknown(refusal):
		return deleting
	case !unsuitable(refusal):
		return fmt.Errorf("cachedriver: deleting cache %s: %w", s.ID, refusal)
	}
	// Somebody may have been faster. Look again before the refusal is believed.
	group, err = d.describe(ctx, s.ID)
	switch {
	case unknown(err):
		return deleting
	case err != nil:
		return fmt.Errorf("cachedriver: deleting cache %s: %w", s.ID, errors.Join(err, refusal))
	case aws.ToString(group.Status) == statusDeleting:
		return deleting
	}
	return &provision.BusyError{Kind: kinds.CacheKind, ID: s.ID, Blocker: blocker(group), Err: refusal}
}

// blocker says what keeps a group from being deleted.
func blocker(group *types.ReplicationGroup) string {
	status := aws.ToString(group.Status)
	if global := group.GlobalReplicationGroupInfo; global != nil && status == statusAvailable {
		if id := aws.ToString(global.GlobalReplicationGroupId); id != "" {
			return "global datastore " + id
		}
	}
	return "itself: its status is " + status
}
