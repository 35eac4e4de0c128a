// Package stack says what a version of the shop consists of: servers behind a load balancer, a database, and a queue for the
// work that need not be done at once. It is the reference stack of this library, ten resources on which every promise is tried.
//
// A blueprint is best a package of its own, as here: the program that deploys imports it, and so do the tests of the program.
package stack

import (
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Home is what the shop finds where it is deployed to, and is neither made nor deleted with a version.
type Home struct {
	// VPC is the id of the network (vpc-...). Empty means the default VPC.
	VPC string
	// Subnets are the ids of at least two of its subnets (subnet-...), in different availability zones and with a route to the
	// internet. None means all that the network has.
	Subnets []string
	// Image is the id of the AMI (ami-...) that the servers boot from.
	Image string
	// Certificate is the ARN of a certificate for the names under the base. With it the shop speaks HTTPS, and an eleventh
	// resource redirects who comes by HTTP. Empty means HTTP.
	Certificate string
}

// Port is where the servers listen, and HealthPath is what they are asked for to see whether they are well.
const (
	Port       = 8080
	HealthPath = "/healthz"
)

// Settings that decide how long a version takes to come and to go.
const (
	// CheckInterval is the time between two health checks of a server, and Checks is how many it has to pass. With AWS's
	// defaults a good server would be kept waiting for two and a half minutes.
	CheckInterval = 10 * time.Second
	Checks        = 2
	// DrainDelay is how long a server that goes may finish its requests: no more than one takes.
	DrainDelay = 30 * time.Second
)

// Blueprint is what one version needs, as data. Nothing in it says in which order things are made: that follows from who needs
// which value of whom. The balancer, its listener and the queues are made while the database still is; the launch template
// waits for the database, because its endpoint is written into the servers; the group waits for the template.
func Blueprint(home Home) *provision.Blueprint {
	b := &provision.Blueprint{}
	// What is there already is looked up before anything is made, and pinned: the version keeps what was found when it was deployed.
	network := kinds.AddExistingNetwork(b, "network", kinds.ExistingNetwork{
		VPC: provision.Text(home.VPC), Subnets: texts(home.Subnets), OnePerZone: true,
	})
	subnets := []provision.Text{network.Subnets()} // a list within a list: its elements are meant

	// The world may talk to the balancer, and nobody but the balancer to the servers. The database is in the group of the servers,
	// which may talk to one another on its port.
	public := kinds.AddSecurityGroup(b, "public", kinds.SecurityGroup{
		VPC: network.ID(), Description: "load balancer", Ingress: doors(home),
	})
	inside := kinds.AddSecurityGroup(b, "inside", kinds.SecurityGroup{
		VPC: network.ID(), Description: "servers and database", Ingress: []kinds.Rule{
			{Protocol: "tcp", FromPort: Port, Groups: []provision.Text{public.ID()}},
			{Protocol: "tcp", FromPort: 5432, Self: true},
		},
	})

	// AWS makes the password and keeps it in Secrets Manager; the servers are told where, not what. When the version goes, a
	// snapshot of its data stays.
	db := kinds.AddDatabase(b, "db", kinds.Database{
		Engine: kinds.Postgres, EngineVersion: "17", Class: "db.t4g.micro", StorageGiB: 20,
		SecurityGroups: []provision.Text{inside.ID()}, DatabaseName: "shop",
	})

	// A letter keeps its age when it is moved, so those that are dead are kept for longer.
	dead := kinds.AddQueue(b, "dead-letters", kinds.Queue{Retention: 14 * 24 * time.Hour})
	jobs := kinds.AddQueue(b, "jobs", kinds.Queue{ReceiveWait: 20 * time.Second, Redrive: kinds.Redrive{Queue: dead.ARN(), MaxReceives: 5}})

	lb := kinds.AddLoadBalancer(b, "lb", kinds.LoadBalancer{Subnets: subnets, SecurityGroups: []provision.Text{public.ID()}})
	servers := kinds.AddTargetGroup(b, "servers", kinds.TargetGroup{
		Port: Port, VPC: network.ID(), DeregistrationDelay: DrainDelay,
		HealthCheck: kinds.HealthCheck{Path: HealthPath, Interval: CheckInterval, Healthy: Checks},
	})
	addListeners(b, home, lb, servers)

	template := kinds.AddLaunchTemplate(b, "template", kinds.LaunchTemplate{
		Image: provision.Text(home.Image), Type: "t3.micro", SecurityGroups: []provision.Text{inside.ID()},
		Environment: map[string]provision.Text{
			"COMMIT": "${{commit}}", "JOBS": jobs.URL(),
			"DATABASE_HOST": db.Endpoint(), "DATABASE_PORT": db.Port(),
		},
		Secrets: map[string]provision.Secret{"DATABASE_SECRET": db.SecretARN()},
		Script:  "#!/bin/sh\nset -a; . /etc/peppercorn/env\nexec /opt/shop/serve\n",
	})
	kinds.AddGroup(b, "web", kinds.Group{
		Template: template.ID(), Version: template.Version(), Subnets: subnets, Desired: 2, Max: 4,
		TargetGroups: []provision.Text{servers.ARN()},
	})

	// The name of the version is an alias of the balancer's, for which Route 53 wants to know the balancer's zone.
	b.Entrance = provision.Entrance{Host: lb.DNSName(), ZoneID: lb.ZoneID()}
	return b
}

// doors are the ports that the world may talk to.
func doors(home Home) []kinds.Rule {
	rules := []kinds.Rule{kinds.TCP(80, "0.0.0.0/0")}
	if home.Certificate != "" {
		rules = append(rules, kinds.TCP(443, "0.0.0.0/0"))
	}
	return rules
}

// addListeners opens those ports on the balancer.
func addListeners(b *provision.Blueprint, home Home, lb kinds.LoadBalancerRef, servers kinds.TargetGroupRef) {
	if home.Certificate == "" {
		kinds.AddListener(b, "http", kinds.Listener{LoadBalancer: lb.ARN(), TargetGroup: servers.ARN()})
		return
	}
	kinds.AddListener(b, "https", kinds.Listener{LoadBalancer: lb.ARN(), Certificate: provision.Text(home.Certificate), TargetGroup: servers.ARN()})
	kinds.AddListener(b, "http", kinds.Listener{LoadBalancer: lb.ARN(), RedirectToHTTPS: true})
}

func texts(ids []string) (all []provision.Text) {
	for _, id := range ids {
		all = append(all, provision.Text(id))
	}
	return all
}
