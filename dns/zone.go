package dns

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// Options change how a [Zone] waits. The zero value of a field stands for its
// default.
type Options struct {
	// Busy is how long a request is repeated that Route 53 refuses with
	// "Throttling" or "PriorRequestNotComplete". Default: 2 minutes.
	Busy time.Duration

	// MaxSkew is how far the local clock may be from Route 53's. Default: 30 seconds.
	MaxSkew time.Duration

	// Poll is the time between two looks of [Zone.Wait], which grows by half each
	// time, up to 5 seconds or to Poll if that is more. Default: 2 seconds.
	Poll time.Duration

	// PageSize is the number of records asked for in one listing request, at most
	// 300. Default: 300.
	PageSize int32
}

func (o *Options) setDefaults() {
	if o.Busy <= 0 {
		o.Busy = 2 * time.Minute
	}
	if o.MaxSkew <= 0 {
		o.MaxSkew = 30 * time.Second
	}
	if o.Poll <= 0 {
		o.Poll = 2 * time.Second
	}
	if o.PageSize <= 0 || o.PageSize > 300 {
		o.PageSize = 300
	}
}

// Zone is a hosted zone. It holds nothing but the way to it: what it says is read
// from Route 53 when it is asked. It is safe for concurrent use.
type Zone struct {
	id string
	caller
}

// Open returns the hosted zone with an id, with or without the prefix
// "/hostedzone/". It makes no request. Unless api comes from [Limit], the zone
// makes at most [DefaultRate] requests a second of its own.
func Open(api API, zoneID string, optFns ...func(*Options)) *Zone {
	return &Zone{id: trimZoneID(zoneID), caller: newCaller(api, optFns...)}
}

// ID returns the hosted zone's id, without prefix.
func (z *Zone) ID() string { return z.id }

// Now returns Route 53's time: the local clock, corrected by what the last reply
// said about it. Until a reply has come it is the local clock.
func (z *Zone) Now() time.Time {
	skew, _ := z.skew()
	return time.Now().Add(skew)
}

func trimZoneID(id string) string { return strings.TrimPrefix(id, "/hostedzone/") }

// caller makes single requests: again while Route 53 is busy, and with an eye on
// its clock.
type caller struct {
	api   API
	opts  Options
	clock *clock
}

func newCaller(api API, optFns ...func(*Options)) caller {
	var opts Options
	for _, fn := range optFns {
		fn(&opts)
	}
	opts.setDefaults()
	if _, ok := api.(*limited); !ok {
		api = Limit(api, DefaultRate)
	}
	return caller{api: api, opts: opts, clock: new(clock)}
}

// read makes a request that changes nothing. It is repeated while Route 53 is
// busy and, a few times, after a failure that may pass. where and what go into
// the error.
func (c *caller) read(ctx context.Context, where, what string, request func(context.Context) (middleware.Metadata, error)) error {
	const tries = 4 // each of which the SDK client repeats as it is configured to
	var busy patience
	var pause backoff
	for try := 1; ; {
		metadata, err := request(ctx)
		if err == nil {
			return c.heard(metadata)
		}
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("dns: %s: %w", what, ended(ctx, err))
		case isBusy(err):
			if !busy.more(c.opts.Busy, pause.next()) {
				return &BusyError{Zone: where, For: busy.spent(), Err: err}
			}
		case isTransient(err) && try < tries:
			try++
			pause.next()
		default:
			return fmt.Errorf("dns: %s: %w", what, err)
		}
		if err := pause.sleep(ctx); err != nil {
			return fmt.Errorf("dns: %s: %w", what, err)
		}
	}
}

// clock is the difference between Route 53's clock and the local one.
type clock struct {
	skew  atomic.Int64
	known atomic.Bool
}

// resolution is what a reply can tell: its Date counts whole seconds, and it has
// been on the way for a while.
const resolution = 1500 * time.Millisecond

// hear takes the time from a reply. Replies without one teach nothing.
func (c *caller) hear(metadata middleware.Metadata) (skew time.Duration) {
	server, ok := awsmiddleware.GetServerTime(metadata)
	if !ok || server.IsZero() {
		return 0
	}
	local, ok := awsmiddleware.GetResponseAt(metadata)
	if !ok {
		local = time.Now()
	}
	if skew = server.Sub(local); skew.Abs() < resolution {
		skew = 0
	}
	c.clock.skew.Store(int64(skew))
	c.clock.known.Store(true)
	return skew
}

// heard is hear for replies that mean nothing to a caller with a wrong clock.
func (c *caller) heard(metadata middleware.Metadata) error {
	if skew := c.hear(metadata); skew.Abs() > c.opts.MaxSkew {
		return &ClockSkewError{Skew: skew, Max: c.opts.MaxSkew}
	}
	return nil
}

// skew returns what was heard last, and whether there is reason to trust it.
func (c *caller) skew() (skew time.Duration, ok bool) {
	skew = time.Duration(c.clock.skew.Load())
	return skew, c.clock.known.Load() && skew.Abs() <= c.opts.MaxSkew
}

// Pauses between two requests that follow a failure.
const (
	firstPause   = 300 * time.Millisecond
	longestPause = 10 * time.Second
)

// backoff is a row of growing pauses, each with a random part so that programs
// which were refused together do not come back together.
type backoff struct{ base, pause time.Duration }

// next sets and returns the next pause.
func (b *backoff) next() time.Duration {
	b.base = min(max(2*b.base, firstPause), longestPause)
	b.pause = b.base/2 + rand.N(b.base/2)
	return b.pause
}

// sleep lets the pause that next has set pass. It returns ctx's error if it ends before.
func (b *backoff) sleep(ctx context.Context) error { return sleep(ctx, b.pause) }

// ended makes sure that an error which a context's end has caused says so.
func ended(ctx context.Context, err error) error {
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

// sleep waits for d or until ctx ends, and then returns its error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// patience is the time that has been spent on a busy zone.
type patience struct{ since time.Time }

// more reports whether another pause fits into the limit.
func (p *patience) more(limit, pause time.Duration) bool {
	if p.since.IsZero() {
		p.since = time.Now()
	}
	return p.spent()+pause <= limit
}

func (p *patience) spent() time.Duration { return time.Since(p.since) }
