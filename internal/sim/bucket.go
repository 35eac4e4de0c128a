package sim

import (
	"sync"
	"time"
)

// A Bucket is a token bucket by package time: it holds at most burst tokens, starts full, and gains rate tokens a second.
// It is how AWS counts the rate of an account. It is safe for concurrent use.
type Bucket struct {
	mu     sync.Mutex
	rate   float64
	burst  float64
	tokens float64
	last   time.Time
}

// NewBucket makes a full bucket. A rate of 0 or below means no limit.
func NewBucket(rate float64, burst int) *Bucket {
	return &Bucket{rate: rate, burst: float64(burst), tokens: float64(burst)}
}

// Take takes one token, and reports false if there is none.
func (b *Bucket) Take() bool { return b.TakeN(1) }

// TakeN takes n tokens, or none and reports false if there are fewer. EC2 counts some calls by the instances they touch.
func (b *Bucket) TakeN(n int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rate <= 0 {
		return true
	}
	now := time.Now()
	if !b.last.IsZero() {
		b.tokens = min(b.burst, b.tokens+now.Sub(b.last).Seconds()*b.rate)
	}
	b.last = now
	// Sums of fractions may miss a whole token by rounding.
	if b.tokens+1e-9 < float64(n) {
		return false
	}
	b.tokens -= float64(n)
	return true
}
