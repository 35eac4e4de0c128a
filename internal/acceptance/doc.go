// Package acceptance has no code. Its tests drive the whole library as a program would: through the SDK's real clients and the
// real drivers, on the simulated AWS in virtual time and, where moto_server is installed, over HTTP.
//
// TestCrashes kills every verb before and after each of its calls to AWS, runs it again, and compares what is there with a run
// that was never killed; TestShopCrashes does so with the reference stack, ten resources that examples/shop/stack describes.
// TestShop leads that stack through its life with the times that AWS takes. TestStoryOnMoto tells the story of the quickstart on
// a real git repository, and TestShopOnMoto that of the shop.
package acceptance
