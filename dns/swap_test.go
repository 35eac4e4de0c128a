package dns_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

func TestSwap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		first, err := w.zone.Swap(t.Context(), alias, "", blue)
		require.NoError(t, err)
		require.Equal(t, blue, w.value(alias, dns.TypeCNAME))
		count, nonce := w.note(t, stamp).Rev()
		require.Equal(t, uint64(1), count)
		require.Equal(t, nonce, first.Stamp)

		second, err := w.zone.Swap(t.Context(), "Production.Example.com.", blue, "GREEN.example.com.")
		require.NoError(t, err)
		require.Equal(t, green, w.value(alias, dns.TypeCNAME))
		require.Equal(t, green, w.note(t, stamp).Value("to"))
		count, nonce = w.note(t, stamp).Rev()
		require.Equal(t, uint64(2), count)
		require.Equal(t, nonce, second.Stamp)

		require.False(t, w.insync(t, second))
		require.NoError(t, w.zone.Wait(t.Context(), second))
		require.True(t, w.insync(t, second))
	})
}

func TestSwapKeepsTheTTL(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.edit(t, dnstest.Change(types.ChangeActionCreate, dnstest.Set(alias, types.RRTypeCname, 300, blue)))
		_, err := w.zone.Swap(t.Context(), alias, blue, green)
		require.NoError(t, err)
		r, err := w.zone.Get(t.Context(), alias, dns.TypeCNAME)
		require.NoError(t, err)
		require.Equal(t, 5*time.Minute, r.TTL)
	})
}

func TestSwapRefuses(t *testing.T) {
	for _, tt := range []struct {
		name          string
		present, from string
		text          string
	}{
		{"another host", blue, green, `is "blue.example.com", not "green.example.com"`},
		{"it exists", blue, "", `is "blue.example.com", not absent`},
		{"it does not", "", blue, `is absent, not "blue.example.com"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld()
				if tt.present != "" {
					w.edit(t, put(alias, dns.TypeCNAME, tt.present))
				}
				_, err := w.zone.Swap(t.Context(), alias, tt.from, red)
				var conflict *dns.ConflictError
				require.ErrorAs(t, err, &conflict)
				require.ErrorIs(t, err, dns.ErrConflict)
				require.ErrorContains(t, err, tt.text)
				require.Equal(t, tt.present, conflict.Have.Value())
				require.Equal(t, tt.from, conflict.Want.Value())
				require.False(t, conflict.MaybeWon)
				require.Zero(t, w.count(changeOp))
			})
		})
	}
}

func TestSwapToWhereItPoints(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.edit(t, put(alias, dns.TypeCNAME, blue))
		change, err := w.zone.Swap(t.Context(), alias, blue, blue)
		require.NoError(t, err)
		require.Zero(t, change)
		require.Zero(t, w.count(changeOp))
		_, err = w.zone.Swap(t.Context(), alias, blue, "")
		require.ErrorContains(t, err, "needs a host")
	})
}

// A name that was moved away and back looks unmoved to whoever compares values only.
func TestSwapRefusesABA(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		_, err := w.zone.Swap(t.Context(), alias, "", blue)
		require.NoError(t, err)
		w.at(changeOp, 1, func() { // just before our batch arrives
			w.edit(t, put(alias, dns.TypeCNAME, red), put(stamp, dns.TypeTXT, "p1 rev=2.away to="+red))
			w.edit(t, put(alias, dns.TypeCNAME, blue), put(stamp, dns.TypeTXT, "p1 rev=3.back to="+blue))
		})
		_, err = w.zone.Swap(t.Context(), alias, blue, green)
		var conflict *dns.ConflictError
		require.ErrorAs(t, err, &conflict)
		require.Equal(t, stamp, conflict.Name)
		require.Equal(t, blue, w.value(alias, dns.TypeCNAME))
		var refused *types.InvalidChangeBatch
		require.ErrorAs(t, err, &refused, "it unwraps to what Route 53 said")
	})
}

// Two callers create one name at once: the second must not write over the first.
func TestSwapFirstCreationRace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.at(changeOp, 1, func() {
			w.edit(t, put(alias, dns.TypeCNAME, red), put(stamp, dns.TypeTXT, "p1 rev=1.other to="+red))
		})
		_, err := w.zone.Swap(t.Context(), alias, "", blue)
		var conflict *dns.ConflictError
		require.ErrorAs(t, err, &conflict)
		require.False(t, conflict.Want.Exists())
		require.Equal(t, red, conflict.Have.Value())
		require.False(t, conflict.MaybeWon, "no reply was lost")
		require.Equal(t, red, w.value(alias, dns.TypeCNAME))
		require.Empty(t, w.batches())
	})
}

func TestSwapLeavesForeignNotesAlone(t *testing.T) {
	for text, want := range map[string]error{"p2 rev=1.x something=new": dns.ErrVersion, "somebody's words": nil} {
		t.Run(text, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld()
				w.edit(t, put(alias, dns.TypeCNAME, blue), put(stamp, dns.TypeTXT, text))
				_, err := w.zone.Swap(t.Context(), alias, blue, green)
				var note *dns.NoteError
				require.ErrorAs(t, err, &note)
				if want != nil {
					require.ErrorIs(t, err, want)
				}
				require.Zero(t, w.count(changeOp))
			})
		})
	}
}

func TestRestamp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		_, err := w.zone.Restamp(t.Context(), stamp)
		require.ErrorIs(t, err, dns.ErrNoRecord)

		w.edit(t, put(stamp, dns.TypeTXT, "p1 rev=4.old to=x future=%41"))
		change, err := w.zone.Restamp(t.Context(), stamp)
		require.NoError(t, err)
		require.Equal(t, "p1 rev=5."+change.Stamp+" to=x future=%41", w.value(stamp, dns.TypeTXT))
		require.NoError(t, w.zone.Wait(t.Context(), change))
		require.True(t, w.insync(t, change))
	})
}
