package dns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go/middleware"
)

// batch is a set of changes that Route 53 applies together or not at all.
type batch struct {
	nonce   string
	comment string
	deletes []types.ResourceRecordSet // as listed
	creates []types.ResourceRecordSet
	before  []Record // every record of the batch, as it must be
	notes   []key    // those of them whose stamp changes
}

// input writes the request. Route 53 takes the changes in order and compares each
// DELETE with the record as it is then, so all of them come first; with UPSERT it
// would compare nothing.
func (b *batch) input(zoneID string) *route53.ChangeResourceRecordSetsInput {
	changes := make([]types.Change, 0, len(b.deletes)+len(b.creates))
	for _, set := range b.deletes {
		changes = append(changes, types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &set})
	}
	for _, set := range b.creates {
		changes = append(changes, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &set})
	}
	in := &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: aws.String(zoneID),
		ChangeBatch:  &types.ChangeBatch{Changes: changes},
	}
	if b.comment != "" {
		in.ChangeBatch.Comment = aws.String(b.comment)
	}
	return in
}

// makes reports whether r is as the batch would make it.
func (b *batch) makes(r Record) bool {
	for _, set := range b.creates {
		if made := newRecord(set); made.key() == r.key() {
			return made.TTL == r.TTL && slices.Equal(made.Values, r.Values) && made.AliasHost == r.AliasHost && made.AliasZone == r.AliasZone
		}
	}
	return false
}

// sent is what became of a batch.
type sent struct {
	change Change // if err is nil
	err    error

	// lost says that at least one request got no answer that could be read, so
	// that the batch may have been applied, or may still be.
	lost bool
}

// send sends a batch, and again while the zone is busy.
func (z *Zone) send(ctx context.Context, b *batch) (s sent) {
	in := b.input(z.id)
	var busy patience
	var pause backoff
	for {
		var t tracker
		out, err := z.api.ChangeResourceRecordSets(ctx, in, t.option)
		if err == nil {
			z.hear(out.ResultMetadata)
			s.change, s.err = z.changed(out.ChangeInfo, b.nonce), nil
			return s
		}
		s.lost = s.lost || t.mayHaveWon(err)
		s.err = err
		if !isBusy(err) || ctx.Err() != nil {
			return s
		}
		if !busy.more(z.opts.Busy, pause.next()) {
			s.err = &BusyError{Zone: z.id, For: busy.spent(), Err: err}
			return s
		}
		if err := pause.sleep(ctx); err != nil {
			s.err = fmt.Errorf("%w, while the zone was busy: %w", err, s.err)
			return s
		}
	}
}

// changed reads the answer to a batch that was applied.
func (z *Zone) changed(info *types.ChangeInfo, nonce string) Change {
	c := Change{Stamp: nonce, At: z.Now()}
	if info != nil {
		c.ID = aws.ToString(info.Id)
		if info.SubmittedAt != nil {
			c.At = *info.SubmittedAt
		}
	}
	return c
}

// tracker watches the requests of one call. The SDK client may make several, and
// returns the error of the last one only: after a broken connection it sends the
// batch again, and if the first one was applied after all, the second is refused.
type tracker struct {
	inside bool // an SDK client lets itself be watched
	lost   bool // one of its requests may have had an effect, or had it
}

// option lets the tracker into an SDK call.
func (t *tracker) option(o *route53.Options) {
	o.APIOptions = append(o.APIOptions, func(*middleware.Stack) error {
		t.inside = true
		return nil
	})
	eachAttempt("PeppercornTrack", func(_ context.Context, _ int, send func() error) error {
		err := send()
		t.lost = t.lost || err == nil || unanswered(err)
		return err
	})(o)
}

// mayHaveWon reports whether a call that ended with err may have had an effect. Of
// an API that is no SDK client only the end is known.
func (t *tracker) mayHaveWon(err error) bool {
	if t.inside {
		return t.lost
	}
	return unanswered(err)
}

// unanswered reports whether an error leaves open if there was an effect.
func unanswered(err error) bool {
	var unsent *unsentError
	return !errors.As(err, &unsent) && !isVerdict(err)
}

// Change is a batch that was applied. The zero Change says that there was nothing
// to change.
type Change struct {
	// ID is what [Zone.Wait] asks for. It is empty if Route 53's reply was lost and
	// no note of the batch is left that could be stamped again to get another: the
	// batch deleted them, or somebody has changed them since.
	ID string

	// Stamp is the nonce in the stamp of every note that the batch wrote, see
	// [Note.Rev].
	Stamp string

	// At is when Route 53 took the batch, by its clock.
	At time.Time
}
