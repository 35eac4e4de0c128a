package ecrtest

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// registry is all repositories of an account in a region.
type registry struct {
	place
	repositories map[string]*repository
	rules        map[string]string // of the pull through cache: upstream registries by prefix
}

// repository is some images, by digest, and the tags that point at them.
type repository struct {
	images map[string]*image
	tags   map[string]string // digests
}

// image is an image.
type image struct {
	status   types.ImageStatus
	pushedAt time.Time
}

// Alphabets (ECR API reference; OCI distribution specification for tags).
var (
	accountText    = regexp.MustCompile(`^[0-9]{12}$`)
	repositoryText = regexp.MustCompile(`^([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*$`)
	tagText        = regexp.MustCompile(`^\w[\w.-]{0,127}$`)
	digestText     = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	prefixText     = regexp.MustCompile(`^(([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*/?|ROOT)$`)
)

func invalid(format string, args ...any) error {
	return &types.InvalidParameterException{Message: aws.String(fmt.Sprintf(format, args...))}
}

func denied(account string) error {
	return sim.Error("AccessDeniedException", fmt.Sprintf("User is not authorized to perform this operation on the registry with id '%s' "+
		"because no resource-based policy allows it", account), http.StatusBadRequest)
}

func (s *ECR) describeImages(region string, in *ecr.DescribeImagesInput) (*ecr.DescribeImagesOutput, error) {
	reg, err := s.registry(region, in.RegistryId)
	if err != nil {
		return nil, err
	}
	limit, err := s.limit(in.MaxResults)
	if err != nil {
		return nil, err
	}
	name := aws.ToString(in.RepositoryName)
	if !validRepository(name) {
		return nil, invalid("Invalid parameter at 'repositoryName' failed to satisfy constraint: '%s'", repositoryText)
	}
	repo := reg.repositories[name]
	if repo == nil {
		return nil, &types.RepositoryNotFoundException{Message: aws.String(fmt.Sprintf(
			"The repository with name '%s' does not exist in the registry with id '%s'", name, reg.account))}
	}
	out := &ecr.DescribeImagesOutput{}
	digests := slices.Sorted(maps.Keys(repo.images))
	if len(in.ImageIds) > 0 {
		if in.MaxResults != nil || in.NextToken != nil {
			return nil, invalid("'imageIds' cannot be given together with 'maxResults' or 'nextToken'")
		}
		if digests, err = repo.meant(reg, name, in.ImageIds); err != nil {
			return nil, err
		}
		limit = len(digests)
	}
	digests, out.NextToken = pageOf(digests, func(digest string) string { return digest }, in.NextToken, limit)
	for _, digest := range digests {
		out.ImageDetails = append(out.ImageDetails, repo.describe(reg, name, digest))
	}
	return out, nil
}

func validRepository(name string) bool {
	return len(name) >= 2 && len(name) <= 256 && repositoryText.MatchString(name)
}

// meant returns the digests of some images, each once. If one of them is not there, none is returned.
func (r *repository) meant(reg *registry, name string, ids []types.ImageIdentifier) (digests []string, err error) {
	for _, id := range ids {
		tag, digest := aws.ToString(id.ImageTag), aws.ToString(id.ImageDigest)
		switch {
		case tag == "" && digest == "", tag != "" && !tagText.MatchString(tag), digest != "" && !digestText.MatchString(digest):
			return nil, invalid("Invalid parameter at 'imageIds' failed to satisfy constraint: a tag or a digest")
		case tag != "" && digest == "":
			digest = r.tags[tag]
		}
		if r.images[digest] == nil || tag != "" && r.tags[tag] != digest {
			return nil, &types.ImageNotFoundException{Message: aws.String(fmt.Sprintf("The image with imageId {imageDigest:'%s', imageTag:'%s'} "+
				"does not exist within the repository with name '%s' in the registry with id '%s'", aws.ToString(id.ImageDigest), tag, name, reg.account))}
		}
		if !slices.Contains(digests, digest) {
			digests = append(digests, digest)
		}
	}
	slices.Sort(digests)
	return digests, nil
}

func (r *repository) describe(reg *registry, name, digest string) types.ImageDetail {
	out := types.ImageDetail{
		RegistryId: aws.String(reg.account), RepositoryName: aws.String(name), ImageDigest: aws.String(digest),
		ImageStatus: r.images[digest].status, ImagePushedAt: aws.Time(r.images[digest].pushedAt),
	}
	for _, tag := range slices.Sorted(maps.Keys(r.tags)) {
		if r.tags[tag] == digest {
			out.ImageTags = append(out.ImageTags, tag)
		}
	}
	return out
}

func (s *ECR) createPullThroughCacheRule(
	region string, in *ecr.CreatePullThroughCacheRuleInput,
) (*ecr.CreatePullThroughCacheRuleOutput, error) {
	reg, err := s.registry(region, in.RegistryId)
	if err != nil {
		return nil, err
	}
	prefix := aws.ToString(in.EcrRepositoryPrefix)
	if len(prefix) < 2 || len(prefix) > 30 || !prefixText.MatchString(prefix) {
		return nil, invalid("Invalid parameter at 'ecrRepositoryPrefix' failed to satisfy constraint: '%s'", prefixText)
	}
	if _, there := reg.rules[prefix]; there {
		return nil, &types.PullThroughCacheRuleAlreadyExistsException{Message: aws.String(fmt.Sprintf(
			"The pull through cache rule with prefix '%s' already exists in the registry with id '%s'", prefix, reg.account))}
	}
	reg.rules[prefix] = aws.ToString(in.UpstreamRegistryUrl)
	return &ecr.CreatePullThroughCacheRuleOutput{
		EcrRepositoryPrefix: in.EcrRepositoryPrefix, UpstreamRegistryUrl: in.UpstreamRegistryUrl, RegistryId: aws.String(reg.account),
	}, nil
}

func (s *ECR) describePullThroughCacheRules(
	region string, in *ecr.DescribePullThroughCacheRulesInput,
) (*ecr.DescribePullThroughCacheRulesOutput, error) {
	reg, err := s.registry(region, in.RegistryId)
	if err != nil {
		return nil, err
	}
	limit, err := s.limit(in.MaxResults)
	if err != nil {
		return nil, err
	}
	if len(in.EcrRepositoryPrefixes) > 0 {
		return nil, invalid("ecrtest simulates lists of all rules only")
	}
	out := &ecr.DescribePullThroughCacheRulesOutput{}
	prefixes, next := pageOf(slices.Sorted(maps.Keys(reg.rules)), strings.Clone, in.NextToken, limit)
	out.NextToken = next
	for _, prefix := range prefixes {
		out.PullThroughCacheRules = append(out.PullThroughCacheRules, types.PullThroughCacheRule{
			EcrRepositoryPrefix: aws.String(prefix), UpstreamRegistryUrl: aws.String(reg.rules[prefix]), RegistryId: aws.String(reg.account),
		})
	}
	return out, nil
}
