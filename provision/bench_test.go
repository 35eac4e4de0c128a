package provision_test

import (
	"context"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

// instant is a driver that does nothing, so that a benchmark measures the engine alone.
type instant struct{}

func (instant) Kinds() []provision.Kind { return []provision.Kind{"test/thing"} }

func (instant) Create(_ context.Context, c provision.Call) (provision.State, error) {
	return provision.State{ID: c.Node, Outputs: map[string]provision.Value{
		"ID": provision.TextValue(c.Node), "Host": provision.TextValue(c.Node), "Port": provision.NumberValue(1), "Parts": provision.ListValue(nil),
	}}, nil
}

func (instant) Await(_ context.Context, s provision.State) (provision.State, error) { return s, nil }

func (instant) Find(context.Context, provision.Owner) iter.Seq2[provision.State, error] {
	return func(func(provision.State, error) bool) {}
}

func (instant) Delete(context.Context, provision.State) error { return nil }

// BenchmarkApply measures the engine's own work for blueprints of 1,000 and of 10,000 nodes, each of which needs two others; ten times
// the nodes must take about ten times as long.
func BenchmarkApply(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprintf("nodes=%d", n), func(b *testing.B) {
			var bp provision.Blueprint
			for i := range n {
				var spec thing
				if i > 1 {
					spec.Label = provision.Text(fmt.Sprintf("${{n%d.ID}} ${{n%d.Host}}", i/2, i/3))
				}
				bp.Add(fmt.Sprintf("n%d", i), spec)
			}
			e := engine(b, instant{})
			b.ReportAllocs()
			for b.Loop() {
				_, err := e.Apply(b.Context(), owner, &bp)
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkDigest measures the canonical form.
func BenchmarkDigest(b *testing.B) {
	bp := reference()
	b.ReportAllocs()
	for b.Loop() {
		_, err := bp.Digest()
		require.NoError(b, err)
	}
}
