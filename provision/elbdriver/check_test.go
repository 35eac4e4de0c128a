package elbdriver_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestCheckAsksWhoeverKnows(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		var subnets, groups []provision.Text
		d := elbdriver.New(w.client, func(o *elbdriver.Options) {
			o.Network = func(_ context.Context, s, g []provision.Text) error {
				subnets, groups = s, g
				return &provision.MissingError{Field: "Subnets[0]", What: "subnet subnet-1"}
			}
			o.Certificate = func(_ context.Context, arn string) error { return &provision.MissingError{What: "certificate " + arn} }
		})
		lb := kinds.LoadBalancer{Subnets: []provision.Text{"subnet-1", "${{net.Subnets}}"}, SecurityGroups: []provision.Text{"sg-1"}}
		err := d.Check(ctx, call("a1", "lb", lb))
		require.ErrorIs(t, err, provision.ErrMissing)
		require.EqualError(t, err, "Subnets[0]: subnet subnet-1 does not exist")
		require.Equal(t, lb.Subnets, subnets)
		require.Equal(t, lb.SecurityGroups, groups)

		https := kinds.Listener{Certificate: "arn:aws:acm:us-east-1:123456789012:certificate/1"}
		err = d.Check(ctx, call("a1", "https", https))
		require.ErrorIs(t, err, provision.ErrMissing)
		require.EqualError(t, err, "Certificate: certificate "+string(https.Certificate)+" does not exist")

		for _, spec := range []provision.Spec{kinds.Listener{}, kinds.Listener{Certificate: "${{tls.ARN}}"}, servers} {
			require.NoError(t, d.Check(ctx, call("a1", "n", spec)))
		}
		for _, spec := range []provision.Spec{lb, https} {
			require.NoError(t, w.Check(ctx, call("a1", "n", spec)), "there is nobody to ask")
		}
		require.Empty(t, w.Cloud.Calls())
	})
}
