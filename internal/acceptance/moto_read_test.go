package acceptance_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/provision"
)

// layout says which environments there should be. The first has production, where there was a rollback, and the second staging;
// the third has no alias. One without a hash is not there.
type layout struct{ first, second, third gitmeta.Commit }

// readBack reads zone, instances, groups and queues with clients of its own, and compares them with the layout word by word.
func (m *motoHouse) readBack(t *testing.T, want layout) {
	t.Helper()
	ctx := t.Context()
	records := m.records(ctx, t)
	registry := match(t, records, "_peppercorn."+base+" TXT", `"p1 registry=([a-z2-7]{10})"`)[1]
	attempts := map[string]string{}
	held := map[string]string{want.first.Hash: ` held=production`, want.second.Hash: ` held=staging`}
	for _, c := range []gitmeta.Commit{want.first, want.second, want.third} {
		if c.Hash == "" {
			continue
		}
		env := match(t, records, c.Short()+"._env."+base+" TXT", `"p1 rev=[0-9]+\.[a-z2-7]+ (.*)"`)[1]
		words := map[string]string{}
		for w := range strings.FieldsSeq(env) {
			key, value, _ := strings.Cut(w, "=")
			words[key] = value
		}
		require.Equal(t, "ready", words["state"])
		require.Equal(t, c.Hash, words["commit"])
		require.Equal(t, "4", words["n"])
		require.Equal(t, "ec2.sqs", words["svc"])
		require.Len(t, words["digest"], 22)
		require.Regexp(t, `^[a-z2-7]{12}$`, words["in"])
		require.Regexp(t, `^[0-9]{10}$`, words["created"])
		require.NotContains(t, words, "lease")
		require.Equal(t, held[c.Hash] != "", words["held"] != "")
		require.Contains(t, " "+env+" ", held[c.Hash])
		attempts[c.Short()] = words["attempt"]
		match(t, records, c.Short()+"."+base+" CNAME", regexp.QuoteMeta(words["host"]))
	}
	if c := want.first; c.Hash != "" {
		match(t, records, "production."+base+" CNAME", regexp.QuoteMeta(c.Short()+"."+base))
		match(t, records, "production._alias."+base+" TXT", fmt.Sprintf(`"p1 rev=[0-9]+\.[a-z2-7]+ to=%s attempt=%s commit=%s at=[0-9]{10} pinned=1"`,
			c.Short(), attempts[c.Short()], c.Hash))
	}
	if c := want.second; c.Hash != "" {
		match(t, records, "staging."+base+" CNAME", regexp.QuoteMeta(c.Short()+"."+base))
		match(t, records, "staging._alias."+base+" TXT", fmt.Sprintf(`"p1 rev=[0-9]+\.[a-z2-7]+ to=%s attempt=%s commit=%s at=[0-9]{10}"`,
			c.Short(), attempts[c.Short()], c.Hash))
	}
	require.Empty(t, records, "records that nobody asked for")
	m.readResources(t, want, registry, attempts)
}

// match takes a record off the list and compares its value.
func match(t *testing.T, records map[string]string, record, pattern string) []string {
	t.Helper()
	value, ok := records[record]
	require.True(t, ok, "there is no %s among %v", record, records)
	delete(records, record)
	found := regexp.MustCompile("^" + pattern + "$").FindStringSubmatch(value)
	require.NotNil(t, found, "%s is %s, not %s", record, value, pattern)
	return found
}

// records lists the zone without its own NS and SOA, by name and type. Strings of a TXT value are joined.
func (m *motoHouse) records(ctx context.Context, t *testing.T) map[string]string {
	t.Helper()
	records := map[string]string{}
	pages := route53.NewListResourceRecordSetsPaginator(m.route53, &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(m.zone)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		require.NoError(t, err)
		for _, set := range page.ResourceRecordSets {
			if set.Type == types.RRTypeNs || set.Type == types.RRTypeSoa {
				continue
			}
			key := strings.TrimSuffix(*set.Name, ".") + " " + string(set.Type)
			require.NotContains(t, records, key, "there are two")
			require.Len(t, set.ResourceRecords, 1, key)
			require.Equal(t, int64(60), aws.ToInt64(set.TTL), key)
			records[key] = strings.TrimSuffix(strings.ReplaceAll(*set.ResourceRecords[0].Value, `" "`, ""), ".")
		}
	}
	return records
}

// readResources compares what EC2 and SQS have with what the blueprints of the environments ask for: each once, with all its tags,
// under the name that its attempt gives it.
func (m *motoHouse) readResources(t *testing.T, want layout, registry string, attempts map[string]string) {
	t.Helper()
	var expected, found []string
	for _, c := range []gitmeta.Commit{want.first, want.second, want.third} {
		if c.Hash == "" {
			continue
		}
		for node, service := range map[string]string{"web": "instance", "http": "group", "jobs": "queue", "dead": "queue"} {
			owner := provision.Owner{Registry: registry, Base: base, App: "shop", Env: c.Short(), Commit: c.Hash,
				Attempt: attempts[c.Short()], Subject: c.Subject}
			name := provision.Call{Owner: owner, Node: node}.Name(80, "")
			require.Regexp(t, "^shop-"+node+"-[a-z2-7]{13}$", name)
			expected = append(expected, line(service, name, owner, node, false))
		}
	}
	add := func(service, name string, tags map[string]string) {
		owner, node, keep, ok := provision.ParseTags(tags)
		require.True(t, ok, "%s %s has the tags %v", service, name, tags)
		for key, value := range tags {
			require.Regexp(t, `^[A-Za-z0-9 +=._:/@-]{0,256}$`, value, key)
		}
		found = append(found, line(service, name, owner, node, keep))
	}
	for _, i := range instances(t, m.ec2) {
		tags := tagMap(i.Tags)
		add("instance", tags["Name"], tags)
	}
	for _, g := range groups(t, m.ec2) {
		add("group", *g.GroupName, tagMap(g.Tags))
	}
	queues, err := m.sqs.ListQueues(t.Context(), &sqs.ListQueuesInput{})
	require.NoError(t, err)
	for _, url := range queues.QueueUrls {
		tags, err := m.sqs.ListQueueTags(t.Context(), &sqs.ListQueueTagsInput{QueueUrl: aws.String(url)})
		require.NoError(t, err)
		add("queue", url[strings.LastIndex(url, "/")+1:], tags.Tags)
	}
	slices.Sort(expected)
	slices.Sort(found)
	require.Equal(t, expected, found)
}

func line(service, name string, o provision.Owner, node string, keep bool) string {
	who := [...]string{o.Registry, o.Base, o.App, o.Env, o.Commit, o.Attempt, o.Subject}
	return fmt.Sprintf("%s %s: node %s of %q, keep %v", service, name, node, who, keep)
}

// instances lists those that are not terminated: moto never forgets them, AWS takes an hour.
func instances(t *testing.T, client *ec2.Client) (instances []ec2types.Instance) {
	t.Helper()
	pages := ec2.NewDescribeInstancesPaginator(client, &ec2.DescribeInstancesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, r := range page.Reservations {
			for _, i := range r.Instances {
				if i.State.Name != ec2types.InstanceStateNameTerminated {
					instances = append(instances, i)
				}
			}
		}
	}
	return instances
}

// groups lists all but the default groups of VPCs.
func groups(t *testing.T, client *ec2.Client) (groups []ec2types.SecurityGroup) {
	t.Helper()
	pages := ec2.NewDescribeSecurityGroupsPaginator(client, &ec2.DescribeSecurityGroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		groups = append(groups, page.SecurityGroups...)
	}
	return slices.DeleteFunc(groups, func(g ec2types.SecurityGroup) bool { return *g.GroupName == "default" })
}

// repository makes a real git repository with a commit for each subject, and reads them back as a program would.
func (m *motoHouse) repository(t *testing.T, subjects ...string) (commits []gitmeta.Commit) {
	t.Helper()
	dir := t.TempDir()
	git := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=Ada",
			"GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "git %v: %s", args, out)
	}
	git("init", "-q", "-b", "main")
	for _, subject := range subjects {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "shop.txt"), []byte(subject), 0o600))
		git("add", "shop.txt")
		git("commit", "-q", "-m", subject)
		repo, err := gitmeta.Open(t.Context(), dir)
		require.NoError(t, err)
		head, err := repo.Head(t.Context())
		require.NoError(t, err)
		require.Equal(t, subject, head.Subject)
		head.Branch = "" // a commit that is looked up by its hash is on none
		m.repo, commits = repo, append(commits, head)
	}
	return commits
}
