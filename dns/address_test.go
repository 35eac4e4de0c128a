package dns_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

const (
	apex         = "example.com"
	balancerZone = "Z35SXDOTRQ7X7K"
	balancer     = "shop-1.us-east-1.elb.amazonaws.com"
	balancer2    = "shop-2.us-east-1.elb.amazonaws.com"
)

var aliasTypes = []types.RRType{types.RRTypeA, types.RRTypeAaaa}

// pair is a stranger's pair of alias record sets, or what takes one away.
func pair(action types.ChangeAction, name, host string) []types.Change {
	var changes []types.Change
	for _, typ := range aliasTypes {
		changes = append(changes, dnstest.Change(action, dnstest.Alias(name, typ, balancerZone, host)))
	}
	return changes
}

func lead(t *testing.T, z *dns.Zone, name string, to dns.Target, known ...dns.Record) (dns.Change, error) {
	return z.Update(t.Context(), func(tx *dns.Tx) error {
		a, err := tx.Address(t.Context(), name)
		if err != nil {
			return err
		}
		if _, err := tx.Get(t.Context(), stamp, dns.TypeTXT); err != nil {
			return err
		}
		tx.PinAddress(a)
		tx.PutAddress(name, time.Minute, to)
		tx.PutNote(stamp, dns.NewNote())
		return nil
	}, known...)
}

// The batch is what Route 53's documentation says of an alias record set, both types at once, and the DELETE is what was listed.
func TestPutAddressWritesBothTypes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		_, err := lead(t, w.zone, apex, dns.Target{Host: "Shop-1.us-east-1.ELB.amazonaws.com.", ZoneID: "/hostedzone/" + balancerZone})
		require.NoError(t, err)
		for _, set := range w.Records(w.id) {
			if set.AliasTarget != nil {
				require.Equal(t, dnstest.Alias("example.com.", set.Type, balancerZone, balancer+"."), set)
			}
		}
		_, err = lead(t, w.zone, apex, dns.Target{Host: balancer2, ZoneID: balancerZone})
		require.NoError(t, err)
		batch := w.batches()[1]
		var got []string
		for _, c := range batch.Changes {
			line := fmt.Sprint(c.Action, " ", c.ResourceRecordSet.Type)
			if to := c.ResourceRecordSet.AliasTarget; to != nil {
				line += " " + aws.ToString(to.DNSName)
				require.False(t, to.EvaluateTargetHealth)
			}
			got = append(got, line)
		}
		require.ElementsMatch(t, []string{
			"DELETE A " + balancer + ".", "DELETE AAAA " + balancer + ".", "DELETE TXT",
			"CREATE A " + balancer2 + ".", "CREATE AAAA " + balancer2 + ".", "CREATE TXT",
		}, got)
		for _, c := range batch.Changes[3:] {
			require.Equal(t, types.ChangeActionCreate, c.Action, "every DELETE comes before every CREATE")
		}
	})
}

// A name is remembered for as long as the longest of its records says.
func TestAddressTTL(t *testing.T) {
	for _, typ := range []types.RRType{types.RRTypeA, types.RRTypeAaaa, types.RRTypeCname} {
		t.Run(string(typ), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld()
				value := map[types.RRType]string{types.RRTypeA: "192.0.2.1", types.RRTypeAaaa: "2001:db8::1", types.RRTypeCname: blue}[typ]
				w.edit(t, dnstest.Change(types.ChangeActionCreate, dnstest.Set("x.example.com", typ, 86400, value)))
				if typ == types.RRTypeAaaa {
					w.edit(t, put("x.example.com", "A", "192.0.2.1"))
				}
				a, err := w.zone.Address(t.Context(), "x.example.com")
				require.NoError(t, err)
				require.Equal(t, 24*time.Hour, a.TTL())
			})
		})
	}
}

// The zone of a host is a part of where a name leads: with another one it leads elsewhere, and is written.
func TestPutAddressToAnotherZone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		for i, zone := range []string{"ZONE1", "ZONE2", "ZONE2"} {
			to := dns.Target{Host: "host.aws.test", ZoneID: zone}
			_, err := lead(t, w.zone, apex, to)
			require.NoError(t, err)
			a, err := w.zone.Address(t.Context(), apex)
			require.NoError(t, err)
			require.True(t, a.LeadsTo(to), zone)
			require.Len(t, w.batches(), i+1)
		}
	})
}

// Three records cost one request, and none if they are known.
func TestAddressIsOneRequest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.edit(t, pair(types.ChangeActionCreate, apex, balancer)...)
		a, err := w.zone.Address(t.Context(), "EXAMPLE.com.")
		require.NoError(t, err)
		require.Equal(t, 1, w.count(listOp))
		require.True(t, a.LeadsTo(dns.Target{Host: balancer + ".", ZoneID: balancerZone}))
		require.False(t, a.LeadsTo(dns.Target{Host: balancer}))
		require.False(t, a.LeadsTo(dns.Target{}))
		_, err = lead(t, w.zone, apex, dns.Target{Host: balancer2, ZoneID: balancerZone}, a.Records()...)
		require.NoError(t, err)
		require.Equal(t, 2, w.count(listOp), "the note, and not the address")
		require.Equal(t, 1, w.count(changeOp))
	})
}

// A name has more records than a page: the first of each type is found, and no neighbour's.
func TestAddressOfAManyRecordName(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		for i := range 50 {
			set := dnstest.Set("many.example.com", types.RRTypeA, 60, fmt.Sprintf("192.0.2.%d", i))
			set.SetIdentifier, set.Weight = aws.String(fmt.Sprintf("m%02d", i)), aws.Int64(1)
			w.edit(t, dnstest.Change(types.ChangeActionCreate, set))
		}
		w.edit(t, put("many.example.com", "AAAA", "2001:db8::1"), put("next.many.example.com", "A", "192.0.2.1"))
		a, err := w.zone.Address(t.Context(), "many.example.com")
		require.NoError(t, err)
		require.Equal(t, 3, w.count(listOp))
		require.Equal(t, "m00", a.SetID())
		require.True(t, a.AAAA.Exists())
		require.False(t, a.CNAME.Exists())
		_, whole := a.Target()
		require.False(t, whole)
	})
}

func TestAddressTarget(t *testing.T) {
	alias := func(typ types.RRType, zone, host string) types.ResourceRecordSet {
		return dnstest.Alias("x.example.com", typ, zone, host)
	}
	weighted := dnstest.Set("x.example.com", types.RRTypeCname, 60, blue)
	weighted.SetIdentifier, weighted.Weight = aws.String("w"), aws.Int64(1)
	for name, tt := range map[string]struct {
		sets    []types.ResourceRecordSet
		want    dns.Target
		whole   bool
		targets []string
		text    string
	}{
		"absent":  {},
		"a CNAME": {sets: []types.ResourceRecordSet{dnstest.Set("x.example.com", types.RRTypeCname, 60, blue)}, want: dns.Target{Host: blue}, whole: true, targets: []string{blue}, text: blue},
		"a pair": {sets: []types.ResourceRecordSet{alias("A", balancerZone, balancer), alias("AAAA", balancerZone, balancer)},
			want: dns.Target{Host: balancer, ZoneID: balancerZone}, whole: true, targets: []string{balancer}, text: balancer},
		"half a pair": {sets: []types.ResourceRecordSet{alias("AAAA", balancerZone, balancer)}, targets: []string{balancer},
			text: `A absent, AAAA alias of "` + balancer + `" in zone ` + balancerZone},
		"two hosts": {sets: []types.ResourceRecordSet{alias("A", balancerZone, balancer), alias("AAAA", balancerZone, balancer2)},
			targets: []string{balancer, balancer2},
			text:    `A alias of "` + balancer + `" in zone ` + balancerZone + `, AAAA alias of "` + balancer2 + `" in zone ` + balancerZone},
		"two zones": {sets: []types.ResourceRecordSet{alias("A", "ZONE1", "host.aws.test"), alias("AAAA", "ZONE2", "host.aws.test")},
			targets: []string{"host.aws.test"}, text: `A alias of "host.aws.test" in zone ZONE1, AAAA alias of "host.aws.test" in zone ZONE2`},
		"addresses":         {sets: []types.ResourceRecordSet{dnstest.Set("x.example.com", "A", 60, "192.0.2.1")}, text: `A "192.0.2.1", AAAA absent`},
		"a member of a set": {sets: []types.ResourceRecordSet{weighted}, targets: []string{blue}, text: `CNAME (w) "` + blue + `"`},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld()
				for _, set := range tt.sets {
					w.edit(t, dnstest.Change(types.ChangeActionCreate, set))
				}
				a, err := w.zone.Address(t.Context(), "x.example.com")
				require.NoError(t, err)
				to, whole := a.Target()
				require.Equal(t, tt.want, to)
				require.Equal(t, tt.whole, whole)
				require.Equal(t, tt.targets, a.Targets())
				require.Equal(t, tt.text, a.String())
				require.Equal(t, len(tt.sets) > 0, a.Exists())
				require.Equal(t, len(tt.sets) == 0, a.LeadsTo(dns.Target{}))
			})
		})
	}
}

// The reply to a batch that made a pair is lost: it has won all the same.
func TestPairWithALostReply(t *testing.T) {
	clients(t, func(t *testing.T, w *world, z *dns.Zone) {
		w.fault(changeOp, dnstest.LostReply, 1)
		change, err := lead(t, z, apex, dns.Target{Host: balancer, ZoneID: balancerZone})
		require.NoError(t, err)
		require.NotEmpty(t, change.ID)
		require.Equal(t, 1, len(w.batches())-1, "and one new stamp")
	})
}

// A stranger has moved one half of a pair, or taken it away, since it was read: nothing of the batch is applied.
func TestHalfAPairMoves(t *testing.T) {
	for name, hand := range map[string][]types.Change{
		"moved": {dnstest.Change(types.ChangeActionUpsert, dnstest.Alias(apex, types.RRTypeAaaa, balancerZone, balancer2))},
		"gone":  {dnstest.Change(types.ChangeActionDelete, dnstest.Alias(apex, types.RRTypeAaaa, balancerZone, balancer))},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld()
				w.edit(t, pair(types.ChangeActionCreate, apex, balancer)...)
				w.at(changeOp, 1, func() { w.edit(t, hand...) })
				_, err := lead(t, w.zone, apex, dns.Target{Host: balancer2, ZoneID: balancerZone})
				var conflict *dns.ConflictError
				require.ErrorAs(t, err, &conflict)
				require.Equal(t, dns.TypeAAAA, conflict.Type)
				require.Empty(t, w.batches())
			})
		})
	}
}

// Without pins, a stranger's record beside the name makes the decision run again, on what is there now.
func TestNeighbourMakesTheDecisionRunAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.at(changeOp, 1, func() { w.edit(t, put("x.example.com", "A", "192.0.2.1")) })
		var seen []string
		_, err := w.zone.Update(t.Context(), func(tx *dns.Tx) error {
			a, err := tx.Address(t.Context(), "x.example.com")
			if err != nil {
				return err
			}
			if _, err := tx.Get(t.Context(), stamp, dns.TypeTXT); err != nil {
				return err
			}
			if seen = append(seen, a.String()); a.Exists() {
				return nil
			}
			tx.PutAddress(a.Name, time.Minute, dns.Target{Host: blue})
			tx.PutNote(stamp, dns.NewNote())
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, []string{"", `A "192.0.2.1", AAAA absent`}, seen)
		require.Empty(t, w.batches())
	})
}

func TestAddressMistakes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		for text, stage := range map[string]func(tx *dns.Tx){
			"needs a Get in the same run": func(tx *dns.Tx) {
				tx.PutAddress("unread.example.com", time.Minute, dns.Target{Host: blue, ZoneID: "Z1"})
			},
			"needs a host": func(tx *dns.Tx) { tx.PutAddress(apex, time.Minute, dns.Target{ZoneID: "Z1"}) },
		} {
			_, err := w.zone.Update(t.Context(), func(tx *dns.Tx) error {
				_, err := tx.Address(t.Context(), apex)
				stage(tx)
				return err
			})
			require.ErrorContains(t, err, text)
		}
		require.Zero(t, w.count(changeOp))
	})
}

// What a run has read of a name alone stays what it has read.
func TestAddressAgreesWithGet(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.edit(t, put("x.example.com", dns.TypeCNAME, blue))
		_, err := w.zone.Update(t.Context(), func(tx *dns.Tx) error {
			r, err := tx.Get(t.Context(), "x.example.com", dns.TypeCNAME)
			require.NoError(t, err)
			w.edit(t, put("x.example.com", dns.TypeCNAME, green))
			a, err := tx.Address(t.Context(), "x.example.com")
			require.NoError(t, err)
			require.Equal(t, r, a.CNAME)
			again, err := tx.Address(t.Context(), "x.example.com")
			require.NoError(t, err)
			require.Equal(t, a, again)
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, 2, w.count(listOp))
	})
}

// Fifteen programs lead one name to fifteen balancers at once, while replies get lost. A name is never left with half a pair, and
// each success replaced exactly what its caller had seen.
func TestPairRace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(func(o *dnstest.Route53Options) { o.RequestsPerSecond = 150 })
		w.Inject(dnstest.Fault{Match: dnstest.On(changeOp), Kind: dnstest.LostReply, Probability: 0.3})
		const racers = 15
		done := make(chan string)
		for n := range racers {
			z := dns.Open(dns.Limit(w.Client(func(o *route53.Options) { o.RetryMaxAttempts = 1 + n%3 }), 50), w.id)
			go func() {
				time.Sleep(time.Duration(n) * 300 * time.Millisecond)
				to := dns.Target{Host: fmt.Sprintf("shop-%d.us-east-1.elb.amazonaws.com", n), ZoneID: balancerZone}
				if n%4 == 3 {
					to = dns.Target{Host: blue}
				}
				if _, err := lead(t, z, "x.example.com", to); err == nil {
					done <- to.Host
					return
				}
				done <- ""
			}()
		}
		won := 0
		for range racers {
			if <-done != "" {
				won++
			}
		}
		require.Greater(t, won, 3, "or nothing was tested")
		have := map[types.RRType]string{}
		for _, b := range w.batches() {
			for _, c := range b.Changes {
				set := c.ResourceRecordSet
				to := ""
				switch {
				case set.AliasTarget != nil:
					to = dns.Name(*set.AliasTarget.DNSName)
				case set.Type == types.RRTypeCname:
					to = dns.Name(*set.ResourceRecords[0].Value)
				default:
					continue
				}
				if c.Action == types.ChangeActionDelete {
					require.Equal(t, have[set.Type], to)
					delete(have, set.Type)
				} else {
					have[set.Type] = to
				}
			}
			require.Equal(t, have[types.RRTypeA], have[types.RRTypeAaaa], "half a pair")
			require.True(t, have[types.RRTypeA] == "" || have[types.RRTypeCname] == "")
		}
	})
}
