// Package s3test is a simulated Amazon S3, as far as programs that manage buckets need it. It answers real SDK clients
// inside the process, is as strict as S3 where such a program can go wrong, and lives by package time, so that in a
// testing/synctest bubble its minutes cost nothing.
//
// It registers with a simulated cloud. Programs outside of this module get it, with every other simulated service, from
// package awstest:
//
//	cloud := awstest.New()
//	client := s3.NewFromConfig(cloud.Config())
//	... // run the program that is to be tested
//	cloud.S3.AddObjects("uploads", 12)
//	fmt.Println(cloud.S3.Buckets())
//
// # What it is strict about
//
//   - Names, which are unique among all accounts: CreateBucket is refused with BucketAlreadyExists for a name of another
//     account, see [S3.AddBucketOfAnotherAccount], and with BucketAlreadyOwnedByYou for one of this. In us-east-1 a request
//     without tags succeeds for a bucket of this account, and resets its access control list. S3 documents that for every
//     request, users report that those with tags are refused; see [Options.ResetWithTags].
//   - Location constraints: none in us-east-1, the client's region everywhere else.
//   - For [Options.Settle] after its creation a bucket is not listed, calls on it fail with NoSuchBucket, and another
//     CreateBucket with OperationAborted. For [Options.TagLag] longer it has no tags to see.
//   - A deleted bucket is listed for [Options.Linger], and its name is refused with OperationAborted for [Options.Reserve].
//   - DeleteBucket is refused with BucketNotEmpty while there are objects, old versions or delete markers.
//   - A bucket is private, encrypted and without access control lists from birth. Versioning that was on can only be
//     suspended.
//   - Tags: their number, length and alphabet, which is the strictest of all services.
//   - Calls on a bucket of another region are redirected, those on one of another account denied.
//   - Rates: [Options.Rate] for all calls together.
//
// Objects are there so that a bucket has something to lose: PutObject, HeadObject, DeleteObject, ListObjectVersions. Their content is
// not kept. Most operations have no typed errors, so that NoSuchBucket is a smithy.APIError with that code.
package s3test
