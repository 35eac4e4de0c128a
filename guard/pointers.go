package guard

import "fmt"

// NothingPointsAt refuses to terminate an environment while an alias holds it or
// any other record of the zone points at it: whoever follows that record would
// find nothing.
//
// It cannot be waived. The way past it is to move the alias or change the record.
//
// It needs [FactHolds] and [FactPointers]. The holds are asserted by the batch
// that carries the decision out: promote and terminate replace the same record,
// so of the two only one succeeds. Records that others wrote, a hand edit of an
// alias among them, are in no batch of ours; they are looked at again while the
// environment is draining, when its own name is gone and nothing new can usefully
// point at it.
func NothingPointsAt() Policy { return nothingPointsAt{} }

type nothingPointsAt struct{}

func (nothingPointsAt) Name() string { return "NothingPointsAt" }

func (nothingPointsAt) NoWaiver() string {
	return "move the alias or change the record that points at the environment"
}

func (p nothingPointsAt) Judge(op Operation) Decision {
	if op.Action != ActionTerminate {
		return unconcerned(p, op)
	}
	reasons := unread(op, FactHolds|FactPointers)
	for _, name := range op.holders() {
		reasons = append(reasons, fmt.Sprintf("the alias %q points at it; promote another environment to it or release it", name))
	}
	for _, pointer := range op.Pointers {
		reasons = append(reasons, fmt.Sprintf("the record %s points at it; change that record first", pointer))
	}
	return decide(p, reasons)
}
