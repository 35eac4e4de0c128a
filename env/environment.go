package env

import (
	"context"
	"log/slog"
	"maps"
	"time"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

// Environment is one version of the application with everything it needs, as its record in the zone says.
type Environment struct {
	ID      string
	Commit  gitmeta.Commit // Hash always; the rest where [Config.Repo] knows the commit
	State   State
	Attempt string            // this incarnation; a later deploy of the same commit gets another
	Digest  string            // of the blueprint, see [provision.Blueprint.Digest]
	Pins    map[string]string // what the blueprint's look-ups chose, by node, see [provision.Blueprint]
	Name    string            // the name it is called by, "" while it has none: a worker, or not ready
	Host    string            // the host at AWS that Name stands for
	ZoneID  string            // the hosted zone of Host, if Name is a pair of alias record sets, A and AAAA; "" if it is a CNAME
	Held    []string          // the aliases that point at it
	Created time.Time         // Route 53's time
	Unheld  time.Time         // when an alias last left it; zero: never held
	Lease   time.Time         // while provisioning: until when a deploy says that it is at work
	Stalled bool              // provisioning, and the lease ran out: the deploy died; deploy again to resume
	Made    int               // resources that it consists of, once ready
}

// LogValue makes an environment one group of a log record.
func (e Environment) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", e.ID), slog.String("state", string(e.State)), slog.Any("commit", e.Commit))
}

// Alias is a movable name such as production, and what it points at.
type Alias struct {
	Alias       string
	Name        string // the DNS name that users call, "" while it points at a worker
	Environment string // the id that it points at, by its record
	Attempt     string
	Commit      gitmeta.Commit // Hash always; the rest where [Config.Repo] knows the commit
	Since       time.Time
	Pinned      bool // after a rollback: promotions are refused until Unpin
	Previous    []Previous
	Drift       *Drift // nil unless somebody edited the alias by hand
}

// LogValue makes an alias one group of a log record.
func (a Alias) LogValue() slog.Value {
	return slog.GroupValue(slog.String("alias", a.Alias), slog.String("environment", a.Environment), slog.Any("commit", a.Commit))
}

// Drift is a disagreement between the record of an alias and the name that users call.
type Drift struct {
	Record      string // the id in the record, "" without a record
	Points      string // the host that the name points at, or each of its records if they are not one whole; "" if there is no such name
	Environment string // the id whose name all of them point at, if there is one
}

func (m *Manager) environment(e envRecord) Environment {
	out := Environment{
		ID: e.id, Commit: gitmeta.Commit{Hash: e.commit}, State: e.state, Attempt: e.attempt, Digest: e.digest, Pins: maps.Clone(e.pins), Host: e.host,
		ZoneID: e.zone, Held: e.held, Created: e.created, Unheld: e.unheld, Made: e.made,
	}
	if e.state == StateReady && e.host != "" {
		out.Name = m.envName(e.id)
	}
	if e.state == StateProvisioning {
		out.Lease = e.lease
		out.Stalled = !e.lease.After(m.zone.Now())
	}
	return out
}

func (m *Manager) alias(a aliasRecord) Alias {
	name := m.nameOf(a)
	if a.worker {
		name = ""
	}
	return Alias{
		Alias: a.alias, Name: name, Environment: a.to, Attempt: a.attempt, Commit: gitmeta.Commit{Hash: a.commit},
		Since: a.at, Pinned: a.pinned, Previous: a.previous, Drift: m.drift(a),
	}
}

// commits fills in what the repository knows of commits that so far are hashes; what it does not know stays a hash, as in a
// shallow clone or when git fails.
func (m *Manager) commits(ctx context.Context, cs ...*gitmeta.Commit) error {
	if m.repo == nil || len(cs) == 0 {
		return nil
	}
	var hashes []string
	for _, c := range cs {
		if c.Hash != "" {
			hashes = append(hashes, c.Hash)
		}
	}
	found, _, err := m.repo.Lookup(ctx, hashes...)
	if err != nil {
		// In an incident one wants to roll back, not to repair git first.
		if ctx.Err() == nil && m.logger != nil {
			m.logger.WarnContext(ctx, "commits are shown by hash only", slog.Any("err", err))
		}
		return ctx.Err()
	}
	for _, c := range cs {
		if known, ok := found[c.Hash]; ok {
			*c = known
		}
	}
	return nil
}
