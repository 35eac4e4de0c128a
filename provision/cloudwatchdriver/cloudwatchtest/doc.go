// Package cloudwatchtest is a simulated Amazon CloudWatch, as far as alarms go. It answers real SDK clients inside the process,
// is as strict as CloudWatch where a program that manages alarms can go wrong, and lives by package time, so that in a
// testing/synctest bubble its minutes cost nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	client := cloudwatch.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//	fmt.Println(cloud.CloudWatch.Alarms())
//
// # What it is strict about
//
//   - PutMetricAlarm overwrites the alarm that has the name, whosever it is. Its state and its tags stay, and the tags in the
//     request are ignored; a composite alarm is not overwritten by a metric alarm.
//   - A new alarm is in the state INSUFFICIENT_DATA. For [Options.Settle] it is not listed and has no tags.
//   - DescribeAlarms lists metric alarms only, unless it is asked for other types.
//   - An alarm that a composite alarm depends on is not deleted (ValidationError); one that does not exist is deleted without
//     an error.
//   - Settings: what is required, ranges, what goes together, the span of all periods. Tags: number, length, alphabet.
//   - Rates: [Options.WriteRate] of PutMetricAlarm and of DeleteAlarms, [Options.ReadRate] of every other call.
//
// There are no metrics: states change when a test says so, by SetAlarmState. Alarms on metric math, anomalies, queries and
// logs are not simulated.
package cloudwatchtest
