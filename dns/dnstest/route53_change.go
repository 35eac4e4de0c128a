package dnstest

import (
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// A change is one accepted batch on its way to the name servers.
type change struct {
	id        string
	comment   *string
	batch     []types.Change
	after     map[string][]types.ResourceRecordSet
	submitted time.Time
	insync    time.Time
	applied   bool // at the name servers
	stranded  bool // lost by a failover
	edit      bool
}

func (c *change) info() *types.ChangeInfo {
	status := types.ChangeStatusPending
	if c.applied {
		status = types.ChangeStatusInsync
	}
	return &types.ChangeInfo{
		Id:          aws.String("/change/" + c.id),
		Status:      status,
		SubmittedAt: aws.Time(c.submitted.UTC().Truncate(time.Millisecond)),
		Comment:     c.comment,
	}
}

func (r *Route53) changeRecords(in *route53.ChangeResourceRecordSetsInput) (any, error) {
	z, err := r.zone(*in.HostedZoneId)
	if err != nil {
		return nil, err
	}
	if err := checkInput(in.ChangeBatch); err != nil {
		return nil, err
	}
	now := time.Now()
	if now.Before(z.busyUntil) {
		return nil, priorRequest()
	}
	after, reasons := r.try(z, in.ChangeBatch.Changes)
	if len(reasons) > 0 {
		return nil, r.invalidBatch(reasons)
	}
	if r.opts.Processing > 0 {
		z.busyUntil = now.Add(r.opts.Processing)
	}
	c := r.commit(z, in.ChangeBatch, after)
	return &route53.ChangeResourceRecordSetsOutput{ChangeInfo: c.info()}, nil
}

// commit makes a batch the newest state of its zone, and sends it on its way to the name servers.
func (r *Route53) commit(z *zone, batch *types.ChangeBatch, after map[string][]types.ResourceRecordSet) *change {
	now := time.Now()
	c := &change{
		id:        r.id("C", 21),
		comment:   batch.Comment,
		batch:     batch.Changes,
		after:     after,
		submitted: now,
		insync:    now.Add(max(0, r.opts.Propagation)),
	}
	z.live.apply(after)
	z.history = append(z.history, c)
	z.pending = append(z.pending, c)
	r.changes[c.id] = c
	z.settle(now)
	return c
}

// settle brings the name servers up to date: changes take effect there in the order of their submission.
func (z *zone) settle(now time.Time) {
	for len(z.pending) > 0 && !z.pending[0].insync.After(now) {
		z.pending[0].applied = true
		z.served.apply(z.pending[0].after)
		z.pending = z.pending[1:]
	}
}

func (r *Route53) getChange(in *route53.GetChangeInput) (any, error) {
	id := strings.TrimPrefix(*in.Id, "/change/")
	c, ok := r.changes[id]
	if !ok {
		return nil, noSuchChange(id)
	}
	r.settle()
	return &route53.GetChangeOutput{ChangeInfo: c.info()}, nil
}

func (r *Route53) settle() {
	now := time.Now()
	for _, z := range r.created {
		z.settle(now)
	}
}

// ErrPrivateZone is the answer to a failover of a private zone: accelerated recovery is for public ones.
var ErrPrivateZone = errors.New("dnstest: a private hosted zone does not fail over")

// Failover does once what Route 53's accelerated recovery does to a public zone when its control plane moves to another
// region: the zone goes back to what its name servers had, and every change that was accepted but not yet INSYNC is lost.
// It returns the ids of the lost changes; GetChange reports them as PENDING for ever. So a client that needs a change must wait
// until it is INSYNC.
func (r *Route53) Failover(zoneID string) (lost []string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	z, err := r.zone(zoneID)
	if err != nil {
		return nil, err
	}
	if z.private {
		return nil, ErrPrivateZone
	}
	z.settle(time.Now())
	for _, c := range z.pending {
		c.stranded = true
		lost = append(lost, c.id)
	}
	z.pending, z.live, z.busyUntil = nil, z.served.clone(), time.Time{}
	return lost, nil
}

// A Batch is an accepted change of a zone, as a test may want to see it.
type Batch struct {
	// ID of the change, without "/change/".
	ID string
	// Comment of the batch. Route 53 keeps it in CloudTrail and shows it in GetChange, never in DNS.
	Comment string
	// Changes as they were submitted.
	Changes []types.Change
	// SubmittedAt is when the batch was accepted, InsyncAt when it is at every name server.
	SubmittedAt, InsyncAt time.Time
	// Lost tells that a failover has undone the change.
	Lost bool
	// Edit tells that it came from [Route53.Edit] and not from a client.
	Edit bool
}

// Batches returns every accepted change of a zone, the oldest first.
func (r *Route53) Batches(zoneID string) []Batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	z, err := r.zone(zoneID)
	if err != nil {
		return nil
	}
	var batches []Batch
	for _, c := range z.history {
		batches = append(batches, Batch{
			ID:          c.id,
			Comment:     aws.ToString(c.comment),
			Changes:     sim.Clone(c.batch),
			SubmittedAt: c.submitted,
			InsyncAt:    c.insync,
			Lost:        c.stranded,
			Edit:        c.edit,
		})
	}
	return batches
}

// Edit changes a zone the way a stranger does in the console: it bypasses clients, their rate and their faults, and finds
// the zone idle, but obeys the same rules. The error is the one that a client would get.
func (r *Route53) Edit(zoneID string, changes ...types.Change) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	z, err := r.zone(zoneID)
	if err != nil {
		return err
	}
	batch := sim.Clone(&types.ChangeBatch{Changes: changes})
	if err := checkInput(batch); err != nil {
		return err
	}
	after, reasons := r.try(z, batch.Changes)
	if len(reasons) > 0 {
		return r.invalidBatch(reasons)
	}
	r.commit(z, batch, after).edit = true
	return nil
}
