package dns

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// SwapTTL is the time to live of a CNAME that [Zone.Swap] makes. One that exists
// keeps its own.
const SwapTTL = time.Minute

// swapNotePrefix makes the name of the note of a name. A CNAME suffers no other
// record at its name.
const swapNotePrefix = "_rev."

// Swap moves the CNAME of name from one host to another, or makes it if from is
// "", in which case it must not exist. Of any number of callers that swap from the
// same host, one wins; the others get a [*ConflictError] which says where the name
// points now. A note at "_rev."+name is stamped in the same batch, so that a name
// which was moved away and back is not mistaken for one that never moved.
//
// Swap returns as soon as Route 53 has the change, see [Zone.Wait].
func (z *Zone) Swap(ctx context.Context, name, from, to string) (Change, error) {
	from, to = Name(from), Name(to)
	if to == "" {
		return Change{}, errors.New("dns: Swap needs a host to point " + Name(name) + " at")
	}
	return z.Update(ctx, func(tx *Tx) error {
		present, err := tx.Get(ctx, name, TypeCNAME)
		if err != nil {
			return err
		}
		if present.Exists() != (from != "") || present.Value() != from {
			want := Record{Name: present.Name, Type: TypeCNAME}
			if from != "" {
				want.Values = []string{from}
			}
			return &ConflictError{Zone: z.id, Name: present.Name, Type: TypeCNAME, Want: want, Have: present}
		}
		if from == to {
			return nil
		}
		stamp, err := tx.Get(ctx, swapNotePrefix+name, TypeTXT)
		if err != nil {
			return err
		}
		note, err := noteOrNew(stamp)
		if err != nil {
			return err
		}
		ttl := SwapTTL
		if present.Exists() {
			ttl = present.TTL
		}
		tx.Pin(present)
		tx.Pin(stamp)
		tx.Put(name, TypeCNAME, ttl, to)
		tx.PutNote(stamp.Name, note.With("to", to))
		return nil
	})
}

// noteOrNew returns the note in a record, or an empty one for an absent record.
func noteOrNew(r Record) (Note, error) {
	if !r.Exists() {
		return Note{}, nil
	}
	return r.Note()
}

// Restamp gives the note in the TXT record of that name a new stamp and changes
// nothing else. Whoever resumes the work of a program that died gets by it a
// change to [Zone.Wait] for: Route 53 applies the batches of a zone one after
// another, so when this one is everywhere, every earlier one is. It returns
// [ErrNoRecord] if there is no such record.
//
// A program that lost the reply to the batch which wrote the note, and is still
// alive, will not find its stamp any more, and report a conflict.
func (z *Zone) Restamp(ctx context.Context, name string) (Change, error) {
	return z.Update(ctx, func(tx *Tx) error {
		r, err := tx.Get(ctx, name, TypeTXT)
		if err != nil {
			return err
		}
		note, err := r.Note()
		if err != nil {
			return fmt.Errorf("dns: restamping in zone %s: %w", z.id, err)
		}
		tx.PutNote(r.Name, note)
		return nil
	})
}
