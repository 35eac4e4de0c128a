package env

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/gitmeta"
)

// TTLs of the names that users call; alias record sets have that of the load balancer behind them, which is a minute too (Elastic Load
// Balancing user guide, "How Elastic Load Balancing works"). Together with the time a change may take until every Route 53 server has
// it ("usually within 60 seconds", Developer Guide; twice that is taken) they bound how long a well-behaved resolver hands out an old
// answer.
const (
	nameTTL     = time.Minute
	propagation = 2 * time.Minute
	cacheTTL    = nameTTL + nameTTL + propagation
)

// maxPrevious bounds the history in an alias record: 8 entries fit two TXT strings.
const maxPrevious = 8

// State is what an environment is, as its record in the zone says. An environment without a record is absent.
type State string

// The states of an environment. Only a ready environment has a name and can be pointed at; resources are deleted only under
// terminating; draining is the way there, from which it still turns back when something is found to point at it.
const (
	StateProvisioning State = "provisioning"
	StateReady        State = "ready"
	StateDraining     State = "draining"
	StateTerminating  State = "terminating"
)

// Keys of the notes. A key that this version does not know is kept as it is.
const (
	keyState    = "state"
	keyCommit   = "commit"
	keyDigest   = "digest"
	keyPins     = "pins" // what its look-ups chose, <node>:<choice>;...
	keyAttempt  = "attempt"
	keyPlace    = "in"       // hash of account and region
	keyServices = "svc"      // services whose drivers made it, joined by dots: who cannot delete them all may not begin
	keyMade     = "n"        // number of resources made
	keyLease    = "lease"    // until when a deploy in progress asks to be left alone
	keyCreated  = "created"  //
	keyReady    = "ready"    // when it became ready: a moment later, not every server may know
	keyHeld     = "held"     // aliases that point at it
	keyUnheld   = "unheld"   // when an alias last left it
	keyHost     = "host"     // the entrance's host; a ready environment without one is a worker
	keyZone     = "zone"     // the hosted zone of that host, where it has one: then the name is a pair of alias record sets
	keyDrain    = "drain"    // nonce of the Terminate that drained it last
	keyEntrance = "entrance" // of an alias: "none" where it points at a worker, "base" where users call the base itself
	keyTo       = "to"
	keyAt       = "at"
	keyPinned   = "pinned"
	keyPrevious = "prev"
	keyRegistry = "registry"

	noEntrance   = "none"
	baseEntrance = "base"
)

// Previous is an environment that an alias pointed at before.
type Previous struct {
	Environment string
	Attempt     string
	Until       time.Time // when the alias left it
}

// String writes the entry as the record has it: <id>.<attempt>@<unix time>.
func (p Previous) String() string {
	return p.Environment + "." + p.Attempt + "@" + strconv.FormatInt(p.Until.Unix(), 10)
}

// envRecord is the TXT record of an environment, read.
type envRecord struct {
	id       string
	raw      dns.Record
	note     dns.Note
	state    State
	commit   string
	digest   string
	pins     map[string]string
	attempt  string
	place    string
	services []string
	made     int
	madeOK   bool
	lease    time.Time
	created  time.Time
	ready    time.Time
	unheld   time.Time
	held     []string
	host     string
	zone     string
}

func (e envRecord) exists() bool { return e.raw.Exists() }

// target is where the name of the environment leads: nowhere for a worker.
func (e envRecord) target() dns.Target { return dns.Target{Host: e.host, ZoneID: e.zone} }

// aliasRecord is an alias: its TXT record and the name that users call, read.
type aliasRecord struct {
	alias    string
	txt      dns.Record
	name     dns.Address
	note     dns.Note
	to       string
	attempt  string
	commit   string
	at       time.Time
	pinned   bool
	worker   bool
	atBase   bool // users call the base itself
	previous []Previous
}

func (a aliasRecord) exists() bool { return a.txt.Exists() }

func parseEnv(id string, raw dns.Record) (envRecord, error) {
	e := envRecord{id: id, raw: raw}
	if !raw.Exists() {
		return e, nil
	}
	note, err := raw.Note()
	if err != nil {
		return e, fmt.Errorf("record %s: %w", raw.Name, err)
	}
	e.note = note
	e.state = State(note.Value(keyState))
	e.commit = note.Value(keyCommit)
	e.digest = note.Value(keyDigest)
	e.attempt = note.Value(keyAttempt)
	e.place = note.Value(keyPlace)
	e.host = note.Value(keyHost)
	e.zone = note.Value(keyZone)
	e.held = splitList(note.Value(keyHeld), ",")
	e.services = splitList(note.Value(keyServices), ".")
	var bad []string
	var ok bool
	if e.pins, ok = parsePins(note.Value(keyPins)); !ok {
		bad = append(bad, keyPins)
	}
	if !slices.Contains([]State{StateProvisioning, StateReady, StateDraining, StateTerminating}, e.state) {
		bad = append(bad, keyState)
	}
	if !gitmeta.ValidHash(e.commit) || !strings.HasPrefix(id, e.commit[:12]) {
		bad = append(bad, keyCommit)
	}
	if e.attempt == "" {
		bad = append(bad, keyAttempt)
	}
	for _, t := range []struct {
		key string
		to  *time.Time
	}{{keyLease, &e.lease}, {keyCreated, &e.created}, {keyReady, &e.ready}, {keyUnheld, &e.unheld}} {
		if !readTime(note, t.key, t.to) {
			bad = append(bad, t.key)
		}
	}
	if s, ok := note.Get(keyMade); ok {
		if e.made, err = strconv.Atoi(s); err != nil || e.made < 0 {
			bad = append(bad, keyMade)
		} else {
			e.madeOK = true
		}
	}
	if bad != nil {
		return e, fmt.Errorf("record %s cannot be understood (%s): correct it by hand, or use a newer version of this library", raw.Name, strings.Join(bad, ", "))
	}
	return e, nil
}

// parseAlias reads the record of an alias. It tells which name users call, and so what to read next: an alias stays with the name
// that it was made with, whatever the configuration says since. One that has no name yet gets it from there.
func (m *Manager) parseAlias(alias string, txt dns.Record) (aliasRecord, error) {
	a := aliasRecord{alias: alias, txt: txt, atBase: alias == m.apex}
	if !txt.Exists() {
		return a, nil
	}
	note, err := txt.Note()
	if err != nil {
		return a, fmt.Errorf("record %s: %w", txt.Name, err)
	}
	a.note = note
	a.to = note.Value(keyTo)
	a.attempt = note.Value(keyAttempt)
	a.commit = note.Value(keyCommit)
	a.pinned = note.Value(keyPinned) != ""
	var bad []string
	switch entrance := note.Value(keyEntrance); entrance {
	case noEntrance:
		a.worker = true
	case "", baseEntrance:
		a.atBase = entrance == baseEntrance
	default:
		bad = append(bad, keyEntrance)
	}
	if !idPattern.MatchString(a.to) {
		bad = append(bad, keyTo)
	}
	if a.attempt == "" {
		bad = append(bad, keyAttempt)
	}
	if !gitmeta.ValidHash(a.commit) {
		bad = append(bad, keyCommit)
	}
	if !readTime(note, keyAt, &a.at) {
		bad = append(bad, keyAt)
	}
	for _, s := range splitList(note.Value(keyPrevious), ",") {
		p, ok := parsePrevious(s)
		if !ok {
			bad = append(bad, keyPrevious)
			break
		}
		a.previous = append(a.previous, p)
	}
	if bad != nil {
		return a, fmt.Errorf("record %s cannot be understood (%s): correct it by hand, or use a newer version of this library", txt.Name, strings.Join(bad, ", "))
	}
	return a, nil
}

func parsePrevious(s string) (Previous, bool) {
	where, when, ok := strings.Cut(s, "@")
	id, attempt, ok2 := strings.Cut(where, ".")
	unix, err := strconv.ParseInt(when, 10, 64)
	return Previous{Environment: id, Attempt: attempt, Until: time.Unix(unix, 0).UTC()},
		ok && ok2 && err == nil && idPattern.MatchString(id) && attempt != ""
}

// pushPrevious returns the history of an alias that leaves one environment for another: what it leaves is the newest entry, and
// what it goes to is no longer behind it.
func pushPrevious(history []Previous, left, to Previous) []Previous {
	same := func(a, b Previous) bool { return a.Environment == b.Environment && a.Attempt == b.Attempt }
	var out []Previous
	if left.Environment != "" && !same(left, to) {
		out = append(out, left)
	}
	for _, p := range history {
		if !same(p, left) && !same(p, to) && len(out) < maxPrevious {
			out = append(out, p)
		}
	}
	return out
}

// behind returns what of a history is older than an entry of it.
func behind(history []Previous, p Previous) []Previous {
	i := slices.IndexFunc(history, func(h Previous) bool { return h.Environment == p.Environment && h.Attempt == p.Attempt })
	return slices.Clone(history[i+1:])
}

func previousText(history []Previous) string {
	s := make([]string, len(history))
	for i, p := range history {
		s[i] = p.String()
	}
	return strings.Join(s, ",")
}

func readTime(n dns.Note, key string, to *time.Time) bool {
	s, ok := n.Get(key)
	if !ok {
		return true
	}
	unix, err := strconv.ParseInt(s, 10, 64)
	*to = time.Unix(unix, 0).UTC()
	return err == nil
}

func unixText(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func splitList(s, sep string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, sep)
}

// withHold and withoutHold return the note of an environment with the alias put on, or taken off, its list of holds.
func (e envRecord) withHold(alias string) dns.Note {
	held := slices.Clone(e.held)
	if !slices.Contains(held, alias) {
		held = append(held, alias)
		slices.Sort(held)
	}
	return e.note.With(keyHeld, strings.Join(held, ","))
}

func (e envRecord) withoutHold(a aliasRecord, now time.Time) dns.Note {
	held := slices.DeleteFunc(slices.Clone(e.held), func(h string) bool { return h == a.alias })
	return e.note.With(keyHeld, strings.Join(held, ",")).With(keyUnheld, e.leftBy(a, now))
}
