package rdstest

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated RDS. Each duration is the longest: what happens takes between half of it and all of it, depending on the
// seed of the cloud and on the name of the instance. The defaults are what users of small instances measure.
type Options struct {
	// Visible is how long a new instance is unknown to every other call. RDS promises nothing here. Default 1 s.
	Visible time.Duration
	// Creation is the time in the status "creating". Default 8 min.
	Creation time.Duration
	// Restore is the same for an instance that is restored from a snapshot. Default 15 min.
	Restore time.Duration
	// Backup is the time in the status "backing-up" that follows if there are automated backups. Default 3 min.
	Backup time.Duration
	// Snapshot is the time that a snapshot takes, also the final one. Default 5 min.
	Snapshot time.Duration
	// Deletion is the time in the status "deleting", after the final snapshot if there is one. Default 6 min.
	Deletion time.Duration
	// Modification is the time that a change takes. Default 1 min.
	Modification time.Duration
	// Quota of instances in a region. Default 40, as RDS has it.
	Quota int
	// Rate and Burst of all calls together, in calls a second. RDS does not publish its own. 0 means no limit. Default
	// 20 and 100.
	Rate  float64
	Burst int
	// Interfaces is told of the network interfaces of every instance: when they appear, and when it is known when they will
	// be gone. It is called while the simulation is locked and must not call back. Default: nobody is.
	Interfaces func(Interfaces)
}

// RDS is the simulated service of all regions of one account. It is safe for concurrent use.
type RDS struct {
	opts  Options
	cloud *sim.Cloud
	calls *sim.Bucket

	mu         sync.Mutex
	instances  map[key]*instance
	snapshots  map[key]*snapshot
	retained   map[key]string // automated backups that outlive their instance: its resource id, by its name
	subnets    map[string]bool
	parameters map[string]bool
	events     []event
}

// key names a thing of the account.
type key struct{ region, name string }

// Register makes a simulated RDS and registers it with the cloud, whose account, page size and seed it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *RDS {
	opts := Options{
		Visible:      time.Second,
		Creation:     8 * time.Minute,
		Restore:      15 * time.Minute,
		Backup:       3 * time.Minute,
		Snapshot:     5 * time.Minute,
		Deletion:     6 * time.Minute,
		Modification: time.Minute,
		Quota:        40,
		Rate:         20,
		Burst:        100,
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	s := &RDS{
		opts:       opts,
		cloud:      c,
		calls:      sim.NewBucket(opts.Rate, opts.Burst),
		instances:  map[key]*instance{},
		snapshots:  map[key]*snapshot{},
		retained:   map[key]string{},
		subnets:    map[string]bool{"default": true},
		parameters: map[string]bool{},
	}
	c.Register(rds.ServiceID, s)
	return s
}

// Serve answers one call. The cloud calls it; programs call RDS through the SDK.
func (s *RDS) Serve(_ context.Context, call *sim.Call) (any, error) {
	if !s.calls.Take() {
		return nil, sim.ThrottleError(call.Service)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collect()
	switch in := call.Input.(type) {
	case *rds.CreateDBInstanceInput:
		return s.createDBInstance(call.Region, in)
	case *rds.RestoreDBInstanceFromDBSnapshotInput:
		return s.restoreDBInstance(call.Region, in)
	case *rds.DescribeDBInstancesInput:
		return s.describeDBInstances(call.Region, in)
	case *rds.ModifyDBInstanceInput:
		return s.modifyDBInstance(call.Region, in)
	case *rds.DeleteDBInstanceInput:
		return s.deleteDBInstance(call.Region, in)
	case *rds.CreateDBSnapshotInput:
		return s.createDBSnapshot(call.Region, in)
	case *rds.DescribeDBSnapshotsInput:
		return s.describeDBSnapshots(call.Region, in)
	case *rds.DeleteDBSnapshotInput:
		return s.deleteDBSnapshot(call.Region, in)
	case *rds.DescribeDBSubnetGroupsInput:
		return s.describeDBSubnetGroups(in)
	case *rds.DescribeDBParameterGroupsInput:
		return s.describeDBParameterGroups(in)
	case *rds.DescribeDBEngineVersionsInput:
		return s.describeDBEngineVersions(in)
	case *rds.DescribeEventsInput:
		return s.describeEvents(call.Region, in)
	case *rds.AddTagsToResourceInput:
		return s.addTags(call.Region, in)
	case *rds.RemoveTagsFromResourceInput:
		return s.removeTags(call.Region, in)
	case *rds.ListTagsForResourceInput:
		return s.listTags(call.Region, in)
	}
	return nil, sim.UnknownOperation(call)
}

// collect forgets the instances that are gone.
func (s *RDS) collect() {
	now := time.Now()
	for k, db := range s.instances {
		if !db.deleted.IsZero() && !now.Before(db.gone) {
			delete(s.instances, k)
		}
	}
}

// takes returns how long something takes.
func (s *RDS) takes(longest time.Duration, what, name string) time.Duration {
	share := s.cloud.Rand("RDS " + what + " of " + name).Float64()
	return longest/2 + time.Duration(share*float64(longest/2))
}
