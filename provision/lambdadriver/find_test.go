package lambdadriver

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnqualified(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:lambda:us-east-1:123456789012:function:shop"
	for _, version := range []string{"", ":1", ":$LATEST"} {
		require.Equal(t, arn, unqualified(arn+version))
	}
	require.Equal(t, "shop", nameIn(arn))
}
