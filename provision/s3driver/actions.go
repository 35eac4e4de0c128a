package s3driver

import "github.com/peppercorn-go/peppercorn/provision"

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs. S3 heeds the tags of a bucket in policies only where that is enabled for the
// bucket, which by default it is not; so what the driver may change is told by its name alone, as far as it is not new. A request that
// gives tags needs s3:TagResource too, and one that names the ownership of objects s3:PutBucketOwnershipControls (API reference,
// CreateBucket). Objects can be listed, and neither read nor deleted.
func (d *Driver) Actions() []provision.Action {
	const buckets = "arn:${Partition}:s3:::"
	ours, seen := []string{buckets + "${Name}"}, []string{buckets + "${Search}"}
	create := []string{"CreateBucket"}
	return []provision.Action{
		{Name: "s3:CreateBucket", Resources: ours, Tags: provision.TagsGiven},
		{Name: "s3:TagResource", Resources: ours, Tags: provision.TagsGiven, For: create, Why: "it gives tags"},
		{Name: "s3:PutBucketOwnershipControls", Resources: ours, For: create, Why: "it switches access control lists off"},
		{Name: "s3:DeleteBucket", Resources: ours},
		{Name: "s3:GetBucketPublicAccessBlock", Resources: ours, For: []string{"GetPublicAccessBlock"}},
		{Name: "s3:GetBucketTagging", Resources: seen},
		{Name: "s3:GetBucketVersioning", Resources: ours},
		{Name: "s3:GetEncryptionConfiguration", Resources: ours, For: []string{"GetBucketEncryption"}},
		{Name: "s3:ListAllMyBuckets", For: []string{"ListBuckets"}},
		{Name: "s3:ListBucketVersions", Resources: ours, For: []string{"ListObjectVersions"}},
		{Name: "s3:PutBucketPublicAccessBlock", Resources: ours, For: []string{"PutPublicAccessBlock"}},
		{Name: "s3:PutBucketVersioning", Resources: ours},
		{Name: "s3:PutEncryptionConfiguration", Resources: ours, For: []string{"PutBucketEncryption"}},
	}
}
