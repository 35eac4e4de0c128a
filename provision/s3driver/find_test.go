package s3driver

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPartitions(t *testing.T) {
	t.Parallel()
	for region, want := range map[string][2]string{
		"eu-central-1":    {"aws", "amazonaws.com"},
		"cn-north-1":      {"aws-cn", "amazonaws.com.cn"},
		"us-gov-west-1":   {"aws-us-gov", "amazonaws.com"},
		"eusc-de-east-1":  {"aws-eusc", "amazonaws.eu"},
		"us-east-1":       {"aws", "amazonaws.com"},
		"ap-southeast-99": {"aws", "amazonaws.com"},
	} {
		partition, domain := partitionOf(region)
		require.Equal(t, want, [2]string{partition, domain}, region)
	}
}
