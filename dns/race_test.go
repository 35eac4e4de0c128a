package dns_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

const racers = 50

// Fifty goroutines swap one alias at once, while replies are lost, connections
// break, and the account is throttled. Every success is in the history of the zone,
// once, and replaced the very host that its caller had seen; what was refused is not
// in it.
func TestSwapRace(t *testing.T) {
	seeds := uint64(1000)
	if testing.Short() || raceDetector {
		seeds = 40
	}
	fmt.Fprintf(os.Stderr, "TestSwapRace: %d seeds of %d racers\n", seeds, racers)
	var next, swaps, lost atomic.Uint64
	t.Run("seeds", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("worker", func(t *testing.T) {
				t.Parallel()
				for {
					seed := next.Add(1)
					if seed > seeds || t.Failed() {
						return
					}
					synctest.Test(t, func(t *testing.T) {
						r := newRace(seed)
						r.run(t)
						if err := r.check(); err != nil {
							t.Errorf("seed %d: %v", seed, err)
						}
						swaps.Add(uint64(r.swaps))
						lost.Add(uint64(r.lost))
					})
				}
			})
		}
	})
	require.Greater(t, swaps.Load(), 5*seeds, "the racers must get somewhere, or nothing was tested")
	require.Greater(t, lost.Load(), seeds, "and some must win without hearing of it")
	t.Logf("%d swaps, %d with a lost reply", swaps.Load(), lost.Load())
}

// attempt is one call of Swap and what it returned.
type attempt struct {
	from, to string
	change   dns.Change
	err      error
}

// race is one seed.
type race struct {
	*world
	seed        uint64
	mu          sync.Mutex
	attempts    map[string]attempt // by host, which is new in every attempt
	swaps, lost int
}

func newRace(seed uint64) *race {
	w := newWorld(func(o *dnstest.Route53Options) {
		o.RequestsPerSecond = 150
		o.Processing = 10 * time.Millisecond
		o.Cloud = append(o.Cloud, func(o *dnstest.CloudOptions) {
			o.Seed = seed
			o.Latency = func(_, _ string, r *rand.Rand) (before, after time.Duration) {
				return time.Duration(r.IntN(40)) * time.Millisecond, time.Duration(r.IntN(40)) * time.Millisecond
			}
		})
	})
	for kind, probability := range map[dnstest.FaultKind]float64{dnstest.LostReply: 0.2, dnstest.Reset: 0.05, dnstest.Throttle: 0.05, dnstest.ServerError: 0.02} {
		w.Inject(dnstest.Fault{Match: dnstest.On(changeOp), Kind: kind, Probability: probability})
	}
	w.Inject(dnstest.Fault{Match: dnstest.On(listOp), Kind: dnstest.Throttle, Probability: 0.02})
	return &race{world: w, seed: seed, attempts: make(map[string]attempt)}
}

func (r *race) run(t *testing.T) {
	var all sync.WaitGroup
	for n := range racers {
		dice := rand.New(rand.NewPCG(r.seed, uint64(n)))
		all.Go(func() {
			// Some leave repeating to this package, some have the SDK client do a part of it.
			client := r.Client(func(o *route53.Options) { o.RetryMaxAttempts = 1 + n%4 })
			z := dns.Open(dns.Limit(client, 50), r.id)
			time.Sleep(time.Duration(dice.IntN(4000)) * time.Millisecond)
			present, err := z.Get(t.Context(), alias, dns.TypeCNAME)
			for round := range 1 + n%10/9*2 { // most of them once, some three times
				if err != nil {
					t.Errorf("seed %d: %v", r.seed, err)
					return
				}
				a := attempt{from: present.Value(), to: fmt.Sprintf("host-%d-%d.example.com", n, round)}
				a.change, a.err = z.Swap(t.Context(), alias, a.from, a.to)
				r.mu.Lock()
				r.attempts[a.to] = a
				r.mu.Unlock()
				time.Sleep(time.Duration(dice.IntN(2000)) * time.Millisecond)
				present, err = z.Get(t.Context(), alias, dns.TypeCNAME)
			}
		})
	}
	all.Wait()
}

// check compares the history of the zone with what the racers were told.
func (r *race) check() error {
	host, stampNow := "", ""
	seen := make(map[string]string) // host to nonce, for each swap in the history
	for i, b := range r.batches() {
		var from, to, oldStamp, newStamp string
		for _, c := range b.Changes {
			value := strings.Trim(*c.ResourceRecordSet.ResourceRecords[0].Value, `"`)
			deleted := c.Action == types.ChangeActionDelete
			switch {
			case c.Action == types.ChangeActionUpsert:
				return fmt.Errorf("batch %d: UPSERT", i)
			case c.ResourceRecordSet.Type == types.RRTypeCname && deleted:
				from = value
			case c.ResourceRecordSet.Type == types.RRTypeCname:
				to = value
			case deleted:
				oldStamp = value
			default:
				newStamp = value
			}
		}
		if oldStamp != stampNow {
			return fmt.Errorf("batch %d: stamp %q replaces %q, and %q was there", i, newStamp, oldStamp, stampNow)
		}
		stampNow = newStamp
		if to == "" {
			continue // a new stamp for a winner who heard nothing
		}
		if from != host {
			return fmt.Errorf("batch %d: %q replaces %q, and %q was there", i, to, from, host)
		}
		host = to
		if _, again := seen[to]; again {
			return fmt.Errorf("batch %d: the swap to %q is there twice", i, to)
		}
		n, err := dns.ParseNote(newStamp)
		if err != nil {
			return err
		}
		_, seen[to] = n.Rev()
		if a := r.attempts[to]; a.from != from {
			return fmt.Errorf("batch %d: %q replaced %q, and its caller had seen %q", i, to, from, a.from)
		}
		r.swaps++
		if "/change/"+b.ID != r.attempts[to].change.ID {
			r.lost++
		}
	}
	if got := r.value(alias, dns.TypeCNAME); got != host {
		return fmt.Errorf("the alias is %q, and the history ends with %q", got, host)
	}
	for to, a := range r.attempts {
		nonce, applied := seen[to]
		var conflict *dns.ConflictError
		switch {
		case a.err == nil && !applied:
			return fmt.Errorf("the swap from %q to %q succeeded and is not in the history", a.from, to)
		case a.err == nil && a.change.Stamp != nonce:
			return fmt.Errorf("the swap to %q says its stamp is %q, the history says %q", to, a.change.Stamp, nonce)
		case a.err == nil:
		case errors.As(a.err, &conflict):
			if applied && !conflict.MaybeWon {
				return fmt.Errorf("the swap to %q was applied, and its caller was told: %w", to, a.err)
			}
			if conflict.Have.Type == dns.TypeCNAME && conflict.Have.Value() == to {
				return fmt.Errorf("the swap to %q lost to itself: %w", to, a.err)
			}
		case errors.Is(a.err, dns.ErrUncertain):
		case errors.Is(a.err, dns.ErrBusy):
			if applied {
				return fmt.Errorf("the swap to %q was applied, and its caller was told: %w", to, a.err)
			}
		default:
			return fmt.Errorf("the swap to %q: %w", to, a.err)
		}
	}
	return nil
}
