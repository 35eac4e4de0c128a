package guard

import "fmt"

// NoDeployInProgress refuses to terminate an environment that somebody is
// making at this moment: one that is provisioning, and whose lease has not run out.
//
// It is a courtesy, not a safety mechanism: a deployer that loses its record
// stops by itself, and terminate is right without this policy. So it may be
// waived with a light heart when the deployer is known to be dead.
//
// It needs [FactTimes] and the state, which are advisory: as of gathering. A
// lease that is renewed in the meantime changes the record that terminate replaces.
func NoDeployInProgress() Policy { return noDeployInProgress{} }

type noDeployInProgress struct{}

func (noDeployInProgress) Name() string { return "NoDeployInProgress" }

func (p noDeployInProgress) Judge(op Operation) Decision {
	if op.Action != ActionTerminate {
		return unconcerned(p, op)
	}
	reasons := unread(op, FactTimes)
	switch op.State {
	case stateReady, stateDraining, stateTerminating:
		// Nobody is making it any more.
	case stateProvisioning:
		if op.Now.IsZero() {
			reasons = append(reasons, "the present time is not known")
		}
		if op.Lease.After(op.Now) {
			reasons = append(reasons, fmt.Sprintf("a deploy is in progress and has it until %s; wait %v, or waive %s if that deploy is dead",
				stamp(op.Lease), left(op.Now, op.Lease), p.Name()))
		}
	default:
		reasons = append(reasons, fmt.Sprintf("its state %q is not one that it knows", op.State))
	}
	return decide(p, reasons)
}
