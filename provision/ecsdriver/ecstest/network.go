package ecstest

import (
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Interfaces are the network interfaces of the tasks of one service. They carry its security groups, and whoever wants to
// delete such a group meets them (DependencyViolation) until the tasks have stopped.
type Interfaces struct {
	Region string
	// Service is the service's ARN with what tells it from an earlier one of its name.
	Service string
	// Description that EC2 shows for them, e.g. "arn:aws:ecs:us-east-1:123456789012:attachment/8f3c".
	Description string
	// Subnets that they are in, and Groups that they carry, by their ids; no groups mean the default group of the VPC.
	Subnets, Groups []string
	// Until is when they will be gone; zero as long as the service is not deleted. What was said before about the same
	// service is replaced.
	Until time.Time
}

// announce tells whoever wants to know of the interfaces of the service's tasks.
func (e *ECS) announce(s *service) {
	if e.opts.Interfaces == nil {
		return
	}
	network := s.in.NetworkConfiguration.AwsvpcConfiguration
	n := Interfaces{
		Region: s.cluster.region, Service: fmt.Sprintf("%s@%d", s.arn, s.created.UnixNano()),
		Description: e.arn(s.cluster.region, fmt.Sprintf("attachment/%08x", s.hash())),
		Subnets:     slices.Clone(network.Subnets), Groups: slices.Clone(network.SecurityGroups),
	}
	if !s.deleted.IsZero() {
		n.Until = s.deleted.Add(max(0, e.opts.Stop))
	}
	e.opts.Interfaces(n)
}

// TargetGroups is where the tasks of services become targets of load balancers, by their addresses. It must be safe for
// concurrent use and must not call ECS.
type TargetGroups interface {
	// Attached reports whether there is a target group of that ARN, and whether a load balancer uses it.
	Attached(targetGroup string) (exists, attached bool)
	// Register makes an address a target.
	Register(targetGroup, address string, port int) error
	// Deregister takes an address out.
	Deregister(targetGroup, address string) error
	// Health returns the state of a target, such as "initial", "healthy" or "unhealthy"; "" if it is none.
	Health(targetGroup, address string) string
}

// checkTargets refuses target groups that do not exist or that no load balancer uses, as CreateService does.
func (e *ECS) checkTargets(s []string) error {
	if e.opts.TargetGroups == nil {
		return nil
	}
	for _, arn := range s {
		switch exists, attached := e.opts.TargetGroups.Attached(arn); {
		case !exists:
			return invalid("The specified target group does not exist: %s.", arn)
		case !attached:
			return invalid("The target group with targetGroupArn %s does not have an associated load balancer.", arn)
		}
	}
	return nil
}

// targets are the ARNs of the target groups of a service, with the port that each of them wants.
func (s *service) targets() map[string]int {
	ports := map[string]int{}
	for _, lb := range s.in.LoadBalancers {
		ports[aws.ToString(lb.TargetGroupArn)] = int(aws.ToInt32(lb.ContainerPort))
	}
	return ports
}

// settle makes targets of the tasks that have started by now. Nothing runs by itself: it is done when somebody calls.
func (e *ECS) settle() {
	if e.opts.TargetGroups == nil {
		return
	}
	for _, c := range e.clusters {
		for _, s := range c.services {
			if e.status(s) == active && s.why == "" && e.started(s) {
				e.register(s, int(aws.ToInt32(s.in.DesiredCount)))
			}
		}
	}
}

// started reports whether the tasks of the deployment have had the time that they take to start.
func (e *ECS) started(s *service) bool { return !time.Now().Before(s.deployed.Add(e.opts.Start)) }

// register makes it so that the first n tasks of the service are targets, and no more. A target group that is gone is
// nobody's loss.
func (e *ECS) register(s *service, n int) {
	for arn, port := range s.targets() {
		for task := s.registered; task < n; task++ {
			_ = e.opts.TargetGroups.Register(arn, s.address(task), port)
		}
		for task := n; task < s.registered; task++ {
			_ = e.opts.TargetGroups.Deregister(arn, s.address(task))
		}
	}
	s.registered = n
}

// healthy reports whether the load balancers find all tasks of the service healthy.
func (e *ECS) healthy(s *service) bool {
	if e.opts.TargetGroups == nil {
		return true
	}
	for arn := range s.targets() {
		for task := range int(aws.ToInt32(s.in.DesiredCount)) {
			if e.opts.TargetGroups.Health(arn, s.address(task)) != "healthy" {
				return false
			}
		}
	}
	return true
}

// address is the private one of a task of the service.
func (s *service) address(task int) string {
	at := s.hash() + uint32(task) //nolint:gosec // at most 5000
	return fmt.Sprintf("172.31.%d.%d", at>>8&0xff, at&0xff)
}

func (s *service) hash() uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s.arn)) // never fails
	return h.Sum32()
}
