package ec2driver_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// A driver is usually given to an engine. By itself it makes, finds and deletes one resource at a time.
func Example() {
	ctx := context.Background()
	cloud := ec2test.New(func(o *ec2test.Options) { o.Boot, o.Shutdown = 0, time.Millisecond })
	driver := ec2driver.New(cloud.Client())

	call := provision.Call{
		Owner: provision.Owner{Registry: "r1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "a1"},
		Node:  "web",
		Spec:  kinds.Instance{Image: ec2test.Linux, Type: "t3.micro"},
	}
	state, err := driver.Create(ctx, call)
	if err != nil {
		log.Fatal(err)
	}
	again, err := driver.Create(ctx, call) // after a crash, or by another deployer
	if err != nil {
		log.Fatal(err)
	}
	ready, err := driver.Await(ctx, state)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the same instance:", state.ID == again.ID)
	fmt.Println("it can be reached:", ready.Outputs["PublicDNS"].String() != "")

	err = driver.Delete(ctx, ready)
	fmt.Println("it is on its way out:", errors.Is(err, provision.ErrDeleting))
	for errors.Is(err, provision.ErrDeleting) { // as an engine does, with longer pauses
		time.Sleep(time.Millisecond)
		err = driver.Delete(ctx, ready)
	}
	fmt.Println("it is gone:", err == nil, len(cloud.LiveInstances()))
	// Output:
	// the same instance: true
	// it can be reached: true
	// it is on its way out: true
	// it is gone: true 0
}
