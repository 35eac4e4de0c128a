package awsdrivers_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
)

func TestPlaceIsAskedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(func(o *awstest.Options) {
			o.Account, o.Region, o.Latency = "210987654321", "eu-central-1", awstest.Published
		})
		place := awsdrivers.Place(cloud.Config())
		var wait sync.WaitGroup
		for range 10 {
			wait.Go(func() {
				p, err := place(t.Context())
				require.NoError(t, err)
				require.Equal(t, provision.Place{Account: "210987654321", Region: "eu-central-1"}, p)
			})
		}
		wait.Wait()
		require.Len(t, cloud.Calls(), 1)
	})
}

func TestFailureToFindThePlaceIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New()
		remove := cloud.Inject(awstest.Fault{Kind: awstest.Fail, Err: awstest.Error("ExpiredToken", "log in again", 403)})
		place := awsdrivers.Place(cloud.Config())
		_, err := place(t.Context())
		require.ErrorContains(t, err, "ExpiredToken")
		remove()
		p, err := place(t.Context())
		require.NoError(t, err)
		require.Equal(t, cloud.Place(), p)
	})
}

func TestPlaceObeysTheContextOfEachCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New()
		cloud.Inject(awstest.Fault{Kind: awstest.Delay, Delay: time.Minute})
		place := awsdrivers.Place(cloud.Config())
		var wait sync.WaitGroup
		wait.Go(func() {
			_, err := place(t.Context())
			require.NoError(t, err)
		})
		synctest.Wait() // the first caller waits for STS
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := place(short)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		wait.Wait()
	})
}

func TestPlaceNeedsARegion(t *testing.T) {
	t.Parallel()
	cfg := awstest.New().Config()
	cfg.Region = ""
	_, err := awsdrivers.Place(cfg)(t.Context())
	require.ErrorContains(t, err, "AWS_REGION")
}
