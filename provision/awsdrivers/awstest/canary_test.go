package awstest_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// canary is a secret where it does not belong: in the values of variables, scripts, settings and properties.
const canary = "hunter2-canary"

// kept is a secret where it belongs: the value of one in Secrets Manager.
const kept = "kept-by-aws-canary"

// confided are the only fields of requests that may hold it, each because somebody has written it into a field of a blueprint that is
// for that field of that service.
var confided = []string{
	"CloudControl CreateResource DesiredState",
	"EC2 CreateLaunchTemplate LaunchTemplateData.UserData",
	"EC2 RunInstances UserData",
	"ECS RegisterTaskDefinition ContainerDefinitions[].Command[]",
	"ECS RegisterTaskDefinition ContainerDefinitions[].Environment[].Value",
	"Lambda CreateFunction Environment.Variables[MODE]",
	"SNS Subscribe Endpoint",
	"SSM PutParameter Value",
}

// careless is a blueprint of somebody who puts secrets everywhere, and refers to some as one should.
func careless(cloud *awstest.Cloud) *provision.Blueprint {
	variables := map[string]provision.Text{"MODE": "pass=" + canary}
	script := "#!/bin/sh\necho '" + canary + "' ${{jobs.URL}} $(id)\n"
	var b provision.Blueprint
	jobs := kinds.AddQueue(&b, "jobs", kinds.Queue{})
	db := kinds.AddDatabase(&b, "db", kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20})
	key := kinds.AddExistingSecret(&b, "key", kinds.ExistingSecret{Name: payment(cloud)})
	secrets := map[string]provision.Secret{"DATABASE_SECRET": db.SecretARN(), "PAYMENT_KEY": key.ARN()}
	web := kinds.AddInstance(&b, "web", kinds.Instance{
		Image: ec2test.Linux, Type: "t3.micro", Environment: variables, Script: script, Secrets: secrets,
	})
	kinds.AddLaunchTemplate(&b, "template", kinds.LaunchTemplate{
		Image: ec2test.Linux, Type: "t3.micro", Environment: variables, Script: script, Secrets: secrets,
	})
	definition := kinds.AddTaskDefinition(&b, "task", kinds.TaskDefinition{
		ExecutionRole: roleNamed(cloud, "ecs-execution"),
		Containers: []kinds.Container{{
			Name: "web", Image: "public.ecr.aws/shop/web:${{commit}}", Environment: variables, Command: []provision.Text{"serve", canary + " first"},
			Secrets: map[string]provision.Secret{"PASSWORD": db.SecretARN() + ":password::"},
		}},
	})
	kinds.AddService(&b, "service", kinds.Service{Cluster: cluster(cloud), TaskDefinition: definition.ARN(), Subnets: subnets(cloud)})
	kinds.AddFunction(&b, "function", kinds.Function{
		Role: roleNamed(cloud, "shop"), Environment: variables, Secrets: secrets,
		Zip: anyCode(cloud),
	})
	kinds.AddParameter(&b, "setting", kinds.Parameter{Value: `{"password": "` + canary + `"}`})
	kinds.AddParameter(&b, "settings", kinds.Parameter{Values: []provision.Text{"a", canary + " in a list"}})
	kinds.AddTopic(&b, "events", kinds.Topic{Subscriptions: []kinds.Subscription{
		{Protocol: kinds.ToHTTPS, Endpoint: "https://example.com/hook?token=" + canary},
		{Protocol: kinds.ToQueue, Endpoint: jobs.ARN()},
	}})
	kinds.AddCloudControl(&b, "images", kinds.CloudControl{Type: repository, Properties: map[string]any{
		"RepositoryPolicyText": map[string]any{"Statement": []any{map[string]any{"Sid": canary, "Resource": db.SecretARN()}}},
	}})
	b.Entrance.Host = web.PublicDNS()
	return &b
}

// payment makes sure that there is a secret with a value.
func payment(cloud *awstest.Cloud) provision.Secret {
	const name = "shop/payment"
	if len(cloud.SecretsManager.Secrets()) == 0 {
		if _, err := cloud.SecretsManager.AddSecret(name, kept); err != nil {
			panic(err) // a constant that Secrets Manager refuses
		}
	}
	return name
}

// witness keeps all that a program says to people: logs, events, results and errors.
type witness struct{ heard bytes.Buffer }

func (w *witness) hear(things ...any) {
	for _, thing := range things {
		fmt.Fprintf(&w.heard, "%v\n%+v\n%s\n", thing, thing, thing)
		if text, err := json.Marshal(thing); err == nil {
			w.heard.Write(text)
		}
	}
}

// requireNothingHeard fails when anything of the canary was heard.
func (w *witness) requireNothingHeard(t *testing.T) {
	t.Helper()
	require.Greater(t, w.heard.Len(), 10_000)
	for line := range strings.SplitSeq(w.heard.String(), "\n") {
		require.NotContains(t, line, "canary")
	}
}

// Whatever secret somebody puts into a blueprint, it goes to the service that it was written for and nowhere else: into no tag, no
// name, no record and no comment in DNS, no log, no event and no digest.
func TestTheCanaryIsHeardNowhere(t *testing.T) {
	t.Parallel()
	inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
		w := &witness{}
		history := &envtest.History{}
		first, second := history.Commit("Open the shop"), history.Commit("Close the shop")
		m := managerOf(t, cloud, history, w)

		for _, commit := range []gitmeta.Commit{first, second} {
			e, err := m.Deploy(ctx, commit, careless(cloud))
			require.NoError(t, err)
			p, err := m.Promote(ctx, "production", commit.Hash)
			require.NoError(t, err)
			inventory, err := m.Describe(ctx, commit.Hash)
			require.NoError(t, err)
			require.NotEmpty(t, inventory.Resources)
			w.hear(e, p, inventory)
		}
		time.Sleep(24 * time.Hour)
		gone, err := m.Terminate(ctx, first.Hash)
		require.NoError(t, err)
		w.hear(gone)

		// A blueprint that is wrong is not shown either, nor is a digest of anything but a hash.
		wrong := careless(cloud)
		wrong.Nodes[len(wrong.Nodes)-1].Spec = kinds.Parameter{Values: []provision.Text{canary + ",", "{{" + canary}}
		_, err = m.Deploy(ctx, second, wrong)
		require.Error(t, err)
		digest, err2 := careless(cloud).Digest()
		require.NoError(t, err2)
		w.hear(err, digest)

		w.requireNothingHeard(t)
		sent := whereSent(cloud, canary)
		require.Equal(t, confided, sent, "these requests, and no others, hold it")
		require.NotEmpty(t, cloud.Route53.Batches(zoneOf(cloud)), "DNS was written")
		require.Empty(t, whereSent(cloud, kept))
		require.Empty(t, cloud.SecretsManager.Reads(), "the value of a secret is read by whoever uses it")
	}, brief)
}

// Nor is it in an error, an event or a log when AWS refuses the request and repeats what it was sent.
func TestTheCanaryIsNotInTheEcho(t *testing.T) {
	for _, field := range confided {
		service, op := strings.Fields(field)[0], strings.Fields(field)[1]
		t.Run(service+" "+op, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
				w := &witness{}
				history := &envtest.History{}
				parrot(cloud, service, op)
				_, err := managerOf(t, cloud, history, w).Deploy(ctx, history.Commit("Open the shop"), careless(cloud))
				require.ErrorContains(t, err, "(hidden)", "it was refused, and the answer repeats it")
				var refusal smithy.APIError
				require.ErrorAs(t, err, &refusal)
				require.Equal(t, "ValidationException", refusal.ErrorCode(), "the error is still the service's")
				w.hear(err)
				w.requireNothingHeard(t)
			}, brief)
		})
	}
}

// managerOf is a manager of everything, whose words are heard.
func managerOf(t *testing.T, cloud *awstest.Cloud, history *envtest.History, w *witness) *env.Manager {
	t.Helper()
	cfg := cloud.Config()
	zone := cloud.Route53.AddZone("example.com", false)
	m, err := env.New(env.Config{
		App: "shop", Base: "shop.example.com", Zone: dns.Open(route53.NewFromConfig(cfg), zone), Engine: engineOf(t, cloud, cfg), Repo: history,
		Guard:   guard.New(guard.ProtectAliases("production"), guard.NothingPointsAt()),
		Logger:  slog.New(slog.NewJSONHandler(&w.heard, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true})),
		Observe: func(_ context.Context, e env.Event) { w.hear(e, e.LogValue()) },
	})
	require.NoError(t, err)
	return m
}

// zoneOf is the only zone of a cloud.
func zoneOf(cloud *awstest.Cloud) string {
	for _, call := range cloud.Calls() {
		if in, ok := call.Input.(*route53.ChangeResourceRecordSetsInput); ok {
			return *in.HostedZoneId
		}
	}
	return ""
}

// parrot refuses the first call of an operation, with an error as services give them that repeat what they were sent: as it is, decoded,
// and in quotes.
func parrot(cloud *awstest.Cloud, service, op string) {
	refusal := &smithy.GenericAPIError{Code: "ValidationException"}
	var first sync.Once
	cloud.Inject(awstest.Fault{Kind: awstest.Fail, Err: refusal, Match: func(call *awstest.Call) (mine bool) {
		if call.Service == service && call.Op == op {
			first.Do(func() {
				mine = true
				leaves(reflect.ValueOf(call.Input), "", func(path, value string) {
					for _, text := range decoded(value) {
						refusal.Message += fmt.Sprintf("Value '%s' at '%s' failed to satisfy constraint: %q. ", text, path, text)
					}
				})
			})
		}
		return mine
	}})
}

// whereSent lists the fields of requests that hold a text, plainly or in base64.
func whereSent(cloud *awstest.Cloud, text string) []string {
	found := map[string]bool{}
	for _, call := range cloud.Calls() {
		leaves(reflect.ValueOf(call.Input), "", func(path, value string) {
			if slices.ContainsFunc(decoded(value), func(plain string) bool { return strings.Contains(plain, text) }) {
				found[call.Service+" "+call.Op+" "+path] = true
			}
		})
	}
	return slices.Sorted(maps.Keys(found))
}

// leaves visits the texts in the input of a call.
func leaves(v reflect.Value, path string, visit func(path, value string)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			leaves(v.Elem(), path, visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				leaves(v.Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), visit)
			}
		}
	case reflect.Slice, reflect.Array:
		if raw, ok := reflect.TypeAssert[[]byte](v); ok {
			visit(path, string(raw))
			return
		}
		for i := range v.Len() {
			leaves(v.Index(i), path+"[]", visit)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			visit(path, key.String())
			leaves(v.MapIndex(key), path+"["+key.String()+"]", visit)
		}
	case reflect.String:
		visit(path, v.String())
	}
}

var encoded = regexp.MustCompile(`[A-Za-z0-9+/]{16,}(\n[A-Za-z0-9+/]+)*={0,2}`)

// decoded is a text, and all that there is in base64 in it, which may be wrapped, and in which there may be base64 again.
func decoded(value string) []string {
	texts := []string{value}
	for _, code := range encoded.FindAllString(value, -1) {
		if plain, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(code, "\n", "")); err == nil {
			texts = append(texts, decoded(string(plain))...)
		}
	}
	return texts
}

// A kind with a field that somebody might put a secret into is one that the canary has to go through.
func TestTheCanaryGoesThroughEveryKind(t *testing.T) {
	t.Parallel()
	through := map[provision.Kind]bool{}
	for _, n := range careless(awstest.New()).Nodes {
		through[n.Spec.Kind()] = true
	}
	for _, e := range catalogue {
		b := e.blueprint(awstest.New(), "it")
		if _, discreet := b.Nodes[len(b.Nodes)-1].Spec.(provision.Discreet); discreet {
			require.True(t, through[e.kind], "%s has private texts", e.kind)
		}
	}
}

// Values of secrets that AWS keeps are never asked for: no call returns one, so none can get into the process.
func TestValuesOfSecretsAreNeverAskedFor(t *testing.T) {
	t.Parallel()
	inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
		engine := engineOf(t, cloud, cloud.Config())
		applied, err := engine.Apply(ctx, owner(), careless(cloud))
		require.NoError(t, err)
		_, err = engine.Destroy(ctx, owner())
		require.NoError(t, err)
		var asked []string
		for _, call := range cloud.Calls() {
			decrypts := false
			if in := reflect.Indirect(reflect.ValueOf(call.Input)).FieldByName("WithDecryption"); in.IsValid() && !in.IsNil() {
				decrypts = in.Elem().Bool()
			}
			if decrypts || regexp.MustCompile(`SecretValue|Password`).MatchString(call.Op) {
				asked = append(asked, call.Service+" "+call.Op)
			}
			if in, ok := call.Input.(*ssm.PutParameterInput); ok {
				require.NotEqual(t, ssmtypes.ParameterTypeSecureString, in.Type, "whose value would be in the blueprint")
			}
		}
		require.Empty(t, asked)
		require.Empty(t, cloud.SecretsManager.Reads())

		// What the software is told is the ARN.
		arn := one(t, applied.States, "db").Outputs["SecretARN"].String()
		require.Contains(t, arn, ":secretsmanager:")
		require.Equal(t, []string{
			"CloudControl CreateResource DesiredState", "EC2 CreateLaunchTemplate LaunchTemplateData.UserData", "EC2 RunInstances UserData",
			"ECS RegisterTaskDefinition ContainerDefinitions[].Secrets[].ValueFrom", "Lambda CreateFunction Environment.Variables[DATABASE_SECRET]",
		}, whereSent(cloud, arn))
		require.Equal(t, []string{
			"EC2 CreateLaunchTemplate LaunchTemplateData.UserData", "EC2 RunInstances UserData", "Lambda CreateFunction Environment.Variables[PAYMENT_KEY]",
		}, whereSent(cloud, cloud.SecretsManager.Secrets()[0].ARN))
	}, brief)
}
