package s3driver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

// A bucket whose name does not begin with the prefix, or is not of the form, would never be found, and so never be deleted.
func TestEveryNameIsLookedAt(t *testing.T) {
	t.Parallel()
	apps := []string{"a", "shop", "shop-x", "internal", "aws-x", "sthree", "9lives", "Üben", "---", "a--b", "", strings.Repeat("long-", 12)}
	nodes := []string{"b", "uploads", "a-b", "aa", "---", strings.Repeat("n", 29), strings.Repeat("n", 61), strings.Repeat("n-", 15) + "n"}
	for length := 20; length < 60; length++ {
		apps = append(apps, strings.Repeat("q", length))
	}
	for _, app := range apps {
		owner := provision.Owner{Registry: "r", Env: "e", Attempt: "a", App: app}
		prefix := namePrefix(owner)
		for _, node := range nodes {
			name := provision.Call{Owner: owner, Node: node}.Name(maxName, "")
			require.Regexp(t, ourName, name)
			require.LessOrEqual(t, len(name), maxName)
			if prefix != nil {
				require.True(t, strings.HasPrefix(name, *prefix), "%s does not begin with %s", name, *prefix)
			}
		}
	}
	require.Equal(t, "shop", *namePrefix(provision.Owner{App: "shop"}))
	require.Nil(t, namePrefix(provision.Owner{}), "a search through all applications")
}

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
