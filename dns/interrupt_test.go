package dns_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

// The context ends while a batch is on its way, before its effect or after it.
func TestUpdateContextEnds(t *testing.T) {
	clients(t, func(t *testing.T, w *world, z *dns.Zone) {
		w.Inject(dnstest.Fault{Match: dnstest.On(changeOp), Kind: dnstest.Delay, Delay: time.Hour})
		_, err := z.Swap(within(t, time.Minute), alias, "", blue)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, dns.ErrUncertain)
		require.ErrorContains(t, err, "may have been applied")
	})
}

func TestUpdateContextEndsAfterTheEffect(t *testing.T) {
	clients(t, func(t *testing.T, w *world, z *dns.Zone) {
		ctx, cancel := context.WithCancel(t.Context())
		w.fault(changeOp, dnstest.LostReply, 1)
		w.at(listOp, 3, cancel) // while we look whether it was applied
		_, err := z.Swap(ctx, alias, "", blue)
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, dns.ErrUncertain)
		require.Equal(t, blue, w.value(alias, dns.TypeCNAME))
	})
}

func TestUpdateContextEndsBeforeAnythingIsSent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		ctx, cancel := context.WithCancel(t.Context())
		w.at(listOp, 2, cancel)
		_, err := w.zone.Swap(ctx, alias, "", blue)
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, dns.ErrUncertain)
	})
}

// The zone cannot be read after a lost reply: what happened is open, and said to be.
func TestUpdateCannotReadAgain(t *testing.T) {
	clients(t, func(t *testing.T, w *world, z *dns.Zone) {
		w.at(changeOp, 1, func() { w.fault(listOp, dnstest.ServerError, 0) })
		w.fault(changeOp, dnstest.LostReply, 1)
		_, err := z.Swap(t.Context(), alias, "", blue)
		var uncertain *dns.UncertainError
		require.ErrorAs(t, err, &uncertain)
		_, nonce := w.note(t, stamp).Rev()
		require.Equal(t, nonce, uncertain.Nonce)
	})
}

func TestUpdateCrash(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.Process("main").CrashAt(3, dnstest.After) // two reads, one batch
		_, err := w.zone.Swap(t.Context(), alias, "", blue)
		require.ErrorIs(t, err, dnstest.ErrCrashed)
		require.ErrorIs(t, err, dns.ErrUncertain)
		require.Equal(t, blue, w.value(alias, dns.TypeCNAME))
	})
}
