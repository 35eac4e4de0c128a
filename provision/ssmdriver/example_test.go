package ssmdriver_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver/ssmtest"
)

// Usually an engine calls the driver. Here it is called directly, and the parameter is read as a program would. Programs
// outside of this module get the simulated Parameter Store from package awstest.
func Example() {
	cloud := sim.New()
	ssmtest.Register(cloud, func(o *ssmtest.Options) { o.Settle = 0 })
	client := ssm.NewFromConfig(cloud.Config())
	driver := ssmdriver.New(client, func(o *ssmdriver.Options) { o.Settle = time.Millisecond })

	ctx := context.Background()
	hosts, err := driver.Create(ctx, provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
		Node:  "hosts",
		Spec:  kinds.Parameter{Values: []provision.Text{"10.0.0.1", "10.0.0.2"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	name := hosts.Outputs["Name"].String()
	fmt.Println(name)

	out, err := client.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(name)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out.Parameter.Type, *out.Parameter.Value)
	// Output:
	// /peppercorn/shop-hosts-njszvgkmj536q
	// StringList 10.0.0.1,10.0.0.2
}
