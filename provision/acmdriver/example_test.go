package acmdriver_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/acm"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/acmdriver"
	"github.com/peppercorn-go/peppercorn/provision/acmdriver/acmtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Usually an engine calls the driver, before it makes anything. Programs outside of this module get the simulated Certificate Manager
// from package awstest.
func Example() {
	cloud := sim.New()
	service := acmtest.Register(cloud)
	for _, domain := range []string{"shop.example.com", "*.shop.example.com"} {
		if _, err := service.AddCertificate(acmtest.Certificate{Domain: domain}); err != nil {
			fmt.Println(err)
			return
		}
	}
	driver := acmdriver.New(acm.NewFromConfig(cloud.Config()))
	look := func(domain provision.Text) {
		call := provision.Call{Node: "tls", Spec: kinds.ExistingCertificate{Domain: domain}}
		found, pin, err := driver.Look(context.Background(), call, "")
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(found.Outputs["Domain"], "is pinned:", pin != "")
	}
	look("production.shop.example.com")
	look("a.b.shop.example.com")
	// Output:
	// *.shop.example.com is pinned: true
	// Domain: certificate for a.b.shop.example.com: no certificate in this account and region is for that name (a wildcard stands for one label exactly)
}
