package provision_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

// Objects may have blanks in their keys. A pattern that was cut there would be another one: this one every resource.
func TestPolicyKeepsARNsWhole(t *testing.T) {
	t.Parallel()
	const builds = "arn:aws:s3:::releases/nightly *"
	d := one(t, provision.PolicyOptions{Code: []string{builds}}, needs{{Name: "s3:GetObject", Resources: []string{"${Code}"}}}, thingNeeds)
	found := false
	for _, s := range d.Statement {
		if s.Sid == "Use" {
			found = true
			require.Equal(t, []string{"s3:GetObject", "things:Look"}, s.Action)
			require.Equal(t, []string{builds, "arn:*:things:*:*:thing/*"}, s.Resource)
		}
	}
	require.True(t, found, d.String())
}

// What IAM would read as something else than its author meant is refused, and not written down.
func TestPolicyRefusesOptions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options provision.PolicyOptions
		text    string
	}{
		"a partition that is a whole ARN": {provision.PolicyOptions{Partition: "arn:aws"}, "Partition"},
		"an account with more behind it":  {provision.PolicyOptions{Account: "123456789012:thing/x"}, "Account"},
		"a variable as the region":        {provision.PolicyOptions{Region: "${aws:RequestedRegion}"}, "Region"},
		"an application without a letter": {provision.PolicyOptions{App: "---"}, "App"},
		"one in another script":           {provision.PolicyOptions{App: "日本"}, "App"},
		"a base with a star":              {provision.PolicyOptions{Zone: "Z1", Base: "*.com"}, "Base"},
		"a base with a question mark":     {provision.PolicyOptions{Zone: "Z1", Base: "shop?example.com"}, "Base"},
		"a variable as the base":          {provision.PolicyOptions{Zone: "Z1", Base: "${aws:username}.example.com"}, "Base"},
		"a zone with a path":              {provision.PolicyOptions{Zone: "Z1/../*"}, "Zone"},
		"the alias of a key": {
			provision.PolicyOptions{Keys: []string{"arn:aws:kms:us-east-1:123456789012:alias/shop"}}, "alias",
		},
		"a role with a variable":   {provision.PolicyOptions{Roles: []string{"arn:aws:iam::123456789012:role/${aws:username}"}}, "placeholder"},
		"a role that is any thing": {provision.PolicyOptions{Roles: []string{"*"}}, "not an ARN"},
		"a role with a line break": {provision.PolicyOptions{Roles: []string{"arn:aws:iam::123456789012:role/a\nb"}}, "character"},
		"an object IAM cannot name": {
			provision.PolicyOptions{Code: []string{"arn:aws:s3:::releases/日本.zip"}}, "character",
		},
	} {
		_, err := provision.Policy(c.options, nil, needs{
			{Name: "iam:PassRole", Resources: []string{"${Role}"}}, {Name: "s3:GetObject", Resources: []string{"${Code}"}},
		})
		require.ErrorContains(t, err, c.text, name)
	}
}

// Package env writes the base in tags as DNS does, so a policy that asked for it as somebody typed it would deny everything.
func TestPolicyWritesBaseAndZoneAsOthersDo(t *testing.T) {
	t.Parallel()
	typed := provision.PolicyOptions{Base: "Shop.Example.com.", Zone: "/hostedzone/Z123"}
	want := provision.PolicyOptions{Base: "shop.example.com", Zone: "Z123"}
	require.Equal(t, one(t, want, thingNeeds), one(t, typed, thingNeeds))
	require.Contains(t, one(t, typed).String(), "arn:*:route53:::hostedzone/Z123")
}

// All conditions of an action must hold, whereas the values of one condition are alternatives.
func TestConditionsAreNeverLoosened(t *testing.T) {
	t.Parallel()
	when := func(conditions ...provision.Condition) needs {
		return needs{{Name: "things:Drop", Tags: provision.TagsThere, When: conditions}}
	}
	in := func(operator, key string, values ...string) provision.Condition {
		return provision.Condition{Operator: operator, Key: key, Values: values}
	}
	for name, n := range map[string]needs{
		"two of one key":             when(in("StringLike", "things:Path", "a*"), in("StringLike", "things:Path", "*b")),
		"two of one key in any case": when(in("StringLike", "things:Path", "a*"), in("StringLike", "Things:path", "*b")),
		"one of the tags":            when(in("StringEquals", "aws:ResourceTag/peppercorn:app", "bank")),
	} {
		_, err := provision.Policy(provision.PolicyOptions{App: "shop"}, nil, n)
		require.ErrorContains(t, err, "second condition", name)
	}

	// Only where one of all values has to match may actions be joined by joining their values.
	for operator, joined := range map[string]bool{
		"StringEquals": true, "ArnLike": true, "StringNotEquals": false, "ForAllValues:StringLike": false, "Null": false,
	} {
		d := one(t, provision.PolicyOptions{}, when(in(operator, "things:Path", "a")), when(in(operator, "things:Path", "b")))
		require.Equal(t, joined, len(d.Statement) == 1, operator)
	}

	// "a b" is one value, and not two.
	d := one(t, provision.PolicyOptions{},
		when(in("StringNotEquals", "things:Path", "a b")), when(in("StringNotEquals", "things:Path", "a", "b")))
	require.Len(t, d.Statement, 2)
	for _, s := range d.Statement {
		require.True(t, slices.ContainsFunc([][]string{{"a b"}, {"a", "b"}}, func(values []string) bool {
			return slices.Equal(values, s.Condition["StringNotEquals"]["things:Path"])
		}))
	}
}
