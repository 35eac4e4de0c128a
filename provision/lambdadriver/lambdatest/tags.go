package lambdatest

import (
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// checkTags refuses tags that break a rule. The rules are those of all services.
func checkTags(tags map[string]string) error {
	if err := (sim.TagRules{}).Check(tags); err != nil {
		return invalid("%s", err.Message)
	}
	return nil
}

func (l *Lambda) tagResource(region string, in *lambda.TagResourceInput) (*lambda.TagResourceOutput, error) {
	f, err := l.find(region, in.Resource)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(f.tags)
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(tags, in.Tags)
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	f.tags = tags
	return &lambda.TagResourceOutput{}, nil
}

func (l *Lambda) listTags(region string, in *lambda.ListTagsInput) (*lambda.ListTagsOutput, error) {
	f, err := l.find(region, in.Resource)
	if err != nil {
		return nil, err
	}
	return &lambda.ListTagsOutput{Tags: maps.Clone(f.tags)}, nil
}
