package provision

import "strings"

// Actor says which IAM actions it needs. It is an optional power of a driver, which all drivers of this library have, and what
// [Policy] makes policies of. A program that needs more than its drivers, such as the services behind Cloud Control, gives
// Policy an Actor of its own beside them.
type Actor interface {
	// Actions lists what the calls of the Actor need, in an order that is the same each time. It makes no calls.
	Actions() []Action
}

// Action is an IAM action, with what a policy can say about the resources that it is needed for. One call of an API may need
// several, and one action may be needed for several kinds of resources under different conditions; it is listed once for each then.
type Action struct {
	// Name is the action as IAM calls it, "sqs:CreateQueue". That is not always the name of the call: S3's PutBucketEncryption is
	// allowed by s3:PutEncryptionConfiguration.
	Name string

	// Resources are the ARNs that the action is needed for. They are written as the Service Authorization Reference of AWS
	// writes them, with
	//
	//	${Partition}, ${Region}, ${Account}     for those of the PolicyOptions,
	//	${Name}                                 for the names that Call.Name gives to what is made,
	//	${Search}                               for the names that a driver has to look at to find those,
	//	${Role}, ${Key}, ${Code}, ${Parameter}  for each of the ARNs in PolicyOptions.Roles, Keys, Code and Parameters.
	//
	// The stars that stand for the rest of a name match all that follows, be it behind slashes or colons. No Resources means every
	// resource: AWS does not tell them apart for this action, or the call lists all that there are.
	Resources []string

	// Tags says how the policy asks for the tags of this library.
	Tags TagCheck

	// When are further conditions, all of which must hold.
	When []Condition

	// For lists the operations of the SDK's client that need the action. None means the one of the action's own name.
	For []string

	// Why says why AWS asks for an action that the caller does not call: to give tags at birth, for example, or to pass a role. It is
	// empty for the action that stands for the call itself.
	Why string
}

// Operations returns the operations of the SDK's client that need the action.
func (a Action) Operations() []string {
	if len(a.For) > 0 {
		return a.For
	}
	_, operation, _ := strings.Cut(a.Name, ":")
	return []string{operation}
}

// service is the part of the action's name that ARNs have too.
func (a Action) service() string {
	service, _, _ := strings.Cut(a.Name, ":")
	return service
}

// TagCheck says how a policy asks for the tags of this library.
type TagCheck int

const (
	// NoTags says that it does not. AWS has no such condition for the action, or the action is needed to find out whose something is.
	NoTags TagCheck = iota
	// TagsGiven says that the call must give the tags to what it makes (the condition key aws:RequestTag).
	TagsGiven
	// TagsThere says that what the call is about must have the tags already (aws:ResourceTag).
	TagsThere
)

// Condition is a condition on the use of an action.
type Condition struct {
	Operator string   // as in a policy, "StringEquals"
	Key      string   // as in a policy, "iam:PassedToService"
	Values   []string // one of them must match; ${Partition}, ${Region} and ${Account} are filled in
}
