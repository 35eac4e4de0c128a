// Package logstest is a simulated Amazon CloudWatch Logs. It answers real SDK clients inside the process, is as strict as the
// service where a program that manages log groups can go wrong, and lives by package time, so that in a testing/synctest
// bubble its minutes cost nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	client := cloudwatchlogs.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//	fmt.Println(cloud.Logs.Groups())
//
// # What it is strict about
//
//   - CreateLogGroup refuses a name that is taken, whoever has it (ResourceAlreadyExistsException), and changes nothing.
//   - For [Options.Settle] after its creation a group is not listed and every call on it fails with ResourceNotFoundException.
//   - Retentions are those that CloudWatch Logs has. There is none until PutRetentionPolicy sets one, and a policy of the
//     account ([Logs.SetAccountRetention]) hides it.
//   - A group under deletion protection is not deleted (ValidationException).
//   - Calls on tags take the ARN without ":*" behind it. Tags: their number, length and alphabet.
//   - The bytes of a group are counted late, by [Options.CountLag]; its streams are listed at once.
//   - Rates: [Options.Rate] for each operation.
//
// Events are there so that a group has something to lose: CreateLogStream, PutLogEvents and DescribeLogStreams are
// simulated. Reading events, filters, subscriptions and queries are not.
package logstest
