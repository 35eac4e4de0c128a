package snsdriver

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// endpoint is what a subscription of a topic is unique by.
type endpoint struct{ protocol, address string }

// subscribe completes the subscriptions of a topic of ours. Subscribe changes nothing for who is subscribed already, and
// refuses if that subscription has other attributes than the request names.
func (d *Driver) subscribe(ctx context.Context, arn string, t kinds.Topic) error {
	if len(t.Subscriptions) == 0 {
		return nil
	}
	var there []types.Subscription
	err := d.retry(ctx, d.opts.Appear, unknown, func() (err error) {
		there, err = d.subscriptions(ctx, arn)
		return err
	})
	if err != nil {
		return err
	}
	waiting := map[endpoint]bool{}
	for _, s := range there {
		if !confirmed(s) {
			waiting[endpoint{aws.ToString(s.Protocol), aws.ToString(s.Endpoint)}] = true
		}
	}
	for i, s := range t.Subscriptions {
		if waiting[endpoint{s.Protocol, string(s.Endpoint)}] {
			continue
		}
		in := &sns.SubscribeInput{
			TopicArn: aws.String(arn),
			Protocol: aws.String(s.Protocol),
			Endpoint: aws.String(string(s.Endpoint)),
		}
		if s.Protocol == kinds.ToQueue || s.Protocol == kinds.ToHTTPS { // others have no such attribute
			in.Attributes = map[string]string{"RawMessageDelivery": strconv.FormatBool(s.Raw)}
		}
		err := d.retry(ctx, d.opts.Appear, unknown, func() error {
			_, err := d.api.Subscribe(ctx, in)
			return err
		})
		if err != nil {
			return fmt.Errorf("subscription %d (%s): %w", i, s.Protocol, err)
		}
	}
	return nil
}

// subscriptions lists everybody who is subscribed to a topic, or is to confirm it.
func (d *Driver) subscriptions(ctx context.Context, arn string) (all []types.Subscription, err error) {
	pages := sns.NewListSubscriptionsByTopicPaginator(d.api, &sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(arn)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing subscriptions: %w", err)
		}
		all = append(all, page.Subscriptions...)
	}
	return all, nil
}

// confirmed reports whether a subscription has an ARN; one that waits for its confirmation has a word in its place.
func confirmed(s types.Subscription) bool {
	return strings.HasPrefix(aws.ToString(s.SubscriptionArn), "arn:")
}

// unsubscribe ends the subscriptions to a topic that belong to the topic's account.
func (d *Driver) unsubscribe(ctx context.Context, arn string) error {
	all, err := d.subscriptions(ctx, arn)
	if err != nil {
		return err
	}
	for _, s := range all {
		if !confirmed(s) || aws.ToString(s.Owner) != accountOf(arn) {
			continue
		}
		_, err := d.api.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: s.SubscriptionArn})
		if err != nil && !unknown(err) {
			return fmt.Errorf("ending subscription %s: %w", aws.ToString(s.SubscriptionArn), err)
		}
	}
	return nil
}

// accountOf returns the account of an ARN, arn:partition:sns:region:account:name.
func accountOf(arn string) string {
	part := strings.Split(arn, ":")
	if len(part) < 6 {
		return ""
	}
	return part[4]
}
