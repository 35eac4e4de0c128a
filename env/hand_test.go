package env_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
)

const productionName = "production." + envtest.Base

// memoryZone is the hosted zone in which AWS would keep the hosts of resources in memory.
const memoryZone = "ZMEMORY"

// recordSet returns a record as the zone has it at this moment, and whether it is there.
func recordSet(w *envtest.World, name string, typ types.RRType) (types.ResourceRecordSet, bool) {
	for _, set := range w.Route53.Records(w.ZoneID) {
		if aws.ToString(set.Name) == name+"." && set.Type == typ {
			return set, true
		}
	}
	return types.ResourceRecordSet{}, false
}

// text returns the one value of a record: a host without its last dot, a text in quotes, or what it is an alias of; "" for a record
// that is not there.
func text(w *envtest.World, name string, typ types.RRType) string {
	set, ok := recordSet(w, name, typ)
	switch {
	case !ok:
		return ""
	case set.AliasTarget != nil:
		return "alias of " + strings.TrimSuffix(aws.ToString(set.AliasTarget.DNSName), ".") + " in " + aws.ToString(set.AliasTarget.HostedZoneId)
	}
	// A long text is several quoted strings, which may part a word.
	return strings.TrimSuffix(strings.ReplaceAll(aws.ToString(set.ResourceRecords[0].Value), `" "`, ""), ".")
}

// note returns the text of the record of an environment.
func note(w *envtest.World, id string) string {
	return text(w, id+"._env."+envtest.Base, types.RRTypeTxt)
}

// aliasNote returns the text of the record of an alias.
func aliasNote(w *envtest.World, alias string) string {
	return text(w, alias+"._alias."+envtest.Base, types.RRTypeTxt)
}

// word returns the value of a key in the text of a record.
func word(text, key string) string {
	for field := range strings.FieldsSeq(strings.Trim(text, `"`)) {
		if value, ok := strings.CutPrefix(field, key+"="); ok {
			return value
		}
	}
	return ""
}

// drop is a hand that deletes a record.
func drop(t *testing.T, w *envtest.World, name string, typ types.RRType) {
	t.Helper()
	set, ok := recordSet(w, name, typ)
	require.True(t, ok, "no %s %s", name, typ)
	require.NoError(t, w.Route53.Edit(w.ZoneID, dnstest.Change(types.ChangeActionDelete, set)))
}

// rewrite is a hand that replaces something in the text of a record.
func rewrite(t *testing.T, w *envtest.World, name, old, now string) {
	t.Helper()
	was := text(w, name, types.RRTypeTxt)
	require.Contains(t, was, old)
	value := strings.ReplaceAll(strings.Trim(was, `"`), old, now)
	var parts []string
	for ; len(value) > 250; value = value[250:] { // a string of a text has 255 octets at most
		parts = append(parts, value[:250])
	}
	edit(t, w, types.ChangeActionUpsert, name, "TXT", `"`+strings.Join(append(parts, value), `" "`)+`"`)
}

// consoleAlias is what the Route 53 console writes for a load balancer.
func consoleAlias(t *testing.T, w *envtest.World, name, host string) {
	t.Helper()
	require.NoError(t, w.Route53.Edit(w.ZoneID, dnstest.Change(types.ChangeActionCreate, types.ResourceRecordSet{
		Name: aws.String(name + "."), Type: types.RRTypeA,
		AliasTarget: &types.AliasTarget{DNSName: aws.String("dualstack." + host + "."), HostedZoneId: aws.String(memoryZone)},
	})))
}

// refusedBy returns the names of the policies that refused.
func refusedBy(t *testing.T, err error) (policies []string) {
	t.Helper()
	var refusal *guard.Refusal
	require.ErrorAs(t, err, &refusal)
	for _, d := range refusal.Decisions {
		policies = append(policies, d.Policy)
	}
	return policies
}

// drains asserts that an environment has to drain still, and after that time has.
func drains(t *testing.T, w *envtest.World, id string, still time.Duration) {
	t.Helper()
	_, err := w.Terminate(t.Context(), id)
	require.ErrorIs(t, err, guard.ErrRefused)
	require.Equal(t, []string{"Drained"}, refusedBy(t, err))
	whole(t, w, id, 3)
	time.Sleep(still) // in virtual time
	_, err = w.Terminate(t.Context(), id)
	require.NoError(t, err)
}

// unchanged returns a function that asserts that nothing was written to the zone, and nothing made or deleted, since.
func unchanged(t *testing.T, w *envtest.World) (check func()) {
	t.Helper()
	batches, resources := len(w.Route53.Batches(w.ZoneID)), w.Memory.All()
	return func() {
		t.Helper()
		require.Len(t, w.Route53.Batches(w.ZoneID), batches, "something was written")
		require.Equal(t, resources, w.Memory.All())
	}
}

// served asserts that every Route 53 server has everything.
func served(t *testing.T, w *envtest.World) {
	t.Helper()
	require.Equal(t, w.Route53.Records(w.ZoneID), w.Route53.Served(w.ZoneID))
}

// liveAlias returns what is told of an alias.
func liveAlias(t *testing.T, w *envtest.World, alias string) env.Alias {
	t.Helper()
	live, err := w.Live(t.Context())
	require.NoError(t, err)
	for _, a := range live {
		if a.Alias == alias {
			return a
		}
	}
	t.Fatalf("no alias %s", alias)
	return env.Alias{}
}

// balanced is a shop behind a host whose hosted zone is known, as that of a load balancer is.
func balanced() *provision.Blueprint {
	b := shop()
	b.Entrance.ZoneID = memoryZone
	return b
}

// everyEntrance runs a test with environments that are called by a CNAME, and with such that are called by alias record sets.
func everyEntrance(t *testing.T, test func(t *testing.T, shop func() *provision.Blueprint)) {
	t.Helper()
	t.Run("CNAME", func(t *testing.T) { test(t, shop) })
	t.Run("alias", func(t *testing.T) { test(t, balanced) })
}
