package lambdatest_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver/lambdatest"
)

// in runs a test in a bubble of virtual time. The client does not try again.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, service *lambdatest.Lambda, client *lambda.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := lambdatest.Register(cloud)
		test(t.Context(), t, service, lambda.NewFromConfig(cloud.Config(), func(o *lambda.Options) { o.Retryer = aws.NopRetryer{} }))
	})
}

func request(name string) *lambda.CreateFunctionInput {
	return &lambda.CreateFunctionInput{
		FunctionName: aws.String(name), Role: aws.String("arn:aws:iam::123456789012:role/shop"), Publish: true,
		PackageType: types.PackageTypeImage, Code: &types.FunctionCode{ImageUri: aws.String("repository:tag")},
	}
}

func TestLifeOfAFunction(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *lambdatest.Lambda, client *lambda.Client) {
		var (
			missing  *types.ResourceNotFoundException
			conflict *types.ResourceConflictException
		)
		_, err := client.CreateFunction(ctx, request("web"))
		require.NoError(t, err)
		_, err = client.CreateFunction(ctx, request("web"))
		require.ErrorAs(t, err, &conflict)
		read := &lambda.GetFunctionInput{FunctionName: aws.String("web")}
		_, err = client.GetFunction(ctx, read)
		require.ErrorAs(t, err, &missing, "it is not known everywhere yet")

		time.Sleep(500 * time.Millisecond)
		out, err := client.GetFunction(ctx, read)
		require.NoError(t, err)
		require.Equal(t, types.StatePending, out.Configuration.State)
		makeURL := &lambda.CreateFunctionUrlConfigInput{FunctionName: aws.String("web"), AuthType: types.FunctionUrlAuthTypeNone}
		_, err = client.CreateFunctionUrlConfig(ctx, makeURL)
		require.ErrorAs(t, err, &conflict)
		require.ErrorContains(t, err, "Pending")
		_, err = client.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: aws.String("web")})
		require.ErrorAs(t, err, &conflict)

		time.Sleep(5 * time.Second)
		_, err = client.CreateFunctionUrlConfig(ctx, makeURL)
		require.NoError(t, err)
		_, err = client.CreateFunctionUrlConfig(ctx, makeURL)
		require.ErrorAs(t, err, &conflict)
		_, err = client.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String("web")})
		require.ErrorAs(t, err, &missing)
		allow := &lambda.AddPermissionInput{
			FunctionName: aws.String("web"), StatementId: aws.String("s"), Action: aws.String("lambda:InvokeFunction"), Principal: aws.String("*"),
		}
		_, err = client.AddPermission(ctx, allow)
		require.NoError(t, err)
		_, err = client.AddPermission(ctx, allow)
		require.ErrorAs(t, err, &conflict)
		policy, err := client.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: aws.String("web")})
		require.NoError(t, err)
		require.Contains(t, *policy.Policy, `"Sid":"s"`)

		time.Sleep(time.Minute)
		_, err = client.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: aws.String("web")})
		require.NoError(t, err)
		_, err = client.GetFunction(ctx, read)
		require.ErrorAs(t, err, &missing)
		list, err := client.ListFunctions(ctx, &lambda.ListFunctionsInput{})
		require.NoError(t, err)
		require.Len(t, list.Functions, 1, "a list is a little late")
		_, err = client.CreateFunction(ctx, request("web"))
		require.NoError(t, err)
		require.Equal(t, "2", service.Functions()[0].Version)
		require.Empty(t, service.Functions()[0].URL)
	})
}

func TestBadRequests(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(in *lambda.CreateFunctionInput)
		code   string
	}{
		"name":        {func(in *lambda.CreateFunctionInput) { in.FunctionName = aws.String(strings.Repeat("a", 65)) }, "ValidationException"},
		"dot":         {func(in *lambda.CreateFunctionInput) { in.FunctionName = aws.String("a.b") }, "ValidationException"},
		"role":        {func(in *lambda.CreateFunctionInput) { in.Role = aws.String("shop") }, "ValidationException"},
		"memory":      {func(in *lambda.CreateFunctionInput) { in.MemorySize = aws.Int32(127) }, "ValidationException"},
		"timeout":     {func(in *lambda.CreateFunctionInput) { in.Timeout = aws.Int32(901) }, "ValidationException"},
		"handler":     {func(in *lambda.CreateFunctionInput) { in.Handler = aws.String("x") }, "InvalidParameterValueException"},
		"no runtime":  {func(in *lambda.CreateFunctionInput) { in.PackageType = types.PackageTypeZip }, "InvalidParameterValueException"},
		"environment": {func(in *lambda.CreateFunctionInput) { in.Environment = variable("BIG", strings.Repeat("x", 4<<10)) }, "InvalidParameterValueException"},
		"reserved":    {func(in *lambda.CreateFunctionInput) { in.Environment = variable("AWS_REGION", "") }, "InvalidParameterValueException"},
		"variable":    {func(in *lambda.CreateFunctionInput) { in.Environment = variable("X", "") }, "ValidationException"},
		"subnets": {func(in *lambda.CreateFunctionInput) { in.VpcConfig = &types.VpcConfig{SubnetIds: []string{"subnet-1"}} },
			"InvalidParameterValueException"},
		"emoji":    {func(in *lambda.CreateFunctionInput) { in.Tags = map[string]string{"k": "🚀"} }, "InvalidParameterValueException"},
		"long tag": {func(in *lambda.CreateFunctionInput) { in.Tags = map[string]string{"k": strings.Repeat("x", 257)} }, "InvalidParameterValueException"},
		"aws tag":  {func(in *lambda.CreateFunctionInput) { in.Tags = map[string]string{"aws:k": ""} }, "InvalidParameterValueException"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, service *lambdatest.Lambda, client *lambda.Client) {
				bad := request("web")
				tt.change(bad)
				_, err := client.CreateFunction(ctx, bad)
				var api smithy.APIError
				require.ErrorAs(t, err, &api)
				require.Equal(t, tt.code, api.ErrorCode(), "%v", err)
				require.Empty(t, service.Functions())
			})
		})
	}
}

func variable(name, value string) *types.Environment {
	return &types.Environment{Variables: map[string]string{name: value}}
}

func TestListsComeInPages(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *lambdatest.Lambda, client *lambda.Client) {
		want := map[string]bool{"a": true, "b": true, "c": true}
		for name := range want {
			_, err := service.AddFunction(request(name))
			require.NoError(t, err)
		}
		got := map[string]bool{}
		pages := lambda.NewListFunctionsPaginator(client, &lambda.ListFunctionsInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page.Functions), 2)
			for _, f := range page.Functions {
				require.Empty(t, f.State, "a list does not tell the state")
				got[*f.FunctionName] = true
			}
		}
		require.True(t, maps.Equal(want, got))
	})
}

func TestRatesAreLimited(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *lambdatest.Lambda, client *lambda.Client) {
		_, err := service.AddFunction(request("web"))
		require.NoError(t, err)
		throttled := func(calls int, call func() error) (n int) {
			for range calls {
				var throttle *types.TooManyRequestsException
				if err := call(); err != nil {
					require.ErrorAs(t, err, &throttle)
					n++
				}
			}
			return n
		}
		require.Equal(t, 5, throttled(20, func() error {
			_, err := client.ListFunctions(ctx, &lambda.ListFunctionsInput{})
			return err
		}))
		require.Equal(t, 10, throttled(110, func() error {
			_, err := client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: aws.String("web")})
			return err
		}))
	})
}
