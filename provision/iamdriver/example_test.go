package iamdriver_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/iamdriver"
	"github.com/peppercorn-go/peppercorn/provision/iamdriver/iamtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Usually an engine calls the driver, before it makes anything. Programs outside of this module get the simulated IAM from package
// awstest.
func Example() {
	cloud := sim.New()
	service := iamtest.Register(cloud)
	driver := iamdriver.New(iam.NewFromConfig(cloud.Config()), func(o *iamdriver.Options) { o.Appear = 0 })
	if _, err := service.AddRole("/teams/shop-web"); err != nil {
		fmt.Println(err)
		return
	}

	ctx := context.Background()
	role, _, err := driver.Look(ctx, provision.Call{Node: "role", Spec: kinds.ExistingRole{Name: "shop-web"}}, "")
	fmt.Println(role.Outputs["ARN"], err)
	err = driver.CheckInstanceProfile(ctx, "shop-web")
	fmt.Println(errors.Is(err, provision.ErrMissing))
	// Output:
	// arn:aws:iam::123456789012:role/teams/shop-web <nil>
	// true
}
