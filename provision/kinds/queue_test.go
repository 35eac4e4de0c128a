package kinds_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// fields are the fields that an error complains about.
func fields(err error) []string {
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		joined = one{err}
	}
	var names []string
	for _, err := range joined.Unwrap() {
		var mistake *provision.BlueprintError
		if errors.As(err, &mistake) {
			names = append(names, mistake.Field)
		}
	}
	return names
}

type one struct{ error }

func (o one) Unwrap() []error { return []error{o.error} }

const deadLetters = provision.Text("arn:aws:sqs:us-east-1:123456789012:dead")

func TestQueueValidate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		queue kinds.Queue
		want  []string // fields
	}{
		{"the zero value is a queue", kinds.Queue{}, nil},
		{"all at their least", kinds.Queue{VisibilityTimeout: time.Second, Retention: time.Minute, Delay: time.Second,
			MaxMessageBytes: 1024, ReceiveWait: time.Second, Redrive: kinds.Redrive{Queue: deadLetters, MaxReceives: 1}}, nil},
		{"all at their most", kinds.Queue{VisibilityTimeout: 12 * time.Hour, Retention: 14 * 24 * time.Hour, Delay: 15 * time.Minute,
			MaxMessageBytes: 1 << 20, ReceiveWait: 20 * time.Second, Redrive: kinds.Redrive{Queue: deadLetters, MaxReceives: 1000}}, nil},
		{"too little", kinds.Queue{Retention: 59 * time.Second, MaxMessageBytes: 1023},
			[]string{"Retention", "MaxMessageBytes"}},
		{"too much", kinds.Queue{VisibilityTimeout: 12*time.Hour + time.Second, Retention: 15 * 24 * time.Hour, Delay: time.Hour,
			MaxMessageBytes: 1<<20 + 1, ReceiveWait: 21 * time.Second},
			[]string{"VisibilityTimeout", "Retention", "Delay", "MaxMessageBytes", "ReceiveWait"}},
		{"negative", kinds.Queue{VisibilityTimeout: -1, Delay: -time.Second, MaxMessageBytes: -1},
			[]string{"VisibilityTimeout", "Delay", "MaxMessageBytes"}},
		{"parts of seconds", kinds.Queue{VisibilityTimeout: 1500 * time.Millisecond, Retention: time.Hour + 1},
			[]string{"VisibilityTimeout", "Retention"}},
		{"nanoseconds by mistake", kinds.Queue{Delay: 30}, []string{"Delay"}},
		{"deduplication needs FIFO", kinds.Queue{ContentDeduplication: true}, []string{"ContentDeduplication"}},
		{"FIFO with deduplication", kinds.Queue{FIFO: true, ContentDeduplication: true}, nil},
		{"receives without a queue", kinds.Queue{Redrive: kinds.Redrive{MaxReceives: 3}}, []string{"Redrive.MaxReceives"}},
		{"too many receives", kinds.Queue{Redrive: kinds.Redrive{Queue: deadLetters, MaxReceives: 1001}}, []string{"Redrive.MaxReceives"}},
		{"a URL is no ARN", kinds.Queue{Redrive: kinds.Redrive{Queue: "https://sqs.us-east-1.amazonaws.com/1/dead"}}, []string{"Redrive.Queue"}},
		{"another service's ARN", kinds.Queue{Redrive: kinds.Redrive{Queue: "arn:aws:sns:us-east-1:123456789012:dead"}}, []string{"Redrive.Queue"}},
		{"a standard queue for a FIFO queue", kinds.Queue{FIFO: true, Redrive: kinds.Redrive{Queue: deadLetters}}, []string{"Redrive.Queue"}},
		{"a FIFO queue for a standard queue", kinds.Queue{Redrive: kinds.Redrive{Queue: deadLetters + ".fifo"}}, []string{"Redrive.Queue"}},
		{"what is not known yet", kinds.Queue{FIFO: true, Redrive: kinds.Redrive{Queue: "${{dead.ARN}}"}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.queue.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}
