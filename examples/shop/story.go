package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/examples/shop/stack"
	"github.com/peppercorn-go/peppercorn/guard"
)

// tell tells the story. Each chapter is what one would type, or have CI do, on one day.
func tell(ctx context.Context, w *world, s *screen) error {
	m, err := w.manager(ctx, s, nil) // no rules of its own: the defaults hold
	if err != nil {
		return err
	}
	blueprint := stack.Blueprint(w.home)
	first, second := w.commits[0], w.commits[1]
	queue := sqs.NewFromConfig(w.cfg)

	s.opening(w, blueprint)
	for _, chapter := range []struct {
		title string
		tell  func() error
	}{
		{"Deploy the first version", func() error { return s.deployed(m.Deploy(ctx, first, blueprint)) }},
		{"Open: it becomes production", func() error {
			return s.promoted(m.Promote(ctx, "production", first.Hash, env.Because("opening day")))
		}},
		{"Deploy the second version beside it", func() error { return s.deployed(m.Deploy(ctx, second, blueprint)) }},
		{"Roll over: the second becomes production", func() error { return s.promoted(m.Promote(ctx, "production", second.Hash)) }},
		{"Try to terminate the first one at once", func() error { return s.refused(m.Terminate(ctx, first.Hash)) }},
		{"Roll back", func() error {
			return s.promoted(m.Rollback(ctx, "production", env.Because("nobody comes on Sundays")))
		}},
		{"Try to terminate what is live", func() error { return s.refused(m.Terminate(ctx, first.Hash)) }},
		{"Try to terminate the second, where an order is left in the queue", func() error {
			if err := leave(ctx, m, queue, second.Hash, "one pepper mill"); err != nil {
				return err
			}
			return s.refused(m.Terminate(ctx, second.Hash))
		}},
		{"Take care of the order, and terminate the second once it is forgotten", func() error {
			if err := take(ctx, m, queue, second.Hash); err != nil {
				return err
			}
			opts, err := w.drain(ctx)
			if err != nil {
				return err
			}
			return s.terminated(m.Terminate(ctx, second.Hash, opts...))
		}},
		{"Close for good", func() error { return closeDown(ctx, w, s, first.Hash) }},
		{"What is left?", func() error { return s.left(ctx, m) }},
	} {
		s.title(chapter.title)
		if err := chapter.tell(); err != nil {
			return fmt.Errorf("%s: %w", chapter.title, err)
		}
	}
	return nil
}

// closeDown takes the name away and terminates what it stood for. The default rules never let go of production; whoever means it
// makes a manager with other rules, in a program of its own. What holds data stays protected even there.
func closeDown(ctx context.Context, w *world, s *screen, commit string) error {
	rules := guard.New(guard.NothingPointsAt(), guard.Drained(time.Minute), guard.KeepsData())
	m, err := w.manager(ctx, s, rules)
	if err != nil {
		return err
	}
	if err := m.Release(ctx, "production", env.Because("the shop is sold")); err != nil {
		return err
	}
	opts, err := w.drain(ctx)
	if err != nil {
		return err
	}
	return s.terminated(m.Terminate(ctx, commit, opts...))
}

// leave puts an order into the queue of a version.
func leave(ctx context.Context, m *env.Manager, queue *sqs.Client, commit, order string) error {
	url, err := jobs(ctx, m, commit)
	if err != nil {
		return err
	}
	_, err = queue.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(url), MessageBody: aws.String(order)})
	return err
}

// take takes the orders out of the queue of a version, as its servers would.
func take(ctx context.Context, m *env.Manager, queue *sqs.Client, commit string) error {
	url, err := jobs(ctx, m, commit)
	if err != nil {
		return err
	}
	out, err := queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(url)})
	if err != nil {
		return err
	}
	for _, order := range out.Messages {
		_, err := queue.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: aws.String(url), ReceiptHandle: order.ReceiptHandle})
		if err != nil {
			return err
		}
	}
	return nil
}

// jobs finds the URL of the queue of a version: the account is asked, because nothing else keeps a list of what there is.
func jobs(ctx context.Context, m *env.Manager, commit string) (url string, err error) {
	inventory, err := m.Describe(ctx, commit)
	if err != nil {
		return "", err
	}
	for _, r := range inventory.Resources {
		if r.Node == "jobs" {
			return r.ID, nil
		}
	}
	return "", fmt.Errorf("%s has no queue", inventory.Environment.ID)
}
