// Package cachedriver makes, finds and deletes Amazon ElastiCache replication groups: the kind [kinds.Cache].
//
//	driver := cachedriver.New(elasticache.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver})
//
// A program that does not mind to compile the SDKs of all services takes every driver at once from package awsdrivers.
// Package cachetest is the service to test against.
//
// # How it keeps the contract
//
// A replication group is unique by its id, and ElastiCache refuses a second one (ReplicationGroupAlreadyExists). So Create
// looks at what is there, whatever the answer was, and takes it only if it is ours.
//
// # Whose is it?
//
// The tags say so, but ElastiCache lets nobody read them while a group is not available (API reference, ListTagsForResource): not
// while it is made, changed, backed up or deleted. So the owner is written into the description as well, in the same
// call, which every listing shows:
//
//	peppercorn <registry> <base> <application> <environment> <commit> <attempt> <node> <keep>
//
// encoded as the tags are, with blanks escaped and "-" for nothing. The tags decide whenever they can be read. The
// description has room for 255 characters; a node whose names need more is refused. It leaves no room for the commit's
// subject, which is known from the tags alone. Whoever changes the description of a group hides it from the driver until it is
// available again.
//
// Deleting is possible only while a group is available or could not be made, and is a [provision.BusyError] before. A cache
// holds copies, so the driver reports no loss and takes no snapshot.
package cachedriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Options of a [Driver]. The defaults are right for AWS; shorter times are for services that are simulated.
type Options struct {
	// Poll is the shortest pause between two looks at a cache that is not ready. The pauses grow with the time waited, to a
	// hundredth of it, so that a deploy hardly waits for a look, but to no more than MaxPoll. Defaults 5 s and 30 s.
	Poll, MaxPoll time.Duration
	// Settle is the pause before a cache that ElastiCache does not know is asked for a second time. Default 2 s.
	Settle time.Duration
	// Appear is how long a cache that was just created may be unknown before it counts as gone, in pauses: the time that calls take is
	// not counted. Default 1 min.
	Appear time.Duration
	// Ready is how long Await waits for a cache. Default 2 h.
	Ready time.Duration
	// Parallel is how many groups Find asks for their tags at the same time. Default 8.
	Parallel int
}

// Driver is the driver of caches. It keeps no state and is safe for concurrent use.
type Driver struct {
	api  API
	opts Options
}

var (
	_ provision.Driver    = (*Driver)(nil)
	_ provision.Validator = (*Driver)(nil)
)

// New returns a driver that acts where api does: in one account and region.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{
		Poll: 5 * time.Second, MaxPoll: 30 * time.Second, Settle: 2 * time.Second,
		Appear: time.Minute, Ready: 2 * time.Hour, Parallel: 8,
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	return &Driver{api: api, opts: opts}
}

// Kinds returns [kinds.CacheKind].
func (d *Driver) Kinds() []provision.Kind { return []provision.Kind{kinds.CacheKind} }

// Validate refuses what is no [kinds.Cache], and an owner that does not fit into a description. It makes no calls.
func (d *Driver) Validate(c provision.Call) error {
	if _, err := cacheOf(c); err != nil {
		return err
	}
	_, err := markOf(c)
	return err
}

// cacheOf returns the cache that c asks for.
func cacheOf(c provision.Call) (kinds.Cache, error) {
	cache, ok := c.Spec.(kinds.Cache)
	if !ok {
		return kinds.Cache{}, fmt.Errorf("cachedriver: node %q: the spec is a %T, this driver makes a kinds.Cache", c.Node, c.Spec)
	}
	return cache, nil
}

// unknown reports whether err says that ElastiCache knows no such group: it is gone, or so new that not all of ElastiCache
// has heard of it.
func unknown(err error) bool {
	var missing *types.ReplicationGroupNotFoundFault
	return errors.As(err, &missing)
}

// unsuitable reports whether err says that the group's status does not allow a call.
func unsuitable(err error) bool {
	var state *types.InvalidReplicationGroupStateFault
	return errors.As(err, &state)
}

// describe looks at one group. The error is one of [unknown] if there is none.
func (d *Driver) describe(ctx context.Context, name string) (*types.ReplicationGroup, error) {
	out, err := d.api.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String(name)})
	switch {
	case err != nil:
		return nil, err
	case len(out.ReplicationGroups) == 0:
		return nil, &types.ReplicationGroupNotFoundFault{Message: aws.String("ElastiCache listed nothing of the name " + name)}
	}
	return &out.ReplicationGroups[0], nil
}

// describeNew looks at a group that may be so new that ElastiCache does not know it everywhere.
func (d *Driver) describeNew(ctx context.Context, name string) (group *types.ReplicationGroup, err error) {
	err = wait.Retry(ctx, d.opts.Settle, d.opts.Appear, unknown, func() error {
		group, err = d.describe(ctx, name)
		return err
	})
	return group, err
}

// describeOld looks at a group that should be there, and asks twice before it believes that it is not.
func (d *Driver) describeOld(ctx context.Context, name string) (group *types.ReplicationGroup, err error) {
	err = wait.Twice(ctx, d.opts.Settle, unknown, func() error {
		group, err = d.describe(ctx, name)
		return err
	})
	return group, err
}
