package ecstest

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated ECS. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Settle is how long listings do not show what was just made. ECS promises nothing. Default 1 s.
	Settle time.Duration
	// Start is how long a task needs until it runs and is healthy, or fails. Default 40 s.
	Start time.Duration
	// Stop is how long the tasks of a deleted service need to stop; ECS gives containers 30 seconds. Default 40 s.
	Stop time.Duration
	// Purge is how long a task definition is DELETE_IN_PROGRESS. ECS names no time. Default 1 h.
	Purge time.Duration
	// Rate and Burst of each operation: calls a second, and calls at once. ECS counts some operations together, and has
	// lower numbers for some that change things. A rate of 0 means no limit. Default 20 and 50.
	Rate  float64
	Burst int
	// Interfaces is told of the network interfaces of the tasks of every service: when they appear, and when it is known when
	// they will be gone. It is called while the simulation is locked and must not call back. Default: nobody is.
	Interfaces func(Interfaces)
	// TargetGroups are where tasks become targets. Default: they do not, and any ARN will do.
	TargetGroups TargetGroups
}

// ECS is the simulated service of all regions of one account. It is safe for concurrent use.
type ECS struct {
	opts  Options
	cloud *sim.Cloud

	mu       sync.Mutex
	clusters map[key]*cluster
	families map[key]*family
	broken   map[string]string      // the reason, by image
	calls    map[string]*sim.Bucket // by operation
}

// key names a cluster or a family of the account.
type key struct{ region, name string }

// Register makes a simulated ECS and registers it with the cloud, whose account and page size it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *ECS {
	opts := Options{Settle: time.Second, Start: 40 * time.Second, Stop: 40 * time.Second, Purge: time.Hour, Rate: 20, Burst: 50}
	for _, fn := range optFns {
		fn(&opts)
	}
	e := &ECS{
		opts:     opts,
		cloud:    c,
		clusters: map[key]*cluster{},
		families: map[key]*family{},
		broken:   map[string]string{},
		calls:    map[string]*sim.Bucket{},
	}
	c.Register(ecs.ServiceID, e)
	return e
}

// Throttled returns the error by which the service refuses a call for its rate. The cloud asks for it.
func (e *ECS) Throttled() error { return throttled() }

// Serve answers one call. The cloud calls it; programs call the service through the SDK.
func (e *ECS) Serve(_ context.Context, call *sim.Call) (any, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.bucket(call.Op).Take() {
		return nil, throttled()
	}
	e.settle()
	switch in := call.Input.(type) {
	case *ecs.CreateClusterInput:
		return e.createCluster(call.Region, in)
	case *ecs.DeleteClusterInput:
		return e.deleteCluster(call.Region, in)
	case *ecs.DescribeClustersInput:
		return e.describeClusters(call.Region, in)
	case *ecs.ListClustersInput:
		return e.listClusters(call.Region, in)
	case *ecs.RegisterTaskDefinitionInput:
		return e.registerTaskDefinition(call.Region, in)
	case *ecs.DeregisterTaskDefinitionInput:
		return e.deregisterTaskDefinition(call.Region, in)
	case *ecs.DeleteTaskDefinitionsInput:
		return e.deleteTaskDefinitions(call.Region, in)
	case *ecs.DescribeTaskDefinitionInput:
		return e.describeTaskDefinition(call.Region, in)
	case *ecs.ListTaskDefinitionsInput:
		return e.listTaskDefinitions(call.Region, in)
	case *ecs.ListTaskDefinitionFamiliesInput:
		return e.listTaskDefinitionFamilies(call.Region, in)
	case *ecs.CreateServiceInput:
		return e.createService(call.Region, in)
	case *ecs.UpdateServiceInput:
		return e.updateService(call.Region, in)
	case *ecs.DeleteServiceInput:
		return e.deleteService(call.Region, in)
	case *ecs.DescribeServicesInput:
		return e.describeServices(call.Region, in)
	case *ecs.ListServicesInput:
		return e.listServices(call.Region, in)
	case *ecs.ListTasksInput:
		return e.listTasks(call.Region, in)
	case *ecs.DescribeTasksInput:
		return e.describeTasks(call.Region, in)
	}
	return nil, sim.UnknownOperation(call)
}

// bucket returns the tokens of an operation.
func (e *ECS) bucket(op string) *sim.Bucket {
	b := e.calls[op]
	if b == nil {
		b = sim.NewBucket(e.opts.Rate, max(1, e.opts.Burst))
		e.calls[op] = b
	}
	return b
}

func (e *ECS) arn(region, rest string) string {
	return "arn:aws:ecs:" + region + ":" + e.cloud.Options().Account + ":" + rest
}

// page cuts a page out of a listing. Listings give at most 100 items; a token is the number of the items before.
func (e *ECS) page(all []string, token *string, asked *int32) (page []string, next *string, err error) {
	const most = 100
	size := most
	if asked != nil {
		if *asked < 1 || *asked > most {
			return nil, nil, invalid("maxResults must be between 1 and %d", most)
		}
		size = int(*asked)
	}
	if limit := e.cloud.Options().PageSize; limit > 0 {
		size = min(size, limit)
	}
	start := 0
	if token != nil {
		if start, err = strconv.Atoi(*token); err != nil || start < 0 {
			return nil, nil, invalid("Invalid token %q", *token)
		}
	}
	start = min(start, len(all))
	end := min(start+size, len(all))
	if end < len(all) {
		next = aws.String(strconv.Itoa(end))
	}
	return slices.Clone(all[start:end]), next, nil
}
