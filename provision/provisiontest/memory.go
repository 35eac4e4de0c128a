package provisiontest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
)

// Op is one of the calls of a driver.
type Op string

// The calls of a driver.
const (
	OpCreate Op = "create"
	OpAwait  Op = "await"
	OpFind   Op = "find" // for all nodes at once: hooks get an empty node
	OpDelete Op = "delete"
	OpLoses  Op = "loses"
	OpLook   Op = "look"
	OpCheck  Op = "check"
)

// MemoryOptions are the options of NewMemory.
type MemoryOptions struct {
	// Kinds are what the driver makes. At least one is needed.
	Kinds []provision.Kind

	// Looks are kinds that the driver looks up, and Look, if set, is asked for them: it returns what exists, by c.Spec and pin. The
	// outputs of a State that has none are made up, and so is its id if it has none either: a zero State says that there is such a
	// thing and that the test is not about it. If Look is nil, that is so of everything that is asked for. What is made up is the
	// same for equal specs.
	Looks []provision.Kind
	Look  func(c provision.Call, pin string) (s provision.State, newPin string, err error)

	// Check, if set, says what is missing that a node needs.
	Check func(c provision.Call) error

	// Latency, if set, says how long things take. Create, Find, Loses, Look and Check return after it; Await returns when so much time has passed since the
	// resource was made; a resource is gone so long after the first Delete, which until then returns ErrDeleting.
	Latency func(op Op, kind provision.Kind, node string) time.Duration

	// Before and After, if set, are asked before and after the effect of each call; an error that they return is the call's. An error
	// from After is a lost reply: the effect is there, and the caller does not know. They may be called by several goroutines at
	// once.
	Before, After func(op Op, node string) error

	// Lag is how long a new resource does not show in Find.
	Lag time.Duration

	// Blocks, if set, says whether a resource of kind by keeps one of kind on, whose outputs its spec contains, from being
	// deleted. If it is nil, always.
	Blocks func(by, on provision.Kind) bool
}

// Memory is a provision.Driver, with the optional power of a Loser, that keeps its resources in memory. It is as strict as AWS at its
// strictest: names are unique, a name that exists with another spec is an error, tags of a stranger are an ErrForeign, and what another
// resource's spec mentions cannot be deleted before that one. The values of outputs are made up, contain the id, and
// those that are texts are valid host names.
//
// It is safe for concurrent use, in and outside of testing/synctest bubbles.
type Memory struct {
	options MemoryOptions

	mu        sync.Mutex
	resources map[string]*resource // by id
	byName    map[nameKey]string   // ids; names are unique within a kind
	deleting  map[string]*resource // of resources, by id
	nextGone  time.Time            // when the first of them will be gone
	users     map[string]ids       // by id: the resources whose specs mention it
	made      map[nameKey]int      // how many resources ever had the name, so that no id comes twice
	loss      map[string][]string  // by id
	loseReply int
	calls     []Call
}

type ids map[string]bool

type nameKey struct {
	kind provision.Kind
	name string
}

// resource is what a service would know.
type resource struct {
	id, name string
	kind     provision.Kind
	tags     map[string]string
	outputs  []provision.Output
	spec     string   // as JSON
	needs    []string // ids that the spec mentions
	made     time.Time
	ready    time.Time
	deleting bool
	gone     time.Time // when it will be, if it is deleting
}

// Call is the record of one call of a Memory.
type Call struct {
	Op      Op
	Attempt string // of the owner that it is about
	Node    string // empty for OpFind
	Kind    provision.Kind
	Err     error
	At      time.Time // when it began
	Done    time.Time
}

// NewMemory returns an empty Memory.
func NewMemory(optFns ...func(*MemoryOptions)) *Memory {
	m := &Memory{
		resources: make(map[string]*resource),
		byName:    make(map[nameKey]string),
		deleting:  make(map[string]*resource),
		users:     make(map[string]ids),
		made:      make(map[nameKey]int),
		loss:      make(map[string][]string),
	}
	for _, fn := range optFns {
		fn(&m.options)
	}
	return m
}

// Kinds implements provision.Driver.
func (m *Memory) Kinds() []provision.Kind { return slices.Clone(m.options.Kinds) }

// Create implements provision.Driver.
func (m *Memory) Create(ctx context.Context, c provision.Call) (s provision.State, err error) {
	kind := c.Spec.Kind()
	defer m.record(OpCreate, c.Owner, c.Node, kind, &err)()
	if !slices.Contains(m.options.Kinds, kind) {
		return provision.State{}, fmt.Errorf("%w: %s", provision.ErrNoDriver, kind)
	}
	if err := m.begin(ctx, OpCreate, kind, c.Node); err != nil {
		return provision.State{}, err
	}
	spec, err := json.Marshal(c.Spec)
	if err != nil {
		return provision.State{}, fmt.Errorf("a spec is plain data: %w", err)
	}
	s, err = m.create(c, string(spec))
	if err == nil {
		err = m.end(OpCreate, c.Node)
	}
	if err != nil {
		return provision.State{}, err
	}
	return s, nil
}

// create is the effect of Create.
func (m *Memory) create(c provision.Call, spec string) (provision.State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.collect()
	kind := c.Spec.Kind()
	name := c.Name(longestName, "")
	key := nameKey{kind, name}
	if r, ok := m.resources[m.byName[key]]; ok {
		switch err := c.CheckOwner(kind, r.id, r.tags); {
		case err != nil:
			return provision.State{}, err
		case r.deleting:
			return provision.State{}, fmt.Errorf("%s %s: %w", kind, r.id, provision.ErrDeleting)
		case r.spec != spec:
			return provision.State{}, fmt.Errorf("%s %s exists with another spec: %s, not %s", kind, r.id, r.spec, spec)
		}
		return r.state(false), nil
	}
	m.made[key]++
	now := time.Now()
	r := &resource{
		id:      newID(name, m.made[key]),
		name:    name,
		kind:    kind,
		tags:    c.Tags(),
		outputs: c.Spec.Outputs(),
		spec:    spec,
		made:    now,
		ready:   now.Add(m.latency(OpAwait, kind, c.Node)),
	}
	for _, id := range mentioned.FindAllString(spec, -1) {
		if _, ok := m.resources[id]; !ok {
			continue
		}
		r.needs = append(r.needs, id)
		if m.users[id] == nil {
			m.users[id] = make(ids)
		}
		m.users[id][r.id] = true
	}
	m.resources[r.id], m.byName[key] = r, r.id
	return r.state(false), nil
}

const longestName = 255

// mentioned finds the ids of this package in a spec.
var mentioned = regexp.MustCompile(`mem-[a-z0-9]+(-[0-9]+)?`)

// newID makes an id of a name, which is the same in each run of a test; the n-th resource of a name has another one than the first.
func newID(name string, n int) string {
	id := "mem-" + name[strings.LastIndexByte(name, '-')+1:]
	if n > 1 {
		id += "-" + strconv.Itoa(n)
	}
	return id
}

// Await implements provision.Driver.
func (m *Memory) Await(ctx context.Context, s provision.State) (ready provision.State, err error) {
	defer m.record(OpAwait, s.Owner, s.Node, s.Kind, &err)()
	if err := m.before(ctx, OpAwait, s.Node); err != nil {
		return provision.State{}, err
	}
	for {
		m.mu.Lock()
		m.collect()
		r, ok := m.resources[s.ID]
		if !ok || r.deleting {
			m.mu.Unlock()
			return provision.State{}, fmt.Errorf("%s %s: %w", s.Kind, s.ID, provision.ErrGone)
		}
		left := time.Until(r.ready)
		ready = r.state(true)
		m.mu.Unlock()
		if left <= 0 {
			break
		}
		if err := sleep(ctx, left); err != nil {
			return provision.State{}, err
		}
	}
	if err := m.end(OpAwait, s.Node); err != nil {
		return provision.State{}, err
	}
	return ready, nil
}

// Find implements provision.Driver.
func (m *Memory) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		states, err := m.find(ctx, o)
		if err != nil {
			yield(provision.State{}, err)
			return
		}
		for _, s := range states {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func (m *Memory) find(ctx context.Context, o provision.Owner) (states []provision.State, err error) {
	defer m.record(OpFind, o, "", "", &err)()
	if err := m.begin(ctx, OpFind, "", ""); err != nil {
		return nil, err
	}
	m.mu.Lock()
	m.collect()
	for _, r := range m.resources {
		if time.Since(r.made) >= m.options.Lag && o.Matches(r.tags) {
			states = append(states, r.state(!time.Now().Before(r.ready)))
		}
	}
	m.mu.Unlock()
	if err := m.end(OpFind, ""); err != nil {
		return nil, err
	}
	slices.SortFunc(states, func(a, b provision.State) int { return strings.Compare(a.ID, b.ID) })
	return states, nil
}

// Delete implements provision.Driver.
func (m *Memory) Delete(ctx context.Context, s provision.State) (err error) {
	defer m.record(OpDelete, s.Owner, s.Node, s.Kind, &err)()
	if err := m.before(ctx, OpDelete, s.Node); err != nil {
		return err
	}
	err = m.delete(s)
	if lost := m.end(OpDelete, s.Node); lost != nil {
		return lost
	}
	return err
}

// delete is the effect of Delete.
func (m *Memory) delete(s provision.State) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.collect()
	r, ok := m.resources[s.ID]
	if !ok {
		return nil
	}
	if !s.Owner.Matches(r.tags) {
		return &provision.ForeignError{Kind: r.kind, ID: r.id, Node: s.Node, Tags: r.tags}
	}
	if r.deleting {
		return fmt.Errorf("%s %s: %w", r.kind, r.id, provision.ErrDeleting)
	}
	if by := m.blocker(r); by != nil {
		return &provision.BusyError{
			Kind: r.kind, ID: r.id, Blocker: fmt.Sprintf("%s %s", by.kind, by.id),
			Err: errors.New("DependencyViolation"),
		}
	}
	r.deleting, m.deleting[r.id] = true, r
	r.gone = time.Now().Add(m.latency(OpDelete, r.kind, s.Node))
	if len(m.deleting) == 1 || r.gone.Before(m.nextGone) {
		m.nextGone = r.gone
	}
	if m.collect(); m.resources[r.id] != nil {
		return fmt.Errorf("%s %s: %w", r.kind, r.id, provision.ErrDeleting)
	}
	return nil
}

// blocker returns a resource that needs r, the one with the first id if there are several.
func (m *Memory) blocker(r *resource) *resource {
	var first *resource
	for id := range m.users[r.id] {
		by := m.resources[id]
		if m.options.Blocks != nil && !m.options.Blocks(by.kind, r.kind) {
			continue
		}
		if first == nil || by.id < first.id {
			first = by
		}
	}
	return first
}

// collect removes what is gone by now.
func (m *Memory) collect() {
	now := time.Now()
	if len(m.deleting) == 0 || m.nextGone.After(now) {
		return
	}
	m.nextGone = time.Time{}
	for _, r := range m.deleting {
		switch {
		case !r.gone.After(now):
			m.remove(r)
		case m.nextGone.IsZero() || r.gone.Before(m.nextGone):
			m.nextGone = r.gone
		}
	}
}

// remove makes a resource gone.
func (m *Memory) remove(r *resource) {
	for _, id := range r.needs {
		delete(m.users[id], r.id)
	}
	delete(m.users, r.id)
	delete(m.resources, r.id)
	delete(m.deleting, r.id)
	delete(m.byName, nameKey{r.kind, r.name})
	delete(m.loss, r.id)
}

// Loses implements provision.Loser.
func (m *Memory) Loses(ctx context.Context, s provision.State) (losses []provision.Loss, err error) {
	defer m.record(OpLoses, s.Owner, s.Node, s.Kind, &err)()
	if err := m.begin(ctx, OpLoses, s.Kind, s.Node); err != nil {
		return nil, err
	}
	m.mu.Lock()
	for _, what := range m.loss[s.ID] {
		losses = append(losses, provision.Loss{Node: s.Node, Kind: s.Kind, ID: s.ID, What: what})
	}
	m.mu.Unlock()
	if err := m.end(OpLoses, s.Node); err != nil {
		return nil, err
	}
	return losses, nil
}

// begin takes the time of a call and asks whether it fails before its effect.
func (m *Memory) begin(ctx context.Context, op Op, kind provision.Kind, node string) error {
	if err := sleep(ctx, m.latency(op, kind, node)); err != nil {
		return err
	}
	return m.before(ctx, op, node)
}

func (m *Memory) before(ctx context.Context, op Op, node string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.options.Before == nil {
		return nil
	}
	return m.options.Before(op, node)
}

// errLost is what a caller sees whose reply was lost.
var errLost = errors.New("the reply was lost")

// end asks whether the reply of a call is lost.
func (m *Memory) end(op Op, node string) error {
	m.mu.Lock()
	lost := m.loseReply > 0 && (op == OpCreate || op == OpDelete)
	if lost {
		m.loseReply--
	}
	m.mu.Unlock()
	if lost {
		return errLost
	}
	if m.options.After == nil {
		return nil
	}
	return m.options.After(op, node)
}

func (m *Memory) latency(op Op, kind provision.Kind, node string) time.Duration {
	if m.options.Latency == nil {
		return 0
	}
	return m.options.Latency(op, kind, node)
}

// record notes the beginning of a call; what it returns notes the end.
func (m *Memory) record(op Op, o provision.Owner, node string, kind provision.Kind, err *error) func() {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := len(m.calls)
	m.calls = append(m.calls, Call{Op: op, Attempt: o.Attempt, Node: node, Kind: kind, At: time.Now()})
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.calls[at].Err, m.calls[at].Done = *err, time.Now()
	}
}

// state is what a describe call tells.
func (r *resource) state(ready bool) provision.State {
	s := provision.State{Kind: r.kind, ID: r.id, Name: r.name, Outputs: make(map[string]provision.Value), Deleting: r.deleting}
	provision.StateOwner(&s, r.tags) // a stranger has no owner
	for _, out := range r.outputs {
		if out.Early || ready {
			s.Outputs[out.Name] = r.value(out)
		}
	}
	return s
}

// value makes up the value of an output.
func (r *resource) value(out provision.Output) provision.Value {
	host := strings.ToLower(out.Name) + "." + r.id + ".memory.test"
	switch {
	case out.Type == provision.NumberType:
		return provision.NumberValue(float64(1024 + len(r.id)))
	case out.Type == provision.ListType:
		return provision.ListValue([]string{"1." + host, "2." + host})
	case out.Name == "ID":
		return provision.TextValue(r.id)
	case out.Name == "Name":
		return provision.TextValue(r.name)
	case out.Name == "ZoneID": // which an entrance wants to look like the id of a hosted zone
		return provision.TextValue("ZMEMORY")
	}
	return provision.TextValue(host)
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
