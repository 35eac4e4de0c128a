package dns_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

// update stages what fn says, on records that were read.
func (w *world) update(t *testing.T, fn func(tx *dns.Tx), names ...string) error {
	_, err := w.zone.Update(t.Context(), func(tx *dns.Tx) error {
		for _, name := range names {
			for _, typ := range []string{"CNAME", "TXT", "A"} {
				if _, err := tx.Get(t.Context(), name, typ); err != nil {
					return err
				}
			}
		}
		fn(tx)
		return nil
	})
	return err
}

// A breach of Update's rules is an error before any batch is sent.
func TestTxFaults(t *testing.T) {
	const n, x = "_n.example.com", "x.example.com"
	for _, tt := range []struct {
		name  string
		stage func(tx *dns.Tx)
		text  string
	}{
		{"put unread", func(tx *dns.Tx) { tx.Put("unread.example.com", "A", 0, "192.0.2.1") }, "Put needs a Get"},
		{"note unread", func(tx *dns.Tx) { tx.PutNote("unread.example.com", dns.NewNote()) }, "PutNote needs a Get"},
		{"delete unread", func(tx *dns.Tx) { tx.Delete("unread.example.com", "A") }, "Delete needs a Get"},
		{"put over a note", func(tx *dns.Tx) { tx.Put(n, "TXT", time.Minute, "words") }, "use PutNote"},
		{"no value", func(tx *dns.Tx) { tx.Put(x, "TXT", time.Minute, "") }, "needs a value"},
		{"no host", func(tx *dns.Tx) { tx.Put(x, "CNAME", time.Minute, ".") }, "needs a value"},
		{"long value", func(tx *dns.Tx) { tx.Put(x, "TXT", time.Minute, strings.Repeat("x", 4000)) }, "longer than"},
		{"half a second", func(tx *dns.Tx) { tx.Put(x, "A", 500*time.Millisecond, "192.0.2.1") }, "whole number of seconds"},
		{"negative TTL", func(tx *dns.Tx) { tx.Put(x, "A", -time.Second, "192.0.2.1") }, "whole number of seconds"},
		{"pinned otherwise than read", func(tx *dns.Tx) { tx.Pin(dns.Record{Name: n, Type: "TXT"}); tx.PutNote(n, dns.NewNote()) }, "absent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld()
				w.edit(t, put(n, dns.TypeTXT, "p1 rev=1.a"))
				err := w.update(t, tt.stage, n, x)
				require.ErrorContains(t, err, tt.text)
				require.Zero(t, w.count(changeOp))
			})
		})
	}
}

func TestTxUnstamped(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.edit(t, put("_root.example.com", dns.TypeTXT, "p1 registry=r"))
		err := w.update(t, func(tx *dns.Tx) {
			tx.Put("x.example.com", "A", time.Minute, "192.0.2.1")
			tx.Delete("_root.example.com", "TXT") // no stamp in it
		}, "x.example.com", "_root.example.com")
		require.ErrorIs(t, err, dns.ErrUnstamped)
		require.Zero(t, w.count(changeOp))
	})
}

// Versions that this program does not know are neither rewritten nor deleted.
func TestTxUnknownVersion(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.edit(t, put("_n.example.com", dns.TypeTXT, "p2 rev=1.a"))
		for _, stage := range []func(tx *dns.Tx){
			func(tx *dns.Tx) { tx.PutNote("_n.example.com", dns.NewNote()) },
			func(tx *dns.Tx) { tx.Delete("_n.example.com", "TXT") },
		} {
			require.ErrorIs(t, w.update(t, stage, "_n.example.com"), dns.ErrVersion)
		}
		err := w.update(t, func(tx *dns.Tx) { tx.Put("_n.example.com", "TXT", time.Minute, "x") }, "_n.example.com")
		require.ErrorContains(t, err, "use PutNote")
	})
}

// What others made in forms of their own is read, never changed.
func TestTxUnsupportedRecords(t *testing.T) {
	two := dnstest.Set("multi.example.com", types.RRTypeA, 60, "192.0.2.1", "192.0.2.2")
	weighted := dnstest.Set("weighted.example.com", types.RRTypeCname, 60, blue)
	weighted.SetIdentifier, weighted.Weight = aws.String("a"), aws.Int64(1)
	second := dnstest.Set("weighted.example.com", types.RRTypeCname, 60, green)
	second.SetIdentifier, second.Weight = aws.String("b"), aws.Int64(1)
	bubble(t, func(t *testing.T) {
		w := newWorld()
		for _, set := range []types.ResourceRecordSet{two, weighted, second} {
			w.edit(t, dnstest.Change(types.ChangeActionCreate, set))
		}
		for name, typ := range map[string]string{"multi.example.com": "A", "weighted.example.com": "CNAME"} {
			r, err := w.zone.Get(t.Context(), name, typ)
			require.NoError(t, err)
			require.True(t, r.Exists(), name)
			for _, stage := range []func(tx *dns.Tx){
				func(tx *dns.Tx) { tx.Put(name, typ, time.Minute, "192.0.2.9") },
				func(tx *dns.Tx) { tx.Delete(name, typ) },
			} {
				err := w.update(t, func(tx *dns.Tx) { stage(tx); tx.PutNote("_n.example.com", dns.NewNote()) }, name, "_n.example.com")
				var unsupported *dns.UnsupportedRecordError
				require.ErrorAs(t, err, &unsupported, name)
				require.ErrorIs(t, err, dns.ErrUnsupported)
			}
		}
		require.Zero(t, w.count(changeOp))
		_, err := w.zone.Swap(t.Context(), "weighted.example.com", blue, green)
		require.ErrorIs(t, err, dns.ErrUnsupported)
	})
}

func TestTxLastStagingCounts(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.edit(t, put("x.example.com", "A", "192.0.2.1"), put("y.example.com", "A", "192.0.2.1"))
		err := w.update(t, func(tx *dns.Tx) {
			tx.Delete("x.example.com", "A")
			tx.Put("x.example.com", "A", time.Minute, "192.0.2.2")
			tx.Put("y.example.com", "A", time.Minute, "192.0.2.2")
			tx.Put("y.example.com", "A", time.Minute, "192.0.2.1") // as it is
			tx.Put("y.example.com", "A", time.Minute, "192.0.2.3")
			tx.PutNote("_n.example.com", dns.NewNote("v", "1"))
			tx.PutNote("_n.example.com", dns.NewNote("v", "2"))
		}, "x.example.com", "y.example.com", "_n.example.com")
		require.NoError(t, err)
		require.Equal(t, "192.0.2.2", w.value("x.example.com", "A"))
		require.Equal(t, "192.0.2.3", w.value("y.example.com", "A"))
		require.Equal(t, "2", w.note(t, "_n.example.com").Value("v"))
	})
}

// Long notes, odd names and every character survive the way through Route 53.
func TestTxRoundTrip(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		long := strings.Repeat(`ü"\`, 300)
		note := dns.NewNote("long", strings.Repeat("x", 1000), "odd", "a b\"c\\d\n%=ü")
		err := w.update(t, func(tx *dns.Tx) {
			tx.Put("words.example.com", "TXT", time.Minute, long)
			tx.PutNote("_n.example.com", note)
			tx.Put("*.odd@x.example.com", "CNAME", time.Minute, "Host.Example.ORG.")
		}, "words.example.com", "_n.example.com", "*.odd@x.example.com")
		require.NoError(t, err)
		for name, want := range map[string]string{"words.example.com": long, "*.odd@x.example.com": "host.example.org"} {
			typ := map[bool]string{true: "TXT", false: "CNAME"}[name == "words.example.com"]
			r, err := w.zone.Get(t.Context(), name, typ)
			require.NoError(t, err)
			require.Equal(t, want, r.Value())
			require.Equal(t, name, r.Name)
		}
		r, err := w.zone.Get(t.Context(), "_n.example.com", "TXT")
		require.NoError(t, err)
		n, err := r.Note()
		require.NoError(t, err)
		require.Equal(t, note.Keys(), n.Keys())
		require.Equal(t, note.Value("odd"), n.Value("odd"))
		require.Equal(t, dns.NoteTTL, r.TTL)

		// And can be replaced: the listing is echoed, whatever its escapes.
		err = w.update(t, func(tx *dns.Tx) {
			tx.Delete("words.example.com", "TXT")
			tx.Delete("*.odd@x.example.com", "CNAME")
			tx.PutNote("_n.example.com", n)
		}, "words.example.com", "_n.example.com", "*.odd@x.example.com")
		require.NoError(t, err)
		require.Len(t, w.Records(w.id), 1)
	})
}

func TestTxComment(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		err := w.update(t, func(tx *dns.Tx) {
			tx.PutNote("_n.example.com", dns.NewNote())
			tx.Comment("a\nb\x00c\xff" + strings.Repeat("é", 300))
		}, "_n.example.com")
		require.NoError(t, err)
		comment := w.batches()[0].Comment
		require.True(t, utf8.ValidString(comment))
		require.Equal(t, 256, utf8.RuneCountInString(comment))
		require.True(t, strings.HasPrefix(comment, "a b c\ufffdéé"))
		require.True(t, strings.HasSuffix(comment, "é…"))
	})
}
