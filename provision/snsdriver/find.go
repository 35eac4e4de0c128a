package snsdriver

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/peppercorn-go/peppercorn/internal/listing"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Find lists the topics that o owns, with all outputs. It reads the names of the account's topics, page by page, and the
// tags of each whose name may be one of o's.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		prefix := o.NamePrefix(maxName, fifoSuffix)
		listing.Owned(ctx, o, "snsdriver: listing topics", d.opts.Parallel, yield, sns.NewListTopicsPaginator(d.api, &sns.ListTopicsInput{}),
			func(page *sns.ListTopicsOutput) []string { return candidates(page.Topics, prefix) }, d.look)
	}
}

// candidates returns the ARNs of the topics whose names may be ours.
func candidates(topics []types.Topic, prefix string) (arns []string) {
	for _, topic := range topics {
		arn := aws.ToString(topic.TopicArn)
		if name := lastPart(arn); listing.MayBeOurs(name, fifoSuffix) && strings.HasPrefix(name, prefix) {
			arns = append(arns, arn)
		}
	}
	return arns
}

// look describes a topic of a list; one that is gone, or too new to be known everywhere, has no tags.
func (d *Driver) look(ctx context.Context, arn string) (listing.Found, error) {
	tags, err := d.tags(ctx, arn)
	if err != nil && !unknown(err) {
		return listing.Found{}, fmt.Errorf("snsdriver: whose is topic %s? reading its tags: %w", arn, err)
	}
	return listing.Found{State: stateOf(arn), Tags: tags}, nil
}

// stateOf describes a topic without its owner.
func stateOf(arn string) provision.State {
	return provision.State{Kind: kinds.TopicKind, ID: arn, Name: lastPart(arn), Outputs: outputs(arn)}
}

func outputs(arn string) map[string]provision.Value {
	return map[string]provision.Value{
		"ARN":  provision.TextValue(arn),
		"Name": provision.TextValue(lastPart(arn)),
	}
}
