package kinds_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestBucketValidate(t *testing.T) {
	t.Parallel()
	for _, bucket := range []kinds.Bucket{{}, {Versioned: true, KMSKey: "alias/shop"}, {KMSKey: "${{in.key}}"}} {
		require.NoError(t, bucket.Validate())
	}
}

func TestEveryOutputOfABucketIsEarly(t *testing.T) {
	t.Parallel()
	var b provision.Blueprint
	uploads := kinds.AddBucket(&b, "uploads", kinds.Bucket{})
	require.Equal(t, provision.Text("${{uploads.RegionalDomain}}"), uploads.RegionalDomain())
	for _, out := range (kinds.Bucket{}).Outputs() {
		require.True(t, out.Early, out.Name)
	}
}
