package cachetest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

var (
	identifier = regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)
	nodeType   = regexp.MustCompile(`^cache\.[a-z0-9-]+\.[a-z0-9-]+$`)
	version    = regexp.MustCompile(`^[0-9]+(\.[0-9x]+)*$`)
)

// Limits of a replication group.
const (
	maxName        = 40
	maxDescription = 255
	maxNodes       = 6
)

func (s *ElastiCache) createReplicationGroup(region string, in *elasticache.CreateReplicationGroupInput) (
	*elasticache.CreateReplicationGroupOutput, error,
) {
	name := strings.ToLower(aws.ToString(in.ReplicationGroupId))
	if len(name) > maxName || !identifier.MatchString(name) {
		return nil, invalidValue("The parameter ReplicationGroupIdentifier must be provided and must contain only 1 to %d letters, digits and "+
			"hyphens, begin with a letter, and not end with a hyphen or contain two consecutive hyphens", maxName)
	}
	if err := s.check(in); err != nil {
		return nil, err
	}
	tags, err := mergeTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if s.groups[key{region, name}] != nil {
		return nil, groupExists(name)
	}
	nodes := max(1, int(aws.ToInt32(in.NumCacheClusters)))
	total := nodes
	for k, g := range s.groups {
		if k.region == region {
			total += g.nodes
		}
	}
	if total > s.opts.Quota {
		return nil, &types.NodeQuotaForCustomerExceededFault{Message: aws.String("The quota of nodes of this account is exceeded.")}
	}
	g := s.add(region, name, in, nodes, tags)
	answer := g.answer(g.created)
	return &elasticache.CreateReplicationGroupOutput{ReplicationGroup: &answer}, nil
}

// check checks what does not depend on other groups.
func (s *ElastiCache) check(in *elasticache.CreateReplicationGroupInput) error {
	failover, zones, tls := aws.ToBool(in.AutomaticFailoverEnabled), aws.ToBool(in.MultiAZEnabled), aws.ToBool(in.TransitEncryptionEnabled)
	description := aws.ToString(in.ReplicationGroupDescription)
	switch {
	case description == "" || utf8.RuneCountInString(description) > maxDescription:
		return invalidValue("The parameter ReplicationGroupDescription must have 1 to %d characters", maxDescription)
	case in.Engine != nil && *in.Engine != "valkey" && *in.Engine != "redis":
		return invalidValue("Invalid cache engine: %s", *in.Engine)
	case in.EngineVersion != nil && !version.MatchString(*in.EngineVersion):
		return invalidCombination("Cannot find version %s for %s", *in.EngineVersion, aws.ToString(in.Engine))
	case !nodeType.MatchString(aws.ToString(in.CacheNodeType)):
		return invalidValue("Invalid cache node type: %s", aws.ToString(in.CacheNodeType))
	case in.NumCacheClusters != nil && (*in.NumCacheClusters < 2 || *in.NumCacheClusters > maxNodes):
		return invalidValue("NumCacheClusters must be between 2 and %d, or be left out", maxNodes)
	case failover && in.NumCacheClusters == nil:
		return invalidCombination("Automatic failover needs at least 2 cache clusters.")
	case zones && !failover:
		return invalidCombination("Automatic failover must be enabled for Multi-AZ.")
	case tls && in.CacheSubnetGroupName == nil:
		return invalidCombination("Encryption in transit needs a cache subnet group.")
	case in.AuthToken != nil && !tls:
		return invalidCombination("The AUTH token is only supported when encryption-in-transit is enabled")
	case in.KmsKeyId != nil && !aws.ToBool(in.AtRestEncryptionEnabled):
		return invalidCombination("A KMS key needs encryption at rest.")
	case in.Port != nil && (*in.Port < 1 || *in.Port > 65535):
		return invalidValue("Invalid port: %d", *in.Port)
	}
	if name := aws.ToString(in.CacheSubnetGroupName); name != "" && !s.subnets[name] {
		return &types.CacheSubnetGroupNotFoundFault{Message: aws.String("Cache Subnet Group " + name + " does not exist.")}
	}
	if name := aws.ToString(in.CacheParameterGroupName); name != "" && !strings.HasPrefix(name, "default.") && !s.parameters[name] {
		return &types.CacheParameterGroupNotFoundFault{Message: aws.String("CacheParameterGroup " + name + " not found.")}
	}
	for _, id := range in.SecurityGroupIds {
		if !strings.HasPrefix(id, "sg-") {
			return invalidValue("Some security groups are invalid: [%s].", id)
		}
	}
	return nil
}

// add makes a group. It is unknown for a while, and being made for longer.
func (s *ElastiCache) add(region, name string, in *elasticache.CreateReplicationGroupInput, nodes int, tags map[string]string) *group {
	now := time.Now()
	random := s.cloud.Rand(fmt.Sprintf("ElastiCache domain of %s at %d", name, now.UnixNano()))
	engine := cmp.Or(aws.ToString(in.Engine), "redis")
	g := &group{
		region: region, name: name, nodes: nodes, tags: tags, port: 6379,
		subnets: aws.ToString(in.CacheSubnetGroupName), guards: slices.Clone(in.SecurityGroupIds),
		domain:  fmt.Sprintf("%06x.%s.cache.amazonaws.com", random.IntN(1<<24), region),
		created: now, visible: now.Add(s.opts.Visible), ready: now.Add(s.takes(s.opts.Creation, "creation", name)),
		about: types.ReplicationGroup{
			ReplicationGroupId:       aws.String(name),
			Description:              in.ReplicationGroupDescription,
			ARN:                      aws.String(fmt.Sprintf("arn:aws:elasticache:%s:%s:replicationgroup:%s", region, s.cloud.Options().Account, name)),
			Engine:                   aws.String(engine),
			CacheNodeType:            in.CacheNodeType,
			ClusterEnabled:           aws.Bool(false),
			AutomaticFailover:        types.AutomaticFailoverStatusDisabled,
			MultiAZ:                  types.MultiAZStatusDisabled,
			TransitEncryptionEnabled: aws.Bool(aws.ToBool(in.TransitEncryptionEnabled)),
			AtRestEncryptionEnabled:  aws.Bool(engine == "valkey" || aws.ToBool(in.AtRestEncryptionEnabled)),
			KmsKeyId:                 in.KmsKeyId,
			AuthTokenEnabled:         aws.Bool(in.AuthToken != nil),
		},
	}
	if in.Port != nil {
		g.port = *in.Port
	}
	if aws.ToBool(in.AutomaticFailoverEnabled) {
		g.about.AutomaticFailover = types.AutomaticFailoverStatusEnabled
	}
	if aws.ToBool(in.MultiAZEnabled) {
		g.about.MultiAZ = types.MultiAZStatusEnabled
	}
	s.groups[key{region, name}] = g
	s.announce(g)
	return g
}
