package kinds

import (
	"net/url"
	"strings"

	"github.com/peppercorn-go/peppercorn/provision"
)

// TopicKind is the kind of a [Topic].
const TopicKind provision.Kind = "sns/topic"

// Protocols of a [Subscription].
const (
	ToQueue    = "sqs"    // an SQS queue, by its ARN; its policy must let the topic send
	ToFunction = "lambda" // a Lambda function, by its ARN; its policy must let the topic invoke it
	ToHTTPS    = "https"  // a URL; whoever answers there must confirm the subscription
	ToEmail    = "email"  // an address; whoever reads there must confirm the subscription
)

// A Topic is an Amazon SNS topic: what is published to it is sent to each of its subscriptions. The zero value is a standard
// topic without any. SNS keeps no messages, so deleting a topic loses no data.
type Topic struct {
	// FIFO makes a first-in-first-out topic, whose name ends in ".fifo". Only queues can subscribe to it. Default: a
	// standard topic.
	FIFO bool
	// ContentDeduplication lets SNS take the SHA-256 of a message's body for its deduplication id, for messages that bring
	// none. FIFO topics only. Default: every message must bring its own id.
	ContentDeduplication bool
	// KMSKey encrypts what waits for delivery with a key of AWS KMS: its id, ARN or alias. Alarms and other AWS services can
	// publish only if the key's policy lets them, which that of alias/aws/sns does not. Default: SNS does not encrypt with
	// a key of the account's.
	KMSKey provision.Text
	// Subscriptions are who gets the messages, each protocol and endpoint once. Default: nobody yet.
	Subscriptions []Subscription
}

// A Subscription sends what is published to a topic to one endpoint. Policies that let the topic send are not part of it. A
// subscription that somebody has to confirm does not keep the topic from being ready; SNS forgets it after two days
// without an answer.
type Subscription struct {
	// Protocol is [ToQueue], [ToFunction], [ToHTTPS] or [ToEmail]. Required.
	Protocol string
	// Endpoint is the ARN, URL or address, as the protocol says. Required. A URL may not hold a password: a blueprint holds
	// no secrets.
	Endpoint provision.Text
	// Raw delivers the message alone, without the JSON document that SNS wraps it in. [ToQueue] and [ToHTTPS] only. Default:
	// wrapped.
	Raw bool
}

// Private returns the endpoints that are URLs, in which a token may stand. No error repeats them.
func (t Topic) Private() []string {
	var all []string
	for _, s := range t.Subscriptions {
		if s.Protocol == ToHTTPS {
			all = append(all, string(s.Endpoint))
		}
	}
	return all
}

// Kind returns [TopicKind].
func (Topic) Kind() provision.Kind { return TopicKind }

// Outputs of a topic.
func (Topic) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the topic's ARN, which every SNS call addresses it by"},
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the topic's name"},
	}
}

// Validate checks subscriptions as far as their endpoints are known. It returns every problem, joined.
func (t Topic) Validate() error {
	var p problems
	if t.ContentDeduplication && !t.FIFO {
		p.addf("ContentDeduplication", "only a FIFO topic has it")
	}
	type endpoint struct {
		protocol string
		address  provision.Text
	}
	seen := map[endpoint]bool{}
	for i, s := range t.Subscriptions {
		field := indexed("Subscriptions", i)
		s.check(&p, field, t.FIFO)
		if this := (endpoint{s.Protocol, s.Endpoint}); seen[this] {
			p.addf(field, "the endpoint is subscribed by %s already", s.Protocol)
		} else {
			seen[this] = true
		}
	}
	return p.err()
}

func (s Subscription) check(p *problems, field string, fifo bool) {
	p.required(field+".Endpoint", s.Endpoint)
	switch s.Protocol {
	case "":
		p.addf(field+".Protocol", `is missing; it is "sqs", "lambda", "https" or "email"`)
		return
	case ToQueue, ToFunction, ToHTTPS, ToEmail:
	default:
		p.addf(field+".Protocol", `%q is not "sqs", "lambda", "https" or "email"`, s.Protocol)
		return
	}
	if fifo && s.Protocol != ToQueue {
		p.addf(field+".Protocol", "%q cannot subscribe to a FIFO topic, only queues can", s.Protocol)
	}
	if s.Raw && s.Protocol != ToQueue && s.Protocol != ToHTTPS {
		p.addf(field+".Raw", "%q cannot have it", s.Protocol)
	}
	if address, ok := literal(s.Endpoint); ok && address != "" {
		s.checkEndpoint(p, field+".Endpoint", address, fifo)
	}
}

// checkEndpoint shows no endpoint: a URL often has a token in it, and may stand under a wrong protocol.
func (s Subscription) checkEndpoint(p *problems, field, address string, fifo bool) {
	switch s.Protocol {
	case ToQueue:
		// arn:partition:sqs:region:account:name
		if part := strings.Split(address, ":"); len(part) != 6 || part[0] != "arn" || part[2] != "sqs" || part[5] == "" {
			p.addf(field, "is not the ARN of a queue, arn:aws:sqs:REGION:ACCOUNT:NAME")
		} else if !fifo && strings.HasSuffix(address, ".fifo") {
			p.addf(field, "is a FIFO queue, which only a FIFO topic can send to")
		}
	case ToFunction:
		// arn:partition:lambda:region:account:function:name, and perhaps a version
		if part := strings.Split(address, ":"); len(part) < 7 || part[0] != "arn" || part[2] != "lambda" || part[5] != "function" {
			p.addf(field, "is not the ARN of a function, arn:aws:lambda:REGION:ACCOUNT:function:NAME")
		}
	case ToHTTPS:
		switch u, err := url.Parse(address); {
		case err != nil || u.Scheme != "https" || u.Host == "":
			p.addf(field, "is not a URL of the form https://host/path")
		case u.User != nil:
			p.addf(field, "holds a user name or password; a blueprint holds no secrets")
		}
	case ToEmail:
		if at := strings.LastIndex(address, "@"); at < 1 || at == len(address)-1 {
			p.addf(field, "is not an address of the form name@host")
		}
	}
}

// TopicRef is the handle of a [Topic] in a blueprint.
type TopicRef struct{ provision.Ref }

// AddTopic adds a topic to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddTopic(b *provision.Blueprint, name string, t Topic, optFns ...func(*provision.Node)) TopicRef {
	return TopicRef{b.Add(name, t, optFns...)}
}

// ARN is the topic's ARN, which every SNS call addresses it by. Known at once.
func (r TopicRef) ARN() provision.Text { return r.Output("ARN") }

// Name is the topic's name. Known at once.
func (r TopicRef) Name() provision.Text { return r.Output("Name") }
