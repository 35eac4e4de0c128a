// Package elbtest is a simulated Elastic Load Balancing, version 2 of its API. It answers real SDK clients inside the process,
// is as strict as ELB where a program that manages load balancers can go wrong, and lives by package time, so that in a
// testing/synctest bubble its minutes cost nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	client := elasticloadbalancingv2.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//	fmt.Println(cloud.ELB.Balancers(), cloud.ELB.TargetGroups())
//
// # What it is strict about
//
//   - CreateLoadBalancer and CreateTargetGroup of an existing name, and CreateListener of an existing port, succeed and return
//     what is there, whoever made it, if the settings are the same; they refuse with Duplicate... otherwise, and change
//     nothing either way. Whether tags count as settings is not documented; see [Options.CompareTags].
//   - For [Options.Lag] after its creation a thing is neither listed nor found, and for [Options.TagLag] more its tags are
//     not shown.
//   - A balancer is provisioning for [Options.Provision]; [ELB.Fail] makes it fail instead. It is there for
//     [Options.Deletion] after DeleteLoadBalancer, without a sign of what is happening to it; its listeners go with it. Its
//     network interfaces stay for [Options.Release] more, and hold its security groups: see [Options.Interfaces].
//   - Deletion protection; ResourceInUse for a target group that a listener forwards to, and for [Options.Detach] after the
//     listener has gone; one balancer for each target group.
//   - Names, subnets (one in a zone, two zones for an application balancer), protocols of balancers, listeners and target
//     groups, certificates and security policies, attributes and their values, health checks; tags: their number, length
//     and alphabet; 20 ARNs in a DescribeTags.
//   - Rates: [Options.Rate] for calls that read, [Options.WriteRate] for the others.
//
// Targets are there for whoever registers them: RegisterTargets, DeregisterTargets and DescribeTargetHealth, where a target is
// initial until it has passed its checks and draining for the deregistration delay. Rules other than the default, trust
// stores, gateway load balancers and changes of what exists (ModifyListener and the like) are not simulated, but for attributes
// and tags.
package elbtest
