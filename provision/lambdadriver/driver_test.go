package lambdadriver_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver/lambdatest"
)

// world is a driver on a simulated Lambda.
type world struct {
	*lambdadriver.Driver
	drivertest.Lab
	service *lambdatest.Lambda
	client  *lambda.Client
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world), optFns ...func(*lambdatest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := lambdatest.Register(cloud, optFns...)
		client := clientOf(cloud)
		driver := lambdadriver.New(client)
		test(t.Context(), t, world{driver, drivertest.NewLab(cloud, driver), service, client})
	})
}

func minimal() kinds.Function { return kinds.Function{Image: image, Role: role} }

// web is a call for a function of an attempt.
func web(attempt string, f kinds.Function) provision.Call {
	owner := drivertest.Owner(attempt)
	owner.Subject = `feat(api): "don't" — 50% 🚀 #12`
	return provision.Call{Owner: owner, Node: "web", Spec: f}
}

func TestFunctionIsMadeAsTheBlueprintSays(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := web("a1", full())
		s := w.Made(ctx, t, c)
		functions := w.service.Functions()
		require.Len(t, functions, 1)
		f := functions[0]
		require.Equal(t, c.Name(64, ""), f.Name)
		require.Equal(t, c.Tags(), f.Tags)
		require.Equal(t, f.ARN, s.ID)
		outputs := map[string]string{}
		for name, value := range s.Outputs {
			outputs[name] = value.String()
		}
		require.Equal(t, map[string]string{
			"Name": f.Name, "ARN": f.ARN, "Version": "1", "VersionARN": f.ARN + ":1",
			"URL": f.URL, "URLHost": strings.TrimSuffix(strings.TrimPrefix(f.URL, "https://"), "/"),
		}, outputs)
		require.Equal(t, "NONE", f.AuthType)
		require.Equal(t, []lambdatest.Statement{
			{ID: "peppercorn-url", Action: "lambda:InvokeFunctionUrl", Principal: "*", AuthType: "NONE"},
			{ID: "peppercorn-url-invoke", Action: "lambda:InvokeFunction", Principal: "*", ViaURL: true},
		}, f.Statements)
		require.True(t, f.Input.Publish)
		require.Equal(t, []types.Architecture{"arm64"}, f.Input.Architectures)
		require.Equal(t, int32(1024), *f.Input.MemorySize)
		require.Equal(t, int32(60), *f.Input.Timeout)
		require.Equal(t, map[string]string{
			"QUEUE": "jobs", "MODE": `fast; $(true) "quoted"`, "KEY": "arn:aws:ssm:us-east-1:123456789012:parameter/shop/key",
		}, f.Input.Environment.Variables)
		require.Equal(t, []string{"subnet-1", "subnet-2"}, f.Input.VpcConfig.SubnetIds)
		require.Equal(t, types.LogFormatJson, f.Input.LoggingConfig.LogFormat)
	})
}

func TestZipAndDefaults(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		zip := kinds.FunctionZip{Bucket: "builds", Key: "a.zip", Version: "v7", Runtime: "provided.al2023", Handler: "bootstrap"}
		s := w.Made(ctx, t, web("a1", kinds.Function{Zip: zip, Role: role}))
		require.Empty(t, s.Outputs["URL"].String())
		f := w.service.Functions()[0]
		require.Equal(t, types.FunctionCode{
			S3Bucket: aws.String("builds"), S3Key: aws.String("a.zip"), S3ObjectVersion: aws.String("v7"),
		}, *f.Input.Code)
		require.Equal(t, []types.Architecture{"x86_64"}, f.Input.Architectures)
		require.Equal(t, []int32{128, 3}, []int32{*f.Input.MemorySize, *f.Input.Timeout})
		require.Empty(t, f.Statements)
	})
}

func TestSignedURLIsNotOpenedToEverybody(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		f := minimal()
		f.URL = kinds.IAMURL
		w.Made(ctx, t, web("a1", f))
		require.Equal(t, "AWS_IAM", w.service.Functions()[0].AuthType)
		require.Empty(t, w.service.Functions()[0].Statements)
	})
}

// A process that dies before or after any of its calls leaves something that the next one completes.
func TestCrashBetweenTheSteps(t *testing.T) {
	const calls = 10 // CreateFunction, six GetFunction until it is active, CreateFunctionUrlConfig, twice AddPermission
	for _, when := range []sim.When{sim.Before, sim.After} {
		for k := range calls {
			t.Run(fmt.Sprintf("%v call %d", when, k+1), func(t *testing.T) {
				in(t, func(ctx context.Context, t *testing.T, w world) {
					f := minimal()
					f.URL = kinds.PublicURL
					c := web("a1", f)
					process := w.Cloud.Process("first")
					process.CrashAt(k+1, when)
					_, err := lambdadriver.New(lambda.NewFromConfig(process.Config())).Create(ctx, c)
					require.Error(t, err)
					require.True(t, process.Crashed())
					s := w.Made(ctx, t, c)
					functions := w.service.Functions()
					require.Len(t, functions, 1)
					require.Len(t, functions[0].Statements, 2)
					require.Equal(t, functions[0].URL, s.Outputs["URL"].String())
				})
			})
		}
	}
}

func TestLostRepliesMakeOneFunction(t *testing.T) {
	for _, op := range []string{"CreateFunction", "CreateFunctionUrlConfig", "AddPermission"} {
		in(t, func(ctx context.Context, t *testing.T, w world) {
			w.Cloud.Inject(sim.Fault{Match: sim.On("Lambda", op), Times: 1, Kind: sim.LostReply})
			s := w.Made(ctx, t, web("a1", full()))
			require.Len(t, w.service.Functions(), 1, op)
			require.Len(t, w.service.Functions()[0].Statements, 2, op)
			require.Equal(t, s, w.Made(ctx, t, web("a1", full())), op)
		})
	}
}

func TestStrangersFunctionIsNeverTouched(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := web("a1", full())
		for _, tags := range []map[string]string{{"team": "other"}, web("a2", minimal()).Tags()} {
			_, err := w.client.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: aws.String(c.Name(64, ""))})
			if len(w.service.Functions()) > 0 {
				require.NoError(t, err)
			}
			before, err := w.service.AddFunction(&lambda.CreateFunctionInput{
				FunctionName: aws.String(c.Name(64, "")), Role: aws.String(role), PackageType: types.PackageTypeImage,
				Code: &types.FunctionCode{ImageUri: aws.String(image)}, Tags: tags,
			})
			require.NoError(t, err)
			_, err = w.Create(ctx, c)
			var foreign *provision.ForeignError
			require.ErrorAs(t, err, &foreign)
			require.Equal(t, before.ARN, foreign.ID)
			err = w.Delete(ctx, provision.State{ID: before.ARN, Owner: c.Owner, Node: c.Node, Kind: kinds.FunctionKind})
			require.ErrorIs(t, err, provision.ErrForeign)
			require.Equal(t, []lambdatest.Function{before}, w.service.Functions())
		}
	})
}

func TestFailureIsReportedAtOnce(t *testing.T) {
	for _, url := range []kinds.FunctionURL{kinds.NoURL, kinds.PublicURL} {
		in(t, func(ctx context.Context, t *testing.T, w world) {
			f, start := minimal(), time.Now()
			f.URL = url
			s, err := w.Create(ctx, web("a1", f))
			if url == kinds.NoURL {
				require.NoError(t, err)
				_, err = w.Await(ctx, s)
			}
			var failed *lambdadriver.FailedError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, types.StateReasonCodeImageAccessDenied, failed.Code)
			require.ErrorContains(t, err, "may not pull")
			require.Less(t, time.Since(start), time.Minute)
		}, func(o *lambdatest.Options) {
			o.Outcome = func(*lambda.CreateFunctionInput) (types.StateReasonCode, string) {
				return types.StateReasonCodeImageAccessDenied, "Lambda may not pull the image"
			}
		})
	}
}

func TestNewRoleIsWaitedForButNotForEver(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.service.RoleUsableAt(role, time.Now().Add(time.Minute))
		w.Made(ctx, t, web("a1", minimal()))
		w.service.RoleUsableAt(role, time.Now().Add(time.Hour))
		start := time.Now()
		_, err := w.Create(ctx, web("a2", minimal()))
		require.ErrorContains(t, err, "trusts lambda.amazonaws.com")
		require.InDelta(t, 120, time.Since(start).Seconds(), 10)
	})
}

func TestOtherBadParametersAreFinalAtOnce(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		f, start := minimal(), time.Now()
		f.Environment = map[string]provision.Text{"AWS_REGION": "x"} // Validate would have refused it
		_, err := w.Create(ctx, web("a1", f))
		var invalid *types.InvalidParameterValueException
		require.ErrorAs(t, err, &invalid)
		require.Zero(t, time.Since(start))
	})
}

// Lambda goes on counting, so that the version of a function that was deleted by hand and put back is not 1.
func TestVersionOfAFunctionThatWasPutBack(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, web("a1", minimal()))
		_, err := w.client.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: &s.ID})
		require.NoError(t, err)
		require.Equal(t, "2", w.Made(ctx, t, web("a1", minimal())).Outputs["Version"].String())
	})
}

func TestURLOfAnotherTypeIsNotSwallowed(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		f := minimal()
		s := w.Made(ctx, t, web("a1", f))
		_, err := w.client.CreateFunctionUrlConfig(ctx, &lambda.CreateFunctionUrlConfigInput{
			FunctionName: &s.ID, AuthType: types.FunctionUrlAuthTypeNone,
		})
		require.NoError(t, err)
		f.URL = kinds.IAMURL
		_, err = w.Create(ctx, web("a1", f))
		require.ErrorContains(t, err, "NONE, not AWS_IAM")
	})
}

func TestDeleteOfWhatIsPendingIsBusy(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s, err := w.Create(ctx, web("a1", minimal()))
		require.NoError(t, err)
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrBusy)
		time.Sleep(5 * time.Second)
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		require.NoError(t, w.Delete(ctx, s))
	})
}

// A function that was made a moment ago is not known yet, which is no proof that it is gone.
func TestDeleteWaitsForWhatIsNew(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := web("a1", minimal())
		doomed := w.Cloud.Process("doomed")
		doomed.CrashAt(1, sim.After)
		_, err := lambdadriver.New(lambda.NewFromConfig(doomed.Config())).Create(ctx, c)
		require.ErrorIs(t, err, sim.ErrCrashed)
		s := provision.State{Node: c.Node, Kind: kinds.FunctionKind, ID: w.service.Functions()[0].ARN, Owner: c.Owner}
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrBusy)
		w.Gone(ctx, t, s, provision.ErrBusy)
		require.Empty(t, w.service.Functions())
	})
}

func TestFindFailsRatherThanMissAFunction(t *testing.T) {
	for _, op := range []string{"ListFunctions", "GetFunction"} {
		t.Run(op, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				s := w.Made(ctx, t, web("a1", minimal()))
				w.Cloud.Inject(sim.Fault{Match: sim.On("Lambda", op), Kind: sim.Fail, Err: sim.Error("AccessDeniedException", "no", 403)})
				_, err := w.Found(ctx, s.Owner)
				var api smithy.APIError
				require.ErrorAs(t, err, &api)
				require.Equal(t, "AccessDeniedException", api.ErrorCode())
			})
		})
	}
}

// The answers of GetFunction hold a link to the code, and the environment. Neither may leave the driver.
func TestNothingOfTheCodeOrTheEnvironmentLeaves(t *testing.T) {
	const canary = "canary-in-a-variable"
	in(t, func(ctx context.Context, t *testing.T, w world) {
		zip := kinds.FunctionZip{Bucket: "builds", Key: "a.zip", Runtime: "provided.al2023", Handler: "bootstrap"}
		c := web("a1", kinds.Function{Zip: zip, Role: role, URL: kinds.PublicURL, Environment: map[string]provision.Text{"MODE": canary}})
		var seen strings.Builder
		note := func(s provision.State, err error) {
			fmt.Fprintf(&seen, "%+v %v\n", s, err)
		}
		s := w.Made(ctx, t, c)
		note(s, nil)
		theirs := s
		theirs.Owner.Attempt = "a2"
		for s, err := range w.Find(ctx, c.Owner) {
			note(s, err)
		}
		for _, op := range []string{"CreateFunction", "GetFunction", "ListVersionsByFunction", "AddPermission", "DeleteFunction"} {
			remove := w.Cloud.Inject(sim.Fault{
				Match: sim.On("Lambda", op), Kind: sim.Fail, Err: sim.Error("AccessDeniedException", "not for you", 403),
			})
			note(w.Create(ctx, c))
			note(w.Await(ctx, s))
			note(s, w.Delete(ctx, theirs))
			remove()
		}
		for _, call := range w.Cloud.Calls() {
			if create, ok := call.Input.(*lambda.CreateFunctionInput); ok {
				fmt.Fprintln(&seen, create.Tags)
				continue
			}
			input, err := json.Marshal(call.Input)
			require.NoError(t, err)
			seen.Write(input)
		}
		require.Contains(t, seen.String(), s.Name)
		require.NotContains(t, seen.String(), canary)
		require.NotContains(t, seen.String(), lambdatest.PresignedToken)
	})
}

func TestTagsThatCannotBeReadAreNoTags(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, web("a1", minimal()))
		blind := lambdadriver.New(blindfold{w.client})
		_, err := blind.Create(ctx, web("a1", minimal()))
		require.NotErrorIs(t, err, provision.ErrForeign)
		require.ErrorContains(t, err, "lambda:ListTags")
		require.ErrorContains(t, blind.Delete(ctx, s), "lambda:ListTags")
	})
}

// blindfold is a client that may not read tags.
type blindfold struct{ *lambda.Client }

func (b blindfold) GetFunction(ctx context.Context, in *lambda.GetFunctionInput, optFns ...func(*lambda.Options)) (*lambda.GetFunctionOutput, error) {
	out, err := b.Client.GetFunction(ctx, in, optFns...)
	if err == nil {
		out.Tags, out.TagsError = nil, &types.TagsError{
			ErrorCode: aws.String("AccessDeniedException"), Message: aws.String("not authorized to perform: lambda:ListTags"),
		}
	}
	return out, err
}
