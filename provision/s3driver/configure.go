package s3driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// errByHand says that a setting of a bucket is neither what S3 makes it at birth nor what the blueprint says.
var errByHand = errors.New("somebody changed it by hand (put the setting back, or terminate the environment and deploy again)")

// configure gives a bucket of ours the settings that CreateBucket cannot. Each step looks first, so that it can be repeated
// after a crash between any two, and swallows no change that somebody made.
func (d *Driver) configure(ctx context.Context, name string, b kinds.Bucket) error {
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"public access", func() error { return d.block(ctx, name) }},
		{"encryption", func() error { return d.encrypt(ctx, name, b) }},
		{"versioning", func() error { return d.version(ctx, name, b) }},
	} {
		// A setting may be asked for before all of S3 has heard of the bucket, and be given while somebody else gives it.
		if err := d.retry(ctx, d.opts.Appear, step.do, codeNoBucket, codeInProgress); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

// block blocks public access. New buckets have it blocked since April 2023, so it is a surprise if there is anything to do.
func (d *Driver) block(ctx context.Context, name string) error {
	out, err := d.api.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: aws.String(name)})
	switch {
	case hasCode(err, codeNoBlock):
		_, err = d.api.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
			Bucket: aws.String(name),
			PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
				BlockPublicAcls:       aws.Bool(true),
				BlockPublicPolicy:     aws.Bool(true),
				IgnorePublicAcls:      aws.Bool(true),
				RestrictPublicBuckets: aws.Bool(true),
			},
		})
		return err
	case err != nil:
		return err
	}
	is := out.PublicAccessBlockConfiguration
	if is == nil || !aws.ToBool(is.BlockPublicAcls) || !aws.ToBool(is.BlockPublicPolicy) ||
		!aws.ToBool(is.IgnorePublicAcls) || !aws.ToBool(is.RestrictPublicBuckets) {
		return fmt.Errorf("it is not blocked: %w", errByHand)
	}
	return nil
}

// encrypt sets the key that new objects are encrypted with. New buckets use S3's own since January 2023.
func (d *Driver) encrypt(ctx context.Context, name string, b kinds.Bucket) error {
	atBirth := rule{algorithm: types.ServerSideEncryptionAes256}
	want := atBirth
	if b.KMSKey != "" {
		want = rule{types.ServerSideEncryptionAwsKms, string(b.KMSKey)}
	}
	out, err := d.api.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: aws.String(name)})
	is := atBirth
	switch {
	case hasCode(err, codeNoRule):
	case err != nil:
		return err
	default:
		is = ruleOf(out.ServerSideEncryptionConfiguration)
	}
	switch is {
	case want:
		return nil
	case atBirth:
		_, err := d.api.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
			Bucket: aws.String(name),
			ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
				Rules: []types.ServerSideEncryptionRule{{
					ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{
						SSEAlgorithm:   want.algorithm,
						KMSMasterKeyID: aws.String(want.key),
					},
					BucketKeyEnabled: aws.Bool(true),
				}},
			},
		})
		return err
	}
	return fmt.Errorf("it is %s, not %s: %w", is, want, errByHand)
}

// rule is how new objects are encrypted.
type rule struct {
	algorithm types.ServerSideEncryption
	key       string
}

func (r rule) String() string {
	if r.key == "" {
		return string(r.algorithm)
	}
	return fmt.Sprintf("%s with %s", r.algorithm, r.key)
}

func ruleOf(config *types.ServerSideEncryptionConfiguration) rule {
	if config == nil || len(config.Rules) == 0 || config.Rules[0].ApplyServerSideEncryptionByDefault == nil {
		return rule{}
	}
	byDefault := config.Rules[0].ApplyServerSideEncryptionByDefault
	return rule{byDefault.SSEAlgorithm, aws.ToString(byDefault.KMSMasterKeyID)}
}

// version turns versioning on if it was never touched. Once on it can only be suspended, which is another status.
func (d *Driver) version(ctx context.Context, name string, b kinds.Bucket) error {
	out, err := d.api.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: aws.String(name)})
	if err != nil {
		return err
	}
	var want types.BucketVersioningStatus // never touched
	if b.Versioned {
		want = types.BucketVersioningStatusEnabled
	}
	switch out.Status {
	case want:
		return nil
	case "":
		_, err := d.api.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
			Bucket:                  aws.String(name),
			VersioningConfiguration: &types.VersioningConfiguration{Status: want},
		})
		return err
	}
	return fmt.Errorf("it is %s, not %s: %w", out.Status, cmp.Or(want, "off"), errByHand)
}
