package lambdadriver_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver/lambdatest"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// changes are the operations of the driver that make a function or end it.
var changes = drivertest.Only("CreateFunction", "DeleteFunction")

// requests is about the same operations, which HTTP has no names for.
func requests(op string) bool {
	return op == "POST /2015-03-31/functions" || strings.HasPrefix(op, "DELETE /2015-03-31/functions/")
}

func TestDriverOnSimulatedLambda(t *testing.T) {
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name: "simulated Lambda",
		New: func(t testing.TB) provisiontest.World {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			service := lambdatest.Register(cloud)
			w := worldOf(clientOf(cloud))
			w.LoseReply = drivertest.LoseReply(t, cloud, changes)
			w.Hide = drivertest.Hide(cloud, &types.ResourceNotFoundException{}, "GetFunction")
			w.Count = func(context.Context, provision.Kind) int { return len(service.Functions()) }
			return w
		},
	})
}

func TestDriverOnMoto(t *testing.T) {
	server := moto.Start(t)
	addRole(t, server)
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name:     "moto",
		RealTime: true,
		New: func(t testing.TB) provisiontest.World {
			cfg := server.Config()
			wire := drivertest.NewWire(t, &cfg, requests, nil)
			client := lambda.NewFromConfig(cfg)
			w := worldOf(client, func(o *lambdadriver.Options) {
				o.Settle, o.Appear = 10*time.Millisecond, 100*time.Millisecond // nothing takes time on moto
				o.Role = o.Appear
			})
			w.LoseReply = wire.Lose
			w.Count = func(ctx context.Context, _ provision.Kind) int {
				return drivertest.Count(ctx, lambda.NewListFunctionsPaginator(client, &lambda.ListFunctionsInput{}),
					func(page *lambda.ListFunctionsOutput) int { return len(page.Functions) })
			}
			return w
		},
	})
}

// addRole makes the role of the samples: moto refuses one that does not exist. It asks without the SDK of IAM, which is
// not needed for anything else.
func addRole(t *testing.T, server *moto.Server) {
	t.Helper()
	form := url.Values{"Action": {"CreateRole"}, "Version": {"2010-05-08"}, "RoleName": {"shop"}, "AssumeRolePolicyDocument": {"{}"}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/iam/aws4_request, "+
		"SignedHeaders=host, Signature=0")
	response, err := server.Config().HTTPClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Less(t, response.StatusCode, http.StatusInternalServerError)
}

// clientOf is a client that is as patient as those of package awsdrivers: Lambda allows few calls a second.
func clientOf(cloud *sim.Cloud) *lambda.Client {
	return lambda.NewFromConfig(cloud.Config(), func(o *lambda.Options) { o.RetryMaxAttempts = 10 })
}

const (
	role  = "arn:aws:iam::123456789012:role/shop"
	image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:1f0c9d3"
)

// full has every field set that a function from an image can have.
func full() kinds.Function {
	return kinds.Function{
		Image: image, Role: role, Architecture: kinds.ARM64, MemoryMiB: 1024, Timeout: time.Minute,
		Environment:    map[string]provision.Text{"QUEUE": "jobs", "MODE": "fast; $(true) \"quoted\""},
		Secrets:        map[string]provision.Secret{"KEY": "arn:aws:ssm:us-east-1:123456789012:parameter/shop/key"},
		KMSKey:         "arn:aws:kms:us-east-1:123456789012:key/1234",
		Subnets:        []provision.Text{"subnet-1", "subnet-2"},
		SecurityGroups: []provision.Text{"sg-1"},
		LogGroup:       "/shop/web", JSONLogs: true, URL: kinds.PublicURL,
	}
}

// worldOf is a world behind any client; who stands behind it adds LoseReply and Count.
func worldOf(client *lambda.Client, optFns ...func(*lambdadriver.Options)) provisiontest.World {
	return provisiontest.World{
		Driver: lambdadriver.New(client, optFns...),
		Specs: func(provision.Kind) []provisiontest.Sample {
			return []provisiontest.Sample{
				{Name: "minimal", Spec: kinds.Function{Image: image, Role: role}},
				{Name: "full", Spec: full()},
			}
		},
		Stranger: func(ctx context.Context, _ provision.Kind, name string) (string, func() error, error) {
			out, err := client.CreateFunction(ctx, &lambda.CreateFunctionInput{
				FunctionName: &name, Role: aws.String(role), PackageType: types.PackageTypeImage,
				Code: &types.FunctionCode{ImageUri: aws.String(image)}, Tags: map[string]string{"team": "somebody else"},
			})
			if err != nil {
				return "", nil, err
			}
			waiter := lambda.NewFunctionActiveV2Waiter(client, func(o *lambda.FunctionActiveV2WaiterOptions) {
				o.MinDelay, o.MaxDelay = 10*time.Millisecond, time.Second
			})
			time.Sleep(time.Second) // until it is known
			if err := waiter.Wait(ctx, &lambda.GetFunctionInput{FunctionName: &name}, time.Minute); err != nil {
				return "", nil, err
			}
			unchanged, err := drivertest.Unchanged(func() ([2]any, error) { return look(ctx, client, name) })
			return *out.FunctionArn, unchanged, err
		},
	}
}

// look returns what one can change about a function.
func look(ctx context.Context, client *lambda.Client, name string) ([2]any, error) {
	out, err := client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: &name})
	if err != nil {
		return [2]any{}, err
	}
	return [2]any{out.Configuration, out.Tags}, nil
}
