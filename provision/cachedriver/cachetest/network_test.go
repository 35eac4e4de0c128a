package cachetest_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision/cachedriver/cachetest"
)

func TestInterfacesComeAndGoWithTheGroup(t *testing.T) {
	var told []cachetest.Interfaces
	in(t, func(ctx context.Context, t *testing.T, w world) {
		out, err := w.CreateReplicationGroup(ctx, request("sessions", func(in *elasticache.CreateReplicationGroupInput) {
			in.NumCacheClusters, in.SecurityGroupIds, in.CacheSubnetGroupName = aws.Int32(3), []string{"sg-1"}, aws.String("default")
		}))
		require.NoError(t, err)
		want := cachetest.Interfaces{
			Region: "us-east-1", Group: *out.ReplicationGroup.ARN, Name: "sessions", SubnetGroup: "default", Nodes: 3, Groups: []string{"sg-1"},
		}
		require.Equal(t, []cachetest.Interfaces{want}, told)

		time.Sleep(time.Hour)
		_, err = w.DeleteReplicationGroup(ctx, &elasticache.DeleteReplicationGroupInput{ReplicationGroupId: aws.String("sessions")})
		require.NoError(t, err)
		require.Len(t, told, 2)
		require.NotEmpty(t, w.service.Groups())
		time.Sleep(time.Until(told[1].Until))
		require.Empty(t, w.service.Groups(), "they go when it does")
		want.Until = told[1].Until
		require.Equal(t, want, told[1])
	}, func(o *cachetest.Options) { o.Interfaces = func(n cachetest.Interfaces) { told = append(told, n) } })
}
