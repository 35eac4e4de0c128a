package kinds_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestTopicValidate(t *testing.T) {
	t.Parallel()
	const (
		queue    = provision.Text("arn:aws:sqs:us-east-1:123456789012:jobs")
		function = provision.Text("arn:aws:lambda:us-east-1:123456789012:function:work")
	)
	to := func(s ...kinds.Subscription) kinds.Topic { return kinds.Topic{Subscriptions: s} }
	for _, tt := range []struct {
		name  string
		topic kinds.Topic
		want  []string // fields
	}{
		{"the zero value is a topic", kinds.Topic{}, nil},
		{"everything", to(
			kinds.Subscription{Protocol: kinds.ToQueue, Endpoint: queue, Raw: true},
			kinds.Subscription{Protocol: kinds.ToFunction, Endpoint: function},
			kinds.Subscription{Protocol: kinds.ToHTTPS, Endpoint: "https://hooks.example.com/a?b=c", Raw: true},
			kinds.Subscription{Protocol: kinds.ToEmail, Endpoint: "ops@example.com"},
			kinds.Subscription{Protocol: kinds.ToQueue, Endpoint: "${{jobs.ARN}}"},
		), nil},
		{"FIFO", kinds.Topic{FIFO: true, ContentDeduplication: true, Subscriptions: []kinds.Subscription{
			{Protocol: kinds.ToQueue, Endpoint: queue + ".fifo"}, {Protocol: kinds.ToQueue, Endpoint: queue},
		}}, nil},
		{"deduplication needs FIFO", kinds.Topic{ContentDeduplication: true}, []string{"ContentDeduplication"}},
		{"FIFO topics send to queues only", kinds.Topic{FIFO: true, Subscriptions: []kinds.Subscription{
			{Protocol: kinds.ToHTTPS, Endpoint: "https://example.com"},
		}}, []string{"Subscriptions[0].Protocol"}},
		{"nothing", to(kinds.Subscription{}), []string{"Subscriptions[0].Endpoint", "Subscriptions[0].Protocol"}},
		{"no encryption", to(kinds.Subscription{Protocol: "http", Endpoint: "http://example.com"}), []string{"Subscriptions[0].Protocol"}},
		{"a URL is no ARN", to(kinds.Subscription{Protocol: kinds.ToQueue, Endpoint: "https://sqs/1/jobs"}), []string{"Subscriptions[0].Endpoint"}},
		{"a FIFO queue", to(kinds.Subscription{Protocol: kinds.ToQueue, Endpoint: queue + ".fifo"}), []string{"Subscriptions[0].Endpoint"}},
		{"a queue is no function", to(kinds.Subscription{Protocol: kinds.ToFunction, Endpoint: queue}), []string{"Subscriptions[0].Endpoint"}},
		{"no URL", to(kinds.Subscription{Protocol: kinds.ToHTTPS, Endpoint: "example.com"}), []string{"Subscriptions[0].Endpoint"}},
		{"a secret", to(kinds.Subscription{Protocol: kinds.ToHTTPS, Endpoint: "https://user:word@example.com"}), []string{"Subscriptions[0].Endpoint"}},
		{"no address", to(kinds.Subscription{Protocol: kinds.ToEmail, Endpoint: "ops@"}), []string{"Subscriptions[0].Endpoint"}},
		{"raw mail", to(kinds.Subscription{Protocol: kinds.ToEmail, Endpoint: "ops@example.com", Raw: true}), []string{"Subscriptions[0].Raw"}},
		{"twice", to(kinds.Subscription{Protocol: kinds.ToQueue, Endpoint: queue}, kinds.Subscription{Protocol: kinds.ToQueue, Endpoint: queue, Raw: true}),
			[]string{"Subscriptions[1]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.topic.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
			if err != nil {
				require.NotContains(t, err.Error(), "word@", "a password is not repeated")
			}
		})
	}
}
