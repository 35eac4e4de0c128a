// Package provision makes the resources of one version of an application, finds them again, and deletes them. It knows no AWS
// service: drivers do, one for each service, and package kinds describes what they make as plain data.
//
// # Say what is needed
//
// A Blueprint lists named nodes. A node's fields of type Text may refer to the outputs of other nodes, to inputs, and to the
// commit:
//
//	var b provision.Blueprint
//	dead := kinds.AddQueue(&b, "dead", kinds.Queue{})
//	jobs := kinds.AddQueue(&b, "jobs", kinds.Queue{Redrive: kinds.Redrive{Queue: dead.ARN(), MaxReceives: 5}})
//	web := kinds.AddInstance(&b, "web", kinds.Instance{
//		Image:       "ami-0abc", Type: "t4g.small",
//		Environment: map[string]provision.Text{"QUEUE": jobs.URL(), "VERSION": "${{commit}}"},
//	})
//	b.Entrance.Host = web.PublicDNS()
//
// Blueprint.Validate reports every mistake at once. Blueprint.Digest tells two blueprints apart by what they ask for.
//
// What exists already, such as the network of an account or the newest image of a name, is a node as well, whose spec is
// Existing: it is looked up before anything is made, has outputs like any other, and is never changed or deleted. Blueprint.Pins
// repeats the choices that look-ups made.
//
// Outputs that lead to secrets are of type Secret and fit only into fields for them. What else is nobody's business, such as the
// values of environment variables, a Spec that is Discreet keeps out of errors.
//
// # Check it
//
// Engine.Check makes all look-ups, asks whether everything else exists that the blueprint refers to, and reports all that is
// missing at once. Apply does the same before its first create.
//
// # Make it
//
// Engine.Apply makes the nodes. A node starts as soon as the values that it refers to are known; nothing else waits, unless a
// node says After. There is no state file: each resource has a name and tags that follow from its Owner, so Apply can be called
// again after a crash, by another program, at the same time, and there will still be one of each.
//
// # Give it permissions
//
// Policy makes the IAM policy that drivers need, as narrow as what PolicyOptions tell it. Any driver of the library is an Actor,
// and so may be a program that needs more.
//
// # Find it
//
// Engine.Find asks every service for what carries an owner's tags.
//
// # Throw it away
//
// Engine.Destroy deletes what Find lists for one attempt at an environment, in whatever order AWS allows, and says who is in the
// way if something cannot go. Nodes marked Keep stay.
//
// # Teach it another service
//
// Implement Driver, and run provisiontest.TestDriver on it: the suite is the contract. A driver only has to be right about one
// resource at a time; the engine does the rest.
package provision
