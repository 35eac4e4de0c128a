package secretsdriver_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/secretsdriver"
	"github.com/peppercorn-go/peppercorn/provision/secretsdriver/secretstest"
)

// Usually an engine calls the driver, before it makes anything. Programs outside of this module get the simulated Secrets Manager
// from package awstest.
func Example() {
	cloud := sim.New()
	service := secretstest.Register(cloud)
	if _, err := service.AddSecret("shop/stripe", "sk_live_51H"); err != nil {
		fmt.Println(err)
		return
	}
	driver := secretsdriver.New(secretsmanager.NewFromConfig(cloud.Config()))

	call := provision.Call{Node: "stripe", Spec: kinds.ExistingSecret{Name: "shop/stripe"}}
	found, _, err := driver.Look(context.Background(), call, "")
	fmt.Println(found.Name, err)
	fmt.Println("who has read a value:", service.Reads())
	// Output:
	// shop/stripe <nil>
	// who has read a value: []
}
