package kinds_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestTaskDefinitionValidate(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::123456789012:role/shop"
	for _, tt := range []struct {
		name   string
		change func(*kinds.TaskDefinition)
		want   []string
	}{
		{"the least", func(*kinds.TaskDefinition) {}, nil},
		{"the zero value", func(d *kinds.TaskDefinition) { *d = kinds.TaskDefinition{} }, []string{"Containers"}},
		{"everything", func(d *kinds.TaskDefinition) {
			d.CPU, d.MemoryMiB, d.Architecture = 4096, 30720, kinds.TaskARM
			d.ExecutionRole, d.TaskRole, d.LogGroup = role, "${{role.ARN}}", "arn:aws:logs:eu-central-1:123456789012:log-group:/shop/web"
			d.Containers[0].Secrets = map[string]provision.Secret{
				"A": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf",
				"B": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db-AbCdEf:password::",
				"C": "arn:aws:ssm:eu-central-1:123456789012:parameter/shop/key",
				"D": "${{db.SecretARN}}",
			}
		}, nil},
		{"a CPU that is none", func(d *kinds.TaskDefinition) { d.CPU = 300 }, []string{"CPU"}},
		{"too little memory", func(d *kinds.TaskDefinition) { d.CPU, d.MemoryMiB = 1024, 1024 }, []string{"MemoryMiB"}},
		{"between the steps", func(d *kinds.TaskDefinition) { d.CPU, d.MemoryMiB = 8192, 17408 }, []string{"MemoryMiB"}},
		{"1.5 GiB with a quarter of a CPU", func(d *kinds.TaskDefinition) { d.MemoryMiB = 1536 }, []string{"MemoryMiB"}},
		{"an unknown processor", func(d *kinds.TaskDefinition) { d.Architecture = "arm64" }, []string{"Architecture"}},
		{"roles that are none", func(d *kinds.TaskDefinition) { d.ExecutionRole, d.TaskRole = "shop", "arn:aws:iam::1:user/x" }, []string{"ExecutionRole", "TaskRole"}},
		{"logs without a role", func(d *kinds.TaskDefinition) {
			d.LogGroup = "arn:aws:logs:eu-central-1:123456789012:log-group:web"
		}, []string{"ExecutionRole"}},
		{"the streams of a log group", func(d *kinds.TaskDefinition) {
			d.ExecutionRole, d.LogGroup = role, "arn:aws:logs:eu-central-1:123456789012:log-group:web:*"
		}, []string{"LogGroup"}},
		{"ECR without a role", func(d *kinds.TaskDefinition) {
			d.Containers[0].Image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:${{commit}}"
		}, []string{"ExecutionRole"}},
		{"no image", func(d *kinds.TaskDefinition) { d.Containers[0].Image = "" }, []string{"Containers[0].Image"}},
		{"a name with a dot", func(d *kinds.TaskDefinition) { d.Containers[0].Name = "a.b" }, []string{"Containers[0].Name"}},
		{"twins", func(d *kinds.TaskDefinition) { d.Containers = append(d.Containers, d.Containers[0]) },
			[]string{"Containers[1].Name", "Containers[1].Ports[0]"}},
		{"a port that is none", func(d *kinds.TaskDefinition) { d.Containers[0].Ports = []int{0, 65536} },
			[]string{"Containers[0].Ports[0]", "Containers[0].Ports[1]"}},
		{"all optional", func(d *kinds.TaskDefinition) { d.Containers[0].Optional = true }, []string{"Containers"}},
		{"eleven containers", func(d *kinds.TaskDefinition) { d.Containers = make([]kinds.Container, 11) }, []string{"Containers"}},
		{"a variable that is none", func(d *kinds.TaskDefinition) {
			d.Containers[0].Environment = map[string]provision.Text{"A-B": "x"}
		}, []string{`Containers[0].Environment["A-B"]`}},
		{"a variable and a secret", func(d *kinds.TaskDefinition) {
			d.ExecutionRole = role
			d.Containers[0].Environment = map[string]provision.Text{"A": "x"}
			d.Containers[0].Secrets = map[string]provision.Secret{"A": "arn:aws:ssm:eu-central-1:123456789012:parameter/key"}
		}, []string{`Containers[0].Secrets["A"]`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := kinds.TaskDefinition{Containers: []kinds.Container{{Name: "web", Image: "nginx:${{commit}}", Ports: []int{8080}}}}
			tt.change(&d)
			err := d.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}

func TestTaskDefinitionSize(t *testing.T) {
	t.Parallel()
	for cpu, memory := range map[int]int{0: 512, 256: 512, 512: 1024, 1024: 2048, 2048: 4096, 4096: 8192, 8192: 16384, 16384: 32768} {
		_, got := kinds.TaskDefinition{CPU: cpu}.Size()
		require.Equal(t, memory, got)
	}
	cpu, memory := kinds.TaskDefinition{MemoryMiB: 2048}.Size()
	require.Equal(t, []int{256, 2048}, []int{cpu, memory})
}
