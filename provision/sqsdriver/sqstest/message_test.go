package sqstest_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"
)

func (w world) send(ctx context.Context, t *testing.T, url, body string) {
	t.Helper()
	_, err := w.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
	require.NoError(t, err)
}

// receive returns the bodies that one call receives, and the receipt handles.
func (w world) receive(ctx context.Context, t *testing.T, url string, limit int32) (bodies, handles []string) {
	t.Helper()
	out, err := w.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: limit})
	require.NoError(t, err)
	for _, m := range out.Messages {
		bodies, handles = append(bodies, *m.Body), append(handles, *m.ReceiptHandle)
	}
	return bodies, handles
}

// counts are waiting, in flight, delayed.
func (w world) counts(ctx context.Context, t *testing.T, url string) [3]string {
	t.Helper()
	return [3]string{
		w.attribute(ctx, t, url, "ApproximateNumberOfMessages"),
		w.attribute(ctx, t, url, "ApproximateNumberOfMessagesNotVisible"),
		w.attribute(ctx, t, url, "ApproximateNumberOfMessagesDelayed"),
	}
}

func TestMessagesAreHiddenWhileSomebodyWorksOnThem(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		url := w.make(ctx, t, "jobs", nil)
		w.send(ctx, t, url, "one")
		w.send(ctx, t, url, "two")
		bodies, first := w.receive(ctx, t, url, 1)
		require.Equal(t, []string{"one"}, bodies)
		require.Equal(t, [3]string{"1", "1", "0"}, w.counts(ctx, t, url))
		bodies, _ = w.receive(ctx, t, url, 10)
		require.Equal(t, []string{"two"}, bodies)
		time.Sleep(30 * time.Second)
		bodies, again := w.receive(ctx, t, url, 10)
		require.Equal(t, []string{"one", "two"}, bodies, "nobody deleted them in time")

		_, err := w.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: &first[0]})
		require.NoError(t, err)
		require.Equal(t, [3]string{"0", "2", "0"}, w.counts(ctx, t, url), "the handle of an earlier receive deletes nothing")
		_, err = w.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: &again[0]})
		require.NoError(t, err)
		_, err = w.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: &again[1], VisibilityTimeout: 0})
		require.NoError(t, err)
		require.Equal(t, [3]string{"1", "0", "0"}, w.counts(ctx, t, url))
		var invalid *types.ReceiptHandleIsInvalid
		_, err = w.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: aws.String("made up")})
		require.ErrorAs(t, err, &invalid)
	})
}

func TestDelayAndRetention(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		url := w.make(ctx, t, "jobs", map[string]string{"DelaySeconds": "10", "MessageRetentionPeriod": "60", "MaximumMessageSize": "1024"})
		w.send(ctx, t, url, "late")
		require.Equal(t, [3]string{"0", "0", "1"}, w.counts(ctx, t, url))
		time.Sleep(10 * time.Second)
		require.Equal(t, [3]string{"1", "0", "0"}, w.counts(ctx, t, url))
		time.Sleep(50 * time.Second)
		require.Equal(t, [3]string{"0", "0", "0"}, w.counts(ctx, t, url))
		_, err := w.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String(string(make([]byte, 1025)))})
		require.ErrorContains(t, err, "1024 bytes")
	})
}

func TestLongPollingEndsWithTheFirstMessage(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		url := w.make(ctx, t, "jobs", map[string]string{"ReceiveMessageWaitTimeSeconds": "20"})
		start := time.Now()
		bodies, _ := w.receive(ctx, t, url, 1)
		require.Empty(t, bodies)
		require.Equal(t, 20*time.Second, time.Since(start))

		start = time.Now()
		time.AfterFunc(7*time.Second, func() { _ = w.service.AddMessages("jobs", 1) })
		bodies, _ = w.receive(ctx, t, url, 1)
		require.Equal(t, []string{"message 1 of 1"}, bodies)
		require.Equal(t, 7*time.Second, time.Since(start))

		cut, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := w.ReceiveMessage(cut, &sqs.ReceiveMessageInput{QueueUrl: &url})
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestRedriveMovesWhatNobodyManagesToProcess(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		dead := w.make(ctx, t, "dead", nil)
		url := w.make(ctx, t, "jobs", map[string]string{
			"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dead","maxReceiveCount":"2"}`,
		})
		w.send(ctx, t, url, "poison")
		for range 2 {
			bodies, _ := w.receive(ctx, t, url, 1)
			require.Equal(t, []string{"poison"}, bodies)
			time.Sleep(30 * time.Second)
		}
		bodies, _ := w.receive(ctx, t, url, 1)
		require.Empty(t, bodies)
		bodies, _ = w.receive(ctx, t, dead, 1)
		require.Equal(t, []string{"poison"}, bodies)
	})
}

func TestFIFOKeepsOrderInAGroupAndDropsRepetitions(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		url := w.make(ctx, t, "jobs.fifo", map[string]string{"FifoQueue": "true", "ContentBasedDeduplication": "true"})
		send := func(group, body string) error {
			_, err := w.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body, MessageGroupId: aws.String(group)})
			return err
		}
		require.ErrorContains(t, send("", "x"), "MessageGroupId")
		for _, body := range []string{"a1", "a2", "a1"} {
			require.NoError(t, send("a", body))
		}
		require.NoError(t, send("b", "b1"))
		bodies, handles := w.receive(ctx, t, url, 1)
		require.Equal(t, []string{"a1"}, bodies)
		bodies, _ = w.receive(ctx, t, url, 10)
		require.Equal(t, []string{"b1"}, bodies, "a2 waits for a1; the second a1 was dropped")
		_, err := w.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: &handles[0]})
		require.NoError(t, err)
		bodies, _ = w.receive(ctx, t, url, 10)
		require.Equal(t, []string{"a2"}, bodies)
		time.Sleep(5 * time.Minute)
		require.NoError(t, send("c", "a2"))
		bodies, _ = w.receive(ctx, t, url, 10)
		require.Equal(t, []string{"a2", "b1", "a2"}, bodies, "after five minutes nothing is a repetition")
	})
}
