// Package awstest is a simulated AWS: every service that this library uses, in one account, inside the process. Programs
// reach it through the SDK's real clients, so that their requests are validated, signed, retried and paged as on AWS, but
// nothing leaves the process. It is what to test your own deployment automation against, and what to try this library on
// without an account.
//
//	cloud := awstest.New()
//	zoneID := cloud.Route53.AddZone("example.com", false)
//	cfg := cloud.Config() // an aws.Config: give it to your program, in place of config.LoadDefaultConfig's
//
// Then let the program work and look at what it did: each service shows its state, as [Cloud].EC2 and [Cloud].ELB do, and
// [Cloud.Calls] every request.
//
// The services are Route 53, EC2 (security groups, instances, launch templates), Auto Scaling, Elastic Load Balancing, ECS on
// Fargate, Lambda, RDS, ElastiCache, DynamoDB, S3, SNS, SQS, the Parameter Store of Systems Manager, CloudWatch (alarms),
// CloudWatch Logs, Cloud Control, IAM (roles and instance profiles), Certificate Manager, Secrets Manager, ECR (which images
// there are), and of STS the question who is calling. Each is a package beside its driver, whose documentation says what it is
// strict about.
//
// They know each other where programs notice. A load balancer is in subnets of EC2, and its network interfaces hold its security
// groups until minutes after it is gone; so do those of databases, caches, tasks of ECS, and functions in a VPC, each in its own
// time. An Auto Scaling group launches instances of EC2, and makes them targets of the load balancer, which finds them healthy or
// does not; so does ECS with its tasks. Instances have the instance profiles of IAM. Elsewhere services take each other's names
// on trust: roles, container images and subnet groups are there if their names are well formed (it is IAM and ECR that know
// better, and the drivers that ask them first), topics and queues pass no messages on, and alarms watch nothing. What is made
// through Cloud Control is known to Cloud Control only.
//
// # What is there already
//
// A new cloud has what a new account has: a default VPC with its subnets, and some images in EC2. What your blueprints look up,
// or name, is made by the hand of somebody else, before the program runs:
//
//	cloud.IAM.AddRole("shop-web")
//	cloud.IAM.AddInstanceProfile("shop-web", "shop-web")
//	cloud.ACM.AddCertificate(acmtest.Certificate{Domain: "*.shop.example.com"})
//	cloud.SecretsManager.AddSecret("shop/stripe", "sk_live_...")
//	cloud.SSM.Publish("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", ec2test.Linux)
//
// and so on, with EC2's AddVPC and AddImage, ECR's Push, and the others. Nothing in the cloud answers HTTP, and host names are
// known to Route 53 only: a program that probes what it has deployed takes its env.Prober from the test, or env.HTTP would ask
// the network.
//
// # When things go wrong
//
// [Cloud.Inject] throttles, breaks, delays, or loses replies; [Cloud.Process] is one run of a program that can be killed
// before or after any of its calls, after which another one takes over:
//
//	first := cloud.Process("first run")
//	first.CrashAt(7, awstest.After)
//	deploy(ctx, first.Config()) // fails with awstest.ErrCrashed
//	deploy(ctx, cloud.Process("second run").Config())
//
// # Time
//
// The services take the time that AWS takes, by package time: tens of seconds for an instance, half a minute for a DNS
// change, minutes for a load balancer or a database. See [Published] for what is known of it. In a testing/synctest bubble
// that time is virtual and costs nothing, which is how tests should run; with -cpu 1 under the race detector, which may crash when
// the goroutines of one bubble run timers on several processors (golang/go#78156). A program that is to be watched runs in real time,
// and sets [Options].Scale: at 100 all of that is a hundred times as fast, and rates are a hundred times as high. What a
// program itself waits, between two looks for example, is its own; the methods [Cloud.PaceDrivers], [Cloud.PaceEngine] and
// [Cloud.PaceZone] shorten what this library waits in the same measure.
package awstest
