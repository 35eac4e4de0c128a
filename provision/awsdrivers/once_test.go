package awsdrivers

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOneCallForAllWhoAskTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			q     questions
			calls atomic.Int32
			wait  sync.WaitGroup
		)
		ask := func() error {
			calls.Add(1)
			time.Sleep(time.Second)
			return nil
		}
		for range 200 {
			wait.Go(func() { require.NoError(t, q.once(t.Context(), "role shop", ask)) })
		}
		wait.Wait()
		require.EqualValues(t, 1, calls.Load())
		require.NoError(t, q.once(t.Context(), "role other", ask))
		require.EqualValues(t, 2, calls.Load())
		time.Sleep(fresh)
		require.NoError(t, q.once(t.Context(), "role shop", ask))
		require.EqualValues(t, 3, calls.Load(), "it may be gone by now")
		time.Sleep(2 * time.Hour)
		require.NoError(t, q.once(t.Context(), "role new", ask))
		require.Len(t, q.asked, 1, "what nobody asks any more is forgotten")
	})
}

func TestOnlyGoodNewsIsRemembered(t *testing.T) {
	synctest.Test(t, onlyGoodNewsIsRemembered)
}

func onlyGoodNewsIsRemembered(t *testing.T) {
	var q questions
	missing := errors.New("missing")
	require.ErrorIs(t, q.once(t.Context(), "role shop", func() error { return missing }), missing)
	time.Sleep(time.Nanosecond)
	require.NoError(t, q.once(t.Context(), "role shop", func() error { return nil }), "somebody has made it meanwhile")
	require.NoError(t, q.once(t.Context(), "role shop", func() error { return missing }))
}

// A name that is misspelt in two hundred places is looked for twice at most, which takes seconds each time.
func TestBadNewsIsForAllWhoWaitForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			q     questions
			calls atomic.Int32
			wait  sync.WaitGroup
		)
		missing := errors.New("missing")
		for range 200 {
			wait.Go(func() {
				require.ErrorIs(t, q.once(t.Context(), "role shop", func() error {
					calls.Add(1)
					time.Sleep(5 * time.Second)
					return missing
				}), missing)
			})
			time.Sleep(time.Millisecond)
		}
		wait.Wait()
		require.EqualValues(t, 2, calls.Load())
	})
}

// That somebody gave up is no answer for those who did not.
func TestACancelledQuestionIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			q    questions
			wait sync.WaitGroup
		)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wait.Go(func() {
			require.ErrorIs(t, q.once(short, "role shop", func() error {
				<-short.Done()
				return short.Err()
			}), context.DeadlineExceeded)
		})
		synctest.Wait()
		wait.Go(func() { require.NoError(t, q.once(t.Context(), "role shop", func() error { return nil })) })
		wait.Wait()
	})
}

func TestWhoWaitsForAnAnswerObeysTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			q    questions
			wait sync.WaitGroup
		)
		wait.Go(func() {
			require.NoError(t, q.once(t.Context(), "role shop", func() error {
				time.Sleep(time.Minute)
				return nil
			}))
		})
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := q.once(short, "role shop", func() error { return nil })
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "is role shop there?")
		wait.Wait()
	})
}
