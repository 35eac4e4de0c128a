package acceptance_test

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
)

// snapshot is everything that is there, written so that two runs can be compared: what is random (attempts, stamps, ids, hosts) or
// a time is replaced by what it stands for.
type snapshot struct {
	Records   []string
	Resources []string
	Others    []string // what comes with resources, and goes with them: volumes and network interfaces
}

func (s snapshot) String() string {
	return "records:\n  " + strings.Join(s.Records, "\n  ") + "\nresources:\n  " + strings.Join(s.Resources, "\n  ") +
		"\nand with them:\n  " + strings.Join(s.Others, "\n  ")
}

// observer writes down what is there, under names that are the same in each run.
type observer struct {
	house    *house
	attempts map[string]string // attempts that records of environments name, with the environment
	words    []string          // pairs for a strings.Replacer: what is random, and what it stands for
}

func (h *house) snapshot() snapshot {
	h.t.Helper()
	o := observer{house: h, attempts: map[string]string{}}
	records := h.cloud.Route53.Records(h.zone)
	for _, set := range records {
		if note, ok := o.note(set); ok && strings.Contains(*set.Name, "._env.") {
			o.attempts[note.Value("attempt")] = strings.SplitN(*set.Name, ".", 2)[0]
		}
	}
	var s snapshot
	s.Resources = append(o.resources(), o.stack()...)
	s.Others = o.others()
	for _, set := range records {
		s.Records = append(s.Records, o.record(set))
	}
	replace := strings.NewReplacer(o.words...)
	for _, list := range [][]string{s.Records, s.Resources, s.Others} {
		for i := range list {
			list[i] = replace.Replace(list[i])
		}
		slices.Sort(list)
	}
	return s
}

// means notes what a random word stands for.
func (o *observer) means(word, meaning string) {
	if word != "" {
		o.words = append(o.words, word, "<"+meaning+">")
	}
}

// resources lists every queue, group and instance of anybody in any state but terminated.
func (o *observer) resources() (lines []string) {
	for _, q := range o.house.cloud.SQS.Queues() {
		who := o.who(q.Tags)
		o.means(q.URL, who+".URL")
		o.means(q.ARN, who+".ARN")
		o.means(q.Name, who+".Name")
		lines = append(lines, fmt.Sprintf("queue %s deleting=%v redrive=%s", who, q.Deleting, q.Attributes["RedrivePolicy"]))
	}
	for _, g := range o.house.cloud.EC2.SecurityGroups() {
		who := o.who(tagMap(g.Tags))
		o.means(*g.GroupId, who+".ID")
		var rules []string
		for _, p := range g.IpPermissions {
			rules = append(rules, fmt.Sprintf("%s %d-%d", aws.ToString(p.IpProtocol), aws.ToInt32(p.FromPort), aws.ToInt32(p.ToPort)))
		}
		lines = append(lines, fmt.Sprintf("group %s in=%v out=%d", who, rules, len(g.IpPermissionsEgress)))
	}
	for _, i := range o.house.cloud.EC2.LiveInstances() {
		who := o.who(tagMap(i.Tags))
		o.means(aws.ToString(i.PublicDnsName), who+".PublicDNS")
		o.means(*i.InstanceId, who+".ID")
		var groups []string
		for _, g := range i.SecurityGroups {
			groups = append(groups, *g.GroupId)
		}
		lines = append(lines, fmt.Sprintf("instance %s %s groups=%v environment=%q", who, i.State.Name, groups,
			environment(o.house.cloud.EC2.UserData(*i.InstanceId))))
	}
	return lines
}

var content = regexp.MustCompile(`content: (\S+)`)

// environment returns the environment file in user data, where there is one.
func environment(data []byte) string {
	found := content.FindSubmatch(data)
	if found == nil {
		return ""
	}
	text, err := base64.StdEncoding.DecodeString(string(found[1]))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// others lists what EC2 makes for instances.
func (o *observer) others() (lines []string) {
	for _, v := range o.house.cloud.EC2.Volumes() {
		lines = append(lines, fmt.Sprintf("volume %s %v", o.who(tagMap(v.Tags)), v.State))
	}
	for _, n := range o.house.cloud.EC2.NetworkInterfaces() {
		lines = append(lines, fmt.Sprintf("interface %v", n.Status))
	}
	return lines
}

// who says whose resource it is: that its attempt is not its environment's present one is no random word but an orphan.
func (o *observer) who(tags map[string]string) string {
	owner, node, _, ok := provision.ParseTags(tags)
	if !ok {
		return fmt.Sprintf("a stranger's (%v)", tags)
	}
	if o.attempts[owner.Attempt] != owner.Env {
		return fmt.Sprintf("%s of %s, attempt %s, which no record names", node, owner.Env, owner.Attempt)
	}
	o.means(owner.Registry, "registry")
	return node + " of " + owner.Env
}

// record writes a record set.
func (o *observer) record(set types.ResourceRecordSet) string {
	name := strings.TrimSuffix(*set.Name, ".")
	note, ok := o.note(set)
	if to := set.AliasTarget; to != nil {
		return fmt.Sprintf("%s %s alias of %s in %s, health=%v", name, set.Type, aws.ToString(to.DNSName), aws.ToString(to.HostedZoneId), to.EvaluateTargetHealth)
	}
	if !ok {
		return fmt.Sprintf("%s %s %d %v", name, set.Type, aws.ToInt64(set.TTL), values(set))
	}
	line := fmt.Sprintf("%s %s %d", name, set.Type, aws.ToInt64(set.TTL))
	keys := note.Keys()
	slices.Sort(keys) // their order tells which was written first
	for _, key := range keys {
		line += " " + key + "=" + o.value(key, note.Value(key))
	}
	return line
}

// value writes the value of a key of a note. A time is there or not.
func (o *observer) value(key, value string) string {
	switch key {
	case "at", "created", "unheld", "lease", "ready", "drain", "registry":
		return "*"
	case "attempt":
		return "of " + o.attempts[value]
	case "prev":
		var past []string
		for p := range strings.SplitSeq(value, ",") {
			where, _, _ := strings.Cut(p, "@")
			id, attempt, _ := strings.Cut(where, ".")
			past = append(past, id+" (of "+o.attempts[attempt]+")")
		}
		return strings.Join(past, ",")
	}
	return value
}

// note parses a note, where the record set is one.
func (o *observer) note(set types.ResourceRecordSet) (dns.Note, bool) {
	if set.Type != types.RRTypeTxt {
		return dns.Note{}, false
	}
	note, err := dns.ParseNote(strings.Trim(strings.ReplaceAll(values(set)[0], `" "`, ""), `"`))
	require.NoError(o.house.t, err, "%s", *set.Name)
	return note, true
}

func values(set types.ResourceRecordSet) (texts []string) {
	for _, r := range set.ResourceRecords {
		texts = append(texts, *r.Value)
	}
	return texts
}

func tagMap(tags []ec2types.Tag) map[string]string {
	return taglist.Map(tags, func(tag ec2types.Tag) (key, value *string) { return tag.Key, tag.Value })
}
