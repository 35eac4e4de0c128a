// Package lambdatest is a simulated AWS Lambda. It answers real SDK clients inside the process, is as strict as Lambda
// where a program that manages functions can go wrong, and lives by package time, so that in a testing/synctest bubble its
// minutes cost nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	client := lambda.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//	fmt.Println(cloud.Lambda.Functions())
//
// # What it is strict about
//
//   - CreateFunction of an existing name is a ResourceConflictException, whoever made it, and changes nothing.
//   - For [Options.Appear] after its creation a function is not listed and calls on it fail with ResourceNotFoundException.
//   - A new function and its version are Pending for [Options.Pending], and [Options.PendingVPC] in a VPC. Until then every
//     call that changes the function, deletes it or gives it a URL is a ResourceConflictException (developer guide, states
//     of functions). Then it is Active, or Failed with what [Options.Outcome] says.
//   - A role that [Lambda.RoleUsableAt] says is not usable yet is an InvalidParameterValueException.
//   - A function has one URL, and its policy one statement of each id; a second one is a ResourceConflictException.
//   - A deleted function goes at once, with versions, URL and policy, but is listed for [Options.Linger]. A new one of that
//     name gets another version number: Lambda never uses one again.
//   - Names, roles, sizes, environments, tags: their number, length and alphabet.
//   - Rates: [Options.Rate] for all calls but GetFunction and GetPolicy, which have [Options.ReadRate] each.
//
// A function in a VPC has network interfaces, which hold its security groups for [Options.Release] after its end, if
// somebody makes them: see [Options.Interfaces].
//
// Functions do not run, and code is not looked at.
package lambdatest
