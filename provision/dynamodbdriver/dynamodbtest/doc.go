// Package dynamodbtest is a simulated Amazon DynamoDB, as far as programs that manage tables need it. It answers real SDK
// clients inside the process, is as strict as DynamoDB where such a program can go wrong, and lives by package time, so that in a
// testing/synctest bubble its minutes cost nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	client := dynamodb.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//	cloud.DynamoDB.AddItems("sessions", 12)
//	fmt.Println(cloud.DynamoDB.Tables())
//
// # What it is strict about
//
//   - CreateTable of a name that exists, or is being deleted, is refused with ResourceInUseException.
//   - A table is CREATING for [Options.Creation] and DELETING for [Options.Deletion]. For [Options.Settle] after its creation
//     it is unknown and not listed, and for [Options.TagLag] longer its tags are read as none.
//   - DeleteTable is refused while a table is CREATING, and while it is protected.
//   - Point-in-time recovery is off at first, and cannot be turned on until [Options.Backups] after the table is active. What
//     does not exist is a TableNotFoundException there, and a ResourceNotFoundException everywhere else.
//   - Keys, attribute definitions, which must be those of the keys exactly, indexes, capacity, streams; tags: their number,
//     length and alphabet.
//   - Rates: [Options.TagRate] for ListTagsOfResource, [Options.Rate] for all calls together.
//
// Items are there so that a table has something to lose: PutItem without conditions, and Scan without filters. The count that
// DescribeTable gives is six hours old.
package dynamodbtest
