package provision_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// memory returns a driver for things.
func memory(optFns ...func(*provisiontest.MemoryOptions)) *provisiontest.Memory {
	return provisiontest.NewMemory(append(optFns, func(o *provisiontest.MemoryOptions) {
		o.Kinds = []provision.Kind{"test/thing"}
	})...)
}

// latencies makes a memory slow: create and delete by node, readiness by node.
func latencies(create, await, destroy map[string]time.Duration) func(*provisiontest.MemoryOptions) {
	return func(o *provisiontest.MemoryOptions) {
		o.Latency = func(op provisiontest.Op, _ provision.Kind, node string) time.Duration {
			switch op {
			case provisiontest.OpCreate:
				return create[node]
			case provisiontest.OpAwait:
				return await[node]
			case provisiontest.OpDelete:
				return destroy[node]
			}
			return 0
		}
	}
}

func engine(t testing.TB, d provision.Driver, optFns ...func(*provision.Options)) *provision.Engine {
	t.Helper()
	e, err := provision.NewEngine([]provision.Driver{d}, optFns...)
	require.NoError(t, err)
	return e
}

func TestNewEngine(t *testing.T) {
	t.Parallel()
	_, err := provision.NewEngine([]provision.Driver{memory(), memory()})
	require.ErrorContains(t, err, "two drivers, *provisiontest.Memory and *provisiontest.Memory, for kind test/thing")
	_, err = provision.NewEngine([]provision.Driver{nil})
	require.ErrorContains(t, err, "a driver is nil")
	for _, wrong := range []func(*provision.Options){
		func(o *provision.Options) { o.Parallel = 0 },
		func(o *provision.Options) { o.Settle = 0 },
		func(o *provision.Options) { o.Poll = -1 },
		func(o *provision.Options) { o.BusyTimeout = 0 },
	} {
		_, err = provision.NewEngine(nil, wrong)
		require.ErrorContains(t, err, "must be positive")
	}
}

func TestServices(t *testing.T) {
	t.Parallel()
	many := provisiontest.NewMemory(func(o *provisiontest.MemoryOptions) {
		o.Kinds = []provision.Kind{"sqs/queue", "ec2/instance", "ec2/security-group"}
	})
	e, err := provision.NewEngine([]provision.Driver{many, memory()})
	require.NoError(t, err)
	require.Equal(t, []string{"ec2", "sqs", "test"}, e.Services())
}

func TestPlace(t *testing.T) {
	t.Parallel()
	_, err := engine(t, memory()).Place(t.Context())
	require.ErrorIs(t, err, provision.ErrNoPlace)

	place, failure := provision.Place{Account: "123456789012", Region: "eu-central-1"}, error(nil)
	e := engine(t, memory(), func(o *provision.Options) {
		o.Place = func(context.Context) (provision.Place, error) { return place, failure }
	})
	got, err := e.Place(t.Context())
	require.NoError(t, err)
	require.Equal(t, "123456789012/eu-central-1", got.String())

	place.Region = ""
	_, err = e.Place(t.Context())
	require.ErrorIs(t, err, provision.ErrNoPlace, "half a place is none")
	failure = errors.New("no credentials")
	_, err = e.Place(t.Context())
	require.ErrorIs(t, err, failure)
}

// choosy is a driver with an opinion.
type choosy struct {
	*provisiontest.Memory
	calls []provision.Call
}

var errChoosy = errors.New("not on a Sunday")

func (c *choosy) Validate(call provision.Call) error {
	c.calls = append(c.calls, call)
	if strings.HasPrefix(call.Node, "bad") {
		return errChoosy
	}
	return nil
}

func TestEngineValidate(t *testing.T) {
	t.Parallel()
	d := &choosy{Memory: memory()}
	e := engine(t, d)
	b := &provision.Blueprint{}
	b.Add("good", thing{})
	require.NoError(t, e.Validate(owner, b))
	require.Equal(t, []provision.Call{{Owner: owner, Node: "good", Spec: thing{}}}, d.calls)

	bad := b.Add("bad", thing{Label: "${{good.Host}}"})
	err := e.Validate(owner, b)
	require.ErrorIs(t, err, errChoosy)
	require.ErrorContains(t, err, `node "bad": not on a Sunday`)

	b.Add("other", older{})
	err = e.Validate(owner, b)
	require.ErrorIs(t, err, provision.ErrNoDriver)
	require.ErrorContains(t, err, `node "other": no driver for this kind: test/kind (there are drivers for test)`)
	require.ErrorIs(t, err, errChoosy, "all at once")

	asked := len(d.calls)
	b.Add("worse", thing{Label: bad.Output("None")})
	require.ErrorContains(t, e.Validate(owner, b), "no output")
	require.Len(t, d.calls, asked, "a driver is not asked about a blueprint that is not valid")

	_, err = e.Apply(t.Context(), owner, b)
	require.ErrorIs(t, err, provision.ErrNoDriver)
	require.Empty(t, d.Calls(), "an invalid blueprint makes no call")
}

func TestEngineValidateOwner(t *testing.T) {
	t.Parallel()
	e := engine(t, memory())
	for _, change := range []func(o *provision.Owner){
		func(o *provision.Owner) { o.Registry = "" },
		func(o *provision.Owner) { o.Env = "" },
		func(o *provision.Owner) { o.Attempt = "" },
		func(o *provision.Owner) { o.Base = strings.Repeat("x", 300) },
	} {
		o := owner
		change(&o)
		require.Error(t, e.Validate(o, &provision.Blueprint{}))
		_, err := e.Apply(t.Context(), o, &provision.Blueprint{})
		require.Error(t, err)
	}
	long := owner
	long.Subject = strings.Repeat("x", 300)
	require.NoError(t, e.Validate(long, &provision.Blueprint{}), "a subject may be cut")
}
