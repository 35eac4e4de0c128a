// Package dns uses a Route 53 hosted zone as a small transactional store.
//
// Route 53 refuses a batch of changes if a DELETE in it does not carry the exact
// present value, or if a CREATE meets a record that exists; it applies a batch
// wholly or not at all, one at a time per zone, and its listings show what was
// last written (API reference, ChangeResourceRecordSets and
// ListResourceRecordSets). Together that is a compare-and-swap over any number of
// records of a zone, on the very thing that decides where users go.
//
// # Open a zone
//
//	api := dns.Limit(route53.NewFromConfig(cfg), dns.DefaultRate) // one per account
//	id, err := dns.Find(ctx, api, "example.com")
//	zone := dns.Open(api, id)
//
// # Move a name
//
// [Zone.Swap] is the whole of it for those who need no more. Of two callers that
// swap from the same host one wins, and the other is told who holds the name:
//
//	change, err := zone.Swap(ctx, "www.example.com", "blue.example.com", "green.example.com")
//	if errors.Is(err, dns.ErrConflict) {
//		// somebody was faster; err says where the name points now
//	}
//	err = zone.Wait(ctx, change) // until every name server answers with it
//
// # Read
//
// [Zone.Get] reads one record, [Zone.Records] ranges over those under a name,
// [Zone.Page] reads what one request can. A [Record] is decoded, and remembers the
// listing it was made from. [Zone.Address] reads all that decides where a name
// leads, by one request: its CNAME, or its A and AAAA records.
//
// # Change several records at once
//
// [Zone.Update] runs a function that reads, decides and stages changes, and sends
// them as one batch. Every batch changes at least one [Note]: a TXT record whose
// stamp is new in every batch. By it Update recognises its own batch when the
// reply was lost, and a record that was changed and changed back is not mistaken
// for one that never moved. [Tx.Pin] says which records the decision stands on; if
// one of them has changed, the answer is a [ConflictError] and never a decision
// taken again on a truth that the caller did not see.
//
//	change, err := zone.Update(ctx, func(tx *dns.Tx) error {
//		stock, err := tx.Get(ctx, "_stock.example.com", dns.TypeTXT)
//		if err != nil {
//			return err
//		}
//		tx.Pin(stock)
//		tx.PutNote(stock.Name, dns.NewNote("apples", "7"))
//		tx.Comment("counted by Ada")
//		return nil
//	})
//
// # Lead a name to a load balancer
//
// A CNAME may not stand at the apex of a zone. A pair of alias record sets, A and
// AAAA, may, and is staged as one thing by [Tx.PutAddress]:
//
//	shop, err := tx.Address(ctx, "example.com")
//	tx.PinAddress(shop)
//	tx.PutAddress(shop.Name, dns.SwapTTL, dns.Target{Host: lb.DNSName, ZoneID: lb.ZoneID})
//
// # What goes wrong
//
// Errors answer to [errors.Is] with the sentinels of this package ([ErrConflict],
// [ErrUncertain], [ErrBusy], [ErrClockSkew] and more), carry their details in types
// of their own, and unwrap to what the SDK returned. The SDK client's own retries
// stay as its owner configured them; a batch that they send twice is recognised.
//
// Package dnstest has a strict Route 53 in memory, and the suite that this package
// passes on it.
package dns
