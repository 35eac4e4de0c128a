// Package asgtest is a simulated Amazon EC2 Auto Scaling. It answers real SDK clients inside the process, is as strict as
// the service where a program that manages groups can go wrong, and lives by package time, so that in a testing/synctest
// bubble its minutes cost nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	client := autoscaling.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//	fmt.Println(cloud.AutoScaling.Groups())
//
// # Where instances come from
//
// A group launches its instances from launch templates, by a [Fleet]. A simulated EC2 (*ec2test.EC2) is one:
//
//	asgtest.Register(cloud, func(o *asgtest.Options) { o.Fleet = ec2 })
//
// Without one the package has a little fleet of its own, which knows the templates of [Options.Templates], and every subnet:
// it is in the zone that the last letter of its id names. So no test of groups has to compile EC2. Likewise for load balancers: [Options.TargetGroups] is where
// instances become targets, and by default every target group exists, and a target is healthy after [Options.Healthy].
//
// # What it is strict about
//
//   - Names, sizes, tags, health check types, and that somewhere to launch and something to launch are given. A template is
//     tried when a group is created, and refused with ValidationError in EC2's words.
//   - A name that is taken is AlreadyExists, whatever the request says, also while the group is being deleted.
//   - Instances come [Options.Scale] after their group, one by one into the emptiest zone, with the group's tags and
//     aws:autoscaling:groupName. They are pending until they run and at least for [Options.InService]. One that dies is
//     replaced, and so is one that a load balancer finds unhealthy after the grace period of a group of the type "ELB".
//   - What a group does is told by its scaling activities: a launch that is refused has Failed and is tried again after
//     [Options.Retry], one whose instance dies before it is in service is Cancelled.
//   - A group with instances is deleted by force only; it shows its status for [Options.Deletion], which may be over before its
//     instances are terminated. Deletion protection is checked first.
//   - Pages, filters by tag, and for [Options.Lag] a new group is not shown.
//
// Nothing happens in the background: what is due happens when the service is asked next, by a call or by a method of [ASG].
// Scaling policies, hooks, warm pools, refreshes and mixed instances are not simulated, and refused.
package asgtest
