package dns_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

const (
	changeOp = "ChangeResourceRecordSets"
	listOp   = "ListResourceRecordSets"

	alias = "production.example.com"
	stamp = "_rev.production.example.com"
	blue  = "blue.example.com"
	green = "green.example.com"
	red   = "red.example.com"
)

// world is a simulated Route 53 with one hosted zone, and a client's view of it.
type world struct {
	*dnstest.Route53
	id   string
	zone *dns.Zone
}

// newWorld makes the zone example.com. Its client retries as the SDK does by default.
func newWorld(optFns ...func(*dnstest.Route53Options)) *world {
	r := dnstest.New(optFns...)
	w := &world{Route53: r, id: r.AddZone("example.com", false)}
	w.zone = dns.Open(r.Client(), w.id)
	return w
}

// oneShot is another view, by a client that makes each request once.
func (w *world) oneShot() *dns.Zone {
	return dns.Open(w.Client(func(o *route53.Options) { o.RetryMaxAttempts = 1 }), w.id)
}

// clients runs a test with a client that retries as the SDK does and with one that does not.
func clients(t *testing.T, test func(t *testing.T, w *world, z *dns.Zone)) {
	t.Helper()
	t.Run("SDK retries", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { w := newWorld(); test(t, w, w.zone) })
	})
	t.Run("no retries", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { w := newWorld(); test(t, w, w.oneShot()) })
	})
}

// edit changes the zone behind the client's back.
func (w *world) edit(t testing.TB, changes ...types.Change) {
	t.Helper()
	require.NoError(t, w.Edit(w.id, changes...))
}

// put is a stranger's UPSERT of one value.
func put(name, typ, value string) types.Change {
	if typ == dns.TypeTXT {
		value = `"` + value + `"`
	}
	return dnstest.Change(types.ChangeActionUpsert, dnstest.Set(name, types.RRType(typ), 60, value))
}

// fault makes the next requests of an operation go wrong.
func (w *world) fault(op string, kind dnstest.FaultKind, times int) {
	w.Inject(dnstest.Fault{Match: dnstest.On(op), Kind: kind, Times: times})
}

// at calls hook once, just before the n-th request of an operation, from now on, arrives.
func (w *world) at(op string, n int64, hook func()) {
	var seen atomic.Int64
	w.Inject(dnstest.Fault{Kind: dnstest.Delay, Match: func(call *dnstest.Call) bool {
		if call.Op == op && seen.Add(1) == n {
			hook()
		}
		return false
	}})
}

// value reads a record's value past all clients.
func (w *world) value(name, typ string) string {
	for _, set := range w.Records(w.id) {
		if dns.Name(*set.Name) == name && string(set.Type) == typ {
			return strings.Trim(*set.ResourceRecords[0].Value, `"`)
		}
	}
	return ""
}

// note reads a note past all clients.
func (w *world) note(t testing.TB, name string) dns.Note {
	t.Helper()
	n, err := dns.ParseNote(w.value(name, dns.TypeTXT))
	require.NoError(t, err)
	return n
}

// batches are the batches that clients got applied.
func (w *world) batches() []dnstest.Batch {
	return slices.DeleteFunc(w.Batches(w.id), func(b dnstest.Batch) bool { return b.Edit })
}

// count counts the requests of an operation that arrived.
func (w *world) count(op string) int {
	n := 0
	for _, call := range w.Calls() {
		if call.Op == op {
			n++
		}
	}
	return n
}

// increment is an Update that counts in a note, unpinned.
func increment(ctx context.Context, z *dns.Zone, name string, runs *int) (dns.Change, error) {
	return z.Update(ctx, func(tx *dns.Tx) error {
		*runs++
		r, err := tx.Get(ctx, name, dns.TypeTXT)
		if err != nil {
			return err
		}
		old := dns.NewNote()
		if r.Exists() {
			if old, err = r.Note(); err != nil {
				return err
			}
		}
		tx.PutNote(name, old.With("n", old.Value("n")+"|"))
		return nil
	})
}

// insync reports whether a change has reached the name servers.
func (w *world) insync(t testing.TB, c dns.Change) bool {
	t.Helper()
	out, err := w.Client().GetChange(t.Context(), &route53.GetChangeInput{Id: aws.String(c.ID)})
	require.NoError(t, err)
	return out.ChangeInfo.Status == types.ChangeStatusInsync
}

// bubble runs a test in virtual time, beside the others.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

// within returns a context that ends after d.
func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// sentChanges is the batch of a recorded request.
func sentChanges(call dnstest.Call) []types.Change {
	return call.Input.(*route53.ChangeResourceRecordSetsInput).ChangeBatch.Changes
}
