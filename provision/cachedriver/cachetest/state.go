package cachetest

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
)

// Group is a replication group as it is at one moment, for tests to look at. It shares nothing with the service.
type Group struct {
	// Region, Name (its id) and ARN of the group.
	Region, Name, ARN string
	// Description of the group.
	Description string
	// Status that DescribeReplicationGroups would tell.
	Status string
	// Engine is "valkey" or "redis".
	Engine string
	// Nodes, the primary among them.
	Nodes int
	// TransitEncryption, AtRestEncryption and AuthToken say how it is set.
	TransitEncryption, AtRestEncryption, AuthToken bool
	// Tags of the group.
	Tags map[string]string
	// Created is when it was asked for.
	Created time.Time
}

// Groups returns all groups of all regions that are not gone, also those that calls do not know yet, in the order of
// regions and ids. It is no call: nothing is recorded, and no fault strikes.
func (s *ElastiCache) Groups() []Group {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collect()
	now := time.Now()
	var all []Group
	for _, g := range s.groups {
		all = append(all, g.look(now))
	}
	slices.SortFunc(all, func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name))
	})
	return all
}

func (g *group) look(now time.Time) Group {
	return Group{
		Region: g.region, Name: g.name, ARN: aws.ToString(g.about.ARN), Description: aws.ToString(g.about.Description),
		Status: g.status(now), Engine: aws.ToString(g.about.Engine), Nodes: g.nodes,
		TransitEncryption: aws.ToBool(g.about.TransitEncryptionEnabled), AtRestEncryption: aws.ToBool(g.about.AtRestEncryptionEnabled),
		AuthToken: aws.ToBool(g.about.AuthTokenEnabled), Tags: maps.Clone(g.tags), Created: g.created,
	}
}

// AddSubnetGroup makes a cache subnet group of that name known, in all regions. "default" is known already.
func (s *ElastiCache) AddSubnetGroup(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subnets[name] = true
}

// AddParameterGroup makes a cache parameter group of that name known, in all regions. Those of AWS ("default....") are
// known already.
func (s *ElastiCache) AddParameterGroup(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parameters[name] = true
}

// AddGroup makes a group by somebody else's hand, in the region of the cloud: no call is recorded, no fault strikes, and it
// is available at once. It refuses what CreateReplicationGroup would refuse.
func (s *ElastiCache) AddGroup(in *elasticache.CreateReplicationGroupInput) (Group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collect()
	region := s.cloud.Options().Region
	out, err := s.createReplicationGroup(region, in)
	if err != nil {
		return Group{}, err
	}
	g := s.groups[key{region, aws.ToString(out.ReplicationGroup.ReplicationGroupId)}]
	g.visible, g.ready = g.created, g.created
	return g.look(time.Now()), nil
}

// SetStatus gives a group of the region of the cloud a status, as ElastiCache or somebody in its console would, with an event
// that says why, if there is something to say. The empty status gives it back to itself. It reports false if there is no
// such group.
func (s *ElastiCache) SetStatus(name, status, reason string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := key{s.cloud.Options().Region, name}
	g := s.groups[k]
	if g == nil {
		return false
	}
	g.forced = status
	if reason != "" {
		s.events = append(s.events, event{k, reason, time.Now()})
	}
	return true
}

// SetDescription changes the description of a group of the region of the cloud, by somebody else's hand. It reports false
// if there is no such group.
func (s *ElastiCache) SetDescription(name, description string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.groups[key{s.cloud.Options().Region, name}]
	if g == nil {
		return false
	}
	g.about.Description = aws.String(description)
	return true
}
