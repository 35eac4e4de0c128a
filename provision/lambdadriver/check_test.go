package lambdadriver_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver"
)

func TestCheckAsksWhoeverKnows(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		missing := func(what string) func(context.Context, string) error {
			return func(_ context.Context, name string) error { return &provision.MissingError{What: what + " " + name} }
		}
		var subnets, groups []provision.Text
		d := lambdadriver.New(w.client, func(o *lambdadriver.Options) {
			o.Image, o.IAMRole = missing("image"), missing("role")
			o.Object = func(_ context.Context, bucket, key, version string) error {
				return &provision.MissingError{What: "object s3://" + bucket + "/" + key + "?" + version}
			}
			o.Network = func(_ context.Context, s, g []provision.Text) error { subnets, groups = s, g; return nil }
		})
		err := d.Check(ctx, web("a1", kinds.Function{Image: "i:1", Role: "r", Subnets: []provision.Text{"subnet-1"}, SecurityGroups: []provision.Text{"sg-1"}}))
		require.ErrorIs(t, err, provision.ErrMissing)
		require.EqualError(t, err, "Image: image i:1 does not exist\nRole: role r does not exist")
		require.Equal(t, []provision.Text{"subnet-1"}, subnets)
		require.Equal(t, []provision.Text{"sg-1"}, groups)

		zip := kinds.FunctionZip{Bucket: "releases", Key: "shop.zip", Version: "v1"}
		err = d.Check(ctx, web("a1", kinds.Function{Zip: zip, Role: "${{role.ARN}}"}))
		require.ErrorIs(t, err, provision.ErrMissing)
		require.EqualError(t, err, "Zip: object s3://releases/shop.zip?v1 does not exist")
		zip.Bucket = "${{bucket.Name}}"
		require.NoError(t, d.Check(ctx, web("a1", kinds.Function{Zip: zip, Image: "${{repo.URI}}:1", Role: "${{role.ARN}}"})))
		require.NoError(t, w.Check(ctx, web("a1", full())), "there is nobody to ask")
		require.Empty(t, w.Cloud.Calls())
	})
}
