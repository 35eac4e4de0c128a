package lambdatest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver/lambdatest"
)

func TestInterfacesOutliveTheFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []lambdatest.Interfaces
		cloud := sim.New()
		lambdatest.Register(cloud, func(o *lambdatest.Options) { o.Interfaces = func(n lambdatest.Interfaces) { told = append(told, n) } })
		client := lambda.NewFromConfig(cloud.Config())
		_, err := client.CreateFunction(t.Context(), request("outside"))
		require.NoError(t, err)
		require.Empty(t, told, "it is in no VPC")

		in := request("inside")
		in.VpcConfig = &types.VpcConfig{SubnetIds: []string{"subnet-1", "subnet-2"}, SecurityGroupIds: []string{"sg-1"}}
		out, err := client.CreateFunction(t.Context(), in)
		require.NoError(t, err)
		require.Len(t, told, 1)
		want := lambdatest.Interfaces{
			Region: "us-east-1", Function: told[0].Function, Name: "inside", Subnets: []string{"subnet-1", "subnet-2"}, Groups: []string{"sg-1"},
		}
		require.Equal(t, want, told[0])
		require.Contains(t, told[0].Function, *out.FunctionArn)

		time.Sleep(2 * time.Minute)
		_, err = client.DeleteFunction(t.Context(), &lambda.DeleteFunctionInput{FunctionName: in.FunctionName})
		require.NoError(t, err)
		want.Until = time.Now().Add(15 * time.Minute)
		require.Equal(t, want, told[1])

		time.Sleep(time.Minute)
		_, err = client.CreateFunction(t.Context(), in)
		require.NoError(t, err)
		require.NotEqual(t, told[1].Function, told[2].Function, "one of the same name has its own")
	})
}
