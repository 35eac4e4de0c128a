package elbdriver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
)

// tagBatch is how many ARNs DescribeTags takes (API reference).
const tagBatch = 20

// errUntagged says that a thing has no tags at all, which may be because it is so new.
var errUntagged = errors.New("ELB shows no tags of it")

// mine reads the tags of a thing and checks that it is the one that c asks for. One without any tags is given time to show
// some: they may appear later than the thing, and a racer may have made it a moment ago.
func (d *Driver) mine(ctx context.Context, c provision.Call, k provision.Kind, arn string) (map[string]string, error) {
	tags, err := d.settledTags(ctx, arn)
	if err != nil {
		return nil, fmt.Errorf("elbdriver: whose is %s %s? reading its tags: %w", k, arn, err)
	}
	return tags, c.CheckOwner(k, arn, tags)
}

// settledTags reads the tags of a thing that may be so new that it is unknown, or shown without them.
func (d *Driver) settledTags(ctx context.Context, arn string) (tags map[string]string, err error) {
	err = d.retry(ctx, func(err error) bool { return missing(err) || errors.Is(err, errUntagged) }, func() error {
		all, err := d.describeTags(ctx, []string{arn})
		if err != nil {
			return err
		}
		if tags = all[arn]; len(tags) == 0 {
			return errUntagged
		}
		return nil
	})
	if errors.Is(err, errUntagged) {
		return nil, nil // it has had its time
	}
	return tags, err
}

// tagsOf reads the tags of many things, by their ARNs. Those of one that has gone meanwhile are not in the result. Any other
// failure is one of the whole, for a thing whose owner is not known may be ours.
func (d *Driver) tagsOf(ctx context.Context, arns []string) (map[string]map[string]string, error) {
	all := make(map[string]map[string]string, len(arns))
	for batch := range slices.Chunk(arns, tagBatch) {
		tags, err := d.describeTags(ctx, batch)
		if missing(err) && len(batch) > 1 {
			// One of them is gone, and ELB does not say which in a way that could be relied on.
			tags, err = d.tagsSingly(ctx, batch)
		}
		if err != nil && !missing(err) {
			return nil, fmt.Errorf("elbdriver: reading the tags of %d resources: %w", len(batch), err)
		}
		maps.Copy(all, tags)
	}
	return all, nil
}

func (d *Driver) tagsSingly(ctx context.Context, arns []string) (map[string]map[string]string, error) {
	all := make(map[string]map[string]string, len(arns))
	for _, arn := range arns {
		tags, err := d.describeTags(ctx, []string{arn})
		if err != nil && !missing(err) {
			return nil, err
		}
		maps.Copy(all, tags)
	}
	return all, nil
}

func (d *Driver) describeTags(ctx context.Context, arns []string) (map[string]map[string]string, error) {
	out, err := d.api.DescribeTags(ctx, &elbv2.DescribeTagsInput{ResourceArns: arns})
	if err != nil {
		return nil, err
	}
	all := make(map[string]map[string]string, len(arns))
	for _, described := range out.TagDescriptions {
		all[aws.ToString(described.ResourceArn)] = taglist.Map(described.Tags, func(tag types.Tag) (key, value *string) { return tag.Key, tag.Value })
	}
	return all, nil
}

// tagList writes tags as ELB wants them.
func tagList(tags map[string]string) []types.Tag {
	return taglist.Of(tags, func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
}

// checkOwner is what deletions ask: do the tags say that this is the thing that s describes?
func (d *Driver) checkOwner(ctx context.Context, s provision.State) error {
	_, err := d.mine(ctx, provision.Call{Owner: s.Owner, Node: s.Node}, s.Kind, s.ID)
	return err
}
