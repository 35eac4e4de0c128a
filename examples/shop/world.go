package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/examples/shop/stack"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
)

// world is where the story takes place.
type world struct {
	cfg     aws.Config
	domain  string // of the hosted zone
	base    string // the name below it under which the shop lives
	home    stack.Home
	repo    *gitmeta.Repo
	commits [2]gitmeta.Commit // the older one first

	// How many times as fast as AWS it is, and what tells this library so.
	speed   float64
	drivers []func(*awsdrivers.Options)
	engine  []func(*provision.Options)
	zone    []func(*dns.Options)
}

// manager is all that a program needs which deploys: a zone, drivers, an engine, and rules.
func (w *world) manager(ctx context.Context, s *screen, rules *guard.Guard) (*env.Manager, error) {
	api := dns.Limit(route53.NewFromConfig(w.cfg), w.speed*dns.DefaultRate)
	id, err := dns.Find(ctx, api, w.domain)
	if err != nil {
		return nil, err
	}
	place := func(o *provision.Options) { o.Place = awsdrivers.Place(w.cfg) }
	engine, err := provision.NewEngine(awsdrivers.All(w.cfg, w.drivers...), append(w.engine, place)...)
	if err != nil {
		return nil, err
	}
	return env.New(env.Config{
		App: "shop", Base: w.base, Zone: dns.Open(api, id, w.zone...), Engine: engine, Guard: rules, Repo: w.repo,
		By: "examples/shop", Observe: s.observer(w.speed),
	})
}

// drained is when nobody is sent to a version any more that was live: a few minutes until resolvers have forgotten it and, by
// the default rules, five more for what is still open.
const drained = 10 * time.Minute

// drain waits for so long. Rules do not run faster where AWS does, so in a simulation that one is waived, which needs a reason
// and somebody who says so.
func (w *world) drain(ctx context.Context) ([]env.Option, error) {
	if w.speed > 1 {
		return []env.Option{env.Waive(guard.Waiver{Policy: "Drained", Reason: "nobody calls a simulated shop", By: "examples/shop"})}, nil
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(drained):
		return nil, nil
	}
}

// speed of the simulation: a second here is about two minutes there.
const speed = 120

// simulated is a new account with a hosted zone, and a repository of two commits in a temporary folder, which the caller
// removes.
func simulated(ctx context.Context) (w *world, remove func(), err error) {
	cloud := awstest.New(func(o *awstest.Options) { o.Scale, o.Latency = speed, awstest.Published })
	cloud.Route53.AddZone("example.com", false)
	w = &world{
		cfg: cloud.Config(), domain: "example.com", base: "shop.example.com",
		home:    stack.Home{Image: ec2test.Linux},
		speed:   speed,
		drivers: []func(*awsdrivers.Options){cloud.PaceDrivers},
		engine:  []func(*provision.Options){cloud.PaceEngine},
		zone:    []func(*dns.Options){cloud.PaceZone},
	}
	dir, err := os.MkdirTemp("", "shop-")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	if err = write(ctx, dir, "Open the shop", "Sell on Sundays"); err == nil {
		err = w.open(ctx, dir)
	}
	if err != nil {
		remove()
		return nil, nil, err
	}
	return w, remove, nil
}

// write makes a repository with a commit for each subject, by an author and at a time of its own, so that they have the same
// ids everywhere.
func write(ctx context.Context, dir string, subjects ...string) error {
	var commits strings.Builder
	for i, subject := range subjects {
		fmt.Fprintf(&commits, "commit HEAD\ncommitter Ada <ada@example.com> %d +0000\ndata %d\n%s\n", 1767258000+i, len(subject), subject)
	}
	for _, args := range [][]string{{"init", "-q", "--bare"}, {"fast-import", "--quiet"}} {
		cmd := exec.CommandContext(ctx, "git", args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(commits.String())
		for _, v := range os.Environ() {
			if !strings.HasPrefix(v, "GIT_") { // which would be about another repository
				cmd.Env = append(cmd.Env, v)
			}
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git %s: %w: %s", args[0], err, out)
		}
	}
	return nil
}

// open takes the last two commits of a repository.
func (w *world) open(ctx context.Context, dir string) (err error) {
	if w.repo, err = gitmeta.Open(ctx, dir); err != nil {
		return err
	}
	for i, rev := range []string{"HEAD~1", "HEAD"} {
		if w.commits[i], err = w.repo.Resolve(ctx, rev); err != nil {
			return err
		}
	}
	return nil
}

// realWorld is what has to be known of an account on AWS.
type realWorld struct {
	domain, base, repo, subnets string
	home                        stack.Home
}

func (r *realWorld) flags(f *flag.FlagSet) {
	f.StringVar(&r.domain, "zone", "", "with -aws: the domain of a public hosted zone, such as example.com")
	f.StringVar(&r.base, "base", "", "with -aws: the name under which the shop lives (default shop.ZONE)")
	f.StringVar(&r.home.VPC, "vpc", "", "with -aws: the id of the network, vpc-... (default the default VPC)")
	f.StringVar(&r.subnets, "subnets", "", "with -aws: the ids of public subnets of it, subnet-...,subnet-... (default all)")
	f.StringVar(&r.home.Image, "image", "", "with -aws: the id of the image of the servers, ami-...")
	f.StringVar(&r.home.Certificate, "certificate", "", "with -aws: the ARN of a certificate, to speak HTTPS")
	f.StringVar(&r.repo, "repo", ".", "with -aws: the git repository whose last two commits are deployed")
}

// open checks what was said. Programs of yours take their configuration from config.LoadDefaultConfig, which knows profiles and
// roles; this one does with variables, to have no module more than the library.
func (r *realWorld) open(ctx context.Context) (*world, error) {
	if r.domain == "" || r.home.Image == "" {
		return nil, errors.New("with -aws, -zone and -image are needed")
	}
	if r.subnets != "" {
		r.home.Subnets = strings.Split(r.subnets, ",")
	}
	w := &world{domain: r.domain, base: r.base, home: r.home, speed: 1}
	if w.base == "" {
		w.base = "shop." + r.domain
	}
	key := aws.Credentials{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken: os.Getenv("AWS_SESSION_TOKEN"), Source: "environment",
	}
	w.cfg = aws.Config{
		Region:      os.Getenv("AWS_REGION"),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return key, nil }),
	}
	if !key.HasKeys() || w.cfg.Region == "" {
		return nil, errors.New("AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION are needed: see aws configure export-credentials")
	}
	if url := os.Getenv("AWS_ENDPOINT_URL"); url != "" {
		w.cfg.BaseEndpoint = aws.String(url)
	}
	return w, w.open(ctx, r.repo)
}
