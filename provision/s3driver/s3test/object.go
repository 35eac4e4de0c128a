package s3test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// noVersion is the id of the version that a bucket without versioning keeps.
const noVersion = "null"

// version is one version of an object, or a delete marker. The newest of a key comes last in its bucket.
type version struct {
	key, id string
	marker  bool
	at      time.Time
}

func (b *bucket) versioned() bool { return b.versioning == types.BucketVersioningStatusEnabled }

// add puts a version into the bucket. Without versioning it replaces the one that has no id.
func (s *S3) add(b *bucket, key string, marker bool) *version {
	v := &version{key: key, id: noVersion, marker: marker, at: time.Now()}
	if b.versioned() {
		s.made++
		v.id = fmt.Sprintf("v%08d", s.made)
	} else {
		b.remove(key, noVersion)
	}
	b.versions = append(b.versions, v)
	return v
}

// remove takes one version away and reports whether it was a delete marker.
func (b *bucket) remove(key, id string) (marker bool) {
	b.versions = slices.DeleteFunc(b.versions, func(v *version) bool {
		found := v.key == key && v.id == id
		marker = marker || found && v.marker
		return found
	})
	return marker
}

func (s *S3) putObject(region string, in *s3.PutObjectInput) (*s3.PutObjectOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, err
	}
	out := &s3.PutObjectOutput{}
	if v := s.add(b, aws.ToString(in.Key), false); v.id != noVersion {
		out.VersionId = aws.String(v.id)
	}
	return out, nil
}

// headObject answers without a body, as S3 does: an error has a status, and no code that says more.
func (s *S3) headObject(region string, in *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, headless(err)
	}
	for _, v := range slices.Backward(b.versions) { // the newest first
		if v.key != aws.ToString(in.Key) || in.VersionId != nil && v.id != *in.VersionId {
			continue
		}
		if v.marker {
			break
		}
		out := &s3.HeadObjectOutput{LastModified: aws.Time(v.at)}
		if v.id != noVersion {
			out.VersionId = aws.String(v.id)
		}
		return out, nil
	}
	return nil, headless(sim.Error("NoSuchKey", "The specified key does not exist.", http.StatusNotFound))
}

// deleteObject deletes a version for good if the request names one. Otherwise a bucket that ever had versioning gets a delete
// marker.
func (s *S3) deleteObject(region string, in *s3.DeleteObjectInput) (*s3.DeleteObjectOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, err
	}
	key, out := aws.ToString(in.Key), &s3.DeleteObjectOutput{}
	switch {
	case in.VersionId != nil:
		out.VersionId = in.VersionId
		out.DeleteMarker = aws.Bool(b.remove(key, *in.VersionId))
	case b.versioning == "":
		b.remove(key, noVersion)
	default:
		out.VersionId = aws.String(s.add(b, key, true).id)
		out.DeleteMarker = aws.Bool(true)
	}
	return out, nil
}

// listObjectVersions lists by key, and the newest version of a key first.
func (s *S3) listObjectVersions(region string, in *s3.ListObjectVersionsInput) (*s3.ListObjectVersionsOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, err
	}
	limit := 1000
	if in.MaxKeys != nil {
		limit = min(limit, int(*in.MaxKeys))
	}
	if size := s.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	sorted := slices.Clone(b.versions)
	slices.Reverse(sorted)
	slices.SortStableFunc(sorted, func(a, b *version) int { return cmp.Compare(a.key, b.key) })
	out := &s3.ListObjectVersionsOutput{Name: in.Bucket, Prefix: in.Prefix, IsTruncated: aws.Bool(false)}
	begun := in.KeyMarker == nil
	for i, v := range sorted {
		latest := i == 0 || sorted[i-1].key != v.key
		if !begun {
			begun = v.key == *in.KeyMarker && v.id == aws.ToString(in.VersionIdMarker)
			continue
		}
		if !strings.HasPrefix(v.key, aws.ToString(in.Prefix)) {
			continue
		}
		if n := len(out.Versions) + len(out.DeleteMarkers); n == limit {
			out.IsTruncated = aws.Bool(true)
			out.NextKeyMarker, out.NextVersionIdMarker = aws.String(sorted[i-1].key), aws.String(sorted[i-1].id)
			break
		}
		if v.marker {
			out.DeleteMarkers = append(out.DeleteMarkers, types.DeleteMarkerEntry{
				Key: aws.String(v.key), VersionId: aws.String(v.id), IsLatest: aws.Bool(latest), LastModified: aws.Time(v.at),
			})
			continue
		}
		out.Versions = append(out.Versions, types.ObjectVersion{
			Key: aws.String(v.key), VersionId: aws.String(v.id), IsLatest: aws.Bool(latest), LastModified: aws.Time(v.at),
		})
	}
	if !begun {
		return nil, sim.Error("InvalidArgument", "Invalid version id specified", http.StatusBadRequest)
	}
	return out, nil
}
