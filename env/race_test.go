package env_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// seedsVariable is the environment variable that sets the number of seeds of the tests in this file.
const seedsVariable = "PEPPERCORN_SEEDS"

// A promotion and a termination of one environment that start together, in a world whose every request takes a random time. The
// rule is one winner; that neither wins is allowed, as long as it is rare and leaves nothing stuck.
func TestPromoteAndTerminateNeverBothSucceed(t *testing.T) {
	t.Parallel()
	seeds := seedCount(t)
	var tally tally
	eachSeed(t, seeds, func(t *testing.T, seed uint64) error {
		r := newRaceWorld(t, seed)
		blue, err := r.deploy("blue")
		require.NoError(t, err)
		if seed%2 == 0 {
			// The alias exists and has to leave another environment; else it is made by the race.
			green, err := r.deploy("green")
			require.NoError(t, err)
			_, err = r.Promote(r.ctx, "production", green.ID, env.NoWait())
			require.NoError(t, err)
		}
		if seed%3 == 0 {
			r.goWrong()
		}
		promoter, terminator := r.Process(t, "promoter"), r.Process(t, "terminator")
		var promoted, terminated error
		r.start(func() {
			// A termination looks at more before its first batch, so it gets a start.
			time.Sleep(700 * time.Millisecond)
			_, promoted = promoter.Promote(r.ctx, "production", blue.ID)
		})
		r.start(func() { _, terminated = terminator.Terminate(r.ctx, blue.ID) })
		r.wait()

		if promoted == nil && terminated == nil {
			return r.failure("both succeeded")
		}
		for verb, err := range map[string]error{"promote": promoted, "terminate": terminated} {
			if !expected(err) {
				return r.failure("%s failed in an unexpected way: %v", verb, err)
			}
		}
		if err := r.verify(); err != nil {
			return err
		}
		switch {
		case promoted == nil:
			tally.add("the promotion won")
			return r.points("production", blue)
		case terminated == nil:
			tally.add("the termination won")
			return r.isGone(blue.ID)
		}
		tally.add("neither won")
		if _, err := r.Terminate(r.ctx, blue.ID); err != nil {
			return r.failure("neither won (%v; %v), and it cannot be terminated afterwards: %v", promoted, terminated, err)
		}
		return errors.Join(r.verify(), r.isGone(blue.ID))
	})
	t.Logf("%d seeds: %s", seeds, &tally)
	if t.Failed() || seeds < 100 {
		return
	}
	// A race that only one side can win proves nothing.
	require.Greater(t, tally.count("the promotion won"), seeds/20)
	require.Greater(t, tally.count("the termination won"), seeds/20)
	require.Less(t, tally.count("neither won"), seeds/20)
}

// Everybody at once: three who promote, two who terminate, one who deploys and one who rolls back, on a few environments and
// aliases, while replies get lost and requests are throttled.
func TestEverybodyAtOnce(t *testing.T) {
	t.Parallel()
	seeds := seedCount(t)
	var tally tally
	eachSeed(t, seeds, func(t *testing.T, seed uint64) error {
		r := newRaceWorld(t, seed)
		r.populate(t)
		r.goWrong()
		r.watch("production")
		r.startAll(t, &tally)
		r.wait()
		return r.verify()
	})
	t.Logf("%d seeds: %s", seeds, &tally)
	if t.Failed() || seeds < 100 {
		return
	}
	for _, verb := range []string{"promote", "terminate", "deploy", "rollback"} {
		require.Positive(t, tally.count(verb+" succeeded"))
	}
}

// Several terminations of one environment at once, in a world that loses half of the replies: they join or give way, and none of them
// deletes anything before every name server knows that the environment is terminating.
func TestTerminationsAtOnce(t *testing.T) {
	t.Parallel()
	seeds := seedCount(t) / 4
	var tally tally
	eachSeed(t, seeds, func(t *testing.T, seed uint64) error {
		r := newRaceWorld(t, seed)
		blue, err := r.deploy("blue")
		require.NoError(t, err)
		heal := r.Route53.Inject(dnstest.Fault{Match: dnstest.On("ChangeResourceRecordSets"), Probability: 0.5, Kind: dnstest.LostReply})
		for i := range 3 {
			m := r.Process(t, fmt.Sprint("terminator ", i)).Manager
			r.start(func() {
				switch _, err := m.Terminate(r.ctx, blue.ID); {
				case err == nil:
					tally.add("succeeded")
				case expected(err):
					tally.add("gave way")
				default:
					r.violation("unexpected: %v", err)
				}
			})
		}
		r.wait()
		heal()
		if _, err := r.Terminate(r.ctx, blue.ID); err != nil && !errors.Is(err, env.ErrNotFound) {
			return r.failure("it cannot be terminated afterwards: %v", err)
		}
		return errors.Join(r.verify(), r.isGone(blue.ID))
	})
	t.Logf("%d seeds: %s", seeds, &tally)
}

// raceWorld is a world of one seed, with what happens in it at once.
type raceWorld struct {
	*envtest.World
	seed uint64
	dice *rand.Rand // of the goroutine that sets the race up
	ctx  context.Context

	spread   time.Duration // starts are so far apart at most
	running  sync.WaitGroup
	watching sync.WaitGroup
	stop     chan struct{}

	mu         sync.Mutex
	commits    map[string]gitmeta.Commit // of versions, by name
	violations []string
	promised   []env.Promotion // what was reported as done
}

func newRaceWorld(t *testing.T, seed uint64) *raceWorld {
	r := &raceWorld{
		seed: seed, dice: rand.New(rand.NewPCG(seed, 1)), ctx: t.Context(), commits: map[string]gitmeta.Commit{}, stop: make(chan struct{}),
	}
	// Starts that are close together meet at the first batches, those that are not at the later ones.
	r.spread = []time.Duration{time.Second, 4 * time.Second, 40 * time.Second}[r.dice.IntN(3)]
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(seed, 2))
	r.World = envtest.New(t, func(o *envtest.Options) {
		o.Route53 = append(o.Route53, func(o *dnstest.Route53Options) {
			o.Propagation = 10 * time.Second
			o.Cloud = append(o.Cloud, func(o *dnstest.CloudOptions) {
				o.Seed = seed
				o.Latency = func(_, _ string, r *rand.Rand) (before, after time.Duration) {
					return rand20to(r, 300), rand20to(r, 300)
				}
			})
		})
		o.Memory = append(o.Memory, func(o *provisiontest.MemoryOptions) {
			o.Lag = 2 * time.Second
			o.Latency = func(op provisiontest.Op, _ provision.Kind, _ string) time.Duration {
				mu.Lock()
				defer mu.Unlock()
				if op == provisiontest.OpAwait || op == provisiontest.OpDelete {
					return rand20to(dice, 20_000)
				}
				return rand20to(dice, 300)
			}
		})
	})
	return r
}

// rand20to returns a time of 20 ms to most ms.
func rand20to(r *rand.Rand, most int) time.Duration {
	return time.Duration(20+r.IntN(most-20)) * time.Millisecond
}

// raceBlueprint has an entrance and something that it needs, with names of its own.
func raceBlueprint(name string) *provision.Blueprint {
	b := &provision.Blueprint{}
	jobs := kinds.AddQueue(b, "jobs-"+name, kinds.Queue{})
	server := kinds.AddInstance(b, "server-"+name, kinds.Instance{
		Image: "ami-0123456789abcdef0", Type: "t3.micro", Environment: map[string]provision.Text{"JOBS": jobs.URL()},
	})
	b.Entrance.Host = server.PublicDNS()
	return b
}

// goWrong lets replies of changes get lost, and requests be refused, from here on.
func (r *raceWorld) goWrong() {
	r.Route53.Inject(dnstest.Fault{Match: dnstest.On("ChangeResourceRecordSets"), Probability: 0.15, Kind: dnstest.LostReply})
	r.Route53.Inject(dnstest.Fault{Probability: 0.05, Kind: dnstest.Throttle})
	r.Route53.Inject(dnstest.Fault{Probability: 0.02, Kind: dnstest.ServerError})
}

// start runs fn at a random moment soon.
func (r *raceWorld) start(fn func()) {
	delay := time.Duration(r.dice.Int64N(int64(r.spread)))
	r.running.Go(func() {
		time.Sleep(delay)
		fn()
	})
}

func (r *raceWorld) wait() {
	r.running.Wait()
	close(r.stop)
	r.watching.Wait()
}

// raceNames are the versions in TestEverybodyAtOnce; the last one is not deployed at the start.
var raceNames = []string{"amber", "blue", "coral", "denim"}

// deploy deploys the version of a name.
func (r *raceWorld) deploy(name string) (env.Environment, error) {
	return r.Deploy(r.ctx, r.version(name), raceBlueprint(name), env.NoWait())
}

// version returns the commit of a version.
func (r *raceWorld) version(name string) gitmeta.Commit {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.commits[name]
	if !ok {
		c = r.Commit(name)
		r.commits[name] = c
	}
	return c
}

// populate deploys all versions but the last, and gives production a past.
func (r *raceWorld) populate(t *testing.T) {
	var deploys sync.WaitGroup
	for _, name := range raceNames[:len(raceNames)-1] {
		deploys.Go(func() {
			if _, err := r.deploy(name); err != nil {
				t.Errorf("seed %d: deploying %s: %v", r.seed, name, err)
			}
		})
	}
	deploys.Wait()
	for _, name := range raceNames[:2] {
		_, err := r.Promote(r.ctx, "production", r.version(name).Short())
		require.NoError(t, err)
	}
}

// startAll starts everybody. What they do is chosen here, so that it depends on the seed alone.
func (r *raceWorld) startAll(t *testing.T, tally *tally) {
	act := func(who string, acts ...func(m *env.Manager) (string, error)) {
		m := r.Process(t, who).Manager
		r.start(func() {
			for _, act := range acts {
				verb, err := act(m)
				switch {
				case err == nil:
					tally.add(verb + " succeeded")
				case expected(err):
					tally.add(verb + " did not")
				default:
					r.violation("%s failed in an unexpected way: %v", verb, err)
				}
			}
		})
	}
	promote := func(alias, name string) func(*env.Manager) (string, error) {
		think := time.Duration(max(0, r.dice.IntN(90)-45)) * time.Second
		return func(m *env.Manager) (string, error) {
			// Half of them take their time between the decision and the deed.
			p, err := m.Promote(r.ctx, alias, r.version(name).Hash, env.Before(func(context.Context, env.Promotion) error {
				time.Sleep(think)
				return nil
			}))
			if err == nil && p.Changed {
				r.promise(p)
			}
			return "promote", err
		}
	}
	terminate := func(name string) func(*env.Manager) (string, error) {
		return func(m *env.Manager) (string, error) {
			waive := func(policy string) guard.Waiver {
				return guard.Waiver{Policy: policy, Reason: "a race", By: "the test"}
			}
			_, err := m.Terminate(r.ctx, r.version(name).Hash, env.Waive(waive("Drained"), waive("KeepsRollback")))
			return "terminate", err
		}
	}
	deploy := func(name string) func(*env.Manager) (string, error) {
		return func(m *env.Manager) (string, error) {
			_, err := m.Deploy(r.ctx, r.version(name), raceBlueprint(name))
			return "deploy", err
		}
	}
	rollback := func(m *env.Manager) (string, error) {
		p, err := m.Rollback(r.ctx, "production")
		if err == nil && p.Changed {
			r.promise(p)
		}
		return "rollback", err
	}
	unpin := func(m *env.Manager) (string, error) { return "unpin", m.Unpin(r.ctx, "production") }

	pick := func(from ...string) string { return from[r.dice.IntN(len(from))] }
	for i := range 3 {
		act(fmt.Sprint("promoter ", i), promote(pick("production", "staging"), pick(raceNames...)),
			promote(pick("production", "staging"), pick(raceNames...)))
	}
	for i := range 2 {
		act(fmt.Sprint("terminator ", i), terminate(pick(raceNames...)), terminate(pick(raceNames...)))
	}
	act("deployer", deploy(pick(raceNames...)), deploy(pick(raceNames...)))
	act("operator", rollback, unpin)
}

// expected is whether an error is one that a race, or a world where requests fail, may give. That an alias drifted is not: nobody
// edits the zone by hand here.
func expected(err error) bool {
	for _, target := range []error{
		nil, dns.ErrConflict, dns.ErrBusy, guard.ErrRefused, env.ErrNotReady, env.ErrNotFound, env.ErrNoRollback, env.ErrTerminating,
		env.ErrSuperseded,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// watch is a user: it asks DNS for an alias that exists all the time and expects to be sent to a machine that is there.
func (r *raceWorld) watch(alias string) {
	r.watching.Go(func() {
		for {
			select {
			case <-r.stop:
				return
			case <-time.After(time.Second):
			}
			name := alias + "." + envtest.Base
			host, ok := r.Route53.Resolve(name)
			if !ok {
				r.violation("%s does not resolve", name)
				return
			}
			there := slices.ContainsFunc(r.Memory.All(), func(s provision.State) bool {
				return !s.Deleting && s.Outputs["PublicDNS"].String() == host
			})
			if !there {
				r.violation("%s resolves to %s, which is not there", name, host)
				return
			}
		}
	})
}

func (r *raceWorld) violation(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.violations = append(r.violations, fmt.Sprintf("%s: "+format, append([]any{time.Now().Format("15:04:05.000")}, args...)...))
}

// promise notes what a verb reported as done.
func (r *raceWorld) promise(p env.Promotion) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.promised = append(r.promised, p)
}

// verify looks at the whole history of the zone, at what was seen on the way, and at what is left in the end: every resource belongs to the
// attempt that a record names, and a ready environment has all of its.
func (r *raceWorld) verify() error {
	h := replay(r.Route53.Batches(r.ZoneID), envtest.Base)
	problems := append(h.problems, r.violations...)
	for _, p := range r.promised {
		if err := h.kept(p); err != nil {
			problems = append(problems, err.Error())
		}
	}
	made := map[string]int{}
	for _, s := range r.Memory.All() {
		made[s.Owner.Env]++
		if note, ok := h.zone.envs[s.Owner.Env]; !ok || note.Value("attempt") != s.Owner.Attempt {
			problems = append(problems, fmt.Sprintf("%s %s of %s, attempt %s, is left over", s.Kind, s.ID, s.Owner.Env, s.Owner.Attempt))
		}
	}
	for id, note := range h.zone.envs {
		if note.Value("state") == "ready" && strconv.Itoa(made[id]) != note.Value("n") {
			problems = append(problems, fmt.Sprintf("%s is ready and has %d resources, not %s", id, made[id], note.Value("n")))
		}
	}
	for _, c := range r.Memory.Calls() {
		if c.Op == provisiontest.OpDelete && !h.doomed(r.nodeOwner(c.Node), c.At) {
			problems = append(problems, fmt.Sprintf("%s: node %s is deleted before every server knows that its environment is terminating",
				c.At.Format("15:04:05.000"), c.Node))
		}
	}
	if len(problems) > 0 {
		return r.failure("%s", strings.Join(problems, "\n"))
	}
	return nil
}

// nodeOwner returns the id of the environment whose blueprint has the node.
func (r *raceWorld) nodeOwner(node string) string {
	_, name, _ := strings.Cut(node, "-")
	return r.version(name).Short()
}

// failure is what went wrong, with all that is needed to look into it.
func (r *raceWorld) failure(format string, args ...any) error {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: ", r.seed)
	fmt.Fprintf(&b, format, args...)
	b.WriteString("\nhistory of the zone:\n")
	for _, batch := range r.Route53.Batches(r.ZoneID) {
		fmt.Fprintf(&b, "  %s %s\n", batch.SubmittedAt.Format("15:04:05.000"), batch.Comment)
	}
	b.WriteString("records:\n")
	if err := r.Print(&b); err != nil {
		return err
	}
	return errors.New(b.String())
}

// points checks that an alias leads to an environment, in the zone and for its users.
func (r *raceWorld) points(alias string, to env.Environment) error {
	live, err := r.Live(r.ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(live, func(a env.Alias) bool { return a.Alias == alias })
	if i < 0 || live[i].Environment != to.ID || live[i].Attempt != to.Attempt || live[i].Drift != nil {
		return r.failure("%s does not point at %s: %+v", alias, to.ID, live)
	}
	if host, ok := r.Route53.Resolve(alias + "." + envtest.Base); !ok || host != to.Host {
		return r.failure("%s resolves to %q, not %q", alias, host, to.Host)
	}
	return nil
}

// isGone checks that nothing is left of an environment.
func (r *raceWorld) isGone(id string) error {
	for _, s := range r.Memory.All() {
		if s.Owner.Env == id {
			return r.failure("%s was terminated, and its %s %s is there", id, s.Kind, s.ID)
		}
	}
	for _, set := range r.Route53.Records(r.ZoneID) {
		if strings.HasPrefix(*set.Name, id+".") {
			return r.failure("%s was terminated, and %s %s is there", id, *set.Name, set.Type)
		}
	}
	return nil
}

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
