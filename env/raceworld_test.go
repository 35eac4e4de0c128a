package env_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

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
		if r.way() == atBase {
			o.Config = func(c *env.Config) { c.Apex = "production" }
		}
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

// The worlds differ in how versions are called: by CNAMEs, as most are; by alias record sets; some so, some so; and production by
// the name of the base itself.
const (
	onCNAMEs = iota
	onAliases
	onBoth
	atBase
	ways
)

// way is how versions are called in this world.
func (r *raceWorld) way() int { return int(r.seed / 6 % ways) }

// name is what users call an alias by.
func (r *raceWorld) name(alias string) string {
	if alias == "production" && r.way() == atBase {
		return envtest.Base
	}
	return alias + "." + envtest.Base
}

// blueprint has an entrance and something that it needs, with names of its own.
func (r *raceWorld) blueprint(name string) *provision.Blueprint {
	b := &provision.Blueprint{}
	jobs := kinds.AddQueue(b, "jobs-"+name, kinds.Queue{})
	server := kinds.AddInstance(b, "server-"+name, kinds.Instance{
		Image: "ami-0123456789abcdef0", Type: "t3.micro", Environment: map[string]provision.Text{"JOBS": jobs.URL()},
	})
	b.Entrance.Host = server.PublicDNS()
	if way := r.way(); way == onAliases || way == atBase || way == onBoth && len(name)%2 == 0 {
		b.Entrance.ZoneID = memoryZone
	}
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
	return r.Deploy(r.ctx, r.version(name), r.blueprint(name), env.NoWait())
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

// watch is a user: it asks DNS for an alias that exists all the time and expects to be sent to a machine that is there.
func (r *raceWorld) watch(alias string) {
	r.watching.Go(func() {
		for {
			select {
			case <-r.stop:
				return
			case <-time.After(time.Second):
			}
			name := r.name(alias)
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
		if c.Op == provisiontest.OpDelete && !h.doomed(c.Attempt, c.At) {
			problems = append(problems, fmt.Sprintf("%s: node %s is deleted before every server knows that its environment is terminating",
				c.At.Format("15:04:05.000"), c.Node))
		}
	}
	if len(problems) > 0 {
		return r.failure("%s", strings.Join(problems, "\n"))
	}
	return nil
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
	if host, ok := r.Route53.Resolve(r.name(alias)); !ok || host != to.Host {
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
