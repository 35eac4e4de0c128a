package guard

import (
	"fmt"
	"time"
)

// Drained refuses to terminate an environment while resolvers may still send
// users to it: until Operation.CacheTTL and the grace have passed since the last
// alias let go of it. The grace covers connections that are still open and
// resolvers that keep a name longer than its TTL allows. An environment that
// no alias ever held has nothing to drain; one that is still held has not
// begun to. A negative grace refuses.
//
// It needs [FactHolds] and [FactTimes], which are advisory: as of gathering.
// The TTLs are not in the batch. What would matter most is: an alias that takes
// hold of the environment and lets go of it in the meantime changes the
// record that terminate replaces.
func Drained(grace time.Duration) Policy { return drained{grace: grace} }

type drained struct{ grace time.Duration }

func (drained) Name() string { return "Drained" }

func (p drained) Judge(op Operation) Decision {
	if op.Action != ActionTerminate {
		return unconcerned(p, op)
	}
	reasons := unread(op, FactHolds|FactTimes)
	for _, name := range op.holders() {
		reasons = append(reasons, fmt.Sprintf("the alias %q still sends users to it", name))
	}
	switch {
	case p.grace < 0:
		reasons = append(reasons, fmt.Sprintf("a grace of %v makes no sense; use zero or more", p.grace))
	case op.Now.IsZero():
		reasons = append(reasons, "the present time is not known")
	case op.Unheld.IsZero():
		// No alias ever held it: no resolver was sent here by one.
	case len(op.holders()) > 0:
		// The time has not begun to run: an end that is told now would be waited for in vain.
	case op.CacheTTL <= 0:
		reasons = append(reasons, fmt.Sprintf("how long resolvers keep the old name is not known (a cache time of %v)", op.CacheTTL))
	default:
		// Two steps: the sum of two long durations could overflow into the past.
		until := op.Unheld.Add(op.CacheTTL).Add(p.grace)
		if op.Now.Before(until) {
			reasons = append(reasons, fmt.Sprintf("resolvers may send users to it until %s; wait %v",
				stamp(until), left(op.Now, until)))
		}
	}
	return decide(p, reasons)
}
