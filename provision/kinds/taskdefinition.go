package kinds

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/provision"
)

// TaskDefinitionKind is the kind of a [TaskDefinition].
const TaskDefinitionKind provision.Kind = "ecs/task-definition"

// A TaskDefinition says what the tasks of an Amazon ECS [Service] on AWS Fargate consist of: its containers, which share one network
// interface (the network mode is awsvpc), and how much CPU and memory they have together. Containers is required.
//
//	task := kinds.AddTaskDefinition(b, "task", kinds.TaskDefinition{
//		ExecutionRole: "arn:aws:iam::123456789012:role/ecs-execution",
//		LogGroup:      logs.ARN(),
//		Containers: []kinds.Container{{
//			Name:  "web",
//			Image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:${{commit}}",
//			Ports: []int{8080},
//		}},
//	})
//
// It costs nothing, cannot be changed once it is registered, and is ready at once. Whether its images and secrets exist shows when
// a service starts its tasks.
type TaskDefinition struct {
	// Containers of a task, 1 to 10, at least one of them essential.
	Containers []Container
	// CPU of a task in units of 1/1,024 of a virtual CPU: 256, 512, 1024, 2048, 4096, 8192 or 16384. Default 256.
	CPU int
	// MemoryMiB is the memory of a task in MiB. Fargate offers some for each CPU: with 256 units 512, 1024 or 2048; with 512, 1024,
	// 2048 and 4096 units 2 to 8 times their number, in steps of 1024 (4096 units: up to 30720); with 8192 units 16384 to 61440 in
	// steps of 4096; with 16384 units 32768 to 122880 in steps of 8192. Default: the least for the CPU.
	MemoryMiB int
	// Architecture of the images. Default [TaskX86].
	Architecture TaskArchitecture
	// ExecutionRole is the ARN of the IAM role with which ECS pulls images from Amazon ECR, reads secrets and writes logs. Required
	// where one of these is wanted. Default: none.
	ExecutionRole provision.Text
	// TaskRole is the ARN of the IAM role that the software in the containers acts in. Default: none.
	TaskRole provision.Text
	// LogGroup is the ARN of the CloudWatch log group, in any region, that gets what the containers write to their standard outputs, as
	// streams "ecs/<container>/<task>". Default: it is lost.
	LogGroup provision.Text
}

// A TaskArchitecture is a type of processor.
type TaskArchitecture string

// The values of a [TaskArchitecture].
const (
	TaskX86 TaskArchitecture = "X86_64" // 64 bits of Intel or AMD
	TaskARM TaskArchitecture = "ARM64"  // AWS Graviton
)

// A Container is one program of a [TaskDefinition]. Name and Image are required.
type Container struct {
	// Name of the container, unique in the task: 1 to 255 letters, digits, "-" and "_".
	Name string
	// Image is where the image is pulled from: registry/repository:tag or registry/repository@digest. Its tag may be ${{commit}}.
	// Required.
	Image provision.Text
	// Command replaces the image's own (CMD). Default: the image's.
	Command []provision.Text
	// Environment of the program, in addition to the image's. Whoever may describe the task definition can read it, so it is no
	// place for a secret. Names consist of letters, digits and "_" and do not start with a digit. Default: none.
	Environment map[string]provision.Text
	// Secrets are further variables. The program finds the values of the secrets in them, which ECS reads when a task starts. Here
	// stand the ARNs: of a secret in Secrets Manager, of which one value may be chosen by ":key:stage:version" behind it, as in
	// db.SecretARN() + ":password::", or of a parameter in SSM. Names as in Environment, and none that is there. Default: none.
	Secrets map[string]provision.Secret
	// Ports are the TCP ports that the program listens on, each once in the whole task. Default: none.
	Ports []int
	// Optional says that the task goes on without this container. Default: the task stops when the container does.
	Optional bool
}

// Bounds of a task definition (ECS developer guide: task definition parameters for Fargate, service quotas).
const (
	taskMaxContainers = 10
	taskMaxName       = 255
	taskDefaultCPU    = 256
)

// taskSizes are the memories that Fargate offers for each CPU (ECS developer guide, task size).
var taskSizes = map[int]struct{ least, most, step int }{
	256:   {512, 2048, 512}, // all but 1536
	512:   {1024, 4096, 1024},
	1024:  {2048, 8192, 1024},
	2048:  {4096, 16384, 1024},
	4096:  {8192, 30720, 1024},
	8192:  {16384, 61440, 4096},
	16384: {32768, 122880, 8192},
}

var (
	taskContainerName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	taskRoleARN       = regexp.MustCompile(`^arn:[^:]+:iam::\d{12}:role/.+$`)
	taskLogGroupARN   = regexp.MustCompile(`^arn:[^:]+:logs:[^:]+:\d{12}:log-group:[^:]+$`)
)

// Size returns the CPU units and the MiB of memory that a task gets, with defaults filled in.
func (t TaskDefinition) Size() (cpu, memoryMiB int) {
	cpu = cmp.Or(t.CPU, taskDefaultCPU)
	return cpu, cmp.Or(t.MemoryMiB, taskSizes[cpu].least)
}

// Private returns commands and values of the environments, which no error repeats.
func (t TaskDefinition) Private() []string {
	var all []string
	for _, c := range t.Containers {
		all = append(all, privateTexts(c.Environment, privateTree(c.Command)...)...)
	}
	return all
}

// Kind returns [TaskDefinitionKind].
func (TaskDefinition) Kind() provision.Kind { return TaskDefinitionKind }

// Outputs of a task definition.
func (TaskDefinition) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the ARN, with the revision, that a service takes"},
		{Name: "Family", Type: provision.TextType, Early: true, Doc: "the family: the name without the revision"},
		{Name: "Revision", Type: provision.NumberType, Early: true, Doc: "the number within the family, usually 1"},
	}
}

// Validate checks names, the pair of CPU and memory, and the forms of ARNs as far as they are known. It returns every problem, joined.
func (t TaskDefinition) Validate() error {
	var p problems
	t.checkSize(&p)
	if t.Architecture != "" && t.Architecture != TaskX86 && t.Architecture != TaskARM {
		p.addf("Architecture", "%q is neither %q nor %q", t.Architecture, TaskX86, TaskARM)
	}
	taskARN(&p, "ExecutionRole", t.ExecutionRole, taskRoleARN, "an IAM role")
	taskARN(&p, "TaskRole", t.TaskRole, taskRoleARN, "an IAM role")
	taskARN(&p, "LogGroup", t.LogGroup, taskLogGroupARN, `a log group, without ":*"`)
	t.checkContainers(&p)
	if why := t.needsExecution(); why != "" && t.ExecutionRole == "" {
		p.addf("ExecutionRole", "is missing: ECS needs it for %s", why)
	}
	return p.err()
}

func (t TaskDefinition) checkSize(p *problems) {
	cpu, memory := t.Size()
	size, ok := taskSizes[cpu]
	switch {
	case !ok:
		p.addf("CPU", "%d is none of the sizes that Fargate has: %v", cpu, slices.Sorted(maps.Keys(taskSizes)))
	case memory < size.least || memory > size.most || memory%size.step != 0 || cpu == 256 && memory == 1536:
		p.addf("MemoryMiB", "Fargate has no %d MiB with %d units of CPU; it has %d to %d in steps of %d (with 256 units no 1536)",
			memory, cpu, size.least, size.most, size.step)
	}
}

func (t TaskDefinition) checkContainers(p *problems) {
	if n := len(t.Containers); n < 1 || n > taskMaxContainers {
		p.addf("Containers", "there are %d, there may be 1 to %d", n, taskMaxContainers)
		return
	}
	essential := false
	names, ports := map[string]bool{}, map[int]bool{}
	for i, c := range t.Containers {
		field := indexed("Containers", i)
		c.check(p, field)
		if names[c.Name] {
			p.addf(field+".Name", "%q is the name of another container as well", c.Name)
		}
		names[c.Name] = true
		for j, port := range c.Ports {
			if ports[port] {
				p.addf(indexed(field+".Ports", j), "%d is taken: the containers of a task share one network", port)
			}
			ports[port] = true
		}
		essential = essential || !c.Optional
	}
	if !essential {
		p.addf("Containers", "all are optional, at least one must not be")
	}
}

func (c Container) check(p *problems, at string) {
	if !taskContainerName.MatchString(c.Name) {
		p.addf(at+".Name", `%q is not 1 to %d letters, digits, "-" and "_"`, c.Name, taskMaxName)
	}
	p.required(at+".Image", c.Image)
	if text, ok := literal(c.Image); ok && strings.ContainsAny(text, " \t\r\n") {
		p.addf(at+".Image", "%q has blanks in it", text)
	}
	for i, port := range c.Ports {
		if port < 1 || port > maxPort {
			p.addf(indexed(at+".Ports", i), "%d is out of range, it may be 1 to %d", port, maxPort)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Environment)) {
		if !variableName.MatchString(name) {
			p.addf(fmt.Sprintf("%s.Environment[%q]", at, name), `the name of a variable consists of letters, digits and "_" and does not start with a digit`)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Secrets)) {
		field := fmt.Sprintf("%s.Secrets[%q]", at, name)
		if !variableName.MatchString(name) {
			p.addf(field, `the name of a variable consists of letters, digits and "_" and does not start with a digit`)
		}
		if _, twice := c.Environment[name]; twice {
			p.addf(field, "is in Environment as well")
		}
		p.secret(field, c.Secrets[name])
	}
}

// needsExecution says what ECS must have a role for, if anything is known.
func (t TaskDefinition) needsExecution() string {
	if t.LogGroup != "" {
		return "LogGroup"
	}
	for i, c := range t.Containers {
		if len(c.Secrets) > 0 {
			return indexed("Containers", i) + ".Secrets"
		}
		if strings.Contains(string(c.Image), ".dkr.ecr.") {
			return indexed("Containers", i) + ".Image, which is in Amazon ECR"
		}
	}
	return ""
}

// taskARN checks an ARN that is known.
func taskARN(p *problems, field string, arn provision.Text, form *regexp.Regexp, what string) {
	if text, ok := literal(arn); ok && text != "" && !form.MatchString(text) {
		p.addf(field, "%q is not the ARN of %s", text, what)
	}
}

// TaskDefinitionRef is the handle of a [TaskDefinition] in a blueprint.
type TaskDefinitionRef struct{ provision.Ref }

// AddTaskDefinition adds a task definition to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddTaskDefinition(b *provision.Blueprint, name string, t TaskDefinition, optFns ...func(*provision.Node)) TaskDefinitionRef {
	return TaskDefinitionRef{b.Add(name, t, optFns...)}
}

// ARN is what [Service.TaskDefinition] takes. Known at once.
func (r TaskDefinitionRef) ARN() provision.Text { return r.Output("ARN") }

// Family is the name without the revision. Known at once.
func (r TaskDefinitionRef) Family() provision.Text { return r.Output("Family") }

// Revision is the number within the family, usually 1. Known at once.
func (r TaskDefinitionRef) Revision() provision.Text { return r.Output("Revision") }
