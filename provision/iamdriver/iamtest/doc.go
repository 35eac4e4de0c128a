// Package iamtest is a simulated AWS IAM, as far as roles and instance profiles go. It answers real SDK clients inside the process, is as
// strict as IAM where a program that looks up roles can go wrong, and lives by package time, so that in a testing/synctest bubble
// its seconds cost nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	cloud.IAM.AddRole("shop-web")
//	client := iam.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//
// # What it is strict about
//
//   - IAM is global: roles and instance profiles are those of the account, whatever the region of the client.
//   - For [Options.Settle] after its creation a role or an instance profile is unknown to all other calls; so is, in the answer of
//     GetInstanceProfile, the role that was just added.
//   - Names: alphabet, length, and unique whatever their upper and lower case. They are all that calls take: an ARN is refused.
//   - A role is in any number of instance profiles, an instance profile has one role at most.
//   - DeleteRole of a role that is in an instance profile, and DeleteInstanceProfile of one with a role, are refused
//     (DeleteConflict).
//   - Rate: [Options.Rate].
//
// Permissions are not simulated: nothing is ever allowed or denied because of a policy, and policies are only stored. Neither is anything
// else of IAM.
package iamtest
