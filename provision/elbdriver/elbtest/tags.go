package elbtest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Limits of tags (Elastic Load Balancing API reference, Tag and DescribeTags).
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
	maxTagARNs  = 20
)

var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

func checkTags(tags []types.Tag) (map[string]string, error) {
	checked := map[string]string{}
	for _, tag := range tags {
		k, v := aws.ToString(tag.Key), aws.ToString(tag.Value)
		_, twice := checked[k]
		switch {
		case k == "" || utf8.RuneCountInString(k) > maxTagKey:
			return nil, validation("Tag keys must be between 1 and %d characters in length.", maxTagKey)
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return nil, validation("Tag keys must not start with aws:, which is reserved: %s", k)
		case utf8.RuneCountInString(v) > maxTagValue:
			return nil, validation("The value of tag %s has more than %d characters.", k, maxTagValue)
		case !tagText.MatchString(k) || !tagText.MatchString(v):
			return nil, validation("Value '%s' at 'tags' failed to satisfy constraint: Member must satisfy regular "+
				"expression pattern: ^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$", v)
		case twice:
			return nil, &types.DuplicateTagKeysException{Message: aws.String("Tag key was specified more than once: " + k)}
		}
		checked[k] = v
	}
	return checked, checkTagCount(checked)
}

func checkTagCount(tags map[string]string) error {
	if len(tags) > maxTags {
		return &types.TooManyTagsException{Message: aws.String("The maximum number of tags has been reached.")}
	}
	return nil
}

// tagged returns the thing of an ARN.
func (e *ELB) tagged(region, arn string) (*thing, error) {
	switch {
	case strings.Contains(arn, ":loadbalancer/"):
		b, err := e.balancer(region, arn)
		if err != nil {
			return nil, err
		}
		return &b.thing, nil
	case strings.Contains(arn, ":targetgroup/"):
		g, err := e.group(region, arn)
		if err != nil {
			return nil, err
		}
		return &g.thing, nil
	case strings.Contains(arn, ":listener/"):
		l, err := e.listener(region, arn)
		if err != nil {
			return nil, err
		}
		return &l.thing, nil
	}
	return nil, validation("'%s' is not a valid ARN", arn)
}

func (e *ELB) describeTags(region string, in *elbv2.DescribeTagsInput) (*elbv2.DescribeTagsOutput, error) {
	if n := len(in.ResourceArns); n == 0 || n > maxTagARNs {
		return nil, validation("The number of resources must be between 1 and %d, not %d", maxTagARNs, n)
	}
	out := &elbv2.DescribeTagsOutput{}
	for _, arn := range in.ResourceArns {
		t, err := e.tagged(region, arn)
		if err != nil {
			return nil, err
		}
		described := types.TagDescription{ResourceArn: aws.String(arn)}
		if time.Since(t.born) >= e.opts.Lag+e.opts.TagLag {
			for _, k := range slices.Sorted(maps.Keys(t.tags)) {
				described.Tags = append(described.Tags, types.Tag{Key: aws.String(k), Value: aws.String(t.tags[k])})
			}
		}
		out.TagDescriptions = append(out.TagDescriptions, described)
	}
	return out, nil
}

func (e *ELB) addTags(region string, in *elbv2.AddTagsInput) (*elbv2.AddTagsOutput, error) {
	added, err := checkTags(in.Tags)
	if err != nil {
		return nil, err
	}
	for _, arn := range in.ResourceArns {
		t, err := e.tagged(region, arn)
		if err != nil {
			return nil, err
		}
		all := maps.Clone(t.tags)
		maps.Copy(all, added)
		if err := checkTagCount(all); err != nil {
			return nil, err
		}
		t.tags = all
	}
	return &elbv2.AddTagsOutput{}, nil
}

func (e *ELB) removeTags(region string, in *elbv2.RemoveTagsInput) (*elbv2.RemoveTagsOutput, error) {
	for _, arn := range in.ResourceArns {
		t, err := e.tagged(region, arn)
		if err != nil {
			return nil, err
		}
		for _, k := range in.TagKeys {
			delete(t.tags, k)
		}
	}
	return &elbv2.RemoveTagsOutput{}, nil
}
