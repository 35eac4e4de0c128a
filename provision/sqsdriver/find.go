package sqsdriver

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"golang.org/x/sync/errgroup"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// pageSize is the most that ListQueues gives at a time. Without a MaxResults it gives no token for the next page either,
// and cuts the list short in silence.
const pageSize = 1000

// Find lists the queues that o owns, with all outputs but the ARN, which [Driver.Await] adds. It reads the names of the
// account's queues, page by page, and the tags of each whose name may be one of o's.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		in := &sqs.ListQueuesInput{
			MaxResults: aws.Int32(pageSize),
		}
		if prefix := o.NamePrefix(maxName, ".fifo"); prefix != "" {
			in.QueueNamePrefix = aws.String(prefix)
		}
		pages := sqs.NewListQueuesPaginator(d.api, in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(provision.State{}, fmt.Errorf("sqsdriver: listing queues: %w", err))
				return
			}
			tags, err := d.tagsOf(ctx, page.QueueUrls)
			if err != nil {
				yield(provision.State{}, err)
				return
			}
			for i, url := range page.QueueUrls {
				s, ours := stateOf(url, tags[i])
				if ours && o.Matches(tags[i]) && !yield(s, nil) {
					return
				}
			}
		}
	}
}

// tagsOf reads the tags of many queues, a few at a time. Those of a queue that is gone, or too new to be known everywhere,
// are nil: neither can be used. Any other failure is one of the whole, for a queue whose owner is not known may be ours.
func (d *Driver) tagsOf(ctx context.Context, urls []string) ([]map[string]string, error) {
	all := make([]map[string]string, len(urls))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, d.opts.Parallel))
	for i, url := range urls {
		group.Go(func() error {
			tags, err := d.tags(ctx, url)
			if err != nil && !unknown(err) {
				return fmt.Errorf("sqsdriver: whose is queue %s? reading its tags: %w", url, err)
			}
			all[i] = tags
			return nil
		})
	}
	return all, group.Wait()
}

// stateOf describes a queue; ours is false if it does not carry all of our tags.
func stateOf(url string, tags map[string]string) (s provision.State, ours bool) {
	name := url[strings.LastIndex(url, "/")+1:]
	s = provision.State{
		Kind: kinds.QueueKind,
		ID:   url,
		Name: name,
		Outputs: map[string]provision.Value{
			"URL":  provision.TextValue(url),
			"Name": provision.TextValue(name),
		},
	}
	ours = provision.StateOwner(&s, tags)
	return s, ours
}

// withARN returns s with one more output. The outputs that s shares with others are not written to.
func withARN(s provision.State, arn string) provision.State {
	s.Outputs = maps.Clone(s.Outputs)
	if s.Outputs == nil {
		s.Outputs = map[string]provision.Value{}
	}
	s.Outputs["ARN"] = provision.TextValue(arn)
	return s
}
