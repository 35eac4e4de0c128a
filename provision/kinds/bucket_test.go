package kinds_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestBucketValidate(t *testing.T) {
	t.Parallel()
	for _, bucket := range []kinds.Bucket{{}, {Versioned: true, KMSKey: "alias/shop"}, {KMSKey: "${{in.key}}"}} {
		require.NoError(t, bucket.Validate())
	}
}
