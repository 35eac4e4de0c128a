// Package kinds is the catalogue of what a blueprint can be made of: every kind of AWS resource that Peppercorn makes, as
// plain data.
//
// A kind is a struct whose fields are what AWS asks of whoever makes such a resource, in AWS's own words and with units
// that Go has types for. The zero value of a field means AWS's default unless the field says otherwise. Fields that
// accept the outputs of other nodes have the type [provision.Text].
//
// Nodes are added with a function of their kind, which returns a handle whose methods are the outputs. A misspelt output
// does not compile:
//
//	var b provision.Blueprint
//	dead := kinds.AddQueue(&b, "dead-letters", kinds.Queue{Retention: 14 * 24 * time.Hour})
//	jobs := kinds.AddQueue(&b, "jobs", kinds.Queue{
//		VisibilityTimeout: 5 * time.Minute,
//		Redrive:           kinds.Redrive{Queue: dead.ARN(), MaxReceives: 5},
//	})
//	http := kinds.AddSecurityGroup(&b, "http", kinds.SecurityGroup{
//		Ingress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0")},
//	})
//	web := kinds.AddInstance(&b, "web", kinds.Instance{
//		Image:          "${{in.image}}",
//		Type:           "t3.micro",
//		SecurityGroups: []provision.Text{http.ID()},
//		Environment:    map[string]provision.Text{"JOBS": jobs.URL()},
//		Script:         "#!/bin/sh\nset -a; . /etc/peppercorn/env\nexec /opt/shop/serve\n",
//	})
//	b.Entrance.Host = web.PublicDNS()
//
// One node is one AWS resource, so a dead-letter queue is a node of its own. Names and tags are never fields: they
// belong to the environment that a node is made for, and the driver computes them.
//
// This package imports no SDK. The drivers that make its kinds live in sibling packages, one for each AWS service.
// Everything in it is plain data, safe for concurrent use as long as nobody writes to it.
package kinds
