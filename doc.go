// Package peppercorn is documentation; the library is in the packages below it.
//
// Peppercorn gives every git commit of an application an environment of its own on AWS. A commit is the version. All the
// infrastructure of a version is made together, never changed, and thrown away together. Going live is moving one DNS name; going
// back is moving it again. There is no state file, no server and no lock that could get stuck: what exists is read from AWS
// itself, from the tags that resources carry from birth and from one Route 53 hosted zone, and a program that was killed at any
// call is simply run again.
//
// # A whole program
//
// This one deploys the commit that is checked out and makes it production. Only the handling of errors is left out:
//
//	repo, err := gitmeta.Open(ctx, ".")
//	commit, err := repo.Head(ctx) // Deploy refuses it if the tree has changes that the commit does not
//
//	b := &provision.Blueprint{} // what a version needs, as data
//	image := kinds.AddExistingImage(b, "image", kinds.ExistingImage{Owner: "self", Name: "shop-*"})
//	jobs := kinds.AddQueue(b, "jobs", kinds.Queue{})
//	http := kinds.AddSecurityGroup(b, "http", kinds.SecurityGroup{
//		Ingress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0")},
//	})
//	web := kinds.AddInstance(b, "web", kinds.Instance{
//		Image:          image.ID(), // the newest of that name; the version keeps it
//		Type:           "t3.micro",
//		SecurityGroups: []provision.Text{http.ID()},
//		Environment:    map[string]provision.Text{"JOBS": jobs.URL(), "COMMIT": "${{commit}}"},
//	})
//	b.Entrance.Host = web.PublicDNS()
//
//	cfg, err := config.LoadDefaultConfig(ctx)
//	engine, err := provision.NewEngine(awsdrivers.All(cfg), func(o *provision.Options) {
//		o.Place = awsdrivers.Place(cfg)
//	})
//	api := dns.Limit(route53.NewFromConfig(cfg), dns.DefaultRate)
//	zoneID, err := dns.Find(ctx, api, "example.com") // the hosted zone that shop.example.com lies in
//
//	m, err := env.New(env.Config{
//		App: "shop", Base: "shop.example.com",
//		Zone: dns.Open(api, zoneID), Engine: engine, Repo: repo,
//	})
//	e, err := m.Deploy(ctx, commit, b)            // make it, join whoever is making it, or resume
//	p, err := m.Promote(ctx, "production", e.ID)  // production.shop.example.com is this commit now
//	fmt.Println(p.From.Commit, "->", p.To.Commit) // and p.Gained is what lies between
//
// The program in examples/quickstart does that and much more, on a simulated AWS, in some seconds:
//
//	go run ./examples/quickstart
//
// # What to do with it, in the order in which it is needed
//
//   - Say which commit: gitmeta.Open, gitmeta.Repo.Head, gitmeta.FromCI.
//   - Say what a version consists of: provision.Blueprint and the catalogue, package kinds.
//   - Say what is there already: the kinds whose names begin with Existing. provision.Engine.Check tells what is missing, and
//     Deploy asks it.
//   - Make it: env.Manager.Deploy. See it: env.Manager.List, env.Manager.Describe.
//   - Go live: env.Manager.Promote. See what is live: env.Manager.Live.
//   - Go back: env.Manager.Rollback, which pins the alias until env.Manager.Unpin.
//   - Throw it away: env.Manager.Terminate. Take a name away: env.Manager.Release.
//   - After a hand has edited the zone: env.Manager.Restore or env.Manager.Adopt.
//   - Decide what may be done at all: package guard. Its defaults protect production, staging, whatever anything points at,
//     whatever resolvers may still have cached, the environment that a rollback needs, and data.
//   - Give it the permissions that it needs and no others: provision.Policy.
//   - Test all of it: package envtest for a manager in memory and in virtual time, package awstest for real SDK clients
//     on a simulated account with throttling, lost replies and crashes.
//   - Teach it another AWS service: provision.Driver, and package provisiontest to check it.
//
// # The packages
//
//	gitmeta                   commits, read from a repository, a CI service, or the running binary
//	provision                 blueprints, the engine that makes them real, the contract of drivers
//	provision/kinds           the catalogue: what a blueprint can be made of, as plain data
//	provision/ec2driver       the driver of security groups, instances and launch templates; ec2test simulates the service, and
//	                          so does a package beside each of the other drivers
//	provision/asgdriver       the driver of Auto Scaling groups
//	provision/elbdriver       the driver of load balancers, target groups and listeners
//	provision/rdsdriver       the driver of databases
//	provision/cachedriver     the driver of ElastiCache caches
//	provision/dynamodbdriver  the driver of tables
//	provision/s3driver        the driver of buckets
//	provision/snsdriver       the driver of topics
//	provision/sqsdriver       the driver of queues
//	provision/ssmdriver       the driver of parameters
//	provision/cloudwatchdriver
//	                          the driver of alarms
//	provision/logsdriver      the driver of log groups
//	provision/ecsdriver       the driver of Fargate task definitions and services
//	provision/lambdadriver    the driver of functions
//	provision/ccdriver        the driver of any other type, through Cloud Control
//	provision/acmdriver       looks up certificates, as ec2driver does networks and images, ecsdriver clusters, and rdsdriver databases
//	                          and snapshots
//	provision/iamdriver       looks up roles and instance profiles
//	provision/secretsdriver   looks up secrets, and never reads one
//	provision/ecrdriver       knows which container images there are
//	provision/awsdrivers      all of them at once; awstest simulates their services in one account
//	provision/provisiontest   drivers in memory, and the suite that every driver passes
//	dns                       a hosted zone as a small transactional store; dnstest simulates Route 53
//	guard                     may it be done? policies over plain facts
//	env                       the life of environments, one verb each
//	env/envtest               a whole manager in memory
//
// Only a main needs drivers. EC2's SDK takes a minute of CPU and 3 GB of memory to compile, so everything that one imports to
// describe, lead and test environments (dns, env, guard, gitmeta, provision, kinds, envtest) does without it, and a test of this
// package sees to it that it stays so.
//
// The files docs/protocol.md, docs/security.md and docs/decisions.md of the repository tell how the zone is used as a registry, how
// permissions are kept small, and why things are as they are.
package peppercorn
