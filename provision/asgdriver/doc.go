// Package asgdriver makes, finds and deletes Amazon EC2 Auto Scaling groups: the kind [kinds.Group].
//
//	driver := asgdriver.New(autoscaling.NewFromConfig(cfg), func(o *asgdriver.Options) { o.TargetHealth = health })
//	engine, err := provision.NewEngine([]provision.Driver{driver, ...})
//
// # How it keeps the contract
//
// A group is unique by its name within an account and region. A second create is refused (AlreadyExists), and the group that
// is there is looked at: ours is adopted, any other is a [provision.ErrForeign].
//
// A create names things that were made a moment ago, such as a launch template, and Auto Scaling may not know them yet. It
// says so with the same code (ValidationError) as of every other mistake, so the driver repeats a create that is refused in
// this way for as long as [Options.Lag], and then hands on the refusal.
//
// # What Await proves
//
//   - As many instances as the group wants are in service, by their lifecycle state, and healthy, by the group's own view.
//     By itself this says that they run; during the grace period it says nothing of the health checks of a load balancer,
//     because a group takes every new instance for healthy.
//   - With target groups and [Options.TargetHealth]: as many instances are healthy in each of the target groups.
//   - With target groups and without it, what Auto Scaling tells: with the health check type "ELB" at least one instance has
//     passed the load balancer's health check in each target group; with "EC2" all are registered there.
//
// A launch that failed is a [*LaunchError] with AWS's reason, at once. Auto Scaling itself would try again for ever.
//
// # Instances
//
// The instances of a group carry its tags, and AWS's own tag aws:autoscaling:groupName, by which the driver of instances
// leaves them alone. Deleting a group terminates them (ForceDelete), whatever their termination protection says, and Delete
// says that a group is gone only when Auto Scaling shows no scaling activity of it under way any more. The deletion
// protection of a group, which people may switch on, is respected and never switched off.
package asgdriver
