package logstest

import (
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// checkTags refuses tags that break a rule. The rules are those of all services (CloudWatch Logs API reference, TagResource).
func checkTags(tags map[string]string) error {
	switch err := (sim.TagRules{}).Check(tags); {
	case err == nil:
		return nil
	case err.Fault == sim.TagTooMany:
		return &types.TooManyTagsException{Message: aws.String("The resource can have no more than 50 tags.")}
	default:
		return invalid("%s", err.Message)
	}
}

// at returns the group that an ARN means. Calls on tags take it without the ":*" that policies need.
func (l *Logs) at(region string, arn *string) (*group, error) {
	address := aws.ToString(arn)
	name := address[strings.LastIndex(address, ":")+1:]
	if address != l.arnOf(region, name) || !groupName.MatchString(name) {
		return nil, invalid("1 validation error detected: Value %q at 'resourceArn' failed to satisfy constraint", address)
	}
	return l.named(region, &name)
}

func (l *Logs) listTagsForResource(region string, in *cloudwatchlogs.ListTagsForResourceInput) (*cloudwatchlogs.ListTagsForResourceOutput, error) {
	g, err := l.at(region, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return &cloudwatchlogs.ListTagsForResourceOutput{Tags: maps.Clone(g.tags)}, nil
}

func (l *Logs) tagResource(region string, in *cloudwatchlogs.TagResourceInput) (*cloudwatchlogs.TagResourceOutput, error) {
	g, err := l.at(region, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(g.tags)
	maps.Copy(tags, in.Tags)
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	g.tags = tags
	return &cloudwatchlogs.TagResourceOutput{}, nil
}

func (l *Logs) untagResource(region string, in *cloudwatchlogs.UntagResourceInput) (*cloudwatchlogs.UntagResourceOutput, error) {
	g, err := l.at(region, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(g.tags, k)
	}
	return &cloudwatchlogs.UntagResourceOutput{}, nil
}
