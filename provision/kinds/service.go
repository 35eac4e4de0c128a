package kinds

import (
	"regexp"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
)

// ServiceKind is the kind of a [Service].
const ServiceKind provision.Kind = "ecs/service"

// A Service keeps a number of tasks running on AWS Fargate, in an Amazon ECS cluster that exists. Cluster, TaskDefinition and Subnets
// are required.
//
//	web := kinds.AddService(b, "web", kinds.Service{
//		Cluster:        "production",
//		TaskDefinition: task.ARN(),
//		Count:          2,
//		Subnets:        []provision.Text{"subnet-0a1b", "subnet-2c3d"},
//		SecurityGroups: []provision.Text{inside.ID()},
//		Targets:        []kinds.ServiceTarget{{Group: group.ARN(), Container: "web", Port: 8080}},
//	})
//
// It is ready in its steady state: all tasks run, their container health checks and those of the target groups succeed, and ECS
// calls the deployment completed. The deployment circuit breaker is always on, so tasks that do not come up make a failure that says
// why they stopped. It never rolls back: an environment has no other version to go back to.
//
// The tasks carry the tags of the service.
type Service struct {
	// Cluster is the name or the ARN of a cluster of the account. Required.
	Cluster provision.Text
	// TaskDefinition is the ARN of a task definition with its revision. Required.
	TaskDefinition provision.Text
	// Count is how many tasks run: 1 to 5,000. Default 1.
	Count int
	// Subnets are the ids of 1 to 16 subnets of one VPC (subnet-...). Required.
	Subnets []provision.Text
	// SecurityGroups are the ids of at most 5 security groups of the VPC (sg-...). Default: the VPC's default group.
	SecurityGroups []provision.Text
	// PublicIP gives each task a public IPv4 address, without which a task in a public subnet cannot pull its image. Default: none.
	PublicIP bool
	// Targets are the target groups that the tasks are registered with, at most 5. A target group must be attached to a load
	// balancer first: let the service start After its listener. Default: none.
	Targets []ServiceTarget
	// HealthGrace is how long ECS ignores failing health checks of a task that just started: whole seconds up to 2,147,483,647, and
	// only with Targets. Default none.
	HealthGrace time.Duration
}

// A ServiceTarget is a target group, of target type ip, with what is registered there. Group, Container and Port are
// required.
type ServiceTarget struct {
	// Group is the ARN of the target group.
	Group provision.Text
	// Container of the task definition, by its name.
	Container string
	// Port of the container, one of its Ports: 1 to 65,535.
	Port int
}

// Bounds of a service (ECS API reference, CreateService and AwsVpcConfiguration; service quotas).
const (
	serviceMaxCount   = 5000
	serviceMaxSubnets = 16
	serviceMaxGroups  = 5
	serviceMaxTargets = 5
	serviceMaxGrace   = (1<<31 - 1) * time.Second
)

var (
	serviceClusterName = regexp.MustCompile(`^(arn:[^:]+:ecs:[^:]+:\d{12}:cluster/)?[A-Za-z0-9_-]{1,255}$`)
	serviceTaskARN     = regexp.MustCompile(`^arn:[^:]+:ecs:[^:]+:\d{12}:task-definition/[A-Za-z0-9_-]{1,255}:\d+$`)
	serviceTargetARN   = regexp.MustCompile(`^arn:[^:]+:elasticloadbalancing:[^:]+:\d{12}:targetgroup/.+$`)
)

// Kind returns [ServiceKind].
func (Service) Kind() provision.Kind { return ServiceKind }

// Outputs of a service.
func (Service) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the service's ARN"},
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the service's name, unique in its cluster"},
		{Name: "Cluster", Type: provision.TextType, Early: true, Doc: "the ARN of the cluster"},
	}
}

// Validate checks required fields, ranges and the forms of ids as far as they are known. It returns every problem, joined.
func (s Service) Validate() error {
	var p problems
	p.required("Cluster", s.Cluster)
	if text, ok := literal(s.Cluster); ok && text != "" && !serviceClusterName.MatchString(text) {
		p.addf("Cluster", "%q is neither the name nor the ARN of a cluster", text)
	}
	p.required("TaskDefinition", s.TaskDefinition)
	taskARN(&p, "TaskDefinition", s.TaskDefinition, serviceTaskARN, "a task definition with its revision")
	if s.Count < 0 || s.Count > serviceMaxCount {
		p.addf("Count", "%d is out of range, it may be 1 to %d", s.Count, serviceMaxCount)
	}
	if len(s.Subnets) == 0 {
		p.addf("Subnets", "is missing")
	}
	serviceIDs(&p, "Subnets", s.Subnets, "subnet-", serviceMaxSubnets)
	serviceIDs(&p, "SecurityGroups", s.SecurityGroups, "sg-", serviceMaxGroups)
	s.checkTargets(&p)
	p.seconds("HealthGrace", s.HealthGrace, time.Second, serviceMaxGrace)
	if s.HealthGrace != 0 && len(s.Targets) == 0 {
		p.addf("HealthGrace", "is set, but Targets is not")
	}
	return p.err()
}

func (s Service) checkTargets(p *problems) {
	if n := len(s.Targets); n > serviceMaxTargets {
		p.addf("Targets", "%d are too many, at most %d are allowed", n, serviceMaxTargets)
	}
	for i, t := range s.Targets {
		field := indexed("Targets", i)
		p.required(field+".Group", t.Group)
		taskARN(p, field+".Group", t.Group, serviceTargetARN, "a target group")
		if !taskContainerName.MatchString(t.Container) {
			p.addf(field+".Container", "%q is not the name of a container", t.Container)
		}
		if t.Port < 1 || t.Port > maxPort {
			p.addf(field+".Port", "%d is out of range, it may be 1 to %d", t.Port, maxPort)
		}
	}
}

// serviceIDs checks a list of ids.
func serviceIDs(p *problems, field string, ids []provision.Text, prefix string, most int) {
	if n := len(ids); n > most {
		p.addf(field, "%d are too many, at most %d are allowed", n, most)
	}
	seen := map[provision.Text]bool{}
	for i, id := range ids {
		at := indexed(field, i)
		p.required(at, id)
		p.id(at, id, prefix)
		if seen[id] {
			p.addf(at, "%q is listed twice", id)
		}
		seen[id] = true
	}
}

// ServiceRef is the handle of a [Service] in a blueprint.
type ServiceRef struct{ provision.Ref }

// AddService adds a service to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddService(b *provision.Blueprint, name string, s Service, optFns ...func(*provision.Node)) ServiceRef {
	return ServiceRef{b.Add(name, s, optFns...)}
}

// ARN is the service's ARN. Known at once.
func (r ServiceRef) ARN() provision.Text { return r.Output("ARN") }

// Name is the service's name, unique in its cluster. Known at once.
func (r ServiceRef) Name() provision.Text { return r.Output("Name") }

// Cluster is the ARN of the cluster. Known at once.
func (r ServiceRef) Cluster() provision.Text { return r.Output("Cluster") }
