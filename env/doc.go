// Package env leads environments through their life: one immutable environment per git commit, made together, never changed,
// thrown away together. Going live is one atomic move of a DNS name, going back is another, and terminating is refused whenever
// it could hurt.
//
// # A manager
//
// A [Manager] works with a hosted zone, which is the registry, and an engine, which makes resources. It keeps no state: what
// exists is read from the zone and from the tags of the resources, so any number of managers on any number of machines agree.
//
//	zone := dns.Open(dns.Limit(route53.NewFromConfig(cfg), dns.DefaultRate), zoneID)
//	engine, err := provision.NewEngine(awsdrivers.All(cfg), func(o *provision.Options) { o.Place = awsdrivers.Place(cfg) })
//	m, err := env.New(env.Config{App: "shop", Base: "shop.example.com", Zone: zone, Engine: engine, Repo: repo})
//
// # Deploy
//
// [Manager.Deploy] makes the environment of a commit from a blueprint, and returns when it is ready. Run it again to go on
// after a crash, or to join a deploy that somebody else has begun. What the blueprint looks up, and whatever else it names, is asked
// for before anything is made: a [*provision.CheckError] lists all that is missing. Choices that look-ups made, such as the newest
// image of a name, are kept for the environment in [Environment].Pins.
//
// A deployed environment answers on its own name,
// <id>.shop.example.com: a CNAME of its entrance's host, or alias record sets for IPv4 and IPv6 where the blueprint's entrance has a
// ZoneID, as load balancers do.
//
// # Go live, and back
//
// [Manager.Promote] points an alias, such as production, at a ready environment: production.shop.example.com, or
// shop.example.com itself if [Config].Apex says so. [Manager.Rollback] points it at the one
// before and pins it there until [Manager.Unpin]. [Manager.Release] removes an alias. Each is one Route 53 batch that names the
// exact records it replaces: of two racers one wins, and the other gets [dns.ErrConflict] with the present holder.
//
// # See what is there
//
// [Manager.Live] tells what is live, by commit. [Manager.List] yields every environment. [Manager.Describe] shows everything
// that one consists of.
//
// # When somebody edited DNS by hand
//
// An alias whose name and record disagree is drift. It is shown by Live and List, both environments count as held, and the verbs
// that would move the alias answer [ErrDrift] until [Manager.Restore] or [Manager.Adopt] settles it.
//
// # Terminate
//
// [Manager.Terminate] deletes an environment in two stages, after package guard has judged it twice. See there for what is
// refused; production always is.
//
// # Time
//
// All times are Route 53's. The local clock may be up to 30 seconds off; more is an error of package dns.
//
// # Failures
//
// Every verb may be killed at any call and run again: the result is the same as if it had never been killed. Errors are
// [*Error] with the verb and its subject, and unwrap to the sentinels of this package and of dns, guard and provision, and to
// the SDK's error below them. When the reply to a change was lost and what became of it cannot be told, the error is
// [dns.ErrUncertain].
//
// # Tests
//
// Package envtest has a whole manager in memory, for the tests of programs that use this package.
package env
