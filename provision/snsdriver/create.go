package snsdriver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// maxName is the longest name of a topic, ".fifo" included.
const maxName = 256

// errNoTags says that no tags are seen on a topic, which those of a new one may not be for a moment.
var errNoTags = errors.New("it has no tags, or none that can be seen yet")

// errByHand says that a setting of a topic of ours is not what the blueprint says.
var errByHand = errors.New("somebody changed it by hand (put the setting back, or terminate the environment and deploy again)")

// Create makes the topic that c asks for, and subscribes whoever is not subscribed yet; or it returns the topic that an earlier call
// for the same node, environment and attempt has made, and completes its subscriptions. A topic of that name that is
// somebody else's is a [provision.ForeignError].
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	t, err := topicOf(c)
	if err != nil {
		return provision.State{}, err
	}
	name := nameOf(c, t)
	arn, err := d.obtain(ctx, c, name, t)
	if err != nil {
		return provision.State{}, err
	}
	// SNS says nothing about who made the topic that it returned.
	var tags map[string]string
	notYet := func(err error) bool { return unknown(err) || errors.Is(err, errNoTags) }
	err = d.retry(ctx, d.opts.Appear, notYet, func() error {
		tags, err = d.tags(ctx, arn)
		if err == nil && len(tags) == 0 {
			return errNoTags
		}
		return err
	})
	if err != nil && !errors.Is(err, errNoTags) { // one without tags is not ours
		return provision.State{}, fmt.Errorf("snsdriver: whose is topic %s? reading its tags: %w", arn, err)
	}
	if err := c.CheckOwner(kinds.TopicKind, arn, tags); err != nil {
		return provision.State{}, err
	}
	if err := d.compare(ctx, arn, t); err != nil {
		return provision.State{}, fmt.Errorf("snsdriver: topic %s of node %q: %w", arn, c.Node, err)
	}
	if err := d.subscribe(ctx, arn, t); err != nil {
		return provision.State{}, fmt.Errorf("snsdriver: topic %s of node %q: %w", arn, c.Node, err)
	}
	s := stateOf(arn)
	provision.StateOwner(&s, tags) // ours, as was just proven
	return s, nil
}

// obtain sees to it that there is a topic of that name, whoever made it, and returns its ARN.
func (d *Driver) obtain(ctx context.Context, c provision.Call, name string, t kinds.Topic) (arn string, err error) {
	passes := func(err error) bool { return hasCode(err, codeStale, codeConcurrent) }
	err = d.retry(ctx, d.opts.Reuse, passes, func() error {
		out, err := d.api.CreateTopic(ctx, request(c, name, t))
		if err == nil {
			arn = aws.ToString(out.TopicArn)
		}
		return err
	})
	switch {
	case err == nil:
		return arn, nil
	case hasCode(err, codeStale):
		return "", fmt.Errorf("snsdriver: creating topic %s: a topic of this name %w: %w", name, provision.ErrDeleting, err)
	case hasCode(err, codeInvalid):
		// A topic of this name with other attributes or tags, or a parameter that is wrong indeed.
		arn, failed := d.named(ctx, name)
		if failed != nil {
			return "", fmt.Errorf("snsdriver: creating topic %s: %w", name, errors.Join(err, failed))
		}
		if arn != "" {
			return arn, nil
		}
	}
	return "", fmt.Errorf("snsdriver: creating topic %s: %w", name, err)
}

// request is a pure function of the call.
func request(c provision.Call, name string, t kinds.Topic) *sns.CreateTopicInput {
	in := &sns.CreateTopicInput{Name: aws.String(name), Attributes: map[string]string{}}
	for key, value := range attributesOf(t) {
		if value != "" {
			in.Attributes[key] = value
		}
	}
	in.Tags = taglist.Of(c.Tags(), func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
	return in
}

// attributesOf writes a topic in SNS's words. What is empty must not be set.
func attributesOf(t kinds.Topic) map[string]string {
	attributes := map[string]string{"KmsMasterKeyId": string(t.KMSKey), "FifoTopic": "", "ContentBasedDeduplication": ""}
	if t.FIFO {
		attributes["FifoTopic"] = "true"
		attributes["ContentBasedDeduplication"] = strconv.FormatBool(t.ContentDeduplication)
	}
	return attributes
}

// named looks for the topic of a name among all of the account's, which is the only way to find one without making it.
func (d *Driver) named(ctx context.Context, name string) (arn string, err error) {
	pages := sns.NewListTopicsPaginator(d.api, &sns.ListTopicsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", fmt.Errorf("is there a topic of this name? %w", err)
		}
		for _, topic := range page.Topics {
			if arn := aws.ToString(topic.TopicArn); lastPart(arn) == name {
				return arn, nil
			}
		}
	}
	return "", nil
}

// compare refuses a topic of ours whose settings are not the blueprint's.
func (d *Driver) compare(ctx context.Context, arn string, t kinds.Topic) error {
	var out *sns.GetTopicAttributesOutput
	err := d.retry(ctx, d.opts.Appear, unknown, func() (err error) {
		out, err = d.api.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(arn)})
		return err
	})
	if err != nil {
		return err
	}
	want := attributesOf(t)
	var changed []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		is := out.Attributes[key]
		if is == "false" && want[key] == "" {
			continue // what a standard topic has not, or has not set
		}
		if is != want[key] {
			changed = append(changed, fmt.Sprintf("%s is %s, not %s", key, cmp.Or(is, "absent"), cmp.Or(want[key], "absent")))
		}
	}
	if len(changed) > 0 {
		return fmt.Errorf("%s: %w", strings.Join(changed, ", "), errByHand)
	}
	return nil
}

// tags reads the tags of a topic, and waits until SNS allows it.
func (d *Driver) tags(ctx context.Context, arn string) (map[string]string, error) {
	if err := d.tagCalls.Wait(ctx); err != nil {
		return nil, err
	}
	out, err := d.api.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: aws.String(arn)})
	if err != nil {
		return nil, err
	}
	return taglist.Map(out.Tags, func(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }), nil
}

func nameOf(c provision.Call, t kinds.Topic) string {
	if t.FIFO {
		return c.Name(maxName, fifoSuffix)
	}
	return c.Name(maxName, "")
}

// fifoSuffix ends the names of FIFO topics.
const fifoSuffix = ".fifo"

// lastPart returns what stands behind the last colon of an ARN.
func lastPart(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }
