package ecsdriver_test

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver/ecstest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// changes are the operations of the driver that change something.
var changes = drivertest.Only("RegisterTaskDefinition", "DeregisterTaskDefinition", "DeleteTaskDefinitions", "CreateService", "DeleteService")

func TestDriverOnSimulatedECS(t *testing.T) {
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name: "simulated ECS",
		New: func(t testing.TB) provisiontest.World {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			service := ecstest.Register(cloud)
			for _, name := range []string{"blue", "production", "test"} {
				_, err := service.AddCluster(name)
				require.NoError(t, err)
			}
			client := clientOf(cloud.Config())
			w := worldOf(client, ecsdriver.New(client), "production", "sg-1", "subnet-1", "subnet-2")
			w.LoseReply = drivertest.LoseReply(t, cloud, changes)
			w.Count = func(_ context.Context, kind provision.Kind) int { return count(service, kind) }
			return w
		},
	})
}

// count counts what is there to stay.
func count(service *ecstest.ECS, kind provision.Kind) (n int) {
	if kind == kinds.ServiceKind {
		for _, s := range service.Services() {
			if s.Status != "INACTIVE" {
				n++
			}
		}
		return n
	}
	for _, r := range service.Revisions() {
		if r.Status == "ACTIVE" {
			n++
		}
	}
	return n
}

// impatient gives up waiting for a service after a while, for on moto none ever runs.
type impatient struct{ *ecsdriver.Driver }

func (d impatient) Await(ctx context.Context, s provision.State) (provision.State, error) {
	if s.Kind == kinds.ServiceKind {
		short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		ctx = short
	}
	return d.Driver.Await(ctx, s)
}

func TestDriverOnMoto(t *testing.T) {
	server := moto.Start(t)
	const never = "no task of a service ever runs on moto: runningCount stays 0, so the service is never ready"
	gaps := map[string]string{
		"lost reply ecs/service": "moto has no client tokens and replaces a service of the same name; besides, none is ever ready",
	}
	for _, name := range []string{"await", "twice", "delete", "deleting", "lost delete", "dead attempt", "not ours"} {
		gaps[name+" ecs/service"] = never
	}
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name:     "moto",
		RealTime: true,
		New: func(t testing.TB) provisiontest.World {
			// moto lists families whose revisions are deleted for ever, so each world begins without those of the others.
			post(t, server, "/moto-api/reset", "")
			cfg := server.Config()
			wire := drivertest.NewWire(t, &cfg, changes, nil)
			client := ecs.NewFromConfig(cfg)
			cluster := "c" + rand.Text()
			_, err := client.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: &cluster})
			require.NoError(t, err)
			driver := ecsdriver.New(client, func(o *ecsdriver.Options) {
				o.Settle, o.Appear, o.Poll = 10*time.Millisecond, 100*time.Millisecond, 50*time.Millisecond // nothing takes time on moto
			})
			w := worldOf(client, impatient{driver}, cluster, idOf(t, server, "SecurityGroup", "groupId", 1)[0], idOf(t, server, "Subnet", "subnetId", 2)...)
			w.LoseReply = wire.Lose
			w.Count = func(ctx context.Context, kind provision.Kind) int { return countMoto(ctx, client, kind, cluster) }
			return w
		},
		Gaps: gaps,
	})
}

// idOf asks moto for ids of a network, which it wants to exist. It does so without the SDK of EC2, which takes minutes to compile.
func idOf(t testing.TB, server *moto.Server, what, field string, n int) (ids []provision.Text) {
	body := post(t, server, "/", "Action=Describe"+what+"s&Version=2016-11-15")
	for _, found := range regexp.MustCompile("<"+field+">([^<]+)</"+field+">").FindAllStringSubmatch(body, n) {
		ids = append(ids, provision.Text(found[1]))
	}
	require.Len(t, ids, n, "%s", body)
	return ids
}

func post(t testing.TB, server *moto.Server, path, body string) string {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0")
	response, err := server.Config().HTTPClient.Do(request)
	require.NoError(t, err)
	reply, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return string(reply)
}

// countMoto counts what is ACTIVE. It returns -1 if it cannot ask.
func countMoto(ctx context.Context, client *ecs.Client, kind provision.Kind, cluster string) (n int) {
	if kind == kinds.TaskDefinitionKind {
		return drivertest.Count(ctx, ecs.NewListTaskDefinitionsPaginator(client, &ecs.ListTaskDefinitionsInput{}),
			func(page *ecs.ListTaskDefinitionsOutput) int { return len(page.TaskDefinitionArns) })
	}
	list, err := client.ListServices(ctx, &ecs.ListServicesInput{Cluster: &cluster})
	if err != nil {
		return -1
	}
	for _, arn := range list.ServiceArns {
		out, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{arn}})
		if err != nil || len(out.Services) != 1 {
			return -1
		}
		if *out.Services[0].Status == "ACTIVE" {
			n++
		}
	}
	return n
}

// clientOf is a client that retries as often as a deployment needs.
func clientOf(cfg aws.Config) *ecs.Client {
	return ecs.NewFromConfig(cfg, func(o *ecs.Options) { o.RetryMaxAttempts = 10 })
}

const targetGroup = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/0123456789abcdef"

var (
	smallTask = kinds.TaskDefinition{Containers: []kinds.Container{{Name: "web", Image: "nginx:1", Ports: []int{8080}}}}
	fullTask  = kinds.TaskDefinition{
		CPU: 1024, MemoryMiB: 4096, Architecture: kinds.TaskARM,
		ExecutionRole: "arn:aws:iam::123456789012:role/execution",
		TaskRole:      "arn:aws:iam::123456789012:role/shop",
		LogGroup:      "arn:aws:logs:eu-central-1:123456789012:log-group:/shop/web",
		Containers: []kinds.Container{
			{
				Name: "web", Image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:1f0c9d3ab2e4", Command: []provision.Text{"serve", "-v"},
				Environment: map[string]provision.Text{"QUEUE": "https://sqs", "DEBUG": ""},
				Secrets:     map[string]provision.Secret{"PASSWORD": "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf:password::"},
				Ports:       []int{8080, 9090},
			},
			{Name: "proxy", Image: "envoy:1", Optional: true},
		},
	}
)

// worldOf is a world behind any client; who stands behind it adds LoseReply and Count.
func worldOf(client *ecs.Client, driver provision.Driver, cluster string, group provision.Text, subnets ...provision.Text) provisiontest.World {
	return provisiontest.World{
		Driver: driver,
		Specs: func(kind provision.Kind) []provisiontest.Sample {
			if kind == kinds.TaskDefinitionKind {
				return []provisiontest.Sample{{Name: "minimal", Spec: smallTask}, {Name: "full", Spec: fullTask}}
			}
			return []provisiontest.Sample{
				// moto fails without security groups, so the minimal service has one.
				{Name: "minimal", Prepare: serviceFor(kinds.Service{
					Cluster: provision.Text(cluster), Subnets: subnets[:1], SecurityGroups: []provision.Text{group},
				})},
				{Name: "full", Prepare: serviceFor(kinds.Service{
					Cluster: provision.Text(cluster), Subnets: subnets, SecurityGroups: []provision.Text{group},
					Count: 3, PublicIP: true, HealthGrace: time.Minute,
					Targets: []kinds.ServiceTarget{{Group: targetGroup, Container: "web", Port: 8080}},
				})},
			}
		},
		Stranger: func(ctx context.Context, kind provision.Kind, name string) (string, func() error, error) {
			return stranger(ctx, client, kind, cluster, string(subnets[0]), string(group), name)
		},
	}
}

// serviceFor prepares a service whose task definition is made first.
func serviceFor(s kinds.Service) func(context.Context, testing.TB, provision.Driver, provision.Owner) provision.Spec {
	return func(ctx context.Context, t testing.TB, d provision.Driver, o provision.Owner) provision.Spec {
		task, err := d.Create(ctx, provision.Call{Owner: o, Node: "task", Spec: smallTask})
		require.NoError(t, err)
		s.TaskDefinition = provision.Text(task.ID)
		return s
	}
}

// stranger makes something of somebody else's.
func stranger(ctx context.Context, client *ecs.Client, kind provision.Kind, cluster, subnet, group, name string) (string, func() error, error) {
	family := name
	if kind == kinds.ServiceKind {
		family = "theirs"
	}
	tags := []types.Tag{{Key: aws.String("team"), Value: aws.String("somebody else")}}
	task, err := client.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family: &family, RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate},
		NetworkMode: types.NetworkModeAwsvpc, Cpu: aws.String("256"), Memory: aws.String("512"), Tags: tags,
		ContainerDefinitions: []types.ContainerDefinition{{Name: aws.String("web"), Image: aws.String("theirs:1")}},
	})
	if err != nil {
		return "", nil, err
	}
	id := *task.TaskDefinition.TaskDefinitionArn
	look := func() (any, error) {
		out, err := client.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
			TaskDefinition: &id, Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags},
		})
		if err != nil {
			return nil, err
		}
		return []any{out.TaskDefinition, out.Tags}, nil
	}
	if kind == kinds.ServiceKind {
		out, err := client.CreateService(ctx, &ecs.CreateServiceInput{
			Cluster: &cluster, ServiceName: &name, TaskDefinition: &id, DesiredCount: aws.Int32(1), LaunchType: types.LaunchTypeFargate,
			NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
				Subnets: []string{subnet}, SecurityGroups: []string{group},
			}},
			Tags: tags,
		})
		if err != nil {
			return "", nil, err
		}
		id = *out.Service.ServiceArn
		look = func() (any, error) {
			out, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{
				Cluster: &cluster, Services: []string{name}, Include: []types.ServiceField{types.ServiceFieldTags},
			})
			if err != nil {
				return nil, err
			}
			return out.Services, nil
		}
	}
	time.Sleep(time.Second) // until listings show it
	unchanged, err := drivertest.Unchanged(look)
	return id, unchanged, err
}
