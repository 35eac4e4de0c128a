// Quickstart tells the story of Peppercorn in some seconds: three commits of a git repository become environments, go live, are
// rolled back and terminated. The repository, the drivers and the SDK's clients are real; AWS is simulated inside the process, so
// there is no account, no network and no bill.
//
//	go run ./examples/quickstart
//
// To have it on AWS, take cfg from config.LoadDefaultConfig, an image and a hosted zone of yours, and leave out what says cloud.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// speed is how many times as fast as AWS the simulation is: a second here is a minute there.
const speed = 60

// shop is what a version of the application needs, as data. A value such as jobs.URL() becomes known while resources are made;
// each of them starts as soon as the values that it needs are known.
func shop() *provision.Blueprint {
	b := &provision.Blueprint{}
	dead := kinds.AddQueue(b, "dead-letters", kinds.Queue{Retention: 14 * 24 * time.Hour})
	jobs := kinds.AddQueue(b, "jobs", kinds.Queue{Redrive: kinds.Redrive{Queue: dead.ARN(), MaxReceives: 5}})
	http := kinds.AddSecurityGroup(b, "http", kinds.SecurityGroup{Ingress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0")}})
	web := kinds.AddInstance(b, "web", kinds.Instance{
		Image: ec2test.Linux, Type: "t3.micro", SecurityGroups: []provision.Text{http.ID()},
		Environment: map[string]provision.Text{"COMMIT": "${{commit}}", "JOBS": jobs.URL()},
		Script:      "#!/bin/sh\nset -a; . /etc/peppercorn/env\nexec /opt/shop/serve\n",
	})
	b.Entrance.Host = web.PublicDNS()
	return b
}

// program is what a deployment tool consists of.
type program struct {
	*env.Manager
	zone   *dns.Zone
	engine *provision.Engine
}

// newProgram makes one from the SDK's configuration. The Pace functions only shorten its waiting to the simulation's measure.
func newProgram(ctx context.Context, cfg aws.Config, cloud *awstest.Cloud, repo *gitmeta.Repo, s *screen) (p program, err error) {
	api := dns.Limit(route53.NewFromConfig(cfg), cloud.Rate(dns.DefaultRate))
	id, err := dns.Find(ctx, api, "example.com")
	if err != nil {
		return p, err
	}
	p.zone = dns.Open(api, id, cloud.PaceZone)
	p.engine, err = provision.NewEngine(awsdrivers.All(cfg, cloud.PaceDrivers), cloud.PaceEngine,
		func(o *provision.Options) { o.Place = awsdrivers.Place(cfg) })
	if err != nil {
		return p, err
	}
	p.Manager, err = env.New(env.Config{
		App: "shop", Base: "shop.example.com", Zone: p.zone, Engine: p.engine, Repo: repo, By: "quickstart", Observe: s.observe,
	})
	return p, err
}

func run(ctx context.Context, s *screen) error {
	cloud := awstest.New(func(o *awstest.Options) { o.Scale, o.Latency = speed, awstest.Published })
	cloud.Route53.AddZone("example.com", false)
	repo, commits, remove, err := repository(ctx, "Open the shop", "Add a basket", "Take money")
	if err != nil {
		return err
	}
	defer remove()
	p, err := newProgram(ctx, cloud.Config(), cloud, repo, s)
	if err != nil {
		return err
	}
	first, second, third := commits[0], commits[1], commits[2]
	s.opening(commits)
	for _, chapter := range []struct {
		title string
		tell  func() error
	}{
		{"Deploy the first commit", func() error { return s.deployed(p.Deploy(ctx, first, shop())) }},
		{"Promote it to production", func() error { return s.promoted(p.Promote(ctx, "production", first.Hash, env.Because("opening day"))) }},
		{"Deploy the second commit", func() error { return s.deployed(p.Deploy(ctx, second, shop())) }},
		{"Promote it to staging", func() error { return s.promoted(p.Promote(ctx, "staging", second.Hash)) }},
		{"And to production", func() error { return s.promoted(p.Promote(ctx, "production", second.Hash)) }},
		{"What is live?", func() error { return s.live(p.Live(ctx)) }},
		{"Try to terminate production", func() error { return s.terminated(p.Terminate(ctx, second.Hash)) }},
		{"Roll production back", func() error { return s.promoted(p.Rollback(ctx, "production", env.Because("the basket loses things"))) }},
		{"Deploy the third commit, from a machine that dies in the middle", func() error {
			machine := cloud.Process("a machine that dies")
			machine.CrashAt(14, awstest.After) // its 14th request has its effect, and it never learns
			doomed, err := newProgram(ctx, machine.Config(), cloud, repo, s)
			if err != nil {
				return err
			}
			_, err = doomed.Deploy(ctx, third, shop())
			return s.crashed(err)
		}},
		{"Deploy the third commit again: it resumes", func() error { return s.deployed(p.Deploy(ctx, third, shop())) }},
		{"Was anything made twice?", func() error { return s.inventory(p.Describe(ctx, third.Hash)) }},
		{"Terminate what is free", func() error {
			for e, err := range p.List(ctx) {
				if err == nil {
					err = s.terminated(p.Terminate(ctx, e.ID, env.Because("tidying up")))
				}
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{"Is anything left over?", func() error { return s.leftovers(ctx, p) }},
	} {
		s.title(chapter.title)
		if err := chapter.tell(); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, &screen{out: os.Stdout}); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}
