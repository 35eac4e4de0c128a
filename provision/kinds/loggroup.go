package kinds

import (
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/provision"
)

// LogGroupKind is the kind of a [LogGroup].
const LogGroupKind provision.Kind = "logs/log-group"

// Classes of a [LogGroup].
const (
	StandardLogs   = "STANDARD"          // every feature of CloudWatch Logs
	InfrequentLogs = "INFREQUENT_ACCESS" // cheaper to write; without live tail, metric filters and subscriptions, among others
)

// A LogGroup is a log group of Amazon CloudWatch Logs: where log streams and their events are. The zero value is a standard
// log group whose events never expire.
//
// Log events are data: terminating the environment of a log group that has any log stream is refused, unless the group is
// Disposable. Logs that must outlive their environment belong in a node with [provision.Keep], which stays where it is.
type LogGroup struct {
	// RetentionDays is after how many days events expire: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731,
	// 1096, 1827, 2192, 2557, 2922, 3288 or 3653. Default: never. A retention policy of the whole account goes before it.
	RetentionDays int
	// KMSKey encrypts with a key of AWS KMS instead: its ARN. The key must be symmetric, and its policy must let CloudWatch
	// Logs use it. Default: keys that CloudWatch Logs owns, at no charge.
	KMSKey provision.Text
	// Class is [StandardLogs] or [InfrequentLogs]. It cannot be changed afterwards. Default [StandardLogs].
	Class string
	// Disposable says that the events may go when the environment goes. It is written into a tag when the group is made.
	// Default: they are data, and terminating the environment is refused while there are any.
	Disposable bool
}

// logGroupDays are the retentions that CloudWatch Logs has (API reference, PutRetentionPolicy).
var logGroupDays = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// Kind returns [LogGroupKind].
func (LogGroup) Kind() provision.Kind { return LogGroupKind }

// Outputs of a log group.
func (LogGroup) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the log group's name, for whoever writes to it"},
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: `the log group's ARN; a policy for its streams needs ":*" behind it`},
	}
}

// Validate checks the retention, the class and the form of the key. It returns every problem, joined.
func (g LogGroup) Validate() error {
	var p problems
	if g.RetentionDays != 0 && !slices.Contains(logGroupDays, g.RetentionDays) {
		p.addf("RetentionDays", "%d is none of the retentions that CloudWatch Logs has: %v", g.RetentionDays, logGroupDays)
	}
	switch g.Class {
	case "", StandardLogs, InfrequentLogs:
	default:
		p.addf("Class", "%q is not %q or %q", g.Class, StandardLogs, InfrequentLogs)
	}
	// arn:partition:kms:region:account:key/id
	if arn, ok := literal(g.KMSKey); ok && arn != "" {
		part := strings.Split(arn, ":")
		if len(part) != 6 || part[0] != "arn" || part[2] != "kms" || !strings.HasPrefix(part[5], "key/") {
			p.addf("KMSKey", "%q is not the ARN of a key; CloudWatch Logs takes neither ids nor aliases", arn)
		}
	}
	return p.err()
}

// LogGroupRef is the handle of a [LogGroup] in a blueprint.
type LogGroupRef struct{ provision.Ref }

// AddLogGroup adds a log group to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddLogGroup(b *provision.Blueprint, name string, g LogGroup, optFns ...func(*provision.Node)) LogGroupRef {
	return LogGroupRef{b.Add(name, g, optFns...)}
}

// Name is the log group's name, for whoever writes to it. Known at once.
func (r LogGroupRef) Name() provision.Text { return r.Output("Name") }

// ARN is the log group's ARN. A policy for its streams needs ":*" behind it. Known at once.
func (r LogGroupRef) ARN() provision.Text { return r.Output("ARN") }
