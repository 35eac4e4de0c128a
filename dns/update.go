package dns

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

const (
	// maxRuns bounds how often Update runs its function. Each run that is followed
	// by another lost a race, so others have got on.
	maxRuns = 50

	// maxSends bounds how often one batch is sent whose fate stays unknown.
	maxSends = 10

	// maxRefusals is how often a batch is refused, with every record of it as it
	// should be, before the batch is held to be at fault.
	maxRefusals = 3
)

// Update reads, decides and writes: fn reads records through its [Tx] and stages
// changes, which are then sent as one batch. Route 53 applies a batch only if every
// record in it is exactly as fn read it, and wholly or not at all.
//
// Every batch must change a note ([Tx.PutNote], or [Tx.Delete] of one), since the
// stamp is how Update tells its own batch from another's after a reply was lost.
// After a batch that was refused, or whose reply was lost, Update reads the records
// of the batch and the pinned ones again, and goes by the first of these that holds:
//
//   - A stamp of this Update is there: the batch was applied. The same goes for a
//     batch that only deletes, when all of it is gone.
//   - A record that fn pinned has changed: the answer is a [*ConflictError].
//   - A record of the batch has changed: fn runs again and reads everything anew.
//     What fn pins stays pinned in all its runs.
//   - Nothing has changed: the same batch is sent again.
//
// So pin what the decision stands on. Without a pin, a batch that was applied
// unseen and then superseded is decided anew, on the present records.
//
// fn may run several times: it must have no effect but on its Tx, and should be
// quick. Its error is returned as it is, and nothing is written. If fn stages
// nothing, Update makes no request and returns the zero Change.
//
// Records in known, read from this zone a moment ago, answer fn's reads in its
// first run without a request. If one of them is stale, the batch is refused and
// the above applies. They are not used while Route 53's time is unknown.
//
// If ctx ends when a batch has been sent, the error matches [ErrUncertain] and
// ctx.Err(). A zone that stays busy gives a [*BusyError], a batch that cannot be
// applied to any state of the zone a [*RefusedError].
func (z *Zone) Update(ctx context.Context, fn func(tx *Tx) error, known ...Record) (Change, error) {
	u := updating{zone: z, nonces: make(map[string]bool)}
	first := make(map[key]Record, len(known))
	if _, ok := z.skew(); ok {
		for _, r := range known {
			first[r.key()] = r
		}
	}
	var pause backoff
	var last *batch
	for run := 1; ; run++ {
		tx := newTx(z, first)
		first = nil
		if err := fn(tx); err != nil {
			if u.lost && ctx.Err() != nil {
				return Change{}, u.failed(ctx, last, err)
			}
			return Change{}, err
		}
		b, err := tx.batch()
		if err == nil {
			err = u.pin(tx)
		}
		if err != nil || b == nil {
			return Change{}, err
		}
		change, moved, err := u.commit(ctx, b)
		if moved == nil {
			return change, err
		}
		if run == maxRuns {
			return Change{}, moved
		}
		last = b
		pause.next()
		if err := pause.sleep(ctx); err != nil {
			return Change{}, u.failed(ctx, b, err)
		}
	}
}

// updating is what one Update learns over its runs.
type updating struct {
	zone   *Zone
	pins   []Record        // of every run, the first of a record first
	nonces map[string]bool // that were sent
	notes  []key           // that carried them
	lost   bool            // a batch may have been applied
}

// pin takes the pins of a run. A record that was pinned in an earlier run, or read
// otherwise in this one, must not have changed meanwhile: what a second run reads
// is not what the decision was made on.
func (u *updating) pin(tx *Tx) error {
	for _, r := range tx.pins {
		known := false
		for _, pinned := range u.pins {
			if pinned.key() != r.key() {
				continue
			}
			if known = true; !same(pinned, r) {
				return u.conflict(pinned, r, nil)
			}
		}
		if !known {
			u.pins = append(u.pins, r)
		}
	}
	for _, pinned := range u.pins {
		if r, ok := tx.read[pinned.key()]; ok && !same(pinned, r) {
			return u.conflict(pinned, r, nil)
		}
	}
	return nil
}

// commit sends a batch until its fate is known. It returns moved, and nothing else,
// if the batch was not applied for a reason that leaves the decision standing.
func (u *updating) commit(ctx context.Context, b *batch) (change Change, moved *ConflictError, err error) {
	u.nonces[b.nonce] = true
	for _, k := range b.notes {
		if !slices.Contains(u.notes, k) {
			u.notes = append(u.notes, k)
		}
	}
	var pause backoff
	for sends, refusals := 1, 0; ; sends++ {
		s := u.zone.send(ctx, b)
		if s.err == nil {
			return s.change, nil, nil
		}
		u.lost = u.lost || s.lost
		if ctx.Err() != nil || !u.lost && !isRefused(s.err) {
			return Change{}, nil, u.failed(ctx, b, s.err)
		}
		now, nonce, err := u.look(ctx, b)
		switch {
		case err != nil:
			return Change{}, nil, u.failed(ctx, b, err)
		case nonce != "":
			change, err := u.confirm(ctx, nonce)
			return change, nil, err
		}
		if pinned, moved := firstMoved(u.pins, now); moved {
			return Change{}, nil, u.conflict(pinned, now[pinned.key()], s.err)
		}
		if before, moved := firstMoved(b.before, now); moved {
			return Change{}, u.conflict(before, now[before.key()], s.err), nil
		}
		switch {
		case isRefused(s.err):
			if refusals++; refusals == maxRefusals {
				refused := &RefusedError{Zone: u.zone.id, Messages: reasons(s.err), Err: s.err}
				return Change{}, nil, u.failed(ctx, b, refused)
			}
		case isVerdict(s.err), sends == maxSends:
			return Change{}, nil, u.failed(ctx, b, s.err)
		}
		pause.next()
		if err := pause.sleep(ctx); err != nil {
			return Change{}, nil, u.failed(ctx, b, err)
		}
	}
}

// look reads the zone after a batch, and returns the nonce of the batch of this
// Update that was applied, if one was.
func (u *updating) look(ctx context.Context, b *batch) (now map[key]Record, nonce string, err error) {
	for try := 1; ; try++ {
		if now, err = u.reread(ctx, b); err != nil {
			return nil, "", err
		}
		if nonce, won := u.won(b, now); won {
			return now, nonce, nil
		}
		// A pinned record may be the batch's own work, seen just before somebody
		// superseded the whole of it. One more look tells who holds it now.
		pinned, moved := firstMoved(u.pins, now)
		if try > 1 || !moved || !u.lost || !b.makes(now[pinned.key()]) {
			return now, "", nil
		}
	}
}

// reread reads the records of a batch, the pinned ones and every note that was ever
// sent. Notes come last: a batch that is applied meanwhile then shows its stamp, and
// its other changes are not taken for somebody else's. If a reply was lost they come
// first as well, since a stamp of this Update says all there is to know.
func (u *updating) reread(ctx context.Context, b *batch) (map[key]Record, error) {
	now := make(map[key]Record)
	if u.lost {
		for _, k := range u.notes {
			r, err := u.zone.Get(ctx, k.name, k.typ)
			if err != nil {
				return nil, err
			}
			if _, ok := u.own(r); ok {
				now[k] = r
				return now, nil
			}
		}
	}
	read := func(k key) (err error) {
		if _, ok := now[k]; ok {
			return nil
		}
		if !k.ofAddress() {
			now[k], err = u.zone.Get(ctx, k.name, k.typ)
			return err
		}
		a, err := u.zone.Address(ctx, k.name)
		for _, r := range a.Records() {
			now[r.key()] = r
		}
		return err
	}
	for _, r := range slices.Concat(u.pins, b.before) {
		if k := r.key(); !slices.Contains(u.notes, k) {
			if err := read(k); err != nil {
				return nil, err
			}
		}
	}
	for _, k := range u.notes {
		if err := read(k); err != nil {
			return nil, err
		}
	}
	return now, nil
}

// won reports whether the records show that a batch of this Update was applied, and
// which.
func (u *updating) won(b *batch, now map[key]Record) (nonce string, won bool) {
	for _, k := range u.notes {
		if nonce, ok := u.own(now[k]); ok {
			return nonce, true
		}
	}
	if len(b.creates) > 0 {
		return "", false
	}
	for _, r := range b.before {
		if now[r.key()].Exists() {
			return "", false
		}
	}
	return b.nonce, true
}

// firstMoved returns the first record that is no longer as it was.
func firstMoved(records []Record, now map[key]Record) (Record, bool) {
	for _, r := range records {
		if !same(r, now[r.key()]) {
			return r, true
		}
	}
	return Record{}, false
}

// own reports whether a record is a note with a stamp of this Update.
func (u *updating) own(r Record) (nonce string, ok bool) {
	note, err := r.Note()
	if err != nil {
		return "", false
	}
	_, nonce = note.Rev()
	return nonce, u.nonces[nonce]
}

// confirm gets a change to wait for when the reply with the batch's own was lost. It
// stamps one of the notes of the batch again: Route 53 applies the batches of a zone
// one after another, so when that is everywhere, the batch is. Notes that somebody
// else has stamped since are left alone, since he may be looking for his stamp.
func (u *updating) confirm(ctx context.Context, nonce string) (Change, error) {
	won := Change{Stamp: nonce, At: u.zone.Now()}
	for _, k := range u.notes {
		id, err := u.restamp(ctx, k)
		if ctx.Err() != nil {
			return won, &UncertainError{Zone: u.zone.id, Nonce: nonce, Err: ctx.Err()}
		}
		if err == nil && id != "" {
			won.ID = id
			break
		}
		// The batch has won; that its change has no id must not turn it into a failure.
	}
	return won, nil
}

// restamp gives a note of this Update a new stamp. The id is empty if it is none.
func (u *updating) restamp(ctx context.Context, k key) (id string, err error) {
	var pause backoff
	for range maxSends {
		r, err := u.zone.Get(ctx, k.name, k.typ)
		if err != nil {
			return "", err
		}
		if _, ok := u.own(r); !ok {
			return "", nil
		}
		note, err := r.Note()
		if err != nil {
			return "", err
		}
		tx := newTx(u.zone, nil)
		tx.read[k] = r
		tx.PutNote(k.name, note)
		b, err := tx.batch()
		if err != nil {
			return "", err
		}
		u.nonces[b.nonce] = true
		s := u.zone.send(ctx, b)
		if s.err == nil {
			return s.change.ID, nil
		}
		if !s.lost && !isRefused(s.err) {
			return "", s.err
		}
		pause.next()
		if err := pause.sleep(ctx); err != nil {
			return "", err
		}
	}
	return "", errors.New("dns: every reply was lost")
}

// conflict says that want has become have.
func (u *updating) conflict(want, have Record, err error) *ConflictError {
	return &ConflictError{Zone: u.zone.id, Name: want.Name, Type: want.Type, Want: want, Have: have, MaybeWon: u.lost, Err: err}
}

// failed wraps the error of a batch that was not seen to be applied.
func (u *updating) failed(ctx context.Context, b *batch, err error) error {
	err = ended(ctx, err)
	if u.lost {
		return &UncertainError{Zone: u.zone.id, Nonce: b.nonce, Err: err}
	}
	var busy *BusyError
	var refused *RefusedError
	if errors.As(err, &busy) || errors.As(err, &refused) {
		return err
	}
	return fmt.Errorf("dns: changing zone %s: %w", u.zone.id, err)
}
