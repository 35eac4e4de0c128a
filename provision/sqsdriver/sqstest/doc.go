// Package sqstest is a simulated Amazon SQS. It answers real SDK clients inside the process, is as strict as SQS where a
// program that manages queues can go wrong, and lives by package time, so that in a testing/synctest bubble its minutes
// cost nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	client := sqs.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//	cloud.SQS.AddMessages("jobs", 12)
//	fmt.Println(cloud.SQS.Queues())
//
// # What it is strict about
//
//   - CreateQueue of an existing name returns that queue, whoever made it, if every attribute that the request gives has
//     the same value there, and the tags, if it gives any, are the same; it refuses with QueueNameExists otherwise, and
//     changes nothing either way. Whether tags count is not documented; see [Options.IgnoreTags].
//   - For [Options.Settle] after its creation a queue is not listed and every call on it fails with QueueDoesNotExist.
//   - DeleteQueue takes up to [Options.Deletion], in which the queue answers as if nothing had happened. Its name is
//     refused with QueueDeletedRecently for [Options.Reserve] after the call.
//   - Names, attribute names and values, redrive policies (the dead-letter queue must exist, and be of the same type),
//     tags: their number, length and alphabet.
//   - ListQueues returns a NextToken only if the request sets MaxResults, and otherwise cuts its answer short in silence.
//   - Rates: [Options.Rate] for calls in general, [Options.TagRate] for those on tags.
//
// Messages are there so that a queue has something to lose, and a worker something to do: SendMessage, ReceiveMessage with
// long polling, DeleteMessage, ChangeMessageVisibility, PurgeQueue, delays, retention, visibility, redrive to the
// dead-letter queue, order and deduplication of FIFO queues. Counts of messages are exact, which those of SQS are not.
//
// Batches and move tasks are not simulated, message attributes and policies are without effect.
package sqstest
