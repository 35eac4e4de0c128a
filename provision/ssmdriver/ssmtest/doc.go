// Package ssmtest is a simulated Parameter Store of AWS Systems Manager. It answers real SDK clients inside the process, is as
// strict as the service where a program that manages parameters can go wrong, and lives by package time, so that in a
// testing/synctest bubble its minutes cost nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	client := ssm.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//	fmt.Println(cloud.SSM.Parameters())
//
// # What it is strict about
//
//   - PutParameter of a name that is taken is refused (ParameterAlreadyExists) unless it says Overwrite, which makes a new
//     version and cannot be combined with tags.
//   - For [Options.Settle] after its creation a parameter is unknown to all other calls.
//   - For [Options.Reserve] after its deletion a name cannot be used again. The API reference asks to wait for 30 seconds and
//     does not say what happens to those who do not; here they are told that the parameter exists.
//   - Names: alphabet, length, depth, the words aws and ssm. Values: size by tier, no {{. Tags: number, length, alphabet.
//   - DescribeParameters looks at a page of parameters before it filters, so that a page may be empty and have a next one.
//   - Rate: [Options.Rate].
//
// Of the filters of DescribeParameters there are Name, Type, Path and tags. Parameters of the type SecureString, policies,
// labels and old versions are not simulated, nor is anything else of Systems Manager.
package ssmtest
