package dns_test

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

// simulated stands for dns.Limit(route53.NewFromConfig(cfg), dns.DefaultRate) in the
// examples: a Route 53 with the hosted zone example.com, which takes no time.
func simulated() dns.API {
	r := dnstest.New(func(o *dnstest.Route53Options) {
		o.RequestsPerSecond, o.Processing, o.Propagation = -1, -1, -1
	})
	r.AddZone("example.com", false)
	return dns.Limit(r.Client(), math.Inf(1))
}

// Two deployers move the same name; one of them is told that it was too late.
func ExampleZone_Swap() {
	ctx := context.Background()
	api := simulated() // one for all zones of an account
	id, err := dns.Find(ctx, api, "example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	zone := dns.Open(api, id)

	for _, to := range []string{"blue.example.com", "green.example.com"} {
		change, err := zone.Swap(ctx, "www.example.com", "", to)
		var conflict *dns.ConflictError
		if errors.As(err, &conflict) {
			fmt.Println("too late:", conflict.Have)
			continue
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := zone.Wait(ctx, change); err != nil { // until every name server answers with it
			fmt.Println(err)
			return
		}
		fmt.Println("www is", to)
	}
	// Output:
	// www is blue.example.com
	// too late: www.example.com CNAME "blue.example.com"
}

// A counter that loses no count, however many programs add to it.
func ExampleZone_Update() {
	ctx := context.Background()
	api := simulated()
	id, err := dns.Find(ctx, api, "example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	zone := dns.Open(api, id)

	add := func(fruit string) error {
		_, err := zone.Update(ctx, func(tx *dns.Tx) error {
			stock, err := tx.Get(ctx, "_stock.example.com", dns.TypeTXT)
			if err != nil {
				return err
			}
			note := dns.NewNote()
			if stock.Exists() {
				if note, err = stock.Note(); err != nil {
					return err
				}
			}
			tx.PutNote(stock.Name, note.With(fruit, note.Value(fruit)+"|"))
			tx.Comment("another " + fruit)
			return nil
		})
		return err
	}
	for _, fruit := range []string{"apple", "pear", "apple"} {
		if err := add(fruit); err != nil {
			fmt.Println(err)
			return
		}
	}
	stock, err := zone.Get(ctx, "_stock.example.com", dns.TypeTXT)
	if err != nil {
		fmt.Println(err)
		return
	}
	note, err := stock.Note()
	if err != nil {
		fmt.Println(err)
		return
	}
	count, _ := note.Rev()
	fmt.Println("written", count, "times")
	for _, fruit := range note.Keys() {
		fmt.Println(fruit, note.Value(fruit))
	}
	// Output:
	// written 3 times
	// apple ||
	// pear |
}

func ExampleZone_Records() {
	ctx := context.Background()
	api := simulated()
	id, err := dns.Find(ctx, api, "example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	zone := dns.Open(api, id)
	for name, host := range map[string]string{"b.shop.example.com": "blue.example.com", "a.shop.example.com": "green.example.com", "blog.example.com": "red.example.com"} {
		if _, err := zone.Swap(ctx, name, "", host); err != nil {
			fmt.Println(err)
			return
		}
	}
	for record, err := range zone.Records(ctx, "shop.example.com") {
		if err != nil {
			fmt.Println(err)
			return
		}
		if record.Type == dns.TypeCNAME {
			fmt.Println(record)
		}
	}
	// Output:
	// a.shop.example.com CNAME "green.example.com"
	// b.shop.example.com CNAME "blue.example.com"
}

// The apex of a zone is led to a load balancer, over IPv4 and IPv6 at once, and from there to another.
func ExampleTx_PutAddress() {
	ctx := context.Background()
	api := simulated()
	id, err := dns.Find(ctx, api, "example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	zone := dns.Open(api, id)
	for _, balancer := range []string{"shop-1.us-east-1.elb.amazonaws.com", "shop-2.us-east-1.elb.amazonaws.com"} {
		_, err := zone.Update(ctx, func(tx *dns.Tx) error {
			shop, err := tx.Address(ctx, "example.com")
			if err != nil {
				return err
			}
			stamp, err := tx.Get(ctx, "_rev.example.com", dns.TypeTXT)
			if err != nil {
				return err
			}
			tx.PinAddress(shop) // of two who do this at once, one is told
			tx.PutAddress(shop.Name, dns.SwapTTL, dns.Target{Host: balancer, ZoneID: "Z35SXDOTRQ7X7K"})
			tx.PutNote(stamp.Name, dns.NewNote("to", balancer))
			return nil
		})
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	shop, err := zone.Address(ctx, "example.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(shop.A)
	fmt.Println(shop.AAAA)
	// Output:
	// example.com A alias of "shop-2.us-east-1.elb.amazonaws.com" in zone Z35SXDOTRQ7X7K
	// example.com AAAA alias of "shop-2.us-east-1.elb.amazonaws.com" in zone Z35SXDOTRQ7X7K
}
