package provision

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// PolicyOptions say how far a policy reaches. Down to Registry an empty field, and a star, mean any, so that a policy is as narrow
// as what is known about its use; the other fields say themselves what it means to leave them empty.
type PolicyOptions struct {
	Partition string // "aws", "aws-cn", "aws-us-gov"
	Account   string // twelve digits
	Region    string // "eu-central-1"

	// App is the application: the names of what may be made, changed and deleted begin with it, and its tags say it. Where AWS heeds no
	// tags, in S3 and DynamoDB, names are all that is asked for: a policy for any application allows to delete every table and every
	// empty bucket that it reaches.
	App      string
	Base     string // the DNS name under which the application lives, as its tags say it
	Registry string // the registry, as its tags say it. A policy for any registry still asks that there is one

	// Zone is the id of the hosted zone in which environments are registered. With it, the policy also allows what package dns does
	// there, and of the zone's records only Base and those below it. Leave it empty where somebody else writes the zone.
	Zone string

	// Roles are the ARNs of the roles that may be passed to instances, tasks and functions; an ARN may have stars. Name them: whoever
	// may pass any role to a server that he starts may do what any of these roles may.
	Roles []string

	// Keys are the ARNs of the customer managed KMS keys that databases and their secrets are encrypted with. None means that
	// the policy allows the use of none; keys that AWS manages need no permission.
	Keys []string

	// Code are the ARNs of the objects in S3 that functions are made of, "arn:aws:s3:::releases/*". None means none.
	Code []string

	// Parameters are the ARNs of the parameters of Systems Manager that hold the ids of images. Those that AWS publishes are always
	// allowed where images are looked up; none means no others.
	Parameters []string
}

// Policy makes the policy that allows what the actors need and nothing else, as far as AWS has a way to say it: what is made
// must be given the tags of this library, and what is changed or deleted must have them, or at least a name that this library gives.
// Drivers that are no [Actor] are an error, for the policy would lack what they need.
//
// IAM takes no more than [MaxDocument] characters for a managed policy, which is less than all drivers of this library need together.
// So there may be several documents; a role needs all of them. The same options and actors give the same documents. Options that IAM
// would read as something else, such as a Base with a star in it, are an error.
//
// The policy allows reading the tags of what is not ours where a driver must read them to find out. Nothing in it allows to read
// the contents of a queue, a bucket or a secret; what it shows of others all the same is in docs/security.md.
func Policy(o PolicyOptions, drivers []Driver, others ...Actor) ([]Document, error) {
	o, err := o.clean()
	if err != nil {
		return nil, err
	}
	var needs []Action
	for _, d := range drivers {
		actor, ok := d.(Actor)
		if !ok {
			return nil, fmt.Errorf("provision: driver %T does not say which actions it needs: give it the method Actions", d)
		}
		needs = append(needs, actor.Actions()...)
	}
	for _, actor := range others {
		needs = append(needs, actor.Actions()...)
	}
	needs = append(needs, o.zoneActions()...)
	r := o.reach()
	allowed := permissions{}
	for _, a := range together(needs) {
		if err := allowed.add(r, a); err != nil {
			return nil, fmt.Errorf("provision: action %s: %w", a.Name, err)
		}
	}
	return split(allowed.statements())
}

// zoneActions are what package dns does. Route 53 knows no tags of records, but their names.
func (o PolicyOptions) zoneActions() []Action {
	if o.Zone == "" {
		return nil
	}
	zone := []string{"arn:${Partition}:route53:::hostedzone/" + o.Zone}
	change := Action{Name: "route53:ChangeResourceRecordSets", Resources: zone}
	if !isAny(o.Base) {
		change.When = []Condition{{
			Operator: "ForAllValues:StringLike",
			Key:      "route53:ChangeResourceRecordSetsNormalizedRecordNames",
			Values:   []string{o.Base, "*." + o.Base},
		}}
	}
	return []Action{
		change,
		{Name: "route53:GetChange", Resources: []string{"arn:${Partition}:route53:::change/*"}},
		{Name: "route53:ListHostedZonesByName"},
		{Name: "route53:ListResourceRecordSets", Resources: zone},
	}
}

// reach is PolicyOptions in the words of policies.
type reach struct {
	fill  []*strings.Replacer // one for each beginning of names
	lists map[string][]string // by placeholder
	tags  []tagValue
}

// tagValue is a tag that is asked for, with "*" for any value.
type tagValue struct{ key, value string }

func (o PolicyOptions) reach() reach {
	r := reach{lists: map[string][]string{"${Role}": o.Roles, "${Key}": o.Keys, "${Code}": o.Code, "${Parameter}": o.Parameters}}
	for _, name := range namesOf(o.App) {
		r.fill = append(r.fill, strings.NewReplacer(
			"${Partition}", cmp.Or(o.Partition, "*"),
			"${Region}", cmp.Or(o.Region, "*"),
			"${Account}", cmp.Or(o.Account, "*"),
			"${Name}", name+"*",
			// Drivers search by the name of the application alone, which may be the beginning of another one's.
			"${Search}", strings.TrimRight(name, "-")+"*",
		))
	}
	if len(o.Roles) == 0 {
		r.lists["${Role}"] = r.filled("arn:${Partition}:iam::${Account}:role/*")
	}
	for _, t := range []tagValue{{TagRegistry, o.Registry}, {TagBase, o.Base}, {TagApp, o.App}} {
		switch {
		case !isAny(t.value):
			r.tags = append(r.tags, tagValue{t.key, EncodeTag(t.value)})
		case t.key == TagRegistry: // the tag that every resource has
			r.tags = append(r.tags, tagValue{t.key, "*"})
		}
	}
	return r
}

// filled fills in the placeholders of a text but those for lists.
func (r reach) filled(text string) (all []string) {
	for _, fill := range r.fill {
		if s := fill.Replace(text); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

func isAny(s string) bool { return s == "" || s == "*" }

// namesOf returns what the names of all resources of an application begin with, with the '-' behind it where that is certain; nothing if
// there is no such beginning.
func namesOf(app string) []string {
	if isAny(app) {
		return []string{""}
	}
	return nameBeginnings(app, leastName, 4*longestTag)
}

// leastName is the room for names that the service with the least has: Elastic Load Balancing, and ".fifo" fits nowhere with less.
const leastName = 32

// resources returns the ARNs that an action is allowed for, sorted, and false if there is none.
func (r reach) resources(a Action) ([]string, bool, error) {
	if len(a.Resources) == 0 {
		return []string{"*"}, true, nil
	}
	set := map[string]bool{}
	for _, pattern := range a.Resources {
		arns, isList := r.lists[pattern]
		if !isList {
			arns = r.filled(pattern)
		}
		for _, arn := range arns {
			part := strings.SplitN(arn, ":", 6)
			switch {
			case strings.Contains(arn, "$"):
				return nil, false, fmt.Errorf("resource %s has a placeholder that is not known", arn)
			case strings.ContainsFunc(arn, func(c rune) bool { return c < ' ' || c > '\u00ff' }):
				return nil, false, fmt.Errorf("resource %q has a character that IAM does not take in a policy", arn)
			case len(part) < 6 || part[0] != "arn":
				return nil, false, fmt.Errorf("resource %s is not an ARN", arn)
			case part[2] != a.service():
				return nil, false, fmt.Errorf("resource %s is of another service", arn)
			}
			set[arn] = true
		}
	}
	return slices.Sorted(maps.Keys(set)), len(set) > 0, nil
}

// conditions returns those of an action.
func (r reach) conditions(a Action) (conditions, error) {
	all := conditions{}
	prefix := map[TagCheck]string{TagsGiven: "aws:RequestTag/", TagsThere: "aws:ResourceTag/"}[a.Tags]
	for _, t := range r.tags {
		switch {
		case prefix == "":
		case t.value == "*":
			all.add("StringLike", prefix+t.key, t.value) // which a tag that is missing does not match
		default:
			all.add("StringEquals", prefix+t.key, t.value)
		}
	}
	for _, c := range a.When {
		if c.Operator == "" || c.Key == "" || len(c.Values) == 0 {
			return nil, fmt.Errorf("a condition needs an operator, a key and a value, this one is %+v", c)
		}
		if all.has(c.Operator, c.Key) {
			return nil, fmt.Errorf("a second condition %s on %s cannot be said in one statement: either would be enough", c.Operator, c.Key)
		}
		for _, value := range c.Values {
			for _, filled := range r.filled(value) {
				all.add(c.Operator, c.Key, filled)
			}
		}
	}
	return all, nil
}
