package bench_test

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/provision"
)

// propagation is how long the simulated Route 53 takes to tell all its servers, which no program can make shorter.
const propagation = 30 * time.Second

// need is a node that another one refers to.
type need struct {
	node  string
	ready bool // for a value that only readiness gives
}

var reference = regexp.MustCompile(`\$\{\{([a-z][a-z0-9-]*)\.([A-Za-z]+)\}\}`)

// needs reads the graph from the blueprint as anybody could who has it on paper, not as the engine does.
func needs(b *provision.Blueprint, spec provision.Spec) (all []need, err error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	for _, ref := range reference.FindAllSubmatch(text, -1) {
		i := slices.IndexFunc(b.Nodes, func(n provision.Node) bool { return n.Name == string(ref[1]) })
		if i < 0 {
			continue // an input
		}
		for _, out := range b.Nodes[i].Spec.Outputs() {
			if out.Name == string(ref[2]) {
				all = append(all, need{string(ref[1]), !out.Early})
			}
		}
	}
	return all, nil
}

// watch notes when AWS itself has things ready and when they are gone, by looking at the simulated services ten times a second and
// not by asking: what the drivers find out later, they find out late.
func (s *shop) watch(ctx context.Context) (ready, gone map[string]time.Time, stop func()) {
	ready, gone = map[string]time.Time{}, map[string]time.Time{}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	note := func(tags map[string]string, is bool, present map[string]bool) {
		_, node, _, _ := provision.ParseTags(tags)
		present[node] = true
		if _, seen := ready[node]; is && !seen {
			ready[node] = time.Now()
		}
	}
	go func() {
		defer close(done)
		known := map[string]bool{}
		for ctx.Err() == nil {
			present := map[string]bool{}
			for _, d := range s.cloud.RDS.Instances() {
				note(d.Tags, d.Status == "available", present)
			}
			for _, b := range s.cloud.ELB.Balancers() {
				note(b.Tags, b.State == "active", present)
			}
			for _, g := range s.cloud.ELB.TargetGroups() {
				well := 0
				for _, state := range g.Targets {
					if state == "healthy" {
						well++
					}
				}
				if _, seen := ready["web"]; well == 2 && !seen {
					ready["web"] = time.Now()
				}
			}
			for node := range known {
				if _, seen := gone[node]; !present[node] && !seen {
					gone[node] = time.Now()
				}
			}
			for node := range present {
				known[node] = true
			}
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		}
	}()
	return ready, gone, func() {
		cancel()
		<-done
	}
}

// times are when a node is started, made and ready at the earliest, from the start of the first one on.
type times struct{ start, created, ready time.Duration }

// earliest computes the times of all nodes. A node costs the calls that create it and the time until AWS has it ready, but nothing
// for the time until somebody sees that.
func (s *shop) earliest(ready map[string]time.Time) map[string]times {
	s.t.Helper()
	starting, created := s.steps(provision.Starting), s.steps(provision.Created)
	done := map[string]times{}
	for len(done) < len(s.blueprint.Nodes) {
		before := len(done)
		for _, n := range s.blueprint.Nodes {
			all, err := needs(s.blueprint, n.Spec)
			require.NoError(s.t, err)
			if _, known := done[n.Name]; known || slices.ContainsFunc(all, func(need need) bool { _, ok := done[need.node]; return !ok }) {
				continue
			}
			var t times
			for _, need := range all {
				if need.ready {
					t.start = max(t.start, done[need.node].ready)
				} else {
					t.start = max(t.start, done[need.node].created)
				}
			}
			t.created = t.start + created[n.Name].Sub(starting[n.Name])
			t.ready = t.created + max(0, ready[n.Name].Sub(created[n.Name]))
			done[n.Name] = t
		}
		require.Greater(s.t, len(done), before, "the blueprint goes in circles")
	}
	return done
}

// began is when the first node was started.
func (s *shop) began() time.Time {
	return slices.MinFunc(slices.Collect(maps.Values(s.steps(provision.Starting))), time.Time.Compare)
}

// deployPath is the time that a deploy of the blueprint takes at least: the record, the longest chain of nodes, and the name with its
// way to all servers of Route 53.
func (s *shop) deployPath(c cost, ready map[string]time.Time) time.Duration {
	s.t.Helper()
	var longest time.Duration
	for _, t := range s.earliest(ready) {
		longest = max(longest, t.ready)
	}
	last := slices.MaxFunc(slices.Collect(maps.Values(s.steps(provision.Ready))), time.Time.Compare)
	return s.began().Sub(c.began) + longest + s.changed(env.StateReady).Sub(last) + propagation
}

// terminatePath is the time that a termination takes at least: three changes that have to be on all servers, one after the other, and
// in between what AWS takes longest for, which is to save and delete the database.
func (s *shop) terminatePath(gone map[string]time.Time) time.Duration {
	s.t.Helper()
	longest := gone["db"].Sub(s.steps(provision.Deleting)["db"])
	for node, at := range s.steps(provision.Gone) {
		require.False(s.t, node != "db" && at.Sub(gone["db"]) > time.Minute, "%s goes last, and is the path", node)
	}
	return 3*propagation + longest
}
