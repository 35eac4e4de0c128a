package ec2driver_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

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

// The newest image of a name is chosen among those of one owner only, and the pin keeps the choice when a newer one is published.
func ExampleDriver_Look() {
	const canonical, stranger = "099720109477", "666666666666"
	cloud := ec2test.New()
	publish := func(id, owner, day string) {
		cloud.AddImage(types.Image{
			ImageId: aws.String(id), OwnerId: aws.String(owner), Name: aws.String("ubuntu-24.04-" + day), CreationDate: aws.String(day + "T00:00:00.000Z"),
		})
	}
	publish("ami-00000000000000001", canonical, "2026-01-01")
	publish("ami-66666666666666666", stranger, "2026-02-01")
	driver := ec2driver.New(cloud.Client())
	look := func(pin string) string {
		_, pin, err := driver.Look(context.Background(), provision.Call{
			Node: "image", Spec: kinds.ExistingImage{Owner: canonical, Name: "ubuntu-24.04-*"},
		}, pin)
		if err != nil {
			log.Fatal(err)
		}
		return pin
	}
	pin := look("")
	fmt.Println(pin)

	publish("ami-00000000000000002", canonical, "2026-03-01")
	fmt.Println(look(pin), "for who has a pin,", look(""), "for a new environment")
	// Output:
	// ami-00000000000000001
	// ami-00000000000000001 for who has a pin, ami-00000000000000002 for a new environment
}
