// Package cctest is a simulated AWS Cloud Control API. It answers real SDK clients inside the process, is as strict as
// Cloud Control where a program that manages resources can go wrong, and lives by package time, so that in a
// testing/synctest bubble its hours cost nothing.
//
// It registers with a simulated cloud:
//
//	cloud := sim.New()
//	service := cctest.Register(cloud)
//	client := cloudcontrol.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//	fmt.Println(service.Resources())
//
// # What it is strict about
//
//   - Creates and deletes are asynchronous requests: PENDING, then IN_PROGRESS, then SUCCESS or FAILED. Some types say
//     the identifier early, others only in the end ([Type.Late]).
//   - A ClientToken repeats the answer to its request, whatever became of that, for 36 hours; with other parameters it is
//     refused with ClientTokenConflictException; after 36 hours it makes another resource.
//   - A resource that was made is unknown for [Options.Gap] after the request has succeeded, and it is not listed.
//   - One operation on a resource at a time: ConcurrentOperationException.
//   - Failures of handlers are events of requests, not errors of calls: a name that is taken, properties that the type does
//     not have, tags beyond the limits, and what a test asks for with [CloudControl.Fail].
//   - ListResources ignores MaxResults and gives identifiers without tags, unless [Type.Whole] says otherwise.
//   - ListResourceRequests shows 20 requests a page unless asked for up to 100, and forgets them after seven days.
//   - Handlers with bad habits, if a test wants them: those that hand out what has the name already ([Type.Sharing]) and
//     those that tag late ([Type.Bare]).
//   - A rate, for all calls together: [Options.Rate].
//
// Updates are not simulated, nor are hooks, roles, and the cancelling of requests. Properties are checked by name, not by
// type.
package cctest
