package s3test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

// anotherAccount owns what AddBucketOfAnotherAccount makes.
const anotherAccount = "999999999999"

// Bucket is a bucket as it is at one moment, for tests to look at. It shares nothing with the service.
type Bucket struct {
	// Name, Region and Account of the bucket.
	Name, Region, Account string
	// Tags of the bucket.
	Tags map[string]string
	// Private is true if all four settings that block public access are on.
	Private bool
	// Encryption is "AES256" or "aws:kms", and KMSKey the key of the latter.
	Encryption, KMSKey string
	// Versioning is "Enabled" or "Suspended", or empty if it was never touched.
	Versioning string
	// Resets counts how often a CreateBucket has reset the access control list.
	Resets int
	// Created is when CreateBucket made it.
	Created time.Time
	// Versions of objects that it holds, delete markers among them.
	Versions int
}

// Buckets returns all buckets of all regions and accounts that are not deleted, also those that cannot be used yet, in the
// order of names. It is no call: nothing is recorded, and no fault strikes.
func (s *S3) Buckets() []Bucket {
	s.mu.Lock()
	defer s.mu.Unlock()
	var buckets []Bucket
	for _, b := range s.buckets {
		if b.deleted.IsZero() {
			buckets = append(buckets, b.snapshot())
		}
	}
	slices.SortFunc(buckets, func(a, b Bucket) int { return cmp.Compare(a.Name, b.Name) })
	return buckets
}

func (b *bucket) snapshot() Bucket {
	byDefault := b.encryption.ApplyServerSideEncryptionByDefault
	return Bucket{
		Name: b.name, Region: b.region, Account: b.account,
		Tags:       maps.Clone(b.tags),
		Private:    b.private(),
		Encryption: string(byDefault.SSEAlgorithm),
		KMSKey:     aws.ToString(byDefault.KMSMasterKeyID),
		Versioning: string(b.versioning),
		Resets:     b.resets,
		Created:    b.created,
		Versions:   len(b.versions),
	}
}

func (b *bucket) private() bool {
	return b.block != nil && *b.block.BlockPublicAcls && *b.block.BlockPublicPolicy && *b.block.IgnorePublicAcls &&
		*b.block.RestrictPublicBuckets
}

// AddBucket makes a bucket by somebody else's hand in this account, in the region of the cloud: no call is recorded, no fault
// strikes, and it can be used at once. It refuses what CreateBucket would refuse.
func (s *S3) AddBucket(name string, tags map[string]string) (Bucket, error) {
	return s.addBucket(s.cloud.Options().Account, name, tags)
}

// AddBucketOfAnotherAccount is like AddBucket in an account that this one has no rights in.
func (s *S3) AddBucketOfAnotherAccount(name string, tags map[string]string) (Bucket, error) {
	return s.addBucket(anotherAccount, name, tags)
}

func (s *S3) addBucket(account, name string, tags map[string]string) (Bucket, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	checked, err := tagsOf(taglist.Of(tags, tagOf))
	if err != nil {
		return Bucket{}, err
	}
	if err := s.create(account, s.cloud.Options().Region, name, checked); err != nil {
		return Bucket{}, err
	}
	b := s.buckets[name]
	b.usable, b.tagged = b.created, b.created
	return b.snapshot(), nil
}

// AddObjects puts n objects into the bucket of that name, as if somebody had written them.
func (s *S3) AddObjects(name string, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.at(s.cloud.Options().Region, aws.String(name))
	if err != nil {
		return fmt.Errorf("s3test: adding objects to %s: %w", name, err)
	}
	for i := range n {
		s.add(b, fmt.Sprintf("object-%d", i+1), false)
	}
	return nil
}

// AddObject puts an object of that key into the bucket of that name, as if somebody had written it.
func (s *S3) AddObject(name, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.at(s.cloud.Options().Region, aws.String(name))
	if err != nil {
		return fmt.Errorf("s3test: adding %s to %s: %w", key, name, err)
	}
	s.add(b, key, false)
	return nil
}
