package cachetest

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated ElastiCache. Each duration is the longest: what happens takes between half of it and all of it, depending
// on the seed of the cloud and on the id of the group. The defaults are what users of small groups measure.
type Options struct {
	// Visible is how long a new group is unknown to every other call. ElastiCache promises nothing here. Default 1 s.
	Visible time.Duration
	// Creation is the time in the status "creating". Default 12 min.
	Creation time.Duration
	// Deletion is the time in the status "deleting". Default 8 min.
	Deletion time.Duration
	// Quota of nodes in a region. Default 300, as ElastiCache has it.
	Quota int
	// Rate and Burst of all calls together, in calls a second. ElastiCache does not publish its own. 0 means no limit.
	// Default 20 and 100.
	Rate  float64
	Burst int
	// Interfaces is told of the network interfaces of every group: when they appear, and when it is known when they will
	// be gone. It is called while the simulation is locked and must not call back. Default: nobody is.
	Interfaces func(Interfaces)
}

// ElastiCache is the simulated service of all regions of one account. It is safe for concurrent use.
type ElastiCache struct {
	opts  Options
	cloud *sim.Cloud
	calls *sim.Bucket

	mu         sync.Mutex
	groups     map[key]*group
	subnets    map[string]bool
	parameters map[string]bool
	events     []event
}

// key names a group of the account.
type key struct{ region, name string }

// event is something that ElastiCache tells about a group.
type event struct {
	key
	message string
	at      time.Time
}

// Register makes a simulated ElastiCache and registers it with the cloud, whose account, page size and seed it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *ElastiCache {
	opts := Options{
		Visible:  time.Second,
		Creation: 12 * time.Minute,
		Deletion: 8 * time.Minute,
		Quota:    300,
		Rate:     20,
		Burst:    100,
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	s := &ElastiCache{
		opts:       opts,
		cloud:      c,
		calls:      sim.NewBucket(opts.Rate, opts.Burst),
		groups:     map[key]*group{},
		subnets:    map[string]bool{"default": true},
		parameters: map[string]bool{},
	}
	c.Register(elasticache.ServiceID, s)
	return s
}

// Throttled returns the error by which ElastiCache refuses a call for its rate. The cloud asks for it.
func (s *ElastiCache) Throttled() error { return throttling() }

// Serve answers one call. The cloud calls it; programs call ElastiCache through the SDK.
func (s *ElastiCache) Serve(_ context.Context, call *sim.Call) (any, error) {
	if !s.calls.Take() {
		return nil, throttling()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collect()
	switch in := call.Input.(type) {
	case *elasticache.CreateReplicationGroupInput:
		return s.createReplicationGroup(call.Region, in)
	case *elasticache.DescribeReplicationGroupsInput:
		return s.describeReplicationGroups(call.Region, in)
	case *elasticache.DeleteReplicationGroupInput:
		return s.deleteReplicationGroup(call.Region, in)
	case *elasticache.DescribeEventsInput:
		return s.describeEvents(call.Region, in)
	case *elasticache.ListTagsForResourceInput:
		return s.listTags(call.Region, in)
	case *elasticache.AddTagsToResourceInput:
		return s.addTags(call.Region, in)
	case *elasticache.RemoveTagsFromResourceInput:
		return s.removeTags(call.Region, in)
	}
	return nil, sim.UnknownOperation(call)
}

// collect forgets the groups that are gone.
func (s *ElastiCache) collect() {
	now := time.Now()
	for k, g := range s.groups {
		if !g.deleted.IsZero() && !now.Before(g.gone) {
			delete(s.groups, k)
		}
	}
}

// takes returns how long something takes.
func (s *ElastiCache) takes(longest time.Duration, what, name string) time.Duration {
	share := s.cloud.Rand("ElastiCache " + what + " of " + name).Float64()
	return longest/2 + time.Duration(share*float64(longest/2))
}
