// Package ecstest is a simulated Amazon ECS with AWS Fargate: what a deployment of task definitions and services needs of it.
//
//	cloud := sim.New()
//	service := ecstest.Register(cloud)
//	service.AddCluster("production")
//	client := ecs.NewFromConfig(cloud.Config())
//
// It is strict where ECS is. A cluster that was deleted is INACTIVE and still described; one that never was is a failure in an answer, not an
// error. Each registration of a task definition makes a revision, numbered within its family for ever, also if
// nothing else differs; a revision is deregistered before it is deleted, and stays DELETE_IN_PROGRESS for a while. Fargate's pairs
// of CPU and memory, roles, names, ports and tags are checked. A service's name is unique in its cluster until the service is INACTIVE;
// a client token that was used with other parameters is refused. A deleted service is DRAINING, and not listed then, until its
// tasks have stopped. Listings lag behind what was just made.
//
// Tasks start after [Options.Start]. They become targets of load balancers, which the deployment waits to find healthy, if there are
// any: see [Options.TargetGroups]. Their network interfaces hold the security groups of the service, if somebody makes them: see
// [Options.Interfaces]. Tasks whose image is broken, see [ECS.BreakImage], stop instead, are shown with their reasons, and make the
// circuit breaker fail the deployment after half as many failures as tasks are wanted, but 3 to 200.
package ecstest
