package s3driver

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// maxName is the longest name of a bucket.
const maxName = 63

// noConstraint is the region that S3 wants to be chosen by saying nothing.
const noConstraint = "us-east-1"

// errNoRegion says that the client was made without a region.
var errNoRegion = errors.New("the client has no region, and a bucket is made in one")

// Create makes the bucket that c asks for and gives it its settings, or returns the one that an earlier call for the same
// node, environment and attempt has made, and completes that one's settings. It waits for up to [Options.Reuse] while S3 is
// busy with a bucket of that name. A bucket of that name that is somebody else's is a [provision.ForeignError].
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	b, err := bucketOf(c)
	if err != nil {
		return provision.State{}, err
	}
	if d.region() == "" {
		return provision.State{}, fmt.Errorf("s3driver: node %q: %w", c.Node, errNoRegion)
	}
	name := c.Name(maxName, "")
	tags, err := d.obtain(ctx, c, name)
	if err != nil {
		return provision.State{}, err
	}
	if err := c.CheckOwner(kinds.BucketKind, name, tags); err != nil {
		return provision.State{}, err
	}
	if err := d.configure(ctx, name, b); err != nil {
		return provision.State{}, fmt.Errorf("s3driver: bucket %s of node %q: %w", name, c.Node, err)
	}
	s := d.stateOf(name)
	provision.StateOwner(&s, tags) // ours, as was just proven
	return s, nil
}

// obtain sees to it that this account has a bucket of that name, whoever in it made that, and returns its tags.
func (d *Driver) obtain(ctx context.Context, c provision.Call, name string) (map[string]string, error) {
	create := func() error {
		_, err := d.api.CreateBucket(ctx, d.request(c, name))
		return err
	}
	err := d.retry(ctx, d.opts.Reuse, create, codeInProgress)
	var (
		theirs *types.BucketAlreadyExists
		ours   *types.BucketAlreadyOwnedByYou
	)
	switch {
	case err == nil, errors.As(err, &ours):
	case errors.As(err, &theirs):
		foreign := &provision.ForeignError{Kind: kinds.BucketKind, ID: name, Node: c.Node}
		return nil, fmt.Errorf("s3driver: %w: the bucket is of another account: %w", foreign, err)
	case hasCode(err, codeInProgress):
		return nil, fmt.Errorf("s3driver: creating bucket %s: a bucket of this name %w: %w", name, provision.ErrDeleting, err)
	default:
		return nil, fmt.Errorf("s3driver: creating bucket %s: %w", name, err)
	}
	// A bucket that was just made, by this call or by one at the same time, may be seen a moment later, and its tags after it.
	var tags map[string]string
	err = d.retry(ctx, d.opts.Appear, func() (err error) {
		tags, err = d.tags(ctx, name)
		return err
	}, codeNoBucket, codeNoTags)
	if err != nil && !hasCode(err, codeNoTags) {
		return nil, fmt.Errorf("s3driver: whose is bucket %s? reading its tags: %w", name, err)
	}
	return tags, nil
}

// request is a pure function of the call and of where the client acts.
func (d *Driver) request(c provision.Call, name string) *s3.CreateBucketInput {
	config := &types.CreateBucketConfiguration{
		Tags: taglist.Of(c.Tags(), func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} }),
	}
	if region := d.region(); region != noConstraint {
		config.LocationConstraint = types.BucketLocationConstraint(region)
	}
	return &s3.CreateBucketInput{
		Bucket:                    aws.String(name),
		CreateBucketConfiguration: config,
		ObjectOwnership:           types.ObjectOwnershipBucketOwnerEnforced,
	}
}

// tags reads the tags of a bucket. A bucket without any is an error with the code NoSuchTagSet.
func (d *Driver) tags(ctx context.Context, name string) (map[string]string, error) {
	out, err := d.api.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: aws.String(name)})
	if err != nil {
		return nil, err
	}
	return taglist.Map(out.TagSet, func(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }), nil
}

func (d *Driver) region() string { return d.api.Options().Region }
