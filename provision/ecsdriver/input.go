package ecsdriver

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// taskInput writes a task definition in ECS's words. It is a pure function of the call, as is serviceInput.
func taskInput(c provision.Call, t kinds.TaskDefinition) *ecs.RegisterTaskDefinitionInput {
	cpu, memory := t.Size()
	in := &ecs.RegisterTaskDefinitionInput{
		Family:                  aws.String(nameOf(c)),
		RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate},
		NetworkMode:             types.NetworkModeAwsvpc, // the only one that Fargate has
		Cpu:                     aws.String(strconv.Itoa(cpu)),
		Memory:                  aws.String(strconv.Itoa(memory)),
		RuntimePlatform: &types.RuntimePlatform{
			CpuArchitecture:       types.CPUArchitecture(cmp.Or(t.Architecture, kinds.TaskX86)),
			OperatingSystemFamily: types.OSFamilyLinux,
		},
		ExecutionRoleArn: optional(t.ExecutionRole),
		TaskRoleArn:      optional(t.TaskRole),
		Tags:             tagList(c.Tags()),
	}
	for _, container := range t.Containers {
		in.ContainerDefinitions = append(in.ContainerDefinitions, containerInput(container, t.LogGroup))
	}
	return in
}

func containerInput(c kinds.Container, logGroup provision.Text) types.ContainerDefinition {
	def := types.ContainerDefinition{
		Name:             aws.String(c.Name),
		Image:            aws.String(string(c.Image)),
		Command:          texts(c.Command),
		Essential:        aws.Bool(!c.Optional),
		LogConfiguration: logInput(logGroup),
	}
	for _, name := range slices.Sorted(maps.Keys(c.Environment)) {
		def.Environment = append(def.Environment, types.KeyValuePair{
			Name: aws.String(name), Value: aws.String(string(c.Environment[name])),
		})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Secrets)) {
		def.Secrets = append(def.Secrets, types.Secret{Name: aws.String(name), ValueFrom: aws.String(string(c.Secrets[name]))})
	}
	for _, port := range c.Ports {
		def.PortMappings = append(def.PortMappings, types.PortMapping{
			ContainerPort: aws.Int32(int32(port)), //nolint:gosec // Validate knows the range
			HostPort:      aws.Int32(int32(port)), //nolint:gosec // the same, which ECS would fill in
			Protocol:      types.TransportProtocolTcp,
		})
	}
	return def
}

// logInput sends what a container writes to a log group, whose name and region are in its ARN:
// arn:partition:logs:region:account:log-group:name. The driver awslogs needs both.
func logInput(group provision.Text) *types.LogConfiguration {
	part := strings.Split(string(group), ":")
	if len(part) < 7 {
		return nil
	}
	return &types.LogConfiguration{
		LogDriver: types.LogDriverAwslogs,
		Options: map[string]string{
			"awslogs-group":         part[6],
			"awslogs-region":        part[3],
			"awslogs-stream-prefix": "ecs",
		},
	}
}

// maxToken is the longest client token of CreateService.
const maxToken = 36

func serviceInput(c provision.Call, s kinds.Service) *ecs.CreateServiceInput {
	public := types.AssignPublicIpDisabled
	if s.PublicIP {
		public = types.AssignPublicIpEnabled
	}
	in := &ecs.CreateServiceInput{
		Cluster:            aws.String(string(s.Cluster)),
		ServiceName:        aws.String(nameOf(c)),
		ClientToken:        aws.String(c.Token(maxToken, "")),
		TaskDefinition:     aws.String(string(s.TaskDefinition)),
		DesiredCount:       aws.Int32(int32(cmp.Or(s.Count, 1))), //nolint:gosec // Validate knows the range
		LaunchType:         types.LaunchTypeFargate,
		SchedulingStrategy: types.SchedulingStrategyReplica,
		PropagateTags:      types.PropagateTagsService,
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
			Subnets:        texts(s.Subnets),
			SecurityGroups: texts(s.SecurityGroups),
			AssignPublicIp: public,
		}},
		DeploymentController: &types.DeploymentController{Type: types.DeploymentControllerTypeEcs},
		DeploymentConfiguration: &types.DeploymentConfiguration{
			DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{Enable: true},
			MinimumHealthyPercent:    aws.Int32(100),
			MaximumPercent:           aws.Int32(200),
		},
		Tags: tagList(c.Tags()),
	}
	for _, t := range s.Targets {
		in.LoadBalancers = append(in.LoadBalancers, types.LoadBalancer{
			TargetGroupArn: aws.String(string(t.Group)),
			ContainerName:  aws.String(t.Container),
			ContainerPort:  aws.Int32(int32(t.Port)), //nolint:gosec // Validate knows the range
		})
	}
	if s.HealthGrace != 0 {
		in.HealthCheckGracePeriodSeconds = aws.Int32(int32(s.HealthGrace / time.Second)) //nolint:gosec // Validate knows the range
	}
	return in
}

// optional is nil for a text that is not there.
func optional(t provision.Text) *string {
	if t == "" {
		return nil
	}
	return aws.String(string(t))
}

func texts(list []provision.Text) []string {
	var out []string
	for _, t := range list {
		out = append(out, string(t))
	}
	return out
}
