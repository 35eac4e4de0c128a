package ecstest

import (
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// sizes are the memories that Fargate has for each CPU: from, to and step in MiB (ECS developer guide, task size).
var sizes = map[string][3]int{
	"256": {512, 2048, 512}, "512": {1024, 4096, 1024}, "1024": {2048, 8192, 1024}, "2048": {4096, 16384, 1024},
	"4096": {8192, 30720, 1024}, "8192": {16384, 61440, 4096}, "16384": {32768, 122880, 8192},
}

// checkTaskDefinition refuses what ECS refuses to register for Fargate.
func checkTaskDefinition(in *ecs.RegisterTaskDefinitionInput) error {
	if !resourceName.MatchString(aws.ToString(in.Family)) {
		return client("Family contains invalid characters.")
	}
	if !slices.Contains(in.RequiresCompatibilities, types.CompatibilityFargate) {
		return client("ecstest simulates FARGATE only")
	}
	if in.NetworkMode != types.NetworkModeAwsvpc {
		return client("Fargate only supports network mode 'awsvpc'.")
	}
	size, ok := sizes[aws.ToString(in.Cpu)]
	memory, err := strconv.Atoi(aws.ToString(in.Memory))
	if !ok || err != nil || memory < size[0] || memory > size[1] || memory%size[2] != 0 || *in.Cpu == "256" && memory == 1536 {
		return client("No Fargate configuration exists for given values: %s CPU, %s memory.", aws.ToString(in.Cpu), aws.ToString(in.Memory))
	}
	if n := len(in.ContainerDefinitions); n < 1 || n > 10 {
		return client("Container list must have 1 to 10 containers.")
	}
	essential := false
	names, ports := map[string]bool{}, map[int32]bool{}
	for _, c := range in.ContainerDefinitions {
		if err := checkContainer(c, in.ExecutionRoleArn != nil); err != nil {
			return err
		}
		if names[*c.Name] {
			return client("Container names must be unique: %s", *c.Name)
		}
		names[*c.Name] = true
		essential = essential || c.Essential == nil || *c.Essential
		for _, p := range c.PortMappings {
			if ports[aws.ToInt32(p.ContainerPort)] {
				return client("Container ports must be unique in network mode awsvpc: %d", aws.ToInt32(p.ContainerPort))
			}
			ports[aws.ToInt32(p.ContainerPort)] = true
		}
	}
	if !essential {
		return client("At least one container in the task must be essential.")
	}
	return nil
}

func checkContainer(c types.ContainerDefinition, execution bool) error {
	if !resourceName.MatchString(aws.ToString(c.Name)) {
		return client("Container.name contains invalid characters.")
	}
	if aws.ToString(c.Image) == "" {
		return client("Container.image should not be null or empty.")
	}
	variables := map[string]bool{}
	for _, v := range c.Environment {
		variables[aws.ToString(v.Name)] = true
	}
	for _, s := range c.Secrets {
		if variables[aws.ToString(s.Name)] {
			return client("The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '%s'.", aws.ToString(s.Name))
		}
		variables[aws.ToString(s.Name)] = true
	}
	if len(c.Secrets) > 0 && !execution {
		return client("When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.")
	}
	for _, p := range c.PortMappings {
		if p.HostPort != nil && *p.HostPort != aws.ToInt32(p.ContainerPort) {
			return client("When networkMode=awsvpc, the host ports and container ports in port mappings must match.")
		}
	}
	if c.LogConfiguration != nil && c.LogConfiguration.LogDriver == types.LogDriverAwslogs {
		for _, option := range []string{"awslogs-group", "awslogs-region", "awslogs-stream-prefix"} {
			if c.LogConfiguration.Options[option] == "" {
				return client("Log driver awslogs requires options: %s", option)
			}
		}
		if !execution {
			return client("Fargate requires task definition to have execution role ARN to support log driver awslogs.")
		}
	}
	return nil
}
