package ecrdriver

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/peppercorn-go/peppercorn/provision"
)

// CheckImage asks whether the image of a reference can be pulled: registry/repository:tag or registry/repository@digest.
//
// Nil means that it can, or that nobody knows: what is not in a private registry of ECR is not asked about, and a question that may not
// be asked is no answer. Nor is it one that an image is missing in a repository that ECR fills from another registry on the first pull (a pull
// through cache). An image that is missing, or archived, is a *[provision.MissingError] without a Field.
//
// That whoever pulls the image may do so is another question, which ECR answers only then.
func (d *Driver) CheckImage(ctx context.Context, image string) error {
	ref, ok := Parse(image)
	if !ok {
		return nil
	}
	id := types.ImageIdentifier{}
	if ref.Digest != "" {
		id.ImageDigest = aws.String(ref.Digest)
	} else {
		id.ImageTag = aws.String(ref.Tag)
	}
	out, err := d.api.DescribeImages(ctx, &ecr.DescribeImagesInput{
		RegistryId: aws.String(ref.Account), RepositoryName: aws.String(ref.Repository), ImageIds: []types.ImageIdentifier{id},
	}, inRegion(ref.Region))
	missing := &provision.MissingError{What: "image " + image, Err: err}
	switch {
	case denied(err):
		return nil
	case unknown(err):
		return d.unlessCached(ctx, ref, missing)
	case err != nil:
		return fmt.Errorf("ecrdriver: looking for the image %s: %w", image, err)
	}
	for _, there := range out.ImageDetails {
		if there.ImageStatus == types.ImageStatusArchived || there.ImageStatus == types.ImageStatusActivating {
			missing.Why = fmt.Sprintf("it is %s and cannot be pulled before it is ACTIVE (UpdateImageStorageClass)", there.ImageStatus)
			return missing
		}
	}
	return nil
}

// unlessCached returns missing, unless the repository is one that ECR fills on the first pull.
func (d *Driver) unlessCached(ctx context.Context, ref Reference, missing error) error {
	pages := ecr.NewDescribePullThroughCacheRulesPaginator(d.api, &ecr.DescribePullThroughCacheRulesInput{RegistryId: aws.String(ref.Account)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, inRegion(ref.Region))
		switch {
		case denied(err):
			return nil
		case err != nil:
			return fmt.Errorf("ecrdriver: does another registry fill the repository %s? %w", ref.Repository, err)
		}
		for _, rule := range page.PullThroughCacheRules {
			if caches(aws.ToString(rule.EcrRepositoryPrefix), ref.Repository) {
				return nil
			}
		}
	}
	return missing
}

// everything is the prefix of a rule for all repositories that no other rule is for (ECR API reference,
// CreatePullThroughCacheRule).
const everything = "ROOT"

// caches reports whether a rule with that prefix is for a repository.
func caches(prefix, repository string) bool {
	return prefix == everything || strings.HasPrefix(repository, strings.TrimSuffix(prefix, "/")+"/")
}
