package env_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// stop ends an example that cannot go on, as a test ends.
type stop struct{}

func (stop) Helper()                           {}
func (stop) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// jobs is a small blueprint: one instance, which is the entrance.
func jobs() *provision.Blueprint {
	b := &provision.Blueprint{}
	server := kinds.AddInstance(b, "server", kinds.Instance{Image: "ami-0123456789abcdef0", Type: "t3.micro"})
	b.Entrance.Host = server.PublicDNS()
	return b
}

func ExampleManager_Deploy() {
	ctx, w := context.Background(), envtest.New(stop{}, envtest.Instant)

	e, err := w.Deploy(ctx, w.Commit("Open the shop"), jobs())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.ID, e.State, e.Name)

	// The same commit with another blueprint is refused.
	_, err = w.Deploy(ctx, w.History.Last(), &provision.Blueprint{})
	fmt.Println(errors.Is(err, env.ErrImmutable))
	// Output:
	// b492d629109e ready b492d629109e.shop.example.com
	// true
}

func ExampleManager_Promote() {
	ctx, w := context.Background(), envtest.New(stop{}, envtest.Instant)
	must(w.Deploy(ctx, w.Commit("Open the shop"), jobs()))
	must(w.Promote(ctx, "production", w.History.Last().Hash))

	must(w.Deploy(ctx, w.Commit("Add a basket"), jobs()))
	p, err := w.Promote(ctx, "production", w.History.Last().Hash, env.Because("the basket is ready"), env.By("ada"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Name, "moved from", p.From.ID, "to", p.To.ID)
	for _, c := range p.Gained {
		fmt.Println("gained:", c.Subject)
	}
	// Output:
	// production.shop.example.com moved from b492d629109e to 29703f43b1a4
	// gained: Add a basket
}

func ExampleManager_Live() {
	ctx, w := context.Background(), envtest.New(stop{}, envtest.Instant)
	must(w.Deploy(ctx, w.Commit("Open the shop"), jobs()))
	must(w.Promote(ctx, "production", w.History.Last().Hash))

	for _, a := range must(w.Live(ctx)) {
		fmt.Println(a.Alias, a.Environment, a.Commit.Subject)
	}
	// Output: production b492d629109e Open the shop
}

func ExampleManager_List() {
	ctx, w := context.Background(), envtest.New(stop{}, envtest.Instant)
	must(w.Deploy(ctx, w.Commit("Open the shop"), jobs()))
	must(w.Promote(ctx, "production", w.History.Last().Hash))

	for e, err := range w.List(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.ID, e.State, e.Held, e.Commit.Subject)
	}
	// Output: b492d629109e ready [production] Open the shop
}

func ExampleManager_Describe() {
	ctx, w := context.Background(), envtest.New(stop{}, envtest.Instant)
	must(w.Deploy(ctx, w.Commit("Open the shop"), jobs()))

	inv, err := w.Describe(ctx, w.History.Last().Hash)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range inv.Resources {
		fmt.Println(r.Node, r.Kind)
	}
	// Output: server ec2/instance
}

func ExampleManager_Rollback() {
	ctx, w := context.Background(), envtest.New(stop{}, envtest.Instant)
	good, bad := must(w.Deploy(ctx, w.Commit("Open the shop"), jobs())), must(w.Deploy(ctx, w.Commit("Add a basket"), jobs()))
	must(w.Promote(ctx, "production", good.ID))
	must(w.Promote(ctx, "production", bad.ID))

	p, err := w.Rollback(ctx, "production")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("back on", p.To.Commit.Subject)

	// Automation does not undo it.
	_, err = w.Promote(ctx, "production", bad.ID)
	fmt.Println(errors.Is(err, guard.ErrRefused))
	// Output:
	// back on Open the shop
	// true
}

func ExampleManager_Unpin() {
	ctx, w := context.Background(), envtest.New(stop{}, envtest.Instant)
	good, bad := must(w.Deploy(ctx, w.Commit("Open the shop"), jobs())), must(w.Deploy(ctx, w.Commit("Add a basket"), jobs()))
	must(w.Promote(ctx, "production", good.ID))
	must(w.Promote(ctx, "production", bad.ID))
	must(w.Rollback(ctx, "production"))

	if err := w.Unpin(ctx, "production", env.Because("it was the database")); err != nil {
		log.Fatal(err)
	}
	p := must(w.Promote(ctx, "production", bad.ID))
	fmt.Println(p.To.Commit.Subject)
	// Output: Add a basket
}

func ExampleManager_Release() {
	ctx, w := context.Background(), envtest.New(stop{}, envtest.Instant)
	e := must(w.Deploy(ctx, w.Commit("Try a basket"), jobs()))
	must(w.Promote(ctx, "basket", e.ID))
	must(w.Promote(ctx, "production", e.ID))

	fmt.Println(w.Release(ctx, "basket"))
	fmt.Println(errors.Is(w.Release(ctx, "production"), guard.ErrRefused))
	// Output:
	// <nil>
	// true
}

func ExampleManager_Restore() {
	ctx, w := context.Background(), envtest.New(stop{}, envtest.Instant)
	e := must(w.Deploy(ctx, w.Commit("Open the shop"), jobs()))
	must(w.Promote(ctx, "production", e.ID))

	// Somebody points production elsewhere, in the console.
	err := w.Route53.Edit(w.ZoneID, dnstest.Change(types.ChangeActionUpsert,
		dnstest.Set("production.shop.example.com", types.RRTypeCname, 60, "elsewhere.example.net")))
	if err != nil {
		log.Fatal(err)
	}
	drift := must(w.Live(ctx))[0].Drift
	fmt.Println("the record says", drift.Record, "and the name points at", drift.Points)

	if err := w.Restore(ctx, "production"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(must(w.Live(ctx))[0].Drift == nil)
	// Output:
	// the record says b492d629109e and the name points at elsewhere.example.net
	// true
}

func ExampleManager_Adopt() {
	ctx, w := context.Background(), envtest.New(stop{}, envtest.Instant)
	first, second := must(w.Deploy(ctx, w.Commit("Open the shop"), jobs())), must(w.Deploy(ctx, w.Commit("Add a basket"), jobs()))
	must(w.Promote(ctx, "production", first.ID))

	// In an emergency somebody points production at the other environment, in the console.
	err := w.Route53.Edit(w.ZoneID, dnstest.Change(types.ChangeActionUpsert,
		dnstest.Set("production.shop.example.com", types.RRTypeCname, 60, second.Name)))
	if err != nil {
		log.Fatal(err)
	}
	if err := w.Adopt(ctx, "production", env.Because("it was right")); err != nil {
		log.Fatal(err)
	}
	fmt.Println(must(w.Live(ctx))[0].Commit.Subject)
	// Output: Add a basket
}

func ExampleManager_Terminate() {
	ctx, w := context.Background(), envtest.New(stop{}, envtest.Instant)
	live, idle := must(w.Deploy(ctx, w.Commit("Open the shop"), jobs())), must(w.Deploy(ctx, w.Commit("Try a basket"), jobs()))
	must(w.Promote(ctx, "production", live.ID))

	_, err := w.Terminate(ctx, live.ID)
	var refusal *guard.Refusal
	if errors.As(err, &refusal) {
		for _, d := range refusal.Decisions {
			fmt.Println("refused by", d.Policy)
		}
	}
	t := must(w.Terminate(ctx, idle.ID))
	fmt.Println("gone:", t.Gone[0].Node)
	// Output:
	// refused by ProtectAliases
	// refused by NothingPointsAt
	// refused by Drained
	// gone: server
}
