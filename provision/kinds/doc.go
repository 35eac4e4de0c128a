// Package kinds is the catalogue of what a blueprint can be made of: every kind of AWS resource that Peppercorn makes or
// looks up, as plain data.
//
// # How to read it
//
// A kind is a struct whose fields are what AWS asks of whoever makes such a resource, in AWS's own words and with units
// that Go has types for. Each field says whether it is required or what its default is, its unit and its limits. The zero
// value of a field means AWS's default unless the field says otherwise. One node is one AWS resource, so a dead-letter queue is
// a node of its own. Names and tags are never fields: they belong to the environment that a node is made for, and the
// driver computes them.
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
// A node starts as soon as the outputs that it refers to are known. An output that is known at once is there when AWS has
// accepted the request to make the resource; the others are known when the resource is ready, which may take minutes.
//
// What exists already is looked up instead: it has outputs like all other nodes, which are known before anything is made,
// and is never changed or deleted. Where a look-up leaves a choice, such as the newest image of a name, what was chosen is
// pinned, so that the environment stays what it is when there is a newer one.
//
// # The catalogue
//
// Network:
//
//   - [SecurityGroup] is a firewall around the resources that carry it. At once: ID, Name. When ready: VPC.
//
// Servers:
//
//   - [Instance] is one EC2 virtual machine. At once: ID. When ready: PrivateIP, PrivateDNS, PublicIP, PublicDNS, Subnet,
//     Zone.
//   - [LaunchTemplate] says how the instances of a group are made. At once: ID, Name, Version.
//   - [Group] keeps so many instances of a template running (EC2 Auto Scaling). At once: Name, ARN.
//
// Load balancing:
//
//   - [LoadBalancer] is an Application or a Network Load Balancer. At once: ARN, Name, FullName, DNSName, ZoneID.
//   - [TargetGroup] is what a balancer sends traffic to, and how it finds out who is well. At once: ARN, Name, FullName.
//   - [Listener] is a port of a balancer and what becomes of its traffic. At once: ARN.
//
// Containers:
//
//   - [TaskDefinition] says what the tasks of a service consist of. At once: ARN, Family, Revision.
//   - [Service] keeps a number of tasks running on AWS Fargate, in an ECS cluster that exists. At once: ARN, Name, Cluster.
//
// Functions:
//
//   - [Function] is a Lambda function with its first version published. At once: Name, ARN. When ready: Version,
//     VersionARN, URL, URLHost.
//
// Data:
//
//   - [Database] is an RDS DB instance of PostgreSQL, MySQL or MariaDB. At once: Name. When ready: Endpoint, Port, ARN,
//     SecretARN, Engine.
//   - [Table] is a DynamoDB table. At once: Name, ARN. When ready: StreamARN.
//   - [Cache] is an ElastiCache replication group of Valkey or Redis. At once: Name. When ready: Endpoint, ReaderEndpoint,
//     Port, ARN.
//   - [Bucket] is an S3 bucket. At once: Name, ARN, RegionalDomain.
//   - [Parameter] is a setting in the Parameter Store of AWS Systems Manager. At once: Name, ARN.
//
// Messaging:
//
//   - [Queue] is an SQS queue. At once: URL, Name. When ready: ARN.
//   - [Topic] is an SNS topic with its subscriptions. At once: ARN, Name.
//
// Observability:
//
//   - [LogGroup] is where CloudWatch Logs keeps what was logged. At once: Name, ARN.
//   - [Alarm] watches one metric of CloudWatch. At once: Name, ARN.
//
// What exists already, and is looked up, never made or deleted:
//
//   - [ExistingNetwork] is a VPC and subnets of it. Outputs: ID, Subnets, AvailabilityZones, CIDR.
//   - [ExistingImage] is a machine image (AMI). Outputs: ID, Name, Architecture, RootDevice.
//   - [ExistingCertificate] is a certificate of ACM for listeners. Outputs: ARN, Domain.
//   - [ExistingRole] is an IAM role for functions and tasks to act in. Outputs: ARN, Name.
//   - [ExistingInstanceProfile] is what gives instances a role. Outputs: ARN, Name.
//   - [ExistingCluster] is an ECS cluster for services. Outputs: Name, ARN.
//   - [ExistingDatabase] is a database that environments share. Outputs: Name, Endpoint, Port, ARN, SecretARN, Engine.
//   - [ExistingSnapshot] is a DB snapshot to restore. Outputs: ID, ARN, Instance, Engine, EngineVersion, StorageGiB.
//   - [ExistingSecret] is a secret in Secrets Manager. Outputs: ARN.
//
// Everything else:
//
//   - [CloudControl] is a resource of any type that AWS Cloud Control API makes; its type says which further outputs it
//     has. When ready: Identifier.
//
// # References
//
// Fields that accept the outputs of other nodes have the type [provision.Text]. In a list of texts, a reference to a list
// stands for all its elements. Properties of a [CloudControl] are a JSON tree, in which a number stays a number. Scripts
// have the type string and are passed on byte for byte: nothing in them is replaced. They find values in the variables that
// the same node has a field for.
//
// # Secrets
//
// No field takes the value of a secret. Fields of type [provision.Secret] take the ARN of one, in Secrets Manager or the
// Parameter Store, and outputs that lead to a secret fit only there: [Database] and [ExistingSecret] have such outputs. The
// software of an [Instance] or a [Function] finds the ARN and reads the secret in a role of its own; into the containers of a
// [TaskDefinition] ECS itself puts the value. Environments, scripts, properties and the values of parameters are no place
// for secrets: they are part of the blueprint, and many may read them in AWS. No error repeats them all the same.
//
// # Drivers
//
// This package imports no SDK. The drivers that make its kinds live in sibling packages, one for each AWS service.
// Everything in it is plain data, safe for concurrent use as long as nobody writes to it.
package kinds
