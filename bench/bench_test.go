package bench_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// BenchmarkShop reports what the verbs cost for the reference stack: virtual seconds, requests to AWS, and for those that wait for
// resources the ratio to the critical path. The drivers look as often as they do by default.
func BenchmarkShop(b *testing.B) {
	type measured struct {
		cost
		path time.Duration
	}
	for _, verb := range []struct {
		name string
		run  func(t *testing.T) measured
	}{
		{"deploy", func(t *testing.T) measured {
			s := newShop(t)
			c, path := s.deploy(s.history.Commit("Open the shop"))
			return measured{c, path}
		}},
		{"deploy-again", func(t *testing.T) measured {
			s := newShop(t)
			commit := s.history.Commit("Open the shop")
			s.deploy(commit)
			time.Sleep(time.Hour)
			return measured{cost: s.measure(func(ctx context.Context) error { _, err := s.Deploy(ctx, commit, s.blueprint); return err })}
		}},
		{"promote", func(t *testing.T) measured {
			s := newShop(t)
			first, second := s.history.Commit("Open the shop"), s.history.Commit("Sell on Sundays")
			s.deploy(first)
			s.deploy(second)
			s.measure(s.promote(first))
			return measured{cost: s.measure(s.promote(second))}
		}},
		{"rollback", func(t *testing.T) measured {
			s := newShop(t)
			first, second := s.history.Commit("Open the shop"), s.history.Commit("Sell on Sundays")
			s.deploy(first)
			s.deploy(second)
			s.measure(s.promote(first))
			s.measure(s.promote(second))
			return measured{cost: s.measure(func(ctx context.Context) error { _, err := s.Rollback(ctx, "production"); return err })}
		}},
		{"terminate", func(t *testing.T) measured {
			s := newShop(t)
			commit := s.history.Commit("Open the shop")
			s.deploy(commit)
			c, path := s.terminate(commit)
			return measured{c, path}
		}},
	} {
		b.Run(verb.name, func(b *testing.B) {
			var m measured
			for b.Loop() {
				m = virtually(b, verb.run)
			}
			b.ReportMetric(m.took.Seconds(), "virtual-s/op")
			b.ReportMetric(float64(m.reads), "reads/op")
			b.ReportMetric(float64(m.writes), "writes/op")
			b.ReportMetric(float64(m.looks), "insync-looks/op")
			if m.path > 0 {
				b.ReportMetric(m.took.Seconds()/m.path.Seconds(), "critical-paths/op")
			}
		})
	}
}

// BenchmarkLists reports how many requests the listings make.
func BenchmarkLists(b *testing.B) {
	for _, n := range listed(b) {
		b.Run(fmt.Sprintf("environments=%d", n), func(b *testing.B) {
			var live, list int
			for b.Loop() {
				live, list = lists(b, n)
			}
			b.ReportMetric(float64(live), "live-requests/op")
			b.ReportMetric(float64(list), "list-requests/op")
		})
	}
}

// virtually runs a measurement in virtual time, which package synctest offers to tests only: RunTests is how one has a test within a
// benchmark.
func virtually[T any](b *testing.B, run func(*testing.T) T) (result T) {
	b.Helper()
	every := func(_, _ string) (bool, error) { return true, nil } // whatever -run says
	if !testing.RunTests(every, []testing.InternalTest{{Name: b.Name(), F: func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { result = run(t) })
	}}}) {
		b.Fatal("it failed; see above")
	}
	return result
}
