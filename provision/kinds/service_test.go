package kinds_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestServiceValidate(t *testing.T) {
	t.Parallel()
	target := kinds.ServiceTarget{
		Group:     "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop/0123456789abcdef",
		Container: "web", Port: 8080,
	}
	for _, tt := range []struct {
		name   string
		change func(*kinds.Service)
		want   []string
	}{
		{"the least", func(*kinds.Service) {}, nil},
		{"the zero value", func(s *kinds.Service) { *s = kinds.Service{} }, []string{"Cluster", "TaskDefinition", "Subnets"}},
		{"everything", func(s *kinds.Service) {
			s.Cluster, s.Count, s.PublicIP = "arn:aws:ecs:eu-central-1:123456789012:cluster/production", 5000, true
			s.SecurityGroups, s.Targets, s.HealthGrace = []provision.Text{"sg-1"}, []kinds.ServiceTarget{target}, time.Minute
		}, nil},
		{"references", func(s *kinds.Service) {
			s.TaskDefinition, s.Subnets = "${{task.ARN}}", []provision.Text{"${{in.subnets}}"}
		}, nil},
		{"a cluster that is none", func(s *kinds.Service) { s.Cluster = "my cluster" }, []string{"Cluster"}},
		{"a revision that moves", func(s *kinds.Service) {
			s.TaskDefinition = "arn:aws:ecs:eu-central-1:123456789012:task-definition/shop"
		}, []string{"TaskDefinition"}},
		{"too many tasks", func(s *kinds.Service) { s.Count = 5001 }, []string{"Count"}},
		{"a negative number of tasks", func(s *kinds.Service) { s.Count = -1 }, []string{"Count"}},
		{"17 subnets", func(s *kinds.Service) { s.Subnets = make([]provision.Text, 17) }, []string{"Subnets", "Subnets[0]"}},
		{"a group for a subnet", func(s *kinds.Service) { s.Subnets = []provision.Text{"sg-1"} }, []string{"Subnets[0]"}},
		{"a group twice", func(s *kinds.Service) { s.SecurityGroups = []provision.Text{"sg-1", "sg-1"} }, []string{"SecurityGroups[1]"}},
		{"an empty target", func(s *kinds.Service) { s.Targets = []kinds.ServiceTarget{{}} },
			[]string{"Targets[0].Group", "Targets[0].Container", "Targets[0].Port"}},
		{"six targets", func(s *kinds.Service) {
			s.Targets = []kinds.ServiceTarget{target, target, target, target, target, target}
		}, []string{"Targets"}},
		{"grace for nothing", func(s *kinds.Service) { s.HealthGrace = time.Minute }, []string{"HealthGrace"}},
		{"half a second", func(s *kinds.Service) {
			s.Targets, s.HealthGrace = []kinds.ServiceTarget{target}, 500*time.Millisecond
		}, []string{"HealthGrace"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := kinds.Service{
				Cluster: "production", Subnets: []provision.Text{"subnet-1"},
				TaskDefinition: "arn:aws:ecs:eu-central-1:123456789012:task-definition/shop:1",
			}
			tt.change(&s)
			err := s.Validate()
			got := fields(err)
			if len(got) > len(tt.want) && tt.name == "17 subnets" {
				got = got[:len(tt.want)] // the rest says the same of each
			}
			require.Equal(t, tt.want, got, "%v", err)
		})
	}
}
