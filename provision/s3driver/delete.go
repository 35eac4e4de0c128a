package s3driver

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Delete deletes an empty bucket if its tags say that it is s.Owner's. One that holds anything is a [provision.BusyError]
// that says what: S3 refuses to delete it, and so does this library to empty it. Uploads in parts that nobody completed go with
// the bucket.
func (d *Driver) Delete(ctx context.Context, s provision.State) error {
	var tags map[string]string
	err := wait.Twice(ctx, d.opts.Settle, unknown, func() (err error) {
		tags, err = d.tags(ctx, s.ID)
		return err
	})
	switch {
	case unknown(err):
		return nil
	case err != nil && !hasCode(err, codeNoTags):
		return fmt.Errorf("s3driver: whose is bucket %s? reading its tags: %w", s.ID, err)
	}
	owner := provision.Call{Owner: s.Owner, Node: s.Node}
	if err := owner.CheckOwner(kinds.BucketKind, s.ID, tags); err != nil {
		return err
	}
	_, err = d.api.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String(s.ID)})
	switch {
	case err == nil, unknown(err): // somebody, or a call whose reply was lost, was faster
		return nil
	case hasCode(err, codeNotEmpty):
		return d.busy(ctx, s, err)
	case hasCode(err, codeInProgress):
		return &provision.BusyError{Kind: kinds.BucketKind, ID: s.ID, Blocker: "another operation on it", Err: err}
	}
	return fmt.Errorf("s3driver: deleting bucket %s: %w", s.ID, err)
}

// busy says what is in a bucket that S3 would not delete for it.
func (d *Driver) busy(ctx context.Context, s provision.State, refusal error) error {
	what, err := d.contents(ctx, s.ID)
	if err != nil || what == "" { // it is known that there is something
		what = "objects"
	}
	return &provision.BusyError{Kind: kinds.BucketKind, ID: s.ID, Blocker: "the " + what + " in it, which only people delete", Err: refusal}
}

// Loses counts what deleting the bucket would lose: objects, old versions, and delete markers, which say that an object was
// deleted. It looks at a thousand of them at most. The names of objects stay where they are.
func (d *Driver) Loses(ctx context.Context, s provision.State) ([]provision.Loss, error) {
	what, err := d.contents(ctx, s.ID)
	switch {
	case unknown(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("s3driver: counting the objects of bucket %s: %w", s.ID, err)
	case what == "":
		return nil, nil
	}
	return []provision.Loss{{Node: s.Node, Kind: s.Kind, ID: s.ID, What: what}}, nil
}

// contents says what a bucket holds, "2 objects and 1 old version"; empty if it is.
func (d *Driver) contents(ctx context.Context, name string) (string, error) {
	in := &s3.ListObjectVersionsInput{Bucket: aws.String(name), MaxKeys: aws.Int32(pageSize)}
	out, err := d.api.ListObjectVersions(ctx, in)
	if err != nil {
		return "", err
	}
	objects, old := 0, 0
	for _, v := range out.Versions {
		if aws.ToBool(v.IsLatest) {
			objects++
		} else {
			old++
		}
	}
	var parts []string
	for _, part := range []struct {
		n    int
		name string
	}{{objects, "object"}, {old, "old version"}, {len(out.DeleteMarkers), "delete marker"}} {
		switch part.n {
		case 0:
		case 1:
			parts = append(parts, "1 "+part.name)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", part.n, part.name))
		}
	}
	if aws.ToBool(out.IsTruncated) {
		parts = append(parts, "more")
	}
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " and " + parts[n-1], nil
	}
	return strings.Join(parts, ""), nil
}
