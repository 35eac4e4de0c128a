package dns_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

func TestGetIsNotFooledByThePosition(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.edit(t, put("b.example.com", "TXT", "t"), put("c.example.com", "A", "192.0.2.1"))
		for _, k := range [][2]string{{"a.example.com", "A"}, {"b.example.com", "A"}, {"c.example.com", "CNAME"}, {"c.example.com", "TXT"}, {"d.example.com", "A"}} {
			r, err := w.zone.Get(t.Context(), k[0], k[1])
			require.NoError(t, err)
			require.False(t, r.Exists(), "%v is %v", k, r)
			require.Equal(t, k[0], r.Name)
			require.Equal(t, k[1], r.Type)
		}
		require.Equal(t, 5, w.count(listOp), "one request each")
	})
}

// Whatever the size of a page, every record is listed once, also when a page ends
// between two types of a name or two members of a set.
func TestRecords(t *testing.T) {
	for _, size := range []int32{1, 2, 3, 300} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld()
				for _, set := range []types.ResourceRecordSet{
					dnstest.Set("base.example.com", "TXT", 60, `"t"`),
					dnstest.Set("base.example.com", "A", 60, "192.0.2.1"),
					dnstest.Set("x.base.example.com", "CNAME", 60, "h.example.com"),
					dnstest.Set("*.base.example.com", "A", 60, "192.0.2.1"),
					dnstest.Set("base-.example.com", "A", 60, "192.0.2.1"), // "-" sorts before "."
					dnstest.Set("abase.example.com", "A", 60, "192.0.2.1"),
					dnstest.Set("base0.example.com", "A", 60, "192.0.2.1"),
					dnstest.Set("zbase.example.com", "A", 60, "192.0.2.1"),
				} {
					w.edit(t, dnstest.Change(types.ChangeActionCreate, set))
				}
				for _, id := range []string{"a", "b", "c"} {
					set := dnstest.Set("w.base.example.com", "A", 60, "192.0.2.1")
					set.SetIdentifier, set.Weight = aws.String(id), aws.Int64(1)
					w.edit(t, dnstest.Change(types.ChangeActionCreate, set))
				}
				z := dns.Open(w.Client(), w.id, func(o *dns.Options) { o.PageSize = size })
				var got []string
				for r, err := range z.Records(t.Context(), "Base.example.com.") {
					require.NoError(t, err)
					got = append(got, r.Name+" "+r.Type+" "+r.SetID)
				}
				require.ElementsMatch(t, []string{
					"base.example.com A ", "base.example.com TXT ", "*.base.example.com A ", "w.base.example.com A a",
					"w.base.example.com A b", "w.base.example.com A c", "x.base.example.com CNAME ",
				}, got)
				all := 0
				for _, err := range z.Records(t.Context(), "") {
					require.NoError(t, err)
					all++
				}
				require.Equal(t, 11+2, all, "with the zone's own NS and SOA")

				requests := w.count(listOp)
				for range z.Records(t.Context(), "") {
					break
				}
				require.Equal(t, requests+1, w.count(listOp), "pages are asked for as they are needed")
			})
		})
	}
}

func TestRecordsError(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		z := dns.Open(w.Client(), "ZNOTHERE")
		n := 0
		for r, err := range z.Records(t.Context(), "") {
			n++
			require.Zero(t, r)
			var missing *types.NoSuchHostedZone
			require.ErrorAs(t, err, &missing)
			require.ErrorContains(t, err, "ZNOTHERE")
		}
		require.Equal(t, 1, n)
	})
}

func TestPage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.edit(t, put("a.example.com", "A", "192.0.2.1"), put("b.example.com", "A", "192.0.2.1"), put("c.example.com", "A", "192.0.2.1"))
		z := dns.Open(w.Client(), w.id, func(o *dns.Options) { o.PageSize = 2 })
		records, next, err := z.Page(t.Context(), "aa.example.com")
		require.NoError(t, err)
		require.Equal(t, "b.example.com", records[0].Name)
		require.Len(t, records, 2)
		require.Empty(t, next, "the end of the zone")
		records, next, err = z.Page(t.Context(), "")
		require.NoError(t, err)
		require.Len(t, records, 2)
		more, _, err := z.Page(t.Context(), next)
		require.NoError(t, err)
		require.Equal(t, "a.example.com", more[0].Name)
	})
}

// A read is repeated after a failure that may pass.
func TestReadsSurviveBrokenConnections(t *testing.T) {
	clients(t, func(t *testing.T, w *world, z *dns.Zone) {
		w.fault(listOp, dnstest.Reset, 3)
		_, err := z.Get(t.Context(), alias, "A")
		require.NoError(t, err)
		w.fault(listOp, dnstest.Reset, 0)
		_, err = z.Get(t.Context(), alias, "A")
		require.Error(t, err, "but not for ever")
	})
}

func TestClockSkew(t *testing.T) {
	for _, skew := range []time.Duration{31 * time.Second, -31 * time.Second} {
		t.Run(skew.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(func(o *dnstest.Route53Options) {
					o.Cloud = append(o.Cloud, func(o *dnstest.CloudOptions) { o.ServerSkew = skew })
				})
				_, err := w.zone.Swap(t.Context(), alias, "", blue)
				var wrong *dns.ClockSkewError
				require.ErrorAs(t, err, &wrong)
				require.ErrorIs(t, err, dns.ErrClockSkew)
				require.InDelta(t, skew, wrong.Skew, float64(2*time.Second))
				require.Zero(t, w.count(changeOp), "nothing is written by a wrong clock")

				tolerant := dns.Open(w.Client(), w.id, func(o *dns.Options) { o.MaxSkew = time.Minute })
				_, err = tolerant.Get(t.Context(), alias, "A")
				require.NoError(t, err)
				require.WithinDuration(t, time.Now().Add(skew), tolerant.Now(), 2*time.Second)
			})
		})
	}
}

func TestNow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		require.Equal(t, time.Now(), w.zone.Now())
		time.Sleep(700 * time.Millisecond) // replies tell whole seconds only
		_, err := w.zone.Get(t.Context(), alias, "A")
		require.NoError(t, err)
		require.Equal(t, time.Now(), w.zone.Now())
	})
}

// Records read by a zone that has not heard Route 53's time are not written on.
func TestKnownNeedsTheTime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(func(o *dnstest.Route53Options) {
			o.Cloud = append(o.Cloud, func(o *dnstest.CloudOptions) { o.ServerSkew = time.Minute })
		})
		tolerant := dns.Open(w.Client(), w.id, func(o *dns.Options) { o.MaxSkew = time.Hour })
		known, err := tolerant.Get(t.Context(), stamp, dns.TypeTXT)
		require.NoError(t, err)
		_, err = w.zone.Update(t.Context(), func(tx *dns.Tx) error {
			_, err := tx.Get(t.Context(), stamp, dns.TypeTXT)
			tx.PutNote(stamp, dns.NewNote())
			return err
		}, known)
		require.ErrorIs(t, err, dns.ErrClockSkew)
		require.Empty(t, w.batches())
	})
}

func TestWait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		change, err := w.zone.Swap(t.Context(), alias, "", blue)
		require.NoError(t, err)
		require.ErrorContains(t, w.zone.Wait(within(t, 5*time.Second), change), change.ID)
		start := time.Now()
		require.NoError(t, w.zone.Wait(t.Context(), change))
		require.Less(t, time.Since(start), 40*time.Second)
		require.Less(t, w.count("GetChange"), 15)
		served := w.Served(w.id)
		require.True(t, slices.ContainsFunc(served, func(s types.ResourceRecordSet) bool { return dns.Name(*s.Name) == alias }))

		var missing *types.NoSuchChange
		require.ErrorAs(t, w.zone.Wait(t.Context(), dns.Change{ID: "/change/CNONE"}), &missing)
	})
}

func TestFind(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(func(o *dnstest.Route53Options) {
			o.Cloud = append(o.Cloud, func(o *dnstest.CloudOptions) { o.PageSize = 1 })
		})
		first, second := w.AddZone("twin.example.org", false), w.AddZone("twin.example.org", true)
		find := func(name string) (string, error) { return dns.Find(t.Context(), w.Client(), name) }

		id, err := find("Example.com.")
		require.NoError(t, err)
		require.Equal(t, w.id, id)

		_, err = find("twin.example.org")
		var several *dns.AmbiguousZoneError
		require.ErrorAs(t, err, &several)
		require.ErrorIs(t, err, dns.ErrAmbiguousZone)
		require.ElementsMatch(t, []dns.Candidate{{ID: first}, {ID: second, Private: true}}, several.Zones)
		require.ErrorContains(t, err, second+" (private)")

		_, err = find("shop.eu.example.com")
		var none *dns.NoZoneError
		require.ErrorAs(t, err, &none)
		require.ErrorIs(t, err, dns.ErrNoZone)
		require.Equal(t, "example.com", none.Parent)
		require.ErrorContains(t, err, `"example.com"`)

		_, err = find("example.net")
		require.ErrorAs(t, err, &none)
		require.Empty(t, none.Parent)
		_, err = find("le.com") // the end of a name, but not of its labels
		require.ErrorIs(t, err, dns.ErrNoZone)
	})
}

func TestOpenTakesEitherFormOfAnID(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Z1", dns.Open(route53.New(route53.Options{}), "/hostedzone/Z1").ID())
	require.Equal(t, "Z1", dns.Open(route53.New(route53.Options{}), "Z1").ID())
}
