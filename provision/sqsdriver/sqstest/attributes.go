package sqstest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// checkAttributes checks what a caller wants to set: the names, the values, and which of them go together.
func (s *SQS) checkAttributes(region, queueName string, attributes map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		value := attributes[name]
		if !settable(name, strings.HasSuffix(queueName, ".fifo")) {
			return unknownAttribute(name)
		}
		if name == "RedrivePolicy" {
			if err := s.checkRedrive(region, queueName, value); err != nil {
				return err
			}
		} else if !validValue(name, value) {
			return invalidAttributeValue(name)
		}
	}
	if attributes["KmsMasterKeyId"] != "" && attributes["SqsManagedSseEnabled"] == "true" {
		return &types.InvalidAttributeValue{Message: aws.String("You can use one type of server-side encryption (SSE) " +
			"at one time. You can either enable KMS SSE or SQS SSE.")}
	}
	if attributes["FifoThroughputLimit"] == "perMessageGroupId" && attributes["DeduplicationScope"] != "messageGroup" {
		return invalidAttributeValue("FifoThroughputLimit")
	}
	return nil
}

// settable reports whether an attribute can be set. Those of FIFO queues do not exist on others, not even as "false".
func settable(name string, fifo bool) bool {
	switch types.QueueAttributeName(name) {
	case types.QueueAttributeNameDelaySeconds, types.QueueAttributeNameMaximumMessageSize,
		types.QueueAttributeNameMessageRetentionPeriod, types.QueueAttributeNameReceiveMessageWaitTimeSeconds,
		types.QueueAttributeNameVisibilityTimeout, types.QueueAttributeNameKmsDataKeyReusePeriodSeconds,
		types.QueueAttributeNameKmsMasterKeyId, types.QueueAttributeNameSqsManagedSseEnabled,
		types.QueueAttributeNamePolicy, types.QueueAttributeNameRedrivePolicy, types.QueueAttributeNameRedriveAllowPolicy:
		return true
	case types.QueueAttributeNameFifoQueue, types.QueueAttributeNameContentBasedDeduplication,
		types.QueueAttributeNameDeduplicationScope, types.QueueAttributeNameFifoThroughputLimit:
		return fifo
	}
	return false
}

// validValue checks a value by itself. The ranges are those of the API reference, CreateQueue.
func validValue(name, value string) bool {
	switch types.QueueAttributeName(name) {
	case types.QueueAttributeNameDelaySeconds:
		return inRange(value, 0, 900)
	case types.QueueAttributeNameMaximumMessageSize:
		return inRange(value, 1024, 1<<20)
	case types.QueueAttributeNameMessageRetentionPeriod:
		return inRange(value, 60, 14*24*3600)
	case types.QueueAttributeNameReceiveMessageWaitTimeSeconds:
		return inRange(value, 0, 20)
	case types.QueueAttributeNameVisibilityTimeout:
		return inRange(value, 0, 12*3600)
	case types.QueueAttributeNameKmsDataKeyReusePeriodSeconds:
		return inRange(value, 60, 24*3600)
	case types.QueueAttributeNameSqsManagedSseEnabled, types.QueueAttributeNameContentBasedDeduplication:
		return value == "true" || value == "false"
	case types.QueueAttributeNameFifoQueue:
		return value == "true"
	case types.QueueAttributeNameDeduplicationScope:
		return value == "queue" || value == "messageGroup"
	case types.QueueAttributeNameFifoThroughputLimit:
		return value == "perQueue" || value == "perMessageGroupId"
	case types.QueueAttributeNamePolicy, types.QueueAttributeNameRedriveAllowPolicy:
		return value == "" || json.Valid([]byte(value))
	}
	return true
}

func inRange(value string, least, most int) bool {
	n, err := strconv.Atoi(value)
	return err == nil && n >= least && n <= most
}

// redrive is the value of RedrivePolicy. SQS takes the number as a number or as a text.
type redrive struct {
	Target      string          `json:"deadLetterTargetArn"`
	MaxReceives json.RawMessage `json:"maxReceiveCount"`
}

func (r redrive) maxReceives() int {
	n, err := strconv.Atoi(strings.Trim(string(r.MaxReceives), `"`))
	if err != nil {
		return 0
	}
	return n
}

// redrive returns the redrive policy of the queue; ok is false if it has none.
func (q *queue) redrive() (r redrive, ok bool) {
	ok = json.Unmarshal([]byte(q.attributes["RedrivePolicy"]), &r) == nil && r.Target != ""
	return r, ok
}

// checkRedrive checks a redrive policy. The dead-letter queue must exist: a policy that names one which is made later is
// refused.
func (s *SQS) checkRedrive(region, queueName, value string) error {
	if value == "" {
		return nil // the policy is taken away
	}
	refuse := func(reason string) error {
		return invalidParameter("Value %s for parameter RedrivePolicy is invalid. Reason: %s", value, reason)
	}
	var r redrive
	if err := json.Unmarshal([]byte(value), &r); err != nil {
		return refuse("Redrive policy is not a valid JSON map.")
	}
	switch {
	case r.Target == "":
		return refuse("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
	case len(r.MaxReceives) == 0:
		return refuse("Redrive policy does not contain mandatory attribute: maxReceiveCount.")
	case r.maxReceives() < 1 || r.maxReceives() > 1000:
		return refuse("Invalid value for maxReceiveCount: must be an integer from 1 to 1000.")
	}
	name := r.Target[strings.LastIndex(r.Target, ":")+1:]
	if r.Target != s.arnOf(region, name) {
		return refuse("Dead letter target does not exist.")
	}
	if _, err := s.named(region, name); err != nil {
		return refuse("Dead letter target does not exist.")
	}
	if strings.HasSuffix(name, ".fifo") != strings.HasSuffix(queueName, ".fifo") {
		return refuse("Dead-letter queue must be same type of queue as the source.")
	}
	return nil
}

// fillDefaults gives every attribute that a queue always has a value.
func (q *queue) fillDefaults() {
	defaults := map[string]string{
		"DelaySeconds":                  "0",
		"MaximumMessageSize":            "1048576",
		"MessageRetentionPeriod":        "345600",
		"ReceiveMessageWaitTimeSeconds": "0",
		"VisibilityTimeout":             "30",
		"SqsManagedSseEnabled":          "true",
	}
	if q.attributes["KmsMasterKeyId"] != "" {
		defaults["SqsManagedSseEnabled"] = "false"
		defaults["KmsDataKeyReusePeriodSeconds"] = "300"
	}
	if q.fifo() {
		defaults["ContentBasedDeduplication"] = "false"
		defaults["DeduplicationScope"] = "queue"
		defaults["FifoThroughputLimit"] = "perQueue"
	}
	for name, value := range defaults {
		if q.attributes[name] == "" {
			q.attributes[name] = value
		}
	}
}

// differs returns the refusal of a CreateQueue for a queue that exists, if any attribute in the request has another value
// there. Attributes that the request does not name are not compared.
func (q *queue) differs(attributes map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if !sameValue(q.attributes[name], attributes[name]) {
			return queueNameExists(name)
		}
	}
	return nil
}

// sameValue compares two values; JSON documents are the same whatever their blanks and the order of their keys.
func sameValue(a, b string) bool {
	if a == b {
		return true
	}
	var x, y map[string]any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	// Marshalling sorts the keys, and these values came from JSON, so it cannot fail.
	a1, _ := json.Marshal(x)
	b1, _ := json.Marshal(y)
	return string(a1) == string(b1)
}

func (s *SQS) getQueueAttributes(region string, in *sqs.GetQueueAttributesInput) (*sqs.GetQueueAttributesOutput, error) {
	q, err := s.at(region, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	all := q.allAttributes(now)
	out := &sqs.GetQueueAttributesOutput{}
	for _, name := range in.AttributeNames {
		if name == types.QueueAttributeNameAll {
			out.Attributes = all
			return out, nil
		}
		if !slices.Contains(name.Values(), name) {
			return nil, unknownAttribute(string(name))
		}
		if value := all[string(name)]; value != "" {
			if out.Attributes == nil {
				out.Attributes = map[string]string{}
			}
			out.Attributes[string(name)] = value
		}
	}
	return out, nil
}

// allAttributes returns settings and facts. Attributes that are not set are absent, not empty.
func (q *queue) allAttributes(now time.Time) map[string]string {
	all := maps.Clone(q.attributes)
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	waiting, hidden, delayed := q.count(now)
	all["ApproximateNumberOfMessages"] = strconv.Itoa(waiting)
	all["ApproximateNumberOfMessagesNotVisible"] = strconv.Itoa(hidden)
	all["ApproximateNumberOfMessagesDelayed"] = strconv.Itoa(delayed)
	all["CreatedTimestamp"] = strconv.FormatInt(q.created.Unix(), 10)
	all["LastModifiedTimestamp"] = strconv.FormatInt(q.modified.Unix(), 10)
	all["QueueArn"] = q.arn
	return all
}

func (s *SQS) setQueueAttributes(region string, in *sqs.SetQueueAttributesInput) (*sqs.SetQueueAttributesOutput, error) {
	q, err := s.at(region, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if _, set := in.Attributes["FifoQueue"]; set {
		return nil, unknownAttribute("FifoQueue") // it can be given at creation only
	}
	after := maps.Clone(q.attributes)
	maps.Copy(after, in.Attributes)
	if in.Attributes["KmsMasterKeyId"] != "" && in.Attributes["SqsManagedSseEnabled"] == "" {
		after["SqsManagedSseEnabled"] = "false"
	}
	if err := s.checkAttributes(region, q.name, after); err != nil {
		return nil, err
	}
	q.attributes = after
	q.fillDefaults()
	q.modified = time.Now()
	return &sqs.SetQueueAttributesOutput{}, nil
}
