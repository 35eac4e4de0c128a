package dns

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// NoteTTL is the time to live of the notes that [Tx.PutNote] writes.
const NoteTTL = time.Minute

// maxTTL is Route 53's limit for a time to live.
const maxTTL = (1<<31 - 1) * time.Second

// Tx is one run of the function of [Zone.Update]: what it has read, and the changes
// that it wants. Nothing is sent before the function has returned. A Tx is not safe
// for concurrent use and is dead when its function has returned.
type Tx struct {
	zone    *Zone
	nonce   string
	known   map[key]Record // may be answered without a request
	read    map[key]Record // was answered in this run
	pins    []Record
	staged  map[key]change
	order   []key // of staged, the first staging first
	comment string
	faults  []error
}

// change is what is to become of one record.
type change struct {
	create *types.ResourceRecordSet // nil: nothing takes its place
	note   bool                     // a stamp is made or goes away
}

func newTx(z *Zone, known map[key]Record) *Tx {
	return &Tx{
		zone: z,
		// 13 characters of base 32 are 65 random bits.
		nonce:  strings.ToLower(rand.Text()[:13]),
		known:  known,
		read:   make(map[key]Record),
		staged: make(map[key]change),
	}
}

// Get reads a record, or returns what it read in this run before; it does not see
// what is staged. A record that does not exist is no error, see [Record.Exists].
func (tx *Tx) Get(ctx context.Context, name, typ string) (Record, error) {
	k := keyOf(name, typ)
	if r, ok := tx.read[k]; ok {
		return r, nil
	}
	r, ok := tx.known[k]
	if !ok {
		var err error
		if r, err = tx.zone.Get(ctx, k.name, k.typ); err != nil {
			return Record{}, err
		}
	}
	tx.read[k] = r
	return r, nil
}

// Put stages that a record have one value, whether it exists or not. A value and
// TTL that it has already stage nothing. The value is a host name for a CNAME, any
// text for a TXT, and else as Route 53 writes it. TTL is in whole seconds.
//
// The record must have been read in this run, and a note is written by
// [Tx.PutNote] only; a breach of either is an error of [Zone.Update].
func (tx *Tx) Put(name, typ string, ttl time.Duration, value string) {
	k := keyOf(name, typ)
	present, ok := tx.present("Put", k)
	if !ok {
		return
	}
	if n, err := present.Note(); err == nil && n.Stamp() != "" || errors.Is(err, ErrVersion) {
		tx.fault(k, "Put would write over a note; use PutNote")
		return
	}
	tx.put(k, present, ttl, value, false)
}

// PutNote stages that the TXT record of that name hold a note, with the next
// stamp: one more than the count of the note that was read, and the nonce of this
// batch. It always changes the record. The TXT record must have been read in this
// run, and must be absent or a note: what others wrote is not overwritten.
func (tx *Tx) PutNote(name string, n Note) {
	k := keyOf(name, TypeTXT)
	present, ok := tx.present("PutNote", k)
	if !ok {
		return
	}
	var count uint64
	if present.Exists() {
		old, err := present.Note()
		if err != nil {
			tx.faults = append(tx.faults, fmt.Errorf("dns: %s is not overwritten: %w", present.label(), err))
			return
		}
		count, _ = old.Rev()
	}
	tx.put(k, present, NoteTTL, n.stamped(count+1, tx.nonce).String(), true)
}

// Delete stages that a record be gone. One that is absent stages nothing. The
// record must have been read in this run.
func (tx *Tx) Delete(name, typ string) {
	k := keyOf(name, typ)
	present, ok := tx.present("Delete", k)
	if !ok {
		return
	}
	if !present.Exists() {
		tx.unstage(k)
		return
	}
	n, err := present.Note()
	if errors.Is(err, ErrVersion) {
		tx.faults = append(tx.faults, fmt.Errorf("dns: %s is not deleted: %w", present.label(), err))
		return
	}
	tx.stage(k, change{note: err == nil && n.Stamp() != ""})
}

// Pin says that what this Update decides holds only while r is as it was read,
// to the stamp and the letter; a record that was found absent must stay absent. See
// [Zone.Update]. Route 53 itself asserts, when it applies the batch, the records
// that the batch changes and no others, so pin what the decision stands on and
// change at least one record of it.
func (tx *Tx) Pin(r Record) {
	tx.pins = append(tx.pins, r)
}

// Comment sets the comment of the batch, which CloudTrail keeps and DNS does not
// show: who, and why. It is cut to the 256 characters that Route 53 takes.
func (tx *Tx) Comment(text string) {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == '\u007f' || r == '\ufffe' || r == '\uffff' {
			return ' ' // what XML or a log line does not carry
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	if runes := []rune(text); len(runes) > 256 {
		text = string(runes[:255]) + "…"
	}
	tx.comment = text
}

// Now returns Route 53's time, see [Zone.Now].
func (tx *Tx) Now() time.Time { return tx.zone.Now() }

// present returns the record as this run read it, if it may be written.
func (tx *Tx) present(verb string, k key) (Record, bool) {
	r, ok := tx.read[k]
	if !ok {
		tx.fault(k, verb+" needs a Get in the same run, so that the batch can name what it replaces")
		return Record{}, false
	}
	if err := r.writable(); err != nil {
		tx.faults = append(tx.faults, err)
		return Record{}, false
	}
	return r, true
}

// put stages one value.
func (tx *Tx) put(k key, present Record, ttl time.Duration, value string, note bool) {
	encoded := encodeValue(k.typ, value)
	switch {
	case k.name == "" || k.typ == "":
		tx.fault(k, "a record needs a name and a type")
		return
	case value == "" || encoded == "":
		tx.fault(k, "a record needs a value; use Delete to remove it")
		return
	case len(encoded) > maxTXTValue:
		tx.fault(k, fmt.Sprintf("a value of %d characters is longer than the %d that Route 53 takes", len(encoded), maxTXTValue))
		return
	case ttl < 0 || ttl > maxTTL || ttl%time.Second != 0:
		tx.fault(k, fmt.Sprintf("a TTL of %v is not a whole number of seconds below 2^31", ttl))
		return
	}
	set := types.ResourceRecordSet{
		Name:            aws.String(wireName(k.name)),
		Type:            types.RRType(k.typ),
		TTL:             aws.Int64(int64(ttl / time.Second)),
		ResourceRecords: []types.ResourceRecord{{Value: aws.String(encoded)}},
	}
	if wanted := newRecord(set); present.Exists() && wanted.Value() == present.Value() && wanted.TTL == present.TTL {
		tx.unstage(k)
		return
	}
	tx.stage(k, change{create: &set, note: note})
}

func (tx *Tx) stage(k key, c change) {
	if _, ok := tx.staged[k]; !ok {
		tx.order = append(tx.order, k)
	}
	tx.staged[k] = c
}

func (tx *Tx) unstage(k key) { delete(tx.staged, k) }

func (tx *Tx) fault(k key, text string) {
	tx.faults = append(tx.faults, fmt.Errorf("dns: %s %s in zone %s: %s", k.name, k.typ, tx.zone.id, text))
}

// beside returns the records that this run has read at the name of a part of an
// address, and does not change. Route 53 lets a CNAME stand alone only, so they
// decide whether the batch can be applied, and if one has appeared, why not.
func (tx *Tx) beside(k key) []Record {
	if !k.ofAddress() {
		return nil
	}
	var records []Record
	for _, typ := range addressTypes {
		other := key{k.name, typ}
		r, ok := tx.read[other]
		if _, staged := tx.staged[other]; ok && !staged {
			records = append(records, r)
		}
	}
	return records
}

// batch makes the batch of what is staged. It is nil if nothing is.
func (tx *Tx) batch() (*batch, error) {
	if len(tx.faults) > 0 {
		return nil, errors.Join(tx.faults...)
	}
	if len(tx.staged) == 0 {
		return nil, nil
	}
	b := &batch{nonce: tx.nonce, comment: tx.comment}
	seen := make(map[key]bool) // a key that was staged, dropped and staged is there twice
	for _, k := range tx.order {
		c, ok := tx.staged[k]
		if !ok || seen[k] {
			continue
		}
		seen[k] = true
		present := tx.read[k]
		b.before = append(b.before, present)
		b.before = append(b.before, tx.beside(k)...)
		if present.Exists() {
			b.deletes = append(b.deletes, *present.listed)
		}
		if c.create != nil {
			b.creates = append(b.creates, *c.create)
		}
		if c.note {
			b.notes = append(b.notes, k)
		}
	}
	if len(b.notes) == 0 {
		return nil, fmt.Errorf("dns: zone %s: %w; put or delete one with a stamp in the same batch", tx.zone.id, ErrUnstamped)
	}
	return b, nil
}
