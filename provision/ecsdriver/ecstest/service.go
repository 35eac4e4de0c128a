package ecstest

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// The states of a service.
const (
	active   = "ACTIVE"
	draining = "DRAINING"
	inactive = "INACTIVE"
)

type service struct {
	name, arn string
	in        *ecs.CreateServiceInput
	cluster   *cluster
	created   time.Time
	listed    time.Time
	deleted   time.Time // zero while it is ACTIVE
	task      *revision // what its deployment runs
	deployed  time.Time // when that deployment began
	why       string    // why its tasks fail; "" if they run

	registered int // how many tasks are targets
}

func (e *ECS) createService(region string, in *ecs.CreateServiceInput) (*ecs.CreateServiceOutput, error) {
	c, err := e.cluster(region, in.Cluster)
	if err != nil {
		return nil, err
	}
	task, err := e.checkService(region, in)
	if err != nil {
		return nil, err
	}
	name, token := aws.ToString(in.ServiceName), aws.ToString(in.ClientToken)
	if s := c.services[name]; s != nil && e.status(s) != inactive {
		switch {
		case token != "" && token == aws.ToString(s.in.ClientToken) && reflect.DeepEqual(in, s.in):
			return &ecs.CreateServiceOutput{Service: e.describe(s)}, nil
		case e.status(s) == draining:
			return nil, invalid("Unable to Start a service that is still Draining.")
		}
		return nil, invalid("Creation of service was not idempotent.")
	}
	if used := c.tokens[token]; token != "" && used != nil && !reflect.DeepEqual(used, in) {
		return nil, invalid("Creation of service was not idempotent.")
	}
	now := time.Now()
	s := &service{
		name: name, arn: e.arn(region, "service/"+c.name+"/"+name),
		in: sim.Clone(in), cluster: c, created: now, listed: now.Add(e.opts.Settle),
	}
	e.deploy(s, task)
	c.services[name], c.tokens[token] = s, s.in
	e.announce(s)
	return &ecs.CreateServiceOutput{Service: e.describe(s)}, nil
}

// deploy begins a deployment.
func (e *ECS) deploy(s *service, task *revision) {
	s.task, s.deployed, s.why = task, time.Now(), ""
	for _, c := range task.ContainerDefinitions {
		if why, ok := e.broken[aws.ToString(c.Image)]; ok {
			s.why = why
		}
	}
}

// checkService refuses what ECS refuses to create, and returns the task definition.
func (e *ECS) checkService(region string, in *ecs.CreateServiceInput) (*revision, error) {
	if !resourceName.MatchString(aws.ToString(in.ServiceName)) {
		return nil, invalid("Service names can contain only letters, numbers, hyphens and underscores: %q", aws.ToString(in.ServiceName))
	}
	if len(aws.ToString(in.ClientToken)) > 36 {
		return nil, invalid("clientToken has more than 36 characters.")
	}
	if in.LaunchType != types.LaunchTypeFargate {
		return nil, invalid("ecstest simulates the launch type FARGATE only")
	}
	if in.DesiredCount == nil || *in.DesiredCount < 0 || *in.DesiredCount > 5000 {
		return nil, invalid("desiredCount is missing or out of range.")
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	task, err := e.at(region, in.TaskDefinition)
	if err != nil {
		return nil, client("TaskDefinition not found.")
	}
	if task.Status != types.TaskDefinitionStatusActive {
		return nil, client("TaskDefinition is inactive")
	}
	if in.NetworkConfiguration == nil || in.NetworkConfiguration.AwsvpcConfiguration == nil {
		return nil, invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
	}
	network := in.NetworkConfiguration.AwsvpcConfiguration
	if n := len(network.Subnets); n < 1 || n > 16 {
		return nil, invalid("subnets can have 1 to 16 items.")
	}
	if len(network.SecurityGroups) > 5 {
		return nil, invalid("securityGroups can have at most 5 items.")
	}
	if in.HealthCheckGracePeriodSeconds != nil && len(in.LoadBalancers) == 0 {
		return nil, invalid("Health check grace period is only valid for services configured to use load balancers")
	}
	if len(in.LoadBalancers) > 5 {
		return nil, invalid("load balancers can have at most 5 items.")
	}
	var groups []string
	for _, lb := range in.LoadBalancers {
		groups = append(groups, aws.ToString(lb.TargetGroupArn))
		if !exposes(task, lb) {
			return nil, invalid("The container %s did not have a container port %d defined.", aws.ToString(lb.ContainerName), aws.ToInt32(lb.ContainerPort))
		}
	}
	return task, e.checkTargets(groups)
}

// exposes reports whether a container has the port that a target group wants.
func exposes(task *revision, lb types.LoadBalancer) bool {
	for _, c := range task.ContainerDefinitions {
		for _, p := range c.PortMappings {
			if aws.ToString(c.Name) == aws.ToString(lb.ContainerName) && aws.ToInt32(p.ContainerPort) == aws.ToInt32(lb.ContainerPort) {
				return true
			}
		}
	}
	return false
}

func (e *ECS) updateService(region string, in *ecs.UpdateServiceInput) (*ecs.UpdateServiceOutput, error) {
	s, err := e.activeService(region, in.Cluster, in.Service)
	if err != nil {
		return nil, err
	}
	if in.TaskDefinition != nil {
		task, err := e.at(region, in.TaskDefinition)
		if err != nil || task.Status != types.TaskDefinitionStatusActive {
			return nil, client("TaskDefinition not found.")
		}
		e.deploy(s, task)
	}
	if in.DesiredCount != nil {
		s.in.DesiredCount, s.deployed = aws.Int32(*in.DesiredCount), time.Now()
	}
	return &ecs.UpdateServiceOutput{Service: e.describe(s)}, nil
}

func (e *ECS) deleteService(region string, in *ecs.DeleteServiceInput) (*ecs.DeleteServiceOutput, error) {
	s, err := e.activeService(region, in.Cluster, in.Service)
	if err != nil {
		return nil, err
	}
	if aws.ToInt32(s.in.DesiredCount) > 0 && !aws.ToBool(in.Force) {
		return nil, invalid("The service cannot be stopped while it is scaled above 0.")
	}
	s.deleted = time.Now()
	if e.opts.TargetGroups != nil {
		e.register(s, 0)
	}
	e.announce(s)
	return &ecs.DeleteServiceOutput{Service: e.describe(s)}, nil
}

// activeService returns the service that a call wants to change, by its name or ARN.
func (e *ECS) activeService(region string, inCluster, ref *string) (*service, error) {
	c, err := e.cluster(region, inCluster)
	if err != nil {
		return nil, err
	}
	s := c.services[c.nameOf(e, aws.ToString(ref))]
	if s == nil || time.Now().Before(s.listed) {
		return nil, &types.ServiceNotFoundException{Message: aws.String("Service not found.")}
	}
	if e.status(s) != active {
		return nil, &types.ServiceNotActiveException{Message: aws.String("Service was not ACTIVE.")}
	}
	return s, nil
}

// nameOf returns the name of a service of the cluster that a name or an ARN means.
func (c *cluster) nameOf(e *ECS, ref string) string {
	return strings.TrimPrefix(ref, e.arn(c.region, "service/"+c.name+"/"))
}

func (e *ECS) status(s *service) string {
	switch {
	case s.deleted.IsZero():
		return active
	case time.Now().Before(s.deleted.Add(e.opts.Stop)):
		return draining
	}
	return inactive
}

func (e *ECS) describeServices(region string, in *ecs.DescribeServicesInput) (*ecs.DescribeServicesOutput, error) {
	c, err := e.cluster(region, in.Cluster)
	if err != nil {
		return nil, err
	}
	if n := len(in.Services); n < 1 || n > 10 {
		return nil, invalid("The number of services is %d, it may be 1 to 10.", n)
	}
	out := &ecs.DescribeServicesOutput{}
	for _, ref := range in.Services {
		s := c.services[c.nameOf(e, ref)]
		if s == nil || time.Now().Before(s.listed) {
			out.Failures = append(out.Failures, types.Failure{Arn: aws.String(ref), Reason: aws.String("MISSING")})
			continue
		}
		described := e.describe(s)
		if !slices.Contains(in.Include, types.ServiceFieldTags) {
			described.Tags = nil
		}
		out.Services = append(out.Services, *described)
	}
	return out, nil
}

// listServices lists what is ACTIVE: a service that drains is not visible (API reference, DeleteService).
func (e *ECS) listServices(region string, in *ecs.ListServicesInput) (*ecs.ListServicesOutput, error) {
	c, err := e.cluster(region, in.Cluster)
	if err != nil {
		return nil, err
	}
	var arns []string
	for _, s := range c.sorted() {
		if e.status(s) == active && !time.Now().Before(s.listed) {
			arns = append(arns, s.arn)
		}
	}
	page, next, err := e.page(arns, in.NextToken, in.MaxResults)
	return &ecs.ListServicesOutput{ServiceArns: page, NextToken: next}, err
}
