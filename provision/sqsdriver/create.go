package sqsdriver

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// maxName is the longest name of a queue, ".fifo" included.
const maxName = 80

// What SQS does by default. The driver says so in every request: defaults of AWS have changed over the years
// (MaximumMessageSize once was 256 KiB), and only what a request names is compared with a queue that exists.
const (
	defaultVisibility   = 30 * time.Second
	defaultRetention    = 4 * 24 * time.Hour
	defaultMessageBytes = 1 << 20
	defaultMaxReceives  = 10
)

// Create makes the queue that c asks for, or returns the one that an earlier call for the same node, environment and
// attempt has made. It waits for up to [Options.Reuse] if a queue of that name was deleted, which happens when a resource
// that was deleted by hand is put back. A queue of that name that is somebody else's is a [provision.ForeignError].
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	q, err := queueOf(c)
	if err != nil {
		return provision.State{}, err
	}
	name := nameOf(c, q)
	settings, err := attributesOf(q)
	if err != nil {
		return provision.State{}, fmt.Errorf("sqsdriver: node %q: %w", c.Node, err)
	}
	var url string
	err = d.retry(ctx, d.opts.Reuse, deletedRecently, func() error {
		out, err := d.api.CreateQueue(ctx, &sqs.CreateQueueInput{
			QueueName:  aws.String(name),
			Attributes: settings,
			Tags:       c.Tags(),
		})
		if err == nil {
			url = aws.ToString(out.QueueUrl)
		}
		return err
	})
	var differs *types.QueueNameExists
	switch {
	case err == nil:
	case errors.As(err, &differs):
		return d.adopt(ctx, c, name, settings, err)
	case deletedRecently(err):
		return provision.State{}, fmt.Errorf("sqsdriver: creating queue %s: a queue of this name %w: %w", name,
			provision.ErrDeleting, err)
	default:
		return provision.State{}, fmt.Errorf("sqsdriver: creating queue %s: %w", name, err)
	}
	// SQS says nothing about who made the queue that it returned.
	tags, err := d.tagsOfNew(ctx, url)
	if err != nil {
		return provision.State{}, fmt.Errorf("sqsdriver: whose is queue %s? reading its tags: %w", url, err)
	}
	if err := c.CheckOwner(kinds.QueueKind, url, tags); err != nil {
		return provision.State{}, err
	}
	s := stateOf(url)
	provision.StateOwner(&s, tags) // ours, as was just proven
	return s, nil
}

// adopt looks at the queue that made SQS refuse to create one of this name, and returns it if it is ours and has the
// settings of the blueprint. SQS compares the tags as well, so one tag that somebody has added is enough for a refusal.
func (d *Driver) adopt(ctx context.Context, c provision.Call, name string, settings map[string]string, refusal error) (
	provision.State, error,
) {
	var (
		url   string
		tags  map[string]string
		there *sqs.GetQueueAttributesOutput
	)
	err := d.retry(ctx, d.opts.Appear, unknown, func() error {
		out, err := d.api.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(name)})
		if err != nil {
			return err
		}
		url = aws.ToString(out.QueueUrl)
		if tags, err = d.tags(ctx, url); err != nil {
			return err
		}
		there, err = d.api.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
			QueueUrl:       aws.String(url),
			AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
		})
		return err
	})
	if err != nil {
		return provision.State{}, fmt.Errorf("sqsdriver: whose is queue %s, and what? %w", name, errors.Join(err, refusal))
	}
	if err := c.CheckOwner(kinds.QueueKind, url, tags); err != nil {
		return provision.State{}, err
	}
	if changed := differences(settings, there.Attributes); len(changed) > 0 {
		return provision.State{}, fmt.Errorf("sqsdriver: queue %s of node %q exists, is ours, and has other settings than "+
			"the blueprint says: %s; somebody changed it by hand (put the settings back, or terminate the environment and "+
			"deploy again): %w", url, c.Node, strings.Join(changed, ", "), refusal)
	}
	s := stateOf(url)
	provision.StateOwner(&s, tags) // ours, as was just proven
	return s, nil
}

// differences says which attributes of a queue are not as they should be, in the order of their names.
func differences(want, got map[string]string) (changed []string) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !sameValue(want[name], got[name]) {
			changed = append(changed, fmt.Sprintf("%s is %s, not %s", name, cmp.Or(got[name], "absent"), want[name]))
		}
	}
	return changed
}

// sameValue compares two values of an attribute. SQS may write a redrive policy in other words than it was given.
func sameValue(want, got string) bool {
	var a, b redrivePolicy
	if json.Unmarshal([]byte(want), &a) != nil || json.Unmarshal([]byte(got), &b) != nil {
		return want == got
	}
	return a == b
}

// tagsOfNew reads the tags of a queue that may be so new that SQS does not know it everywhere.
func (d *Driver) tagsOfNew(ctx context.Context, url string) (tags map[string]string, err error) {
	err = d.retry(ctx, d.opts.Appear, unknown, func() error {
		tags, err = d.tags(ctx, url)
		return err
	})
	return tags, err
}

func (d *Driver) tags(ctx context.Context, url string) (map[string]string, error) {
	out, err := d.api.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: aws.String(url)})
	if err != nil {
		return nil, err
	}
	return out.Tags, nil
}

func deletedRecently(err error) bool {
	var recently *types.QueueDeletedRecently
	return errors.As(err, &recently)
}

func nameOf(c provision.Call, q kinds.Queue) string {
	if q.FIFO {
		return c.Name(maxName, ".fifo") // SQS takes the name as the sign
	}
	return c.Name(maxName, "")
}

// attributesOf writes a queue in SQS's words. It is a pure function of q.
func attributesOf(q kinds.Queue) (map[string]string, error) {
	attributes := map[string]string{
		"VisibilityTimeout":             seconds(q.VisibilityTimeout, defaultVisibility),
		"MessageRetentionPeriod":        seconds(q.Retention, defaultRetention),
		"DelaySeconds":                  seconds(q.Delay, 0),
		"ReceiveMessageWaitTimeSeconds": seconds(q.ReceiveWait, 0),
		"MaximumMessageSize":            strconv.Itoa(cmp.Or(q.MaxMessageBytes, defaultMessageBytes)),
	}
	if q.KMSKey != "" {
		attributes["KmsMasterKeyId"] = string(q.KMSKey)
	} else {
		attributes["SqsManagedSseEnabled"] = "true"
	}
	if q.FIFO {
		attributes["FifoQueue"] = "true" // "false" is no value of a standard queue: it has no such attribute
		attributes["ContentBasedDeduplication"] = strconv.FormatBool(q.ContentDeduplication)
	}
	if q.Redrive.Queue != "" {
		policy, err := json.Marshal(redrivePolicy{
			Target:      string(q.Redrive.Queue),
			MaxReceives: cmp.Or(q.Redrive.MaxReceives, defaultMaxReceives),
		})
		if err != nil {
			return nil, fmt.Errorf("writing the redrive policy: %w", err)
		}
		attributes["RedrivePolicy"] = string(policy)
	}
	return attributes, nil
}

// redrivePolicy is the value of the attribute RedrivePolicy.
type redrivePolicy struct {
	Target      string `json:"deadLetterTargetArn"`
	MaxReceives int    `json:"maxReceiveCount"`
}

func seconds(d, byDefault time.Duration) string {
	return strconv.FormatInt(int64(cmp.Or(d, byDefault)/time.Second), 10)
}
