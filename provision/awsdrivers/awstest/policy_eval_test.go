package awstest_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

// A policy decides as IAM does, as far as it is written in the words that this library uses: statements that allow, with the operators
// that follow. What no statement allows is denied.
type policy struct{ documents []provision.Document }

// policyOf is that of all drivers.
func policyOf(t *testing.T, o provision.PolicyOptions) policy {
	t.Helper()
	documents, err := provision.Policy(o, policyDrivers())
	require.NoError(t, err)
	return policy{documents}
}

// request is what IAM is asked: may this action be used on this resource, under these circumstances?
type request struct {
	action, resource string
	keys             map[string][]string
	// as is what the resource is for the call, and companion says that the call is not named after the action.
	as        part
	companion bool
}

func (p policy) allows(r request) bool {
	for _, d := range p.documents {
		for _, s := range d.Statement {
			if slices.Contains(s.Action, r.action) && slices.ContainsFunc(s.Resource, func(pattern string) bool { return like(pattern, r.resource) }) &&
				holds(s.Condition, r.keys) {
				return true
			}
		}
	}
	return false
}

// holds reports whether all conditions hold. A key that is missing meets none but those for all of its values.
func holds(conditions map[string]map[string][]string, keys map[string][]string) bool {
	for operator, lines := range conditions {
		for key, patterns := range lines {
			values, there := keys[key]
			matches := func(value string) bool {
				return slices.ContainsFunc(patterns, func(pattern string) bool {
					if operator == "StringEquals" {
						return pattern == value
					}
					return like(pattern, value)
				})
			}
			switch operator {
			case "StringEquals", "StringLike", "ArnLike":
				if !there || !slices.ContainsFunc(values, matches) {
					return false
				}
			case "ForAllValues:StringLike":
				if slices.ContainsFunc(values, func(value string) bool { return !matches(value) }) {
					return false
				}
			default:
				panic("an operator that this test does not know: " + operator)
			}
		}
	}
	return true
}

// like matches as IAM does: a star is any characters, and a resource that is a star itself, as one that is not named, only that.
func like(pattern, s string) bool {
	if s == "*" {
		return pattern == "*"
	}
	expression := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`)
	return regexp.MustCompile(`^(?s:` + expression + `)$`).MatchString(s)
}

// part is what a resource is for a call.
type part string

const (
	made part = "made" // the call makes it
	born part = "born" // so it does, but only what gives it tags is checked on it
	ours part = "ours" // it is there, and must be ours if it is to be changed
	used part = "used" // it is there, whoever's it is
)

// of returns the request for the same thing of another application or, for none, for a thing that has our name and no tags.
func (r request) of(app string) request {
	if app == "" {
		return r.tagged(nil)
	}
	other := owner()
	other.App = app
	r.resource = strings.ReplaceAll(r.resource, owner().App+"-", app+"-")
	return r.tagged(other)
}

// in returns the request for a thing of the same name and application in another registry.
func (r request) in(registry string) request {
	other := owner()
	other.Registry = registry
	return r.tagged(other)
}

// tagged returns the request with the tags of an owner in place of those that are ours.
func (r request) tagged(o any) request {
	r.keys = maps.Clone(r.keys)
	maps.DeleteFunc(r.keys, func(key string, _ []string) bool {
		return strings.HasPrefix(key, "aws:RequestTag/") || strings.HasPrefix(key, "aws:ResourceTag/")
	})
	other, ok := o.(provision.Owner)
	if !ok {
		return r
	}
	prefix := "aws:ResourceTag/"
	if r.as == made {
		prefix = "aws:RequestTag/"
	}
	for key, value := range (provision.Call{Owner: other, Node: "it"}).Tags() {
		r.keys[prefix+key] = []string{value}
	}
	return r
}
