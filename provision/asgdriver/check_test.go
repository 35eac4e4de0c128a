package asgdriver_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
)

func TestCheckAsksWhoeverKnows(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		var asked []provision.Text
		d := asgdriver.New(w.client, func(o *asgdriver.Options) {
			o.Network = func(_ context.Context, subnets, groups []provision.Text) error {
				require.Empty(t, groups)
				asked = subnets
				return &provision.MissingError{Field: "Subnets[1]", What: "subnet subnet-1b"}
			}
		})
		err := d.Check(ctx, web(two()))
		require.ErrorIs(t, err, provision.ErrMissing)
		require.EqualError(t, err, "Subnets[1]: subnet subnet-1b does not exist")
		require.Equal(t, two().Subnets, asked)
		require.NoError(t, w.Check(ctx, web(two())), "there is nobody to ask")
		require.Empty(t, w.Cloud.Calls())
	})
}
