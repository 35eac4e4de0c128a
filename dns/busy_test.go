package dns_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

// Throttling that outlasts the SDK's own attempts is no failure.
func TestBusyIsWaitedOut(t *testing.T) {
	clients(t, func(t *testing.T, w *world, z *dns.Zone) {
		w.fault(listOp, dnstest.Throttle, 9)
		w.fault(changeOp, dnstest.Throttle, 9)
		change, err := z.Swap(t.Context(), alias, "", blue)
		require.NoError(t, err)
		require.Len(t, w.batches(), 1)
		require.Equal(t, 10, w.count(changeOp))

		w.fault("GetChange", dnstest.Throttle, 9)
		require.NoError(t, z.Wait(t.Context(), change))
	})
}

// Another batch of the zone is being processed: that says nothing about who won.
func TestPriorRequestNotComplete(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(func(o *dnstest.Route53Options) { o.Processing = 20 * time.Second })
		for from, to := range map[string]string{"a.example.com": blue, "b.example.com": blue} {
			_, err := w.zone.Swap(t.Context(), from, "", to)
			require.NoError(t, err)
		}
		require.Len(t, w.batches(), 2)
		require.Equal(t, 4, w.count(listOp), "the same batch again, without another look")
	})
}

func TestBusyForTooLong(t *testing.T) {
	for name, busy := range map[string]error{
		"throttled":     &types.ThrottlingException{Message: aws.String("Rate exceeded")},
		"prior request": &types.PriorRequestNotComplete{Message: aws.String("busy")},
	} {
		t.Run(name, func(t *testing.T) {
			clients(t, func(t *testing.T, w *world, z *dns.Zone) {
				w.Inject(dnstest.Fault{Match: dnstest.On(changeOp), Kind: dnstest.Fail, Err: busy})
				start := time.Now()
				_, err := z.Swap(t.Context(), alias, "", blue)
				var tired *dns.BusyError
				require.ErrorAs(t, err, &tired)
				require.ErrorIs(t, err, dns.ErrBusy)
				require.ErrorIs(t, err, busy)
				require.NotErrorIs(t, err, dns.ErrUncertain, "nothing was changed, and that is certain")
				require.InDelta(t, 2*time.Minute, time.Since(start), float64(20*time.Second))
				require.Equal(t, w.id, tired.Zone)
			})
		})
	}
}

// A reply is lost and then the zone stays busy: whether anything was changed is open.
func TestBusyAfterALostReply(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		z := w.oneShot()
		w.fault(changeOp, dnstest.Reset, 1)
		w.fault(changeOp, dnstest.Throttle, 0)
		_, err := z.Swap(t.Context(), alias, "", blue)
		require.ErrorIs(t, err, dns.ErrBusy)
		require.ErrorIs(t, err, dns.ErrUncertain)
	})
}

func TestBusyOption(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.fault(listOp, dnstest.Throttle, 0)
		z := dns.Open(w.Client(), w.id, func(o *dns.Options) { o.Busy = 10 * time.Second })
		start := time.Now()
		_, err := z.Get(t.Context(), alias, dns.TypeCNAME)
		require.ErrorIs(t, err, dns.ErrBusy)
		require.Less(t, time.Since(start), 20*time.Second)
	})
}

// One limiter for all zones of an account, and what the SDK client repeats counts too.
func TestLimit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(func(o *dnstest.Route53Options) { o.RequestsPerSecond = 5 })
		w.Inject(dnstest.Fault{Match: dnstest.On(listOp), Kind: dnstest.ServerError, Probability: 0.3})
		api := dns.Limit(w.Client(), 4)
		other := w.AddZone("example.org", false)
		done := make(chan error)
		for _, id := range []string{w.id, other} {
			z := dns.Open(api, id)
			for range 4 {
				go func() {
					var err error
					for range 5 {
						_, e := z.Get(t.Context(), alias, dns.TypeCNAME)
						err = errors.Join(err, e)
					}
					done <- err
				}()
			}
		}
		for range 8 {
			require.NoError(t, <-done)
		}
		calls := w.Calls()
		require.Greater(t, len(calls), 40)
		for i := 1; i < len(calls); i++ {
			require.GreaterOrEqual(t, calls[i].At.Sub(calls[i-1].At), 249*time.Millisecond, "request %d", i)
			require.NotEqual(t, dnstest.Throttle.String(), calls[i].Fault)
		}
	})
}

// A request whose turn would come after the deadline is not sent.
func TestLimitAndDeadline(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		z := dns.Open(dns.Limit(w.Client(), 0.01), w.id)
		_, err := z.Get(t.Context(), alias, dns.TypeCNAME)
		require.NoError(t, err)
		_, err = z.Get(within(t, time.Second), alias, dns.TypeCNAME)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, w.Calls(), 1)

		judged, err := z.Get(t.Context(), stamp, dns.TypeTXT)
		require.NoError(t, err)
		_, err = z.Update(within(t, time.Second), func(tx *dns.Tx) error {
			_, err := tx.Get(t.Context(), stamp, dns.TypeTXT)
			tx.PutNote(stamp, dns.NewNote())
			return err
		}, judged)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, dns.ErrUncertain, "nothing left this process")
	})
}

// opaque is an API that is no SDK client: it does not let itself be watched.
type opaque struct{ *route53.Client }

func (o opaque) ChangeResourceRecordSets(ctx context.Context, in *route53.ChangeResourceRecordSetsInput, _ ...func(*route53.Options)) (*route53.ChangeResourceRecordSetsOutput, error) {
	return o.Client.ChangeResourceRecordSets(ctx, in)
}

func TestForeignAPI(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		z := dns.Open(opaque{w.Client()}, w.id)
		w.fault(changeOp, dnstest.LostReply, 1)
		_, err := z.Swap(t.Context(), alias, "", blue)
		require.NoError(t, err)
		w.fault(changeOp, dnstest.LostReply, 5)
		_, err = z.Swap(t.Context(), alias, blue, green)
		require.NoError(t, err)
		require.Equal(t, green, w.value(alias, dns.TypeCNAME))
	})
}
