package env_test

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// seedsVariable is the environment variable that sets the number of seeds of the tests in this file.
const seedsVariable = "PEPPERCORN_SEEDS"

// eachSeed runs fn in a bubble of its own for every seed, on as many goroutines as there are processors, and stops after a failure.
func eachSeed(t *testing.T, seeds int, fn func(t *testing.T, seed uint64) error) {
	t.Helper()
	var next atomic.Int64
	var failed atomic.Bool
	t.Run("seeds", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for !failed.Load() {
					seed := next.Add(1) - 1
					if seed >= int64(seeds) {
						return
					}
					synctest.Test(t, func(t *testing.T) {
						if err := fn(t, uint64(seed)); err != nil {
							failed.Store(true)
							t.Error(err)
						}
					})
				}
			})
		}
	})
}

func seedCount(t *testing.T) int {
	t.Helper()
	if s := os.Getenv(seedsVariable); s != "" {
		n, err := strconv.Atoi(s)
		require.NoError(t, err, seedsVariable)
		return n
	}
	if raceDetector || testing.Short() {
		return 100
	}
	return 1000
}

// tally counts outcomes.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *tally) add(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	c.counts[what]++
}

func (c *tally) count(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts[what]
}

func (c *tally) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var s []string
	for _, what := range slices.Sorted(maps.Keys(c.counts)) {
		s = append(s, fmt.Sprintf("%s %d times", what, c.counts[what]))
	}
	return strings.Join(s, ", ")
}
