package logstest

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// listLimit is how many groups, or streams, one answer lists, at most.
const listLimit = 50

// accountPolicy is the name of the policy that [Logs.SetAccountRetention] makes.
const accountPolicy = "account-retention"

// group is a log group.
type group struct {
	region, name string
	arn          string // without ":*"
	class        types.LogGroupClass
	kmsKey       *string
	retention    *int32
	protected    bool
	tags         map[string]string
	created      time.Time
	usable       time.Time // from then on it is known
	streams      map[string]*stream
}

func (l *Logs) arnOf(region, name string) string {
	return fmt.Sprintf("arn:aws:logs:%s:%s:log-group:%s", region, l.cloud.Options().Account, name)
}

// named returns the group of a name, if it is known.
func (l *Logs) named(region string, name *string) (*group, error) {
	g := l.groups[key{region, aws.ToString(name)}]
	if g == nil || time.Now().Before(g.usable) {
		return nil, notFound("The specified log group does not exist.")
	}
	return g, nil
}

var (
	groupName = regexp.MustCompile(`^[A-Za-z0-9_\-/.#]{1,512}$`)
	keyARN    = regexp.MustCompile(`^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$`)
)

func (l *Logs) createLogGroup(region string, in *cloudwatchlogs.CreateLogGroupInput) (*cloudwatchlogs.CreateLogGroupOutput, error) {
	if _, err := l.create(region, in); err != nil {
		return nil, err
	}
	return &cloudwatchlogs.CreateLogGroupOutput{}, nil
}

func (l *Logs) create(region string, in *cloudwatchlogs.CreateLogGroupInput) (*group, error) {
	name := aws.ToString(in.LogGroupName)
	if !groupName.MatchString(name) || strings.HasPrefix(name, "aws/") {
		return nil, invalid("1 validation error detected: Value %q at 'logGroupName' failed to satisfy constraint", name)
	}
	class := cmp.Or(in.LogGroupClass, types.LogGroupClassStandard)
	if !slices.Contains(class.Values(), class) {
		return nil, invalid("1 validation error detected: Value %q at 'logGroupClass' is none of %v", class, class.Values())
	}
	if in.KmsKeyId != nil && !keyARN.MatchString(*in.KmsKeyId) {
		return nil, invalid("The specified KMS key %q does not exist or is not allowed to be used.", *in.KmsKeyId)
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	if l.groups[key{region, name}] != nil {
		return nil, &types.ResourceAlreadyExistsException{Message: aws.String("The specified log group already exists")}
	}
	now := time.Now()
	g := &group{
		region: region, name: name, arn: l.arnOf(region, name), class: class, kmsKey: in.KmsKeyId,
		protected: aws.ToBool(in.DeletionProtectionEnabled), tags: map[string]string{},
		created: now, usable: now.Add(l.opts.Settle), streams: map[string]*stream{},
	}
	maps.Copy(g.tags, in.Tags)
	l.groups[key{region, name}] = g
	return g, nil
}

func (l *Logs) deleteLogGroup(region string, in *cloudwatchlogs.DeleteLogGroupInput) (*cloudwatchlogs.DeleteLogGroupOutput, error) {
	g, err := l.named(region, in.LogGroupName)
	if err != nil {
		return nil, err
	}
	if g.protected {
		return nil, &types.ValidationException{Message: aws.String("Cannot delete log group with deletion protection enabled. " +
			"Disable deletion protection first.")}
	}
	delete(l.groups, key{region, g.name})
	return &cloudwatchlogs.DeleteLogGroupOutput{}, nil
}

// describeLogGroups lists what is known now, in the order of names. The token is the name that the last page ended with.
func (l *Logs) describeLogGroups(region string, in *cloudwatchlogs.DescribeLogGroupsInput) (*cloudwatchlogs.DescribeLogGroupsOutput, error) {
	limit, err := l.limit(in.Limit)
	if err != nil {
		return nil, err
	}
	if in.LogGroupNamePattern != nil || in.LogGroupIdentifiers != nil || in.AccountIdentifiers != nil || in.LogGroupClass != "" {
		return nil, invalid("logstest simulates no filter of DescribeLogGroups but logGroupNamePrefix")
	}
	if in.LogGroupNamePrefix != nil && !groupName.MatchString(*in.LogGroupNamePrefix) {
		return nil, invalid("1 validation error detected: Value %q at 'logGroupNamePrefix' failed to satisfy constraint", *in.LogGroupNamePrefix)
	}
	now := time.Now()
	var names []string
	for k, g := range l.groups {
		if k.region == region && !now.Before(g.usable) && k.name > aws.ToString(in.NextToken) &&
			strings.HasPrefix(k.name, aws.ToString(in.LogGroupNamePrefix)) {
			names = append(names, k.name)
		}
	}
	slices.Sort(names)
	out := &cloudwatchlogs.DescribeLogGroupsOutput{}
	if len(names) > limit {
		names = names[:limit]
		out.NextToken = aws.String(names[limit-1])
	}
	for _, name := range names {
		out.LogGroups = append(out.LogGroups, l.describe(l.groups[key{region, name}], now))
	}
	return out, nil
}

// limit is how long a page may be.
func (l *Logs) limit(asked *int32) (int, error) {
	limit := listLimit
	if asked != nil {
		if *asked < 1 || *asked > listLimit {
			return 0, invalid("1 validation error detected: Value '%d' at 'limit' is not between 1 and %d", *asked, listLimit)
		}
		limit = int(*asked)
	}
	if size := l.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	return limit, nil
}

func (l *Logs) describe(g *group, now time.Time) types.LogGroup {
	described := types.LogGroup{
		LogGroupName:              aws.String(g.name),
		LogGroupArn:               aws.String(g.arn),
		Arn:                       aws.String(g.arn + ":*"),
		LogGroupClass:             g.class,
		KmsKeyId:                  g.kmsKey,
		RetentionInDays:           g.retention,
		DeletionProtectionEnabled: aws.Bool(g.protected),
		CreationTime:              aws.Int64(g.created.UnixMilli()),
		StoredBytes:               aws.Int64(g.bytes(now.Add(-l.opts.CountLag))),
	}
	if days, ok := l.retention[g.region]; ok {
		described.RetentionInDays, described.RetentionPolicyName = aws.Int32(days), aws.String(accountPolicy)
	}
	return described
}

// retentions are those that CloudWatch Logs has (API reference, PutRetentionPolicy).
var retentions = []int32{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

func (l *Logs) putRetentionPolicy(region string, in *cloudwatchlogs.PutRetentionPolicyInput) (*cloudwatchlogs.PutRetentionPolicyOutput, error) {
	g, err := l.named(region, in.LogGroupName)
	if err != nil {
		return nil, err
	}
	days := aws.ToInt32(in.RetentionInDays)
	if !slices.Contains(retentions, days) {
		return nil, invalid("1 validation error detected: Value '%d' at 'retentionInDays' is none of %v", days, retentions)
	}
	g.retention = aws.Int32(days)
	return &cloudwatchlogs.PutRetentionPolicyOutput{}, nil
}

func (l *Logs) deleteRetentionPolicy(region string, in *cloudwatchlogs.DeleteRetentionPolicyInput) (*cloudwatchlogs.DeleteRetentionPolicyOutput, error) {
	g, err := l.named(region, in.LogGroupName)
	if err != nil {
		return nil, err
	}
	g.retention = nil
	return &cloudwatchlogs.DeleteRetentionPolicyOutput{}, nil
}

func (l *Logs) putLogGroupDeletionProtection(region string, in *cloudwatchlogs.PutLogGroupDeletionProtectionInput) (*cloudwatchlogs.PutLogGroupDeletionProtectionOutput, error) {
	name := aws.ToString(in.LogGroupIdentifier)
	g, err := l.named(region, aws.String(name[strings.LastIndex(name, ":")+1:]))
	if err != nil {
		return nil, err
	}
	g.protected = aws.ToBool(in.DeletionProtectionEnabled)
	return &cloudwatchlogs.PutLogGroupDeletionProtectionOutput{}, nil
}
