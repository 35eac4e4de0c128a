package provision_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// needs is an Actor that needs what it is.
type needs []provision.Action

func (n needs) Actions() []provision.Action { return n }

const things = "arn:${Partition}:things:${Region}:${Account}:"

// thingNeeds are what a driver of things might need.
var thingNeeds = needs{
	{Name: "things:Make", Resources: []string{things + "thing/${Name}"}, Tags: provision.TagsGiven},
	{Name: "things:Tag", Resources: []string{things + "thing/${Name}"}, Tags: provision.TagsGiven, For: []string{"Make"}, Why: "it gives tags"},
	{Name: "things:Drop", Resources: []string{things + "thing/${Name}"}, Tags: provision.TagsThere},
	{Name: "things:Look", Resources: []string{things + "thing/${Search}"}},
	{Name: "things:List"},
}

// one returns the only document of a policy.
func one(t *testing.T, o provision.PolicyOptions, actors ...provision.Actor) provision.Document {
	t.Helper()
	documents, err := provision.Policy(o, nil, actors...)
	require.NoError(t, err)
	require.Len(t, documents, 1)
	return documents[0]
}

func TestPolicyIsAsNarrowAsWhatIsKnown(t *testing.T) {
	t.Parallel()
	d := one(t, provision.PolicyOptions{
		Partition: "aws", Account: "123456789012", Region: "eu-central-1", App: "shop", Base: "shop.example.com", Registry: "r3g1(2)",
	}, thingNeeds)
	const thing = "arn:aws:things:eu-central-1:123456789012:thing/"
	given := map[string]map[string][]string{"StringEquals": {
		"aws:RequestTag/peppercorn:registry": {"r3g1=282=29"}, // as EncodeTag writes it
		"aws:RequestTag/peppercorn:base":     {"shop.example.com"},
		"aws:RequestTag/peppercorn:app":      {"shop"},
	}}
	there := map[string]map[string][]string{"StringEquals": {
		"aws:ResourceTag/peppercorn:registry": {"r3g1=282=29"},
		"aws:ResourceTag/peppercorn:base":     {"shop.example.com"},
		"aws:ResourceTag/peppercorn:app":      {"shop"},
	}}
	require.Equal(t, provision.Document{Version: "2012-10-17", Statement: []provision.Statement{
		{Sid: "Change", Effect: "Allow", Action: []string{"things:Drop"}, Resource: []string{thing + "shop-*"}, Condition: there},
		{Sid: "Create", Effect: "Allow", Action: []string{"things:Make", "things:Tag"}, Resource: []string{thing + "shop-*"}, Condition: given},
		{Sid: "Use", Effect: "Allow", Action: []string{"things:Look"}, Resource: []string{thing + "shop*"}},
		{Sid: "UseAny", Effect: "Allow", Action: []string{"things:List"}, Resource: []string{"*"}},
	}}, d)
}

// What is not known is a star; that there is a registry is asked for nevertheless.
func TestPolicyForAnything(t *testing.T) {
	t.Parallel()
	for _, o := range []provision.PolicyOptions{{}, {Partition: "*", Account: "*", Region: "*", App: "*", Base: "*", Registry: "*"}} {
		d := one(t, o, thingNeeds)
		for _, s := range d.Statement {
			if s.Sid == "Create" {
				require.Equal(t, []string{"arn:*:things:*:*:thing/*"}, s.Resource)
				require.Equal(t, map[string]map[string][]string{"StringLike": {"aws:RequestTag/peppercorn:registry": {"*"}}}, s.Condition)
			}
		}
	}
}

// Only statements that allow nothing else than before may be put together.
func TestStatementsAreSharedWhereThatAllowsNothingMore(t *testing.T) {
	t.Parallel()
	d := one(t, provision.PolicyOptions{},
		needs{
			{Name: "a:One", Resources: []string{"arn:aws:a:::x"}},
			{Name: "a:Two", Resources: []string{"arn:aws:a:::y"}}, // not on x
			{Name: "a:Three", Resources: []string{"arn:aws:a:::x"}},
			{Name: "a:Three", Resources: []string{"arn:aws:a:::y"}}, // on both
			{Name: "a:Four", Resources: []string{"arn:aws:a:::x"}},
		},
		needs{{Name: "b:One", Resources: []string{"arn:aws:b:::x"}}})
	got := map[string]string{}
	for _, s := range d.Statement {
		got[strings.Join(s.Action, " ")] = strings.Join(s.Resource, " ")
	}
	require.Equal(t, map[string]string{
		"a:Four a:One b:One": "arn:aws:a:::x arn:aws:b:::x",
		"a:Three":            "arn:aws:a:::x arn:aws:a:::y",
		"a:Two":              "arn:aws:a:::y",
	}, got)
}

func TestConditionsOfOneKeyAreJoined(t *testing.T) {
	t.Parallel()
	pass := func(service string) needs {
		return needs{{
			Name: "iam:PassRole", Resources: []string{"${Role}"},
			When: []provision.Condition{{Operator: "StringEquals", Key: "iam:PassedToService", Values: []string{service}}},
		}}
	}
	d := one(t, provision.PolicyOptions{Roles: []string{"arn:aws:iam::123456789012:role/web", "arn:aws:iam::123456789012:role/api"}},
		pass("ec2.amazonaws.com"), pass("lambda.amazonaws.com"), pass("ec2.amazonaws.com"))
	require.Equal(t, []provision.Statement{{
		Sid: "UseIfPassedToService", Effect: "Allow", Action: []string{"iam:PassRole"},
		Resource:  []string{"arn:aws:iam::123456789012:role/api", "arn:aws:iam::123456789012:role/web"},
		Condition: map[string]map[string][]string{"StringEquals": {"iam:PassedToService": {"ec2.amazonaws.com", "lambda.amazonaws.com"}}},
	}}, d.Statement)
}

// Without a key or an object that is named nothing is allowed, and roles are only as free as the account is.
func TestListsOfARNs(t *testing.T) {
	t.Parallel()
	lists := needs{
		{Name: "kms:Decrypt", Resources: []string{"${Key}"}},
		{Name: "s3:GetObject", Resources: []string{"${Code}"}},
		{Name: "ssm:GetParameter", Resources: []string{"${Parameter}"}},
		{Name: "iam:PassRole", Resources: []string{"${Role}"}},
	}
	d := one(t, provision.PolicyOptions{Account: "123456789012"}, lists)
	require.Equal(t, []string{"iam:PassRole"}, d.Statement[0].Action)
	require.Equal(t, []string{"arn:*:iam::123456789012:role/*"}, d.Statement[0].Resource)
	d = one(t, provision.PolicyOptions{
		Keys:       []string{"arn:aws:kms:us-east-1:123456789012:key/k"},
		Code:       []string{"arn:aws:s3:::releases/*"},
		Parameters: []string{"arn:aws:ssm:us-east-1:123456789012:parameter/images/*"},
	}, lists)
	require.Equal(t, []string{"iam:PassRole", "kms:Decrypt", "s3:GetObject", "ssm:GetParameter"}, d.Statement[0].Action)
}

func TestPolicyOfAZone(t *testing.T) {
	t.Parallel()
	d := one(t, provision.PolicyOptions{Partition: "aws", Zone: "Z123", Base: "Shop.example.com."})
	text := d.String()
	require.Contains(t, text, "arn:aws:route53:::hostedzone/Z123")
	require.Equal(t, map[string]map[string][]string{"ForAllValues:StringLike": {
		"route53:ChangeResourceRecordSetsNormalizedRecordNames": {"*.shop.example.com", "shop.example.com"},
	}}, d.Statement[len(d.Statement)-1].Condition, text)
	require.NotContains(t, one(t, provision.PolicyOptions{Zone: "Z123"}).String(), "NormalizedRecordNames")
	documents, err := provision.Policy(provision.PolicyOptions{Base: "shop.example.com"}, nil)
	require.NoError(t, err)
	require.Empty(t, documents, "no zone, no permissions for it")
}

func TestPolicyRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		needs needs
		text  string
	}{
		"a placeholder that is not known": {needs{{Name: "a:One", Resources: []string{"arn:aws:a:::${Thing}"}}}, "placeholder"},
		"what is no ARN":                  {needs{{Name: "a:One", Resources: []string{"thing"}}}, "not an ARN"},
		"an ARN of another service":       {needs{{Name: "a:One", Resources: []string{"arn:aws:b:::x"}}}, "another service"},
		"half a condition":                {needs{{Name: "a:One", When: []provision.Condition{{Key: "a:Key"}}}}, "condition"},
		"a statement that is too long": {
			needs{{Name: "a:One", Resources: []string{"arn:aws:a:::" + strings.Repeat("x", provision.MaxDocument)}}}, "a:One alone",
		},
	} {
		_, err := provision.Policy(provision.PolicyOptions{}, nil, c.needs)
		require.ErrorContains(t, err, c.text, name)
	}
	_, err := provision.Policy(provision.PolicyOptions{}, []provision.Driver{silent{provisiontest.NewMemory()}})
	require.ErrorContains(t, err, "silent does not say which actions it needs")
}

// silent is a driver that is no Actor.
type silent struct{ provision.Driver }

// IAM takes no long policies, so that a policy is several, and all of them together allow what one would.
func TestLongPoliciesAreSeveral(t *testing.T) {
	t.Parallel()
	var many needs
	want := map[string]bool{}
	for i := range 400 {
		name := fmt.Sprintf("things:DoSomethingWithANameOfItsOwn%03d", i)
		many = append(many, provision.Action{Name: name}, provision.Action{
			Name: name, Tags: provision.TagsThere, Resources: []string{things + fmt.Sprintf("kind%d/${Name}", i/20)},
		})
		want[name] = true
	}
	documents, err := provision.Policy(provision.PolicyOptions{App: "shop"}, nil, many)
	require.NoError(t, err)
	require.Greater(t, len(documents), 4)
	sids, conditioned := map[string]bool{}, map[string]bool{}
	free := map[string]bool{}
	for _, d := range documents {
		require.LessOrEqual(t, d.Size(), provision.MaxDocument)
		for _, s := range d.Statement {
			require.Regexp(t, regexp.MustCompile(`^[A-Za-z0-9]+$`), s.Sid)
			require.False(t, sids[s.Sid], s.Sid)
			sids[s.Sid] = true
			for _, a := range s.Action {
				if s.Condition == nil {
					free[a] = true
				} else {
					conditioned[a] = true
				}
			}
		}
	}
	require.True(t, maps.Equal(want, free))
	require.True(t, maps.Equal(want, conditioned))
	again, err := provision.Policy(provision.PolicyOptions{App: "shop"}, nil, many)
	require.NoError(t, err)
	require.Equal(t, documents, again)
}

func TestDocumentIsWhatIAMTakes(t *testing.T) {
	t.Parallel()
	d := one(t, provision.PolicyOptions{App: "shop & more"}, thingNeeds)
	var back provision.Document
	require.NoError(t, json.Unmarshal([]byte(d.String()), &back))
	require.Equal(t, d, back)
	compact, err := json.Marshal(d)
	require.NoError(t, err)
	require.Equal(t, len(strings.ReplaceAll(string(compact), " ", "")), d.Size())
}

// A name that does not match would be refused by AWS, and only then.
func TestEveryNameMatchesThePolicy(t *testing.T) {
	t.Parallel()
	apps := []string{
		"a", "shop", "shop-x", "internal", "internal-x", "sg", "aws-x", "9lives", "Üben", "a--b", "eightchr-x", "internalx", "amazonias-shop",
		strings.Repeat("long-", 60),
	}
	for length := 1; length < 80; length += 3 {
		apps = append(apps, strings.Repeat("q", length))
	}
	for _, app := range apps {
		d := one(t, provision.PolicyOptions{Partition: "aws", Region: "r", Account: "1", App: app},
			needs{{Name: "things:Make", Resources: []string{things + "${Name}"}}})
		var prefixes []string
		for _, resource := range d.Statement[0].Resource {
			prefix, ok := strings.CutSuffix(strings.TrimPrefix(resource, "arn:aws:things:r:1:"), "*")
			require.True(t, ok)
			require.Greater(t, len(prefix), min(len(app)-2, 6), "%s: names that begin with %q are not only ours", app, prefix)
			prefixes = append(prefixes, prefix)
		}
		for _, room := range []int{32, 40, 63, 64, 80, 128, 255, 256, 512} {
			for _, suffix := range []string{"", ".fifo"} {
				for _, node := range []string{"b", "web", "a-b", "aa", "---", strings.Repeat("n", 17), strings.Repeat("n-", 15) + "n", strings.Repeat("n", 300)} {
					if suffix != "" && room < 80 {
						continue // SQS and SNS have more
					}
					name := provision.Call{Owner: provision.Owner{App: app}, Node: node}.Name(room, suffix)
					require.True(t, slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }),
						"%s of %s does not begin with any of %q", name, app, prefixes)
				}
			}
		}
	}
	d := one(t, provision.PolicyOptions{App: "shop"}, thingNeeds)
	require.Contains(t, d.String(), "thing/shop-*", "and it is not empty where it need not be")
}
