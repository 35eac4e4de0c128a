package dns_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

func TestUpdateSendsOneBatch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.edit(t, put("a.example.com", "CNAME", blue), put("b.example.com", "CNAME", blue), put("gone.example.com", "A", "192.0.2.1"))
		change, err := w.zone.Update(t.Context(), func(tx *dns.Tx) error {
			for _, k := range [][2]string{{"a.example.com", "CNAME"}, {"b.example.com", "CNAME"}, {"gone.example.com", "A"}, {"_n.example.com", "TXT"}, {"absent.example.com", "A"}} {
				if _, err := tx.Get(t.Context(), k[0], k[1]); err != nil {
					return err
				}
			}
			tx.PutNote("_n.example.com", dns.NewNote("k", "v"))
			tx.Put("a.example.com", "CNAME", time.Minute, green)
			tx.Put("b.example.com", "CNAME", time.Minute, blue) // as it is
			tx.Delete("gone.example.com", "A")
			tx.Delete("absent.example.com", "A") // as it is
			tx.Comment("because")
			return nil
		})
		require.NoError(t, err)
		batches := w.batches()
		require.Len(t, batches, 1)
		require.Equal(t, "because", batches[0].Comment)
		require.Equal(t, "/change/"+batches[0].ID, change.ID)
		require.WithinDuration(t, batches[0].SubmittedAt, change.At, time.Millisecond)
		var got []string
		for _, c := range batches[0].Changes {
			got = append(got, string(c.Action)+" "+dns.Name(*c.ResourceRecordSet.Name))
		}
		require.Equal(t, []string{"DELETE a.example.com", "DELETE gone.example.com", "CREATE _n.example.com", "CREATE a.example.com"}, got)
	})
}

// The reply to a batch that was applied is lost, with the SDK client sending it again and without.
func TestUpdateLostReply(t *testing.T) {
	clients(t, func(t *testing.T, w *world, z *dns.Zone) {
		_, err := z.Swap(t.Context(), alias, "", blue)
		require.NoError(t, err)
		w.fault(changeOp, dnstest.LostReply, 1)
		change, err := z.Swap(t.Context(), alias, blue, green)
		require.NoError(t, err)
		require.Equal(t, green, w.value(alias, dns.TypeCNAME))

		batches := w.batches()
		require.Len(t, batches, 3, "the two swaps, and the stamp that gives a change to wait for")
		require.Len(t, batches[1].Changes, 4)
		require.Len(t, batches[2].Changes, 2, "the note alone")
		require.Contains(t, *batches[1].Changes[3].ResourceRecordSet.ResourceRecords[0].Value, change.Stamp)
		require.Equal(t, "/change/"+batches[2].ID, change.ID)
		require.NoError(t, z.Wait(t.Context(), change))
		require.True(t, w.insync(t, change))
		require.True(t, w.insync(t, dns.Change{ID: batches[1].ID}))
	})
}

func TestUpdateManyLostReplies(t *testing.T) {
	clients(t, func(t *testing.T, w *world, z *dns.Zone) {
		w.fault(changeOp, dnstest.LostReply, 4) // of the batch, and of the stamping
		change, err := z.Swap(t.Context(), alias, "", blue)
		require.NoError(t, err)
		require.Equal(t, blue, w.value(alias, dns.TypeCNAME))
		require.NotEmpty(t, change.ID)
		require.NoError(t, z.Wait(t.Context(), change))
	})
}

// What may have had an effect and had none is sent again, the same batch.
func TestUpdateAmbiguousWithoutEffect(t *testing.T) {
	for _, kind := range []dnstest.FaultKind{dnstest.Reset, dnstest.ServerError} {
		t.Run(kind.String(), func(t *testing.T) {
			clients(t, func(t *testing.T, w *world, z *dns.Zone) {
				w.fault(changeOp, kind, 5)
				runs := 0
				change, err := increment(t.Context(), z, "_n.example.com", &runs)
				require.NoError(t, err)
				require.Equal(t, 1, runs)
				require.Equal(t, "|", w.note(t, "_n.example.com").Value("n"))
				require.Len(t, w.batches(), 1)
				require.Equal(t, "/change/"+w.batches()[0].ID, change.ID)
			})
		})
	}
}

func TestUpdateFateNeverKnown(t *testing.T) {
	clients(t, func(t *testing.T, w *world, z *dns.Zone) {
		w.fault(changeOp, dnstest.Reset, 0)
		_, err := z.Swap(t.Context(), alias, "", blue)
		require.ErrorIs(t, err, dns.ErrUncertain)
		require.NotErrorIs(t, err, dns.ErrConflict)
	})
}

// The batch was applied, its reply lost, and its result changed before we looked.
func TestUpdateWonAndSuperseded(t *testing.T) {
	clients(t, func(t *testing.T, w *world, z *dns.Zone) {
		_, err := z.Swap(t.Context(), alias, "", blue)
		require.NoError(t, err)
		w.fault(changeOp, dnstest.LostReply, 1)
		w.at(listOp, 3, func() { // the first of the reads that follow
			require.Equal(t, green, w.value(alias, dns.TypeCNAME))
			w.edit(t, put(alias, dns.TypeCNAME, blue), put(stamp, dns.TypeTXT, "p1 rev=9.other to="+blue))
		})
		_, err = z.Swap(t.Context(), alias, blue, green)
		var conflict *dns.ConflictError
		require.ErrorAs(t, err, &conflict)
		require.True(t, conflict.MaybeWon)
		require.ErrorContains(t, err, "may have won and been superseded")
		require.Equal(t, blue, w.value(alias, dns.TypeCNAME), "the later decision stands")
	})
}

// The batch lands between two of the reads that ask whether it did.
func TestUpdateLandsBetweenTheReads(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		z := w.oneShot()
		_, err := z.Swap(t.Context(), alias, "", blue)
		require.NoError(t, err)
		w.fault(changeOp, dnstest.Reset, 1)
		w.at(listOp, 4, func() { w.lateBatch(t) })
		change, err := z.Swap(t.Context(), alias, blue, green)
		require.NoError(t, err)
		require.Equal(t, green, w.value(alias, dns.TypeCNAME))
		require.NotEmpty(t, change.ID)
	})
}

// As before, with a change that leaves nothing to recognise but the stamp.
func TestUpdateDeletionLandsBetweenTheReads(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		z := w.oneShot()
		w.edit(t, put(alias, dns.TypeCNAME, blue), put(stamp, dns.TypeTXT, "p1 rev=1.a"))
		w.fault(changeOp, dnstest.Reset, 1)
		w.at(listOp, 5, func() { w.lateBatch(t) })
		change, err := z.Update(t.Context(), func(tx *dns.Tx) error {
			for name, typ := range map[string]string{alias: dns.TypeCNAME, stamp: dns.TypeTXT} {
				r, err := tx.Get(t.Context(), name, typ)
				if err != nil {
					return err
				}
				tx.Pin(r)
			}
			tx.Delete(alias, dns.TypeCNAME)
			tx.PutNote(stamp, dns.NewNote("released", "yes"))
			return nil
		})
		require.NoError(t, err)
		require.NotEmpty(t, change.ID)
		require.Equal(t, "yes", w.note(t, stamp).Value("released"))
	})
}

// The batch has won, and before its note could be stamped again somebody did.
func TestUpdateLeavesTheStampsOfOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		z := w.oneShot()
		w.fault(changeOp, dnstest.LostReply, 1)
		w.at(listOp, 4, func() { w.edit(t, put(stamp, dns.TypeTXT, "p1 rev=2.other to="+blue)) })
		change, err := z.Swap(t.Context(), alias, "", blue)
		require.NoError(t, err)
		require.NotEmpty(t, change.Stamp)
		require.Empty(t, change.ID)
		require.Equal(t, "2.other", w.note(t, stamp).Stamp(), "he may be looking for it")
	})
}

// The network held a batch back: it lands after we have looked and found nothing.
func TestUpdateLateFirstBatch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		z := w.oneShot()
		_, err := z.Swap(t.Context(), alias, "", blue)
		require.NoError(t, err)
		w.fault(changeOp, dnstest.Reset, 1)
		w.at(changeOp, 2, func() { w.lateBatch(t) })
		change, err := z.Swap(t.Context(), alias, blue, green)
		require.NoError(t, err)
		require.Equal(t, green, w.value(alias, dns.TypeCNAME))
		require.Len(t, w.batches(), 2, "the first swap and the new stamp")
		require.NoError(t, z.Wait(t.Context(), change))
	})
}

// lateBatch applies the last batch that was cut off on its way.
func (w *world) lateBatch(t *testing.T) {
	for _, call := range slices.Backward(w.Calls()) {
		if call.Op == changeOp && call.Err != nil {
			w.edit(t, sentChanges(call)...)
			return
		}
	}
	t.Error("no batch was cut off")
}

// A pinned record has changed: the decision is not taken again.
func TestUpdatePinChanged(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		_, err := w.zone.Swap(t.Context(), alias, "", blue)
		require.NoError(t, err)
		w.at(changeOp, 1, func() {
			w.edit(t, put(alias, dns.TypeCNAME, red), put(stamp, dns.TypeTXT, "p1 rev=2.other to="+red))
		})
		_, err = w.zone.Swap(t.Context(), alias, blue, green)
		var conflict *dns.ConflictError
		require.ErrorAs(t, err, &conflict)
		require.Equal(t, alias, conflict.Name)
		require.Equal(t, blue, conflict.Want.Value())
		require.Equal(t, red, conflict.Have.Value())
		require.False(t, conflict.MaybeWon, "no reply was lost")
		require.Equal(t, w.id, conflict.Zone)
	})
}

// Another record of the batch has changed: the decision stands, on the new truth.
func TestUpdateRunsAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.edit(t, put("_pinned.example.com", dns.TypeTXT, "p1 rev=1.p"), put("_n.example.com", dns.TypeTXT, "p1 rev=1.a n=|"))
		w.at(changeOp, 1, func() { w.edit(t, put("_n.example.com", dns.TypeTXT, "p1 rev=2.b n=||")) })
		runs := 0
		_, err := w.zone.Update(t.Context(), func(tx *dns.Tx) error {
			runs++
			pinned, err := tx.Get(t.Context(), "_pinned.example.com", dns.TypeTXT)
			if err != nil {
				return err
			}
			tx.Pin(pinned)
			r, err := tx.Get(t.Context(), "_n.example.com", dns.TypeTXT)
			if err != nil {
				return err
			}
			n, err := r.Note()
			if err != nil {
				return err
			}
			tx.PutNote(r.Name, n.With("n", n.Value("n")+"|"))
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, 2, runs)
		require.Equal(t, "|||", w.note(t, "_n.example.com").Value("n"))
		require.Len(t, w.batches(), 1)
	})
}

// A pin holds over all runs: what the second run reads is not what was decided on.
func TestUpdatePinHoldsInLaterRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.edit(t, put("_pinned.example.com", dns.TypeTXT, "p1 rev=1.p"), put("_n.example.com", dns.TypeTXT, "p1 rev=1.a"))
		w.at(changeOp, 1, func() { w.edit(t, put("_n.example.com", dns.TypeTXT, "p1 rev=2.b")) })
		// Reads: two of the first run, two after the refusal, then those of the second run.
		w.at(listOp, 5, func() { w.edit(t, put("_pinned.example.com", dns.TypeTXT, "p1 rev=2.q")) })
		runs := 0
		_, err := w.zone.Update(t.Context(), func(tx *dns.Tx) error {
			runs++
			pinned, err := tx.Get(t.Context(), "_pinned.example.com", dns.TypeTXT)
			if err != nil {
				return err
			}
			tx.Pin(pinned)
			if _, err := tx.Get(t.Context(), "_n.example.com", dns.TypeTXT); err != nil {
				return err
			}
			tx.PutNote("_n.example.com", dns.NewNote())
			return nil
		})
		var conflict *dns.ConflictError
		require.ErrorAs(t, err, &conflict)
		require.Equal(t, "_pinned.example.com", conflict.Name)
		require.Equal(t, 2, runs)
		require.Empty(t, w.batches())
	})
}

// A record that was judged outside is pinned, and has moved before the first run.
func TestUpdatePinOfAnOlderReading(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.edit(t, put("_n.example.com", dns.TypeTXT, "p1 rev=1.a"))
		judged, err := w.zone.Get(t.Context(), "_n.example.com", dns.TypeTXT)
		require.NoError(t, err)
		w.edit(t, put("_n.example.com", dns.TypeTXT, "p1 rev=2.b"))
		_, err = w.zone.Update(t.Context(), func(tx *dns.Tx) error {
			tx.Pin(judged)
			_, err := tx.Get(t.Context(), judged.Name, judged.Type)
			tx.PutNote(judged.Name, dns.NewNote())
			return err
		})
		require.ErrorIs(t, err, dns.ErrConflict)
		require.Zero(t, w.count(changeOp))
	})
}

// Two readings of one record that differ cannot both hold.
func TestUpdateTwoPins(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		older, err := w.zone.Get(t.Context(), alias, dns.TypeCNAME)
		require.NoError(t, err)
		w.edit(t, put(alias, dns.TypeCNAME, blue))
		newer, err := w.zone.Get(t.Context(), alias, dns.TypeCNAME)
		require.NoError(t, err)
		_, err = w.zone.Update(t.Context(), func(tx *dns.Tx) error {
			_, err := tx.Get(t.Context(), stamp, dns.TypeTXT)
			tx.Pin(older)
			tx.Pin(newer)
			tx.PutNote(stamp, dns.NewNote())
			return err
		})
		require.ErrorIs(t, err, dns.ErrConflict)
		require.Zero(t, w.count(changeOp))
	})
}

// Records read before the call answer the first run; stale ones cost another.
func TestUpdateKnown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.edit(t, put("_n.example.com", dns.TypeTXT, "p1 rev=1.a n=|"))
		known, err := w.zone.Get(t.Context(), "_n.example.com", dns.TypeTXT)
		require.NoError(t, err)
		absent, err := w.zone.Get(t.Context(), "new.example.com", "A")
		require.NoError(t, err)

		runs, stale := 0, false
		update := func() error {
			_, err := w.zone.Update(t.Context(), func(tx *dns.Tx) error {
				runs++
				if _, err := tx.Get(t.Context(), absent.Name, absent.Type); err != nil {
					return err
				}
				r, err := tx.Get(t.Context(), known.Name, known.Type)
				if err != nil {
					return err
				}
				n, err := r.Note()
				if err != nil {
					return err
				}
				if stale {
					tx.Pin(known)
				}
				tx.PutNote(r.Name, n.With("n", n.Value("n")+"|"))
				return nil
			}, known, absent)
			return err
		}
		reads := w.count(listOp)
		require.NoError(t, update())
		require.Equal(t, reads, w.count(listOp), "no request")
		require.Equal(t, 1, runs)

		runs = 0
		require.NoError(t, update(), "they are stale now, and not pinned")
		require.Equal(t, 2, runs)
		require.Equal(t, "|||", w.note(t, "_n.example.com").Value("n"))

		stale = true
		require.ErrorIs(t, update(), dns.ErrConflict)
	})
}

func TestUpdateDeletesOnly(t *testing.T) {
	clients(t, func(t *testing.T, w *world, z *dns.Zone) {
		w.edit(t, put("_n.example.com", dns.TypeTXT, "p1 rev=1.a"), put("n.example.com", "CNAME", blue))
		w.fault(changeOp, dnstest.LostReply, 1)
		change, err := z.Update(t.Context(), func(tx *dns.Tx) error {
			for name, typ := range map[string]string{"_n.example.com": dns.TypeTXT, "n.example.com": dns.TypeCNAME} {
				r, err := tx.Get(t.Context(), name, typ)
				if err != nil {
					return err
				}
				tx.Pin(r)
				tx.Delete(name, typ)
			}
			return nil
		})
		require.NoError(t, err)
		require.Empty(t, w.Records(w.id))
		require.Empty(t, change.ID, "no note is left to stamp again")
		require.NotEmpty(t, change.Stamp)
		require.NoError(t, z.Wait(t.Context(), change))
		require.Len(t, w.batches(), 1)
	})
}

// A batch that cannot be applied to any state is no conflict, and not tried for ever.
func TestUpdateRefused(t *testing.T) {
	for _, shape := range []dnstest.ErrorShape{dnstest.ErrorsInMessage, dnstest.ErrorsInMessages} {
		bubbled := func(t *testing.T) {
			w := newWorld(func(o *dnstest.Route53Options) { o.Errors = shape })
			w.edit(t, put(alias, "A", "192.0.2.1"))
			_, err := w.zone.Swap(t.Context(), alias, "", blue)
			var refused *dns.RefusedError
			require.ErrorAs(t, err, &refused)
			require.ErrorContains(t, err, "conflicts with other records")
			require.NotErrorIs(t, err, dns.ErrConflict)
			require.NotErrorIs(t, err, dns.ErrUncertain)
			var batch *types.InvalidChangeBatch
			require.ErrorAs(t, err, &batch)
			require.Equal(t, 3, w.count(changeOp))
		}
		t.Run(map[dnstest.ErrorShape]string{dnstest.ErrorsInMessage: "in Message", dnstest.ErrorsInMessages: "in Messages"}[shape],
			func(t *testing.T) { bubble(t, bubbled) })
	}
}

func TestUpdateOtherRefusals(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		w.Inject(dnstest.Fault{Match: dnstest.On(changeOp), Kind: dnstest.Fail, Err: &types.NoSuchHealthCheck{Message: aws.String("denied")}})
		_, err := w.zone.Swap(t.Context(), alias, "", blue)
		var denied *types.NoSuchHealthCheck
		require.ErrorAs(t, err, &denied)
		require.NotErrorIs(t, err, dns.ErrUncertain, "an answer with a verdict leaves nothing open")
		require.Equal(t, 1, w.count(changeOp), "and is not asked for again")
	})
}

func TestUpdateWithoutEffect(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld()
		own := errors.New("own")
		_, err := w.zone.Update(t.Context(), func(*dns.Tx) error { return own })
		require.Same(t, own, err, "as it is")
		change, err := w.zone.Update(t.Context(), func(*dns.Tx) error { return nil })
		require.NoError(t, err)
		require.Zero(t, change)
		require.NoError(t, w.zone.Wait(t.Context(), change))
		require.Empty(t, w.Calls())
	})
}
