// Package ecrtest is a simulated Amazon ECR, as far as looking for images goes. It answers real SDK clients inside the process, and is as
// strict as the service where a program that looks for images can go wrong.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	image, err := cloud.ECR.Push("shop/web", "1f0c9d3")
//	client := ecr.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//
// # What it is strict about
//
//   - Registries belong to an account and a region. Those of another account refuse everything (AccessDeniedException), unless
//     [ECR.PushTo] has put an image there.
//   - A repository that does not exist, and an image that does not exist in one that does, are told apart.
//   - A tag that is pushed again moves to the new image; the old one is found by its digest still.
//   - A tag and a digest that are given together must mean the same image.
//   - Names, tags and digests: alphabet and length. Pages: [Options] of the cloud.
//   - Rate: [Options.Rate].
//
// Images have no layers and cannot be pulled. Repositories are made by the first push to them. Permissions, scans, lifecycle policies and
// replication are not simulated.
package ecrtest
