package rdstest_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
)

func TestInterfacesComeAndGoWithTheInstance(t *testing.T) {
	var told []rdstest.Interfaces
	in(t, func(ctx context.Context, t *testing.T, w world) {
		out, err := w.CreateDBInstance(ctx, request(func(in *rds.CreateDBInstanceInput) {
			in.MultiAZ, in.VpcSecurityGroupIds = aws.Bool(true), []string{"sg-1", "sg-2"}
		}))
		require.NoError(t, err)
		want := rdstest.Interfaces{
			Region: "us-east-1", Instance: *out.DBInstance.DBInstanceArn, SubnetGroup: "default", Zones: 2, Groups: []string{"sg-1", "sg-2"},
		}
		require.Equal(t, []rdstest.Interfaces{want}, told)

		time.Sleep(time.Hour)
		_, err = w.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("db"), SkipFinalSnapshot: aws.Bool(true)})
		require.NoError(t, err)
		require.Len(t, told, 2)
		require.NotEmpty(t, w.service.Instances())
		time.Sleep(time.Until(told[1].Until))
		require.Empty(t, w.service.Instances(), "they go when it does")
		want.Until = told[1].Until
		require.Equal(t, want, told[1])

		w.add(t, "small")
		require.Equal(t, 1, told[2].Zones)
		require.Empty(t, told[2].Groups)
	}, func(o *rdstest.Options) { o.Interfaces = func(n rdstest.Interfaces) { told = append(told, n) } })
}
