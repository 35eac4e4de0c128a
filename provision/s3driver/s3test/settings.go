package s3test

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

func (s *S3) getPublicAccessBlock(region string, in *s3.GetPublicAccessBlockInput) (*s3.GetPublicAccessBlockOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, err
	}
	if b.block == nil {
		return nil, sim.Error("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found",
			http.StatusNotFound)
	}
	return &s3.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: b.block}, nil
}

// putPublicAccessBlock replaces all four settings; one that is not named is off.
func (s *S3) putPublicAccessBlock(region string, in *s3.PutPublicAccessBlockInput) (*s3.PutPublicAccessBlockOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, err
	}
	given := in.PublicAccessBlockConfiguration
	b.block = &types.PublicAccessBlockConfiguration{
		BlockPublicAcls:       aws.Bool(aws.ToBool(given.BlockPublicAcls)),
		BlockPublicPolicy:     aws.Bool(aws.ToBool(given.BlockPublicPolicy)),
		IgnorePublicAcls:      aws.Bool(aws.ToBool(given.IgnorePublicAcls)),
		RestrictPublicBuckets: aws.Bool(aws.ToBool(given.RestrictPublicBuckets)),
	}
	return &s3.PutPublicAccessBlockOutput{}, nil
}

func (s *S3) deletePublicAccessBlock(region string, in *s3.DeletePublicAccessBlockInput) (*s3.DeletePublicAccessBlockOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, err
	}
	b.block = nil
	return &s3.DeletePublicAccessBlockOutput{}, nil
}

func (s *S3) getBucketEncryption(region string, in *s3.GetBucketEncryptionInput) (*s3.GetBucketEncryptionOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, err
	}
	return &s3.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
		Rules: []types.ServerSideEncryptionRule{b.encryption},
	}}, nil
}

func (s *S3) putBucketEncryption(region string, in *s3.PutBucketEncryptionInput) (*s3.PutBucketEncryptionOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, err
	}
	rules := in.ServerSideEncryptionConfiguration.Rules
	if len(rules) != 1 || rules[0].ApplyServerSideEncryptionByDefault == nil {
		return nil, malformed()
	}
	byDefault := rules[0].ApplyServerSideEncryptionByDefault
	if byDefault.SSEAlgorithm == types.ServerSideEncryptionAes256 && aws.ToString(byDefault.KMSMasterKeyID) != "" {
		return nil, invalidArgument("a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
	}
	b.encryption = rules[0]
	return &s3.PutBucketEncryptionOutput{}, nil
}

func (s *S3) getBucketVersioning(region string, in *s3.GetBucketVersioningInput) (*s3.GetBucketVersioningOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, err
	}
	return &s3.GetBucketVersioningOutput{Status: b.versioning}, nil
}

func (s *S3) putBucketVersioning(region string, in *s3.PutBucketVersioningInput) (*s3.PutBucketVersioningOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, err
	}
	switch status := in.VersioningConfiguration.Status; status {
	case types.BucketVersioningStatusEnabled, types.BucketVersioningStatusSuspended:
		b.versioning = status
	default:
		return nil, malformed()
	}
	return &s3.PutBucketVersioningOutput{}, nil
}
