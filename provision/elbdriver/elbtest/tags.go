package elbtest

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

// maxTagARNs is how many things DescribeTags takes at a time (API reference).
const maxTagARNs = 20

// rules are those of all services (Elastic Load Balancing API reference, Tag).
var rules sim.TagRules

func pair(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

// merged returns old tags with those of a request on top of them, or the refusal of the request.
func merged(old map[string]string, given []types.Tag) (map[string]string, error) {
	tags, err := sim.MergeTags(rules, old, given, pair)
	if err == nil {
		return tags, nil
	}
	switch err.Fault {
	case sim.TagTooMany:
		return nil, &types.TooManyTagsException{Message: aws.String(err.Message)}
	case sim.TagTwice:
		return nil, &types.DuplicateTagKeysException{Message: aws.String(err.Message)}
	}
	return nil, validation("%s", err.Message)
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
			described.Tags = taglist.Of(t.tags, func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
		}
		out.TagDescriptions = append(out.TagDescriptions, described)
	}
	return out, nil
}

func (e *ELB) addTags(region string, in *elbv2.AddTagsInput) (*elbv2.AddTagsOutput, error) {
	if _, err := merged(nil, in.Tags); err != nil { // wrong by themselves, even if they are for nothing
		return nil, err
	}
	for _, arn := range in.ResourceArns {
		t, err := e.tagged(region, arn)
		if err != nil {
			return nil, err
		}
		tags, err := merged(t.tags, in.Tags)
		if err != nil {
			return nil, err
		}
		t.tags = tags
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
