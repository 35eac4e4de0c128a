package ecrdriver_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ecrdriver"
	"github.com/peppercorn-go/peppercorn/provision/ecrdriver/ecrtest"
)

// Programs outside of this module get the simulated ECR from package awstest.
func ExampleDriver_CheckImage() {
	cloud := sim.New()
	pushed, err := ecrtest.Register(cloud).Push("shop/web", "1f0c9d3ab2e4")
	if err != nil {
		fmt.Println(err)
		return
	}
	images := ecrdriver.New(ecr.NewFromConfig(cloud.Config()))
	for _, tag := range []string{"1f0c9d3ab2e4", "77ab02c1de9f"} {
		err := images.CheckImage(context.Background(), pushed.ByTag(tag))
		fmt.Println(tag, "is missing:", errors.Is(err, provision.ErrMissing))
	}
	// Output:
	// 1f0c9d3ab2e4 is missing: false
	// 77ab02c1de9f is missing: true
}
