package snsdriver

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"golang.org/x/sync/errgroup"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// ourName is the form of the names that Call.Name makes: a letter first, and a hash of thirteen characters at the end. Topics of
// other names are left in peace.
var ourName = regexp.MustCompile(`^[a-z][a-z0-9-]*[a-z2-7]{13}(\.fifo)?$`)

// Find lists the topics that o owns, with all outputs. It reads the names of the account's topics, page by page, and the
// tags of each whose name may be one of o's.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		prefix := o.NamePrefix(maxName, fifoSuffix)
		pages := sns.NewListTopicsPaginator(d.api, &sns.ListTopicsInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(provision.State{}, fmt.Errorf("snsdriver: listing topics: %w", err))
				return
			}
			arns := candidates(page.Topics, prefix)
			tags, err := d.tagsOf(ctx, arns)
			if err != nil {
				yield(provision.State{}, err)
				return
			}
			for i, arn := range arns {
				s, ours := stateOf(arn, tags[i])
				if ours && o.Matches(tags[i]) && !yield(s, nil) {
					return
				}
			}
		}
	}
}

// candidates returns the ARNs of the topics whose names may be ours.
func candidates(topics []types.Topic, prefix string) (arns []string) {
	for _, topic := range topics {
		arn := aws.ToString(topic.TopicArn)
		if name := lastPart(arn); ourName.MatchString(name) && strings.HasPrefix(name, prefix) {
			arns = append(arns, arn)
		}
	}
	return arns
}

// tagsOf reads the tags of many topics, a few at a time. Those of a topic that is gone, or too new to be known everywhere, are
// nil. Any other failure is one of the whole, for a topic whose owner is not known may be ours.
func (d *Driver) tagsOf(ctx context.Context, arns []string) ([]map[string]string, error) {
	all := make([]map[string]string, len(arns))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, d.opts.Parallel))
	for i, arn := range arns {
		group.Go(func() error {
			tags, err := d.tags(ctx, arn)
			if err != nil && !unknown(err) {
				return fmt.Errorf("snsdriver: whose is topic %s? reading its tags: %w", arn, err)
			}
			all[i] = tags
			return nil
		})
	}
	return all, group.Wait()
}

// stateOf describes a topic; ours is false if it does not carry all of our tags.
func stateOf(arn string, tags map[string]string) (s provision.State, ours bool) {
	s = provision.State{Kind: kinds.TopicKind, ID: arn, Name: lastPart(arn), Outputs: outputs(arn)}
	ours = provision.StateOwner(&s, tags)
	return s, ours
}

func outputs(arn string) map[string]provision.Value {
	return map[string]provision.Value{
		"ARN":  provision.TextValue(arn),
		"Name": provision.TextValue(lastPart(arn)),
	}
}
