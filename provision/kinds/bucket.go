package kinds

import "github.com/peppercorn-go/peppercorn/provision"

// BucketKind is the kind of a [Bucket].
const BucketKind provision.Kind = "s3/bucket"

// A Bucket is an Amazon S3 bucket, of the general purpose sort. It is always private: public access is blocked, and access
// control lists are off, so that only policies of the account say who may read it. It is always encrypted. The zero value
// keeps one version of each object and encrypts with keys that S3 manages.
//
// Objects are data. A bucket that holds any, old versions and delete markers included, is not emptied by this library:
// terminating its environment is refused while there is something to lose.
type Bucket struct {
	// Versioned keeps the old versions of objects that are replaced or deleted, for as long as nobody deletes them. Default: S3
	// keeps only the newest.
	Versioned bool
	// KMSKey encrypts with a key of AWS KMS instead: its id, ARN or alias (alias/...). It also turns on a bucket key, which
	// saves most calls of KMS. Default: keys that S3 manages (SSE-S3), at no charge.
	KMSKey provision.Text
}

// Kind returns [BucketKind].
func (Bucket) Kind() provision.Kind { return BucketKind }

// Outputs of a bucket.
func (Bucket) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the bucket's name, which is unique in the world"},
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the bucket's ARN, for policies"},
		{Name: "RegionalDomain", Type: provision.TextType, Early: true,
			Doc: "the host name that the bucket answers on in its region, such as the origin of a CDN needs"},
	}
}

// Validate finds nothing wrong: every bucket that can be written down can be made.
func (Bucket) Validate() error { return nil }

// BucketRef is the handle of a [Bucket] in a blueprint.
type BucketRef struct{ provision.Ref }

// AddBucket adds a bucket to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddBucket(b *provision.Blueprint, name string, bucket Bucket, optFns ...func(*provision.Node)) BucketRef {
	return BucketRef{b.Add(name, bucket, optFns...)}
}

// Name is the bucket's name. Known at once.
func (r BucketRef) Name() provision.Text { return r.Output("Name") }

// ARN is the bucket's ARN, for policies. Known at once.
func (r BucketRef) ARN() provision.Text { return r.Output("ARN") }

// RegionalDomain is the host name that the bucket answers on in its region. Known at once.
func (r BucketRef) RegionalDomain() provision.Text { return r.Output("RegionalDomain") }
