package dnstest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"
)

func FuzzNormal(f *testing.F) {
	for _, name := range []string{"example.com", "*.Example.com.", `\052.a`, `a\.b`, `a\`, "..", "", strings.Repeat("x", 64), "ä.de"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		n, err := normal(name)
		if err != nil {
			return
		}
		again, err := normal(n)
		require.NoError(t, err)
		require.Equal(t, n, again, "a normal name is its own normal form")
		require.Equal(t, n, reversed(reversed(n)))
		require.True(t, within(n, n))
		for _, c := range []byte(n) {
			require.True(t, c > ' ' && c < 127 && (c < 'A' || c > 'Z'), "%q in %q", c, n)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, value := range []string{`"a"`, `"a" "b"`, `"\"`, `"\\"`, `"\303"`, `"`, ``, ` `, `"a"b`} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if checkText(value) != nil {
			return
		}
		require.True(t, strings.HasPrefix(strings.TrimLeft(value, " "), `"`))
		require.True(t, strings.HasSuffix(strings.TrimRight(value, " "), `"`))
		for _, c := range []byte(value) {
			require.True(t, c >= ' ' && c < 127)
		}
	})
}

// TestInvariants sends random batches, most of them bad ones, and looks at what must hold whatever happens.
func TestInvariants(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		dice := rand.New(rand.NewPCG(seed, 0))
		r := New(func(o *Route53Options) { o.RequestsPerSecond, o.Processing, o.Propagation = -1, -1, -1 })
		zoneID := r.AddZone("example.com", false)
		z := r.zones[zoneID]
		accepted := 0
		for range 300 {
			before := r.Records(zoneID)
			err := r.Edit(zoneID, randomBatch(dice, before)...)
			after := r.Records(zoneID)
			if err != nil {
				require.Equal(t, before, after, "all or nothing")
				continue
			}
			accepted++
			checkStore(t, z)
			require.Equal(t, after, r.Served(zoneID), "the name servers follow")
		}
		require.Greater(t, accepted, 10, "the test is worth nothing if everything is refused")
		checkPages(t, r, zoneID, 1+dice.IntN(4))
	}
}

func randomBatch(dice *rand.Rand, existing []types.ResourceRecordSet) (batch []types.Change) {
	kinds := []types.RRType{types.RRTypeA, types.RRTypeTxt, types.RRTypeCname}
	values := map[types.RRType][]string{
		types.RRTypeA:     {"192.0.2.1", "192.0.2.2"},
		types.RRTypeTxt:   {`"one"`, `"two"`},
		types.RRTypeCname: {"x.example.net", "y.example.net"},
	}
	for range 1 + dice.IntN(3) {
		if len(existing) > 0 && dice.IntN(2) == 0 {
			batch = append(batch, Change(types.ChangeActionDelete, existing[dice.IntN(len(existing))]))
		}
		typ := kinds[dice.IntN(len(kinds))]
		name := []string{"a", "b", "b-c", "a.b", "*"}[dice.IntN(5)] + ".example.com"
		set := Set(name, typ, 60, values[typ][dice.IntN(2)])
		if dice.IntN(4) == 0 {
			id, weight := []string{"one", "two"}[dice.IntN(2)], int64(1)
			set.SetIdentifier, set.Weight = &id, &weight
		}
		action := types.ChangeActionCreate
		if dice.IntN(3) == 0 {
			action = types.ChangeActionUpsert
		}
		batch = append(batch, Change(action, set))
	}
	return batch
}

func checkStore(t *testing.T, z *zone) {
	t.Helper()
	require.True(t, slices.IsSorted(z.live.order))
	count := 0
	for name, sets := range z.live.names {
		count += len(sets)
		require.Contains(t, z.live.order, reversed(name))
		for i, set := range sets {
			require.Equal(t, name, *set.Name)
			if i > 0 {
				require.Negative(t, keyOf(sets[i-1]).compare(keyOf(set)), "sorted, and no key twice")
				require.False(t, (sets[i-1].Type == types.RRTypeCname) != (set.Type == types.RRTypeCname), "a CNAME stands alone")
				if sets[i-1].Type == set.Type {
					require.NotNil(t, set.Weight, "weighted sets only among their like")
					require.NotNil(t, sets[i-1].Weight, "weighted sets only among their like")
				}
			}
		}
	}
	require.Equal(t, count, z.live.count)
	require.Len(t, z.live.order, len(z.live.names))
}

func checkPages(t *testing.T, r *Route53, zoneID string, size int) {
	t.Helper()
	z := r.zones[zoneID]
	whole, _ := z.live.from(key{}, z.live.count)
	var paged []types.ResourceRecordSet
	n := int32(size)
	in := &route53.ListResourceRecordSetsInput{HostedZoneId: &zoneID, MaxItems: &n}
	for {
		out, err := r.Client().ListResourceRecordSets(t.Context(), in)
		require.NoError(t, err)
		paged = append(paged, out.ResourceRecordSets...)
		if !out.IsTruncated {
			break
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = out.NextRecordName, out.NextRecordType, out.NextRecordIdentifier
	}
	require.Equal(t, whole, paged, "pages make up the whole")
}
