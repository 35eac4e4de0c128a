package sqstest

import (
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// rules are those that most services document. SQS models none.
var rules sim.TagRules

func checkTags(tags map[string]string) error {
	if fault := rules.Check(tags); fault != nil {
		return invalidParameter("%s", fault.Message)
	}
	return nil
}

func (s *SQS) listQueueTags(region string, in *sqs.ListQueueTagsInput) (*sqs.ListQueueTagsOutput, error) {
	q, err := s.at(region, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if len(q.tags) == 0 {
		return &sqs.ListQueueTagsOutput{}, nil
	}
	return &sqs.ListQueueTagsOutput{Tags: maps.Clone(q.tags)}, nil
}

func (s *SQS) tagQueue(region string, in *sqs.TagQueueInput) (*sqs.TagQueueOutput, error) {
	q, err := s.at(region, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(q.tags)
	maps.Copy(tags, in.Tags)
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	q.tags = tags
	return &sqs.TagQueueOutput{}, nil
}

func (s *SQS) untagQueue(region string, in *sqs.UntagQueueInput) (*sqs.UntagQueueOutput, error) {
	q, err := s.at(region, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(q.tags, k)
	}
	return &sqs.UntagQueueOutput{}, nil
}
