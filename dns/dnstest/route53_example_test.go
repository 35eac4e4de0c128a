package dnstest_test

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

// A program talks to the simulated Route 53 through the SDK's own client.
func ExampleNew() {
	r := dnstest.New()
	zoneID := r.AddZone("example.com", false)

	www := dnstest.Set("www.example.com", types.RRTypeCname, 60, "blue.example.net")
	_, err := r.Client().ChangeResourceRecordSets(context.Background(), &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: &zoneID,
		ChangeBatch:  &types.ChangeBatch{Changes: []types.Change{dnstest.Change(types.ChangeActionCreate, www)}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, set := range r.Records(zoneID) {
		fmt.Println(*set.Name, *set.TTL, set.Type, *set.ResourceRecords[0].Value)
	}
	_, ok := r.Resolve("www.example.com")
	fmt.Println("served already:", ok)
	// Output:
	// www.example.com. 60 CNAME blue.example.net
	// served already: false
}

// A stranger changes a record between our reading it and our writing it: the exact-value DELETE is refused.
func ExampleRoute53_Edit() {
	r := dnstest.New(func(o *dnstest.Route53Options) { o.Errors = dnstest.ErrorsInMessage })
	zoneID := r.AddZone("example.com", false)
	blue := dnstest.Set("www.example.com", types.RRTypeCname, 60, "blue.example.net")
	green := dnstest.Set("www.example.com", types.RRTypeCname, 60, "green.example.net")
	red := dnstest.Set("www.example.com", types.RRTypeCname, 60, "red.example.net")
	if err := r.Edit(zoneID, dnstest.Change(types.ChangeActionCreate, blue)); err != nil {
		log.Fatal(err)
	}
	if err := r.Edit(zoneID, dnstest.Change(types.ChangeActionUpsert, red)); err != nil {
		log.Fatal(err)
	}
	err := r.Edit(zoneID,
		dnstest.Change(types.ChangeActionDelete, blue),
		dnstest.Change(types.ChangeActionUpsert, green))
	fmt.Println(err)
	// Output:
	// InvalidChangeBatch: [Tried to delete resource record set [name='www.example.com.', type='CNAME'] but the values provided do not match the current values]
}

// The reply of the first attempt is lost, and the SDK asks again.
func ExampleRoute53_Inject() {
	r := dnstest.New()
	zoneID := r.AddZone("example.com", false)
	r.Inject(dnstest.Fault{Match: dnstest.On("GetHostedZone"), Times: 1, Kind: dnstest.LostReply})
	if _, err := r.Client().GetHostedZone(context.Background(), &route53.GetHostedZoneInput{Id: &zoneID}); err != nil {
		log.Fatal(err)
	}
	for _, call := range r.Calls() {
		fmt.Printf("%s attempt %d %s\n", call.Op, call.Attempt, call.Fault)
	}
	// Output:
	// GetHostedZone attempt 1 lost reply
	// GetHostedZone attempt 2
}
