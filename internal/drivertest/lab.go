package drivertest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
)

// Lab is a driver on a simulated cloud. Its methods are for tests in virtual time.
type Lab struct {
	Cloud  *sim.Cloud
	driver provision.Driver
}

// NewLab returns a lab for a driver whose client is of cloud.
func NewLab(cloud *sim.Cloud, driver provision.Driver) Lab { return Lab{cloud, driver} }

// Owner is the owner of an attempt to make the environment that all tests make.
func Owner(attempt string) provision.Owner {
	return provision.Owner{
		Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4",
		Commit: "1f0c9d3ab2e4c5d6e7f8091a2b3c4d5e6f708192", Attempt: attempt, Subject: "feat(api): it's 50% faster",
	}
}

// Created makes what c says, and does not wait until it is ready.
func (l Lab) Created(ctx context.Context, t testing.TB, c provision.Call) provision.State {
	t.Helper()
	s, err := l.driver.Create(ctx, c)
	require.NoError(t, err)
	return s
}

// Made makes what c says, and waits until it is ready.
func (l Lab) Made(ctx context.Context, t testing.TB, c provision.Call) provision.State {
	t.Helper()
	s, err := l.driver.Await(ctx, l.Created(ctx, t, c))
	require.NoError(t, err)
	return s
}

// Gone deletes what s is until it is gone, and asks every second. Meanwhile the answer has to be [provision.ErrDeleting], or one of those
// that also pass.
func (l Lab) Gone(ctx context.Context, t testing.TB, s provision.State, pass ...error) {
	t.Helper()
	const patience = 24 * time.Hour
	for start := time.Now(); time.Since(start) < patience; {
		err := l.driver.Delete(ctx, s)
		if err == nil {
			return
		}
		require.True(t, errors.Is(err, provision.ErrDeleting) || slices.ContainsFunc(pass, func(p error) bool { return errors.Is(err, p) }), "%v", err)
		require.NoError(t, wait.Sleep(ctx, time.Second))
	}
	require.Fail(t, "it does not go", "%s is there a day after it was deleted", s.ID)
}

// Found lists what o owns.
func (l Lab) Found(ctx context.Context, o provision.Owner) (states []provision.State, err error) {
	for s, err := range l.driver.Find(ctx, o) {
		if err != nil {
			return nil, err
		}
		states = append(states, s)
	}
	return states, nil
}

// Sent returns the inputs of all calls of an operation, oldest first.
func (l Lab) Sent(op string) (inputs []any) {
	for _, call := range l.Cloud.Calls() {
		if call.Op == op {
			inputs = append(inputs, call.Input)
		}
	}
	return inputs
}

// Times returns how often an operation was called.
func (l Lab) Times(op string) int { return len(l.Sent(op)) }
