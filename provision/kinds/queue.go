package kinds

import (
	"strings"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
)

// QueueKind is the kind of a [Queue].
const QueueKind provision.Kind = "sqs/queue"

// A Queue is an Amazon SQS queue. The zero value is a standard queue with AWS's defaults, encrypted with keys that SQS
// manages.
type Queue struct {
	// FIFO makes a first-in-first-out queue, whose name ends in ".fifo". Default: a standard queue.
	FIFO bool
	// ContentDeduplication lets SQS take the SHA-256 of a message's body for its deduplication id, for messages that
	// bring none. FIFO queues only. Default: every message must bring its own id.
	ContentDeduplication bool
	// VisibilityTimeout is how long a received message stays hidden from other receivers: whole seconds up to 12 hours.
	// Default 30 seconds.
	VisibilityTimeout time.Duration
	// Retention is how long SQS keeps a message: whole seconds, from one minute to 14 days. Default 4 days. That of a
	// dead-letter queue should be longer than that of the queues it serves, because a message keeps the age that it had.
	Retention time.Duration
	// Delay until a sent message can be received: whole seconds up to 15 minutes. Default none.
	Delay time.Duration
	// MaxMessageBytes is the size above which SQS refuses a message: 1,024 to 1,048,576 bytes. Default 1,048,576.
	MaxMessageBytes int
	// ReceiveWait is how long a receive call waits for a message ("long polling"): whole seconds up to 20. Default none.
	ReceiveWait time.Duration
	// Redrive says where messages go that nobody manages to process. Default: nowhere, they are retried until Retention.
	Redrive Redrive
	// KMSKey encrypts with a key of AWS KMS instead: its id, ARN or alias (alias/...). Default: keys that SQS manages
	// (SSE-SQS), at no charge.
	KMSKey provision.Text
}

// A Redrive moves messages to a dead-letter queue. The zero value moves nothing.
type Redrive struct {
	// Queue is the ARN of the dead-letter queue, which must exist, be in the same account and region, and be of the same
	// sort: FIFO for a FIFO queue, standard for a standard queue. Usually the ARN output of another node. Default: none,
	// nothing is moved.
	Queue provision.Text
	// MaxReceives is how often a message is received before it is moved: 1 to 1,000. Default 10.
	MaxReceives int
}

// Bounds of the attributes of a queue (SQS API reference, CreateQueue).
const (
	maxVisibility   = 12 * time.Hour
	minRetention    = time.Minute
	maxRetention    = 14 * 24 * time.Hour
	maxDelay        = 15 * time.Minute
	minMessageBytes = 1 << 10
	maxMessageBytes = 1 << 20
	maxReceiveWait  = 20 * time.Second
	maxReceives     = 1000
)

// Kind returns [QueueKind].
func (Queue) Kind() provision.Kind { return QueueKind }

// Outputs of a queue.
func (Queue) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "URL", Type: provision.TextType, Early: true, Doc: "what every SQS call addresses the queue by"},
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the queue's name"},
		{Name: "ARN", Type: provision.TextType, Doc: "the queue's ARN, for policies and as a dead-letter target"},
	}
}

// Validate checks the ranges of all fields. It returns every problem, joined.
func (q Queue) Validate() error {
	var p problems
	if q.ContentDeduplication && !q.FIFO {
		p.addf("ContentDeduplication", "only a FIFO queue has it")
	}
	p.seconds("VisibilityTimeout", q.VisibilityTimeout, time.Second, maxVisibility)
	p.seconds("Retention", q.Retention, minRetention, maxRetention)
	p.seconds("Delay", q.Delay, time.Second, maxDelay)
	if n := q.MaxMessageBytes; n != 0 && (n < minMessageBytes || n > maxMessageBytes) {
		p.addf("MaxMessageBytes", "%d is out of range, it may be %d to %d", n, minMessageBytes, maxMessageBytes)
	}
	p.seconds("ReceiveWait", q.ReceiveWait, time.Second, maxReceiveWait)
	q.Redrive.check(&p, q.FIFO)
	return p.err()
}

func (r Redrive) check(p *problems, fifo bool) {
	if r.Queue == "" {
		if r.MaxReceives != 0 {
			p.addf("Redrive.MaxReceives", "is set, but Redrive.Queue is not")
		}
		return
	}
	if n := r.MaxReceives; n != 0 && (n < 1 || n > maxReceives) {
		p.addf("Redrive.MaxReceives", "%d is out of range, it may be 1 to %d", n, maxReceives)
	}
	arn, ok := literal(r.Queue)
	if !ok {
		return
	}
	// arn:partition:sqs:region:account:name
	if part := strings.Split(arn, ":"); len(part) != 6 || part[0] != "arn" || part[2] != "sqs" || part[5] == "" {
		p.addf("Redrive.Queue", "%q is not the ARN of a queue", arn)
		return
	}
	if dead := strings.HasSuffix(arn, ".fifo"); dead != fifo {
		p.addf("Redrive.Queue", "%q must be a FIFO queue if and only if this one is", arn)
	}
}

// QueueRef is the handle of a [Queue] in a blueprint.
type QueueRef struct{ provision.Ref }

// AddQueue adds a queue to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddQueue(b *provision.Blueprint, name string, q Queue, optFns ...func(*provision.Node)) QueueRef {
	return QueueRef{b.Add(name, q, optFns...)}
}

// URL is what every SQS call addresses the queue by. Known at once.
func (r QueueRef) URL() provision.Text { return r.Output("URL") }

// Name is the queue's name. Known at once.
func (r QueueRef) Name() provision.Text { return r.Output("Name") }

// ARN is the queue's ARN, for policies and as [Redrive.Queue]. Known when it is ready.
func (r QueueRef) ARN() provision.Text { return r.Output("ARN") }
