package cachetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

// Statuses of a group that come by themselves, and that of one that could not be made.
const (
	creating  = "creating"
	available = "available"
	deleting  = "deleting"
	failed    = "create-failed"
)

// group is one incarnation of a replication group. All times are compared with now when somebody asks: nothing runs by
// itself.
type group struct {
	region, name string
	about        types.ReplicationGroup // what was asked for, in the words of the answer
	port         int32
	nodes        int
	domain       string
	subnets      string   // the cache subnet group
	guards       []string // the security groups
	tags         map[string]string

	created time.Time
	visible time.Time // from then on calls know it
	ready   time.Time // from then on it is available
	deleted time.Time // when DeleteReplicationGroup was called; zero if it was not
	gone    time.Time // from then on it is not there any more
	forced  string    // the status that a test has given it
}

func (g *group) status(now time.Time) string {
	switch {
	case !g.deleted.IsZero():
		return deleting
	case g.forced != "":
		return g.forced
	case now.Before(g.ready):
		return creating
	}
	return available
}

// answer describes the group as ElastiCache does.
func (g *group) answer(now time.Time) types.ReplicationGroup {
	about := g.about
	about.Status = aws.String(g.status(now))
	for i := range g.nodes {
		about.MemberClusters = append(about.MemberClusters, fmt.Sprintf("%s-%03d", g.name, i+1))
	}
	if now.Before(g.ready) {
		return about
	}
	endpoint := func(host string) *types.Endpoint {
		return &types.Endpoint{Address: aws.String(host + "." + g.domain), Port: aws.Int32(g.port)}
	}
	shard := types.NodeGroup{NodeGroupId: aws.String("0001"), Status: about.Status}
	if aws.ToBool(about.TransitEncryptionEnabled) {
		shard.PrimaryEndpoint, shard.ReaderEndpoint = endpoint("master."+g.name), endpoint("replica."+g.name)
	} else {
		shard.PrimaryEndpoint, shard.ReaderEndpoint = endpoint(g.name), endpoint(g.name+"-ro")
	}
	about.NodeGroups = []types.NodeGroup{shard}
	return about
}

// named returns the group of an id, if calls know it.
func (s *ElastiCache) named(region string, id *string) (*group, error) {
	name := strings.ToLower(aws.ToString(id))
	g := s.groups[key{region, name}]
	if g == nil || time.Now().Before(g.visible) {
		return nil, groupNotFound(name)
	}
	return g, nil
}

// describeReplicationGroups lists in the order of ids. The marker is the id that the last page ended with.
func (s *ElastiCache) describeReplicationGroups(region string, in *elasticache.DescribeReplicationGroupsInput) (
	*elasticache.DescribeReplicationGroupsOutput, error,
) {
	now := time.Now()
	if in.ReplicationGroupId != nil {
		g, err := s.named(region, in.ReplicationGroupId)
		if err != nil {
			return nil, err
		}
		return &elasticache.DescribeReplicationGroupsOutput{ReplicationGroups: []types.ReplicationGroup{g.answer(now)}}, nil
	}
	limit := 100
	if in.MaxRecords != nil {
		if *in.MaxRecords < 20 || *in.MaxRecords > 100 {
			return nil, invalidValue("Invalid value %d for MaxRecords. Must be between 20 and 100", *in.MaxRecords)
		}
		limit = int(*in.MaxRecords)
	}
	if size := s.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	var known []*group
	for k, g := range s.groups {
		if k.region == region && !now.Before(g.visible) && g.name > aws.ToString(in.Marker) {
			known = append(known, g)
		}
	}
	slices.SortFunc(known, func(a, b *group) int { return cmp.Compare(a.name, b.name) })
	out := &elasticache.DescribeReplicationGroupsOutput{}
	if len(known) > limit {
		known = known[:limit]
		out.Marker = aws.String(known[limit-1].name)
	}
	for _, g := range known {
		out.ReplicationGroups = append(out.ReplicationGroups, g.answer(now))
	}
	return out, nil
}

func (s *ElastiCache) deleteReplicationGroup(region string, in *elasticache.DeleteReplicationGroupInput) (
	*elasticache.DeleteReplicationGroupOutput, error,
) {
	g, err := s.named(region, in.ReplicationGroupId)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	switch status := g.status(now); {
	case in.FinalSnapshotIdentifier != nil, aws.ToBool(in.RetainPrimaryCluster):
		return nil, invalidCombination("cachetest knows neither final snapshots nor primaries that stay")
	case status != available && status != failed:
		return nil, invalidState("Replication group %s has status %s which is not valid for deletion.", g.name, status)
	}
	g.deleted = now
	g.gone = now.Add(s.takes(s.opts.Deletion, "deletion", g.name))
	s.announce(g)
	answer := g.answer(now)
	return &elasticache.DeleteReplicationGroupOutput{ReplicationGroup: &answer}, nil
}

// describeEvents lists what was told about one group, by default within the last hour.
func (s *ElastiCache) describeEvents(region string, in *elasticache.DescribeEventsInput) (*elasticache.DescribeEventsOutput, error) {
	if in.SourceType != types.SourceTypeReplicationGroup || in.SourceIdentifier == nil {
		return nil, invalidValue("cachetest knows the events of one replication-group at a time")
	}
	period := time.Hour
	if in.Duration != nil {
		period = time.Duration(*in.Duration) * time.Minute
	}
	since := time.Now().Add(-period)
	out := &elasticache.DescribeEventsOutput{}
	for _, e := range s.events {
		if e.key == (key{region, *in.SourceIdentifier}) && !e.at.Before(since) {
			out.Events = append(out.Events, types.Event{
				Date: aws.Time(e.at), Message: aws.String(e.message),
				SourceIdentifier: aws.String(e.name), SourceType: types.SourceTypeReplicationGroup,
			})
		}
	}
	return out, nil
}
