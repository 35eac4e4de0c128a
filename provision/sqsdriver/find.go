package sqsdriver

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/peppercorn-go/peppercorn/internal/listing"
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
		listing.Owned(ctx, o, "sqsdriver: listing queues", d.opts.Parallel, yield, pages,
			func(page *sqs.ListQueuesOutput) []string { return page.QueueUrls }, d.look)
	}
}

// look describes a queue of a list; one that is gone, or too new to be known everywhere, has no tags.
func (d *Driver) look(ctx context.Context, url string) (listing.Found, error) {
	tags, err := d.tags(ctx, url)
	if err != nil && !unknown(err) {
		return listing.Found{}, fmt.Errorf("sqsdriver: whose is queue %s? reading its tags: %w", url, err)
	}
	return listing.Found{State: stateOf(url), Tags: tags}, nil
}

// stateOf describes a queue without its owner.
func stateOf(url string) provision.State {
	name := url[strings.LastIndex(url, "/")+1:]
	return provision.State{
		Kind: kinds.QueueKind,
		ID:   url,
		Name: name,
		Outputs: map[string]provision.Value{
			"URL":  provision.TextValue(url),
			"Name": provision.TextValue(name),
		},
	}
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
