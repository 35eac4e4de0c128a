package kinds_test

import (
	"fmt"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func Example() {
	var b provision.Blueprint
	dead := kinds.AddQueue(&b, "dead-letters", kinds.Queue{Retention: 14 * 24 * time.Hour})
	jobs := kinds.AddQueue(&b, "jobs", kinds.Queue{
		VisibilityTimeout: 5 * time.Minute,
		Redrive:           kinds.Redrive{Queue: dead.ARN(), MaxReceives: 5},
	})
	http := kinds.AddSecurityGroup(&b, "http", kinds.SecurityGroup{
		Ingress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0")},
	})
	web := kinds.AddInstance(&b, "web", kinds.Instance{
		Image:          "${{in.image}}",
		Type:           "t3.micro",
		SecurityGroups: []provision.Text{http.ID()},
		Environment:    map[string]provision.Text{"JOBS": jobs.URL()},
		Script:         "#!/bin/sh\nset -a; . /etc/peppercorn/env\nexec /opt/shop/serve\n",
	})
	b.Inputs = map[string]string{"image": "ami-0123456789abcdef0"}
	b.Entrance.Host = web.PublicDNS()

	fmt.Println(b.Validate())
	for _, node := range b.Nodes {
		fmt.Println(node.Name, node.Spec.Kind())
	}
	// Output:
	// <nil>
	// dead-letters sqs/queue
	// jobs sqs/queue
	// http ec2/security-group
	// web ec2/instance
}

func ExampleInstance_Validate() {
	err := kinds.Instance{Image: "ubuntu", Type: "t3.micro", Script: "echo hello"}.Validate()
	fmt.Println(err)
	// Output:
	// Image: "ubuntu" is not an id of the form ami-...
	// Script: does not start with "#!"; cloud-init would not run it
}
