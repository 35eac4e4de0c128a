package env

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/smithy-go/tracing"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
)

// Commits is what a manager asks of version control; [*gitmeta.Repo] answers it.
type Commits interface {
	// Lookup returns the commits that the repository knows, by hash, and the hashes that it does not know.
	Lookup(ctx context.Context, hashes ...string) (found map[string]gitmeta.Commit, missing []string, err error)
	// Between returns the commits that next has and old has not, newest first.
	Between(ctx context.Context, old, next string) ([]gitmeta.Commit, error)
}

var _ Commits = (*gitmeta.Repo)(nil)

// Config is what a [Manager] works with. The first four are required.
//
// Apex is for an application that users call by Base itself, which has to be so where Base is the apex of a hosted zone and they
// call no other name: an alias that is not there yet, and has this name, becomes Base itself instead of <alias>.Base. A CNAME may
// not stand there, so it is a pair of alias record sets, A and AAAA, and can only lead to environments whose blueprint gives its
// entrance a ZoneID; others are refused ([ErrNoEntrance]). The record of an alias says by which name it was made, and it stays
// with that: a manager with another Apex moves it all the same, but does not give it another name.
type Config struct {
	App    string            // the application's name: lower-case letters, digits, single hyphens, at most 32
	Base   string            // the DNS name under which it lives, such as shop.example.com, in Zone
	Zone   *dns.Zone         // the hosted zone, which is also the registry
	Engine *provision.Engine // makes and deletes resources

	Guard   *guard.Guard                 // may it be done; nil: [guard.Defaults]
	Repo    Commits                      // subjects and authors of commits, and what lies between two; nil: hashes only
	Logger  *slog.Logger                 // nil: silence
	Observe func(context.Context, Event) // called with every event, one at a time; it must not call the manager
	Tracer  tracing.TracerProvider       // a span a call, peppercorn.<verb>, unless it is refused before anything is read; the SDK's clients take one too; nil: none
	Apex    string                       // the alias, such as production, for which users call Base itself, and not <alias>.Base; "": none
	By      string                       // on whose word calls are made, unless [By] says so
	Lease   time.Duration                // how long a deploy asks Terminate to leave it alone, renewed as it goes on; at least a minute, default 15 minutes
}

// Manager leads environments through their life. Its methods are safe for concurrent use by any number of goroutines,
// processes and machines: the zone decides between them. It keeps no state of its own.
type Manager struct {
	app, base string
	apex      string // the alias whose name is the base
	zone      *dns.Zone
	engine    *provision.Engine
	guard     *guard.Guard
	repo      Commits
	logger    *slog.Logger
	observe   func(context.Context, Event)
	tracer    tracing.Tracer
	observing chan struct{} // holds one token: unlike a mutex, waiting for it lets time pass in a testing/synctest bubble
	by        string
	lease     time.Duration
}

// New returns a manager. It asks nothing of AWS; an error is an [ErrInvalid] that names every field that cannot be right.
func New(c Config) (*Manager, error) {
	var errs []error
	errs = append(errs, checkApp(c.App))
	base := dns.Name(c.Base)
	errs = append(errs, checkBase(base))
	if c.Apex != "" {
		errs = append(errs, checkAlias(c.Apex))
	}
	if c.Zone == nil {
		errs = append(errs, invalid("Zone", "", "a hosted zone is needed, see dns.Open"))
	}
	if c.Engine == nil {
		errs = append(errs, invalid("Engine", "", "an engine is needed, see provision.NewEngine"))
	}
	if c.Lease != 0 && c.Lease < time.Minute {
		errs = append(errs, invalid("Lease", c.Lease.String(), "at least a minute is needed to renew it in time"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, wrap("new", "", err)
	}
	m := &Manager{
		app: c.App, base: base, apex: c.Apex, zone: c.Zone, engine: c.Engine, guard: c.Guard, repo: c.Repo, logger: c.Logger, observe: c.Observe,
		observing: make(chan struct{}, 1), by: c.By, lease: c.Lease,
	}
	if c.Tracer == nil {
		c.Tracer = tracing.NopTracerProvider{}
	}
	m.tracer = c.Tracer.Tracer(tracerScope)
	if m.guard == nil {
		m.guard = guard.New()
	}
	if m.lease == 0 {
		m.lease = 15 * time.Minute
	}
	return m, nil
}

// place is the hash of account, region and application that the zone shows, so that a public zone does not tell the account.
// The application is in the names and tags of resources: under another one they would not be found.
func (m *Manager) place(ctx context.Context) (string, error) {
	p, err := m.engine.Place(ctx)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(p.Account + "/" + p.Region + "/" + m.app))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:12]), nil
}

// nonce returns the name of a new attempt or registry: 50 random bits.
func nonce() string { return strings.ToLower(rand.Text()[:10]) }
