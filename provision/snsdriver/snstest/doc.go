// Package snstest is a simulated Amazon SNS, as far as programs that manage topics and subscriptions need it. It answers real
// SDK clients inside the process, is as strict as SNS where such a program can go wrong, and lives by package time, so that in a
// testing/synctest bubble its minutes cost nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	client := sns.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//	fmt.Println(cloud.SNS.Topics(), cloud.SNS.Subscriptions())
//
// # What it is strict about
//
//   - CreateTopic of an existing name returns that topic, whoever made it, if every attribute and every tag that the request
//     gives is the same there; it refuses with InvalidParameter otherwise, and changes nothing either way. See
//     [Options.AllTags].
//   - For [Options.Settle] after its creation a topic is not listed, and calls on it fail with NotFound, those on tags with
//     ResourceNotFound. For [Options.TagLag] longer its tags are read as none.
//   - A deleted topic is listed for [Options.Linger]. A topic of the same name with tags is refused with StaleTag for
//     [Options.Stale].
//   - Subscribe is idempotent by protocol and endpoint, and refuses other attributes. Subscriptions of queues and functions
//     of the account are confirmed at once, all others when somebody does, see [SNS.Confirm]; those that nobody confirms
//     are forgotten after two days, and have no ARN until then.
//   - The subscriptions of a deleted topic stay for [Options.Orphan]; a new topic of the same name does not inherit them.
//   - Names, attributes, which of them FIFO topics have, protocols and endpoints, tags: their number, length and alphabet.
//   - Rates: those of the API reference for ListTopics, [Options.TagRate] for calls on tags, [Options.Rate] for all together.
//
// Messages are not simulated, and policies are without effect.
package snstest
