package logstest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// Group is a log group as it is at one moment, for tests to look at. It shares nothing with the service.
type Group struct {
	// Region, Name and ARN of the group, the last without ":*".
	Region, Name, ARN string
	// Class of the group, such as STANDARD.
	Class string
	// KMSKey is the ARN of its key, if it has one.
	KMSKey string
	// RetentionDays is its own retention, whatever the account's policy; 0 if its events never expire.
	RetentionDays int
	// Protected says that it is under deletion protection.
	Protected bool
	// Tags of the group.
	Tags map[string]string
	// Created is when CreateLogGroup made it.
	Created time.Time
	// Streams are the names of its log streams, in order.
	Streams []string
	// Bytes that were written to it, counted without delay.
	Bytes int64
}

// Groups returns all groups of all regions, also those that are not known yet, in the order of regions and names. It is no
// call: nothing is recorded, and no fault strikes.
func (l *Logs) Groups() []Group {
	l.mu.Lock()
	defer l.mu.Unlock()
	var groups []Group
	for _, g := range l.groups {
		groups = append(groups, g.snapshot())
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name))
	})
	return groups
}

func (g *group) snapshot() Group {
	return Group{
		Region: g.region, Name: g.name, ARN: g.arn,
		Class:         string(g.class),
		KMSKey:        aws.ToString(g.kmsKey),
		RetentionDays: int(aws.ToInt32(g.retention)),
		Protected:     g.protected,
		Tags:          maps.Clone(g.tags),
		Created:       g.created,
		Streams:       slices.Sorted(maps.Keys(g.streams)),
		Bytes:         g.bytes(time.Now()),
	}
}

// AddGroup makes a standard group by somebody else's hand, in the region of the cloud: no call is recorded, no fault
// strikes, and it is known at once. It refuses what CreateLogGroup would refuse.
func (l *Logs) AddGroup(name string, tags map[string]string) (Group, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g, err := l.create(l.cloud.Options().Region, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name, Tags: tags})
	if err != nil {
		return Group{}, err
	}
	g.usable = g.created
	return g.snapshot(), nil
}

// SetAccountRetention makes a retention policy for all groups of the account in the region of the cloud. 0 takes it away.
func (l *Logs) SetAccountRetention(days int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	region := l.cloud.Options().Region
	if days == 0 {
		delete(l.retention, region)
		return
	}
	l.retention[region] = int32(days) //nolint:gosec // a number of days
}
