// Package guard answers one question: may this be done?
//
// Whoever wants to promote, release or terminate something gathers plain facts
// into an [Operation] and asks a [Guard]. The guard runs every one of its
// policies, each a pure function from facts to a [Decision], and either
// returns nil or a [*Refusal] that lists the reasons of all that refused:
//
//	err := guard.New().Check(op)
//	if errors.Is(err, guard.ErrRefused) {
//		fmt.Println(err) // every reason, and the way out of each
//	}
//
// # Choosing policies
//
// [New] without arguments, the zero Guard and the nil Guard all mean
// [Defaults]; there is no guard that allows everything. To add to the defaults,
// say so:
//
//	g := guard.New(append(guard.Defaults(), guard.ProtectAliases("demo"))...)
//
// The policies of this package, what they judge, and what becomes of their
// facts between the judgement and the batch that carries the decision out:
//
//	ProtectAliases      terminate, release  asserted by the batch
//	NothingPointsAt     terminate           holds asserted, other records looked at again while draining
//	Drained             terminate           advisory
//	KeepsRollback       terminate           advisory
//	KeepsData           terminate           advisory
//	ExpectedCommit      every action        advisory
//	NotPinned           promote             advisory
//	NoDeployInProgress  terminate           advisory
//
// Asserted means that nothing can change in between: promote and terminate
// both replace the environment's own record, whose held= list names the
// aliases that hold it, and Route 53 refuses a batch whose DELETE does not carry
// the exact value that it finds. Advisory means: true when the facts were
// gathered. Only what is asserted, or looked at again, may carry a promise.
//
// # Setting a policy aside
//
// A [Waiver] sets one policy aside for one call. It needs the name of the policy,
// a reason and a person; [Guard.Waived] tells which refusals it set aside, for
// the record. ProtectAliases and NothingPointsAt cannot be waived: the way
// past them is to point the alias or the record elsewhere first.
//
// # Writing a policy
//
// Implement [Policy]. Judge must be pure: no clock (use Operation.Now), no
// network, no memory. Refuse when a fact that it needs is not in
// Operation.Known, and when the action is not one that it knows. A policy whose
// waiver would be an accident waiting to happen also implements [Absolute].
//
// # Failing closed
//
// What could not be read counts as dangerous. The zero Decision refuses; so do a
// nil policy, a policy that panics, an action that nobody knows, and a waiver
// that is incomplete or names nothing.
package guard
