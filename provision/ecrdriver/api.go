package ecrdriver

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
)

// API is the part of Amazon ECR that the driver needs, and so the list of the permissions that it needs. It changes nothing. An
// *[ecr.Client] has it. The calls are made with an option that sets the region of the registry.
type API interface {
	DescribeImages(context.Context, *ecr.DescribeImagesInput, ...func(*ecr.Options)) (*ecr.DescribeImagesOutput, error)
	DescribePullThroughCacheRules(
		context.Context, *ecr.DescribePullThroughCacheRulesInput, ...func(*ecr.Options),
	) (*ecr.DescribePullThroughCacheRulesOutput, error)
}

var _ API = (*ecr.Client)(nil)
