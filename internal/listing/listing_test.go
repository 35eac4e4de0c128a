package listing_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/listing"
	"github.com/peppercorn-go/peppercorn/provision"
)

// book is a paginator over names; a nil page cannot be read.
type book struct {
	pages [][]string
	read  int
}

type options struct{}

var errUnread = errors.New("throttled")

func (b *book) HasMorePages() bool { return b.read < len(b.pages) }

func (b *book) NextPage(context.Context, ...func(*options)) ([]string, error) {
	page := b.pages[b.read]
	if b.read++; page == nil {
		return nil, errUnread
	}
	return page, nil
}

func same(page []string) []string { return page }

var owner = provision.Owner{Registry: "r1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Commit: "1f0c9d3ab2e4", Attempt: "a1"}

// ours describes a thing: one whose name begins with s is a stranger's, one with g is gone, and one with e cannot be looked at.
func ours(_ context.Context, name string) (listing.Found, error) {
	found := listing.Found{State: provision.State{ID: name}}
	switch name[0] {
	case 's':
		found.Tags = map[string]string{"team": "somebody else"}
	case 'o':
		other := owner
		other.Attempt = "a2"
		found.Tags = provision.Call{Owner: other, Node: "n"}.Tags()
	case 'e':
		return listing.Found{}, errUnread
	case 'm':
		found.Tags = provision.Call{Owner: owner, Node: "n"}.Tags()
	}
	return found, nil
}

func TestOwned(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pages [][]string
		most  int // that the reader takes
		want  []string
		err   string
	}{
		"nothing":                      {},
		"ours, in order":               {pages: [][]string{{"m1", "s1", "m2"}, {"g1", "o1"}, {}, {"m3"}}, want: []string{"m1", "m2", "m3"}},
		"a page that cannot be read":   {pages: [][]string{{"m1"}, nil, {"m2"}}, want: []string{"m1"}, err: "listing things: throttled"},
		"a thing that cannot be read":  {pages: [][]string{{"m1"}, {"m2", "e1"}, {"m3"}}, want: []string{"m1"}, err: "throttled"},
		"a reader who has read enough": {pages: [][]string{{"m1", "m2", "m3"}, nil}, most: 2, want: []string{"m1", "m2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			ended := false
			listing.Owned(t.Context(), owner, "listing things", 3, func(s provision.State, err error) bool {
				require.False(t, ended, "an error is the last")
				if err != nil {
					require.ErrorIs(t, err, errUnread)
					require.EqualError(t, err, c.err)
					ended = true
					return true
				}
				require.Equal(t, owner, s.Owner)
				require.Equal(t, "n", s.Node)
				got = append(got, s.ID)
				return len(got) != c.most
			}, &book{pages: c.pages}, same, ours)
			require.Equal(t, c.want, got)
			require.Equal(t, c.err != "", ended)
		})
	}
}

func TestAFewAtATime(t *testing.T) {
	t.Parallel()
	for parallel, took := range map[int]time.Duration{-1: 6 * time.Second, 0: 6 * time.Second, 1: 6 * time.Second, 4: 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			var now, most atomic.Int32
			start := time.Now()
			slow := func(ctx context.Context, name string) (listing.Found, error) {
				most.Store(max(most.Load(), now.Add(1)))
				time.Sleep(time.Second)
				now.Add(-1)
				return ours(ctx, name)
			}
			n := 0
			listing.Owned(t.Context(), owner, "", parallel, func(_ provision.State, err error) bool {
				require.NoError(t, err)
				n++
				return true
			}, &book{pages: [][]string{{"m", "m", "m", "m", "m", "m"}}}, same, slow)
			require.Equal(t, 6, n)
			require.EqualValues(t, max(1, parallel), most.Load())
			require.Equal(t, took, time.Since(start))
		})
	}
}
