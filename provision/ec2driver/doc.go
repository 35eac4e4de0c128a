// Package ec2driver makes, finds and deletes the kinds of Amazon EC2: [kinds.SecurityGroup], [kinds.Instance] and
// [kinds.LaunchTemplate]. It looks up [kinds.ExistingNetwork] and [kinds.ExistingImage].
//
//	client := ec2.NewFromConfig(cfg)
//	engine, err := provision.NewEngine([]provision.Driver{ec2driver.New(client)})
//
// # How creates are idempotent
//
// A security group's name is unique within its VPC, so a second create is refused and the group that is there is looked
// at: ours is completed (a crash may have come between the group and its rules), any other is a [provision.ErrForeign].
//
// An instance has no name of its own. EC2 gives the same instance to whoever repeats a request with the same client
// token. Such a token outlives the instance by a day and more, and gives back the dead one, so the token counts the dead
// instances that the node has had in this attempt. EC2 refuses a token that comes with another request, so the request
// depends on the spec, the attempt and the (immutable) image only.
//
// A launch template's name is unique within its region. A second create is refused, and the template that is there is
// looked at.
//
// Tags are given in the call that creates, and read back before a resource counts as ours. EC2 may not know a new id for
// a while; the driver asks again for as long as [Options.Visible].
//
// Importing this package compiles the EC2 SDK, which takes a minute and some gigabytes of memory. Packages that only
// describe resources import kinds instead.
package ec2driver
