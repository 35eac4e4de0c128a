// Package sim is a simulated AWS: the machinery that answers the calls of real AWS SDK clients inside the process.
//
// A [Cloud] stands for one account. Simulated services register with it by the name that the SDK gives them, and
// [Cloud.Config] returns an [aws.Config] whose clients talk to those services and to nothing else:
//
//	cloud := sim.New()
//	cloud.Register("SQS", queues) // queues is a sim.Handler
//	client := sqs.NewFromConfig(cloud.Config())
//
// The answer is given at the end of the SDK's own middleware stack, in place of the HTTP exchange and of the operation's
// deserialiser. Everything before that point is the SDK's real code: validation of the input, serialisation, signing,
// retries with back-off, waiters, paginators, request ids, clock skew. Nothing is sent: the HTTP client of the
// configuration refuses every request.
//
// Time is package time. In a testing/synctest bubble all of it is virtual: latencies, back-off, token buckets, waiters.
//
// # Faults
//
// [Cloud.Inject] makes calls fail as real ones do: throttled, refused by a broken server, cut off before the effect or
// (worst) after it. [Process] stands for one run of a client program that can be killed before or after its k-th call.
// Every attempt on the wire is recorded; see [Cloud.Calls].
//
// # Writing a service
//
// A service implements [Handler]: one method that switches on the type of the input and returns the typed output, or an
// error made with [Error] or [WithStatus]. It keeps its state under its own mutex, and an effect is atomic under it.
// Latency is slept by this package, outside of that mutex.
package sim
