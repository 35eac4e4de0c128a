package cachedriver

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// maxName is the longest id of a replication group.
const maxName = 40

// defaultPort is ElastiCache's own; it is written out, because defaults change over the years.
const defaultPort = 6379

// Create begins to make the cache that c asks for, or returns the one that an earlier call for the same node, environment
// and attempt has made. A group of that id that is somebody else's is a [provision.ForeignError], one of ours that is
// being deleted a [provision.ErrDeleting].
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	spec, err := cacheOf(c)
	if err != nil {
		return provision.State{}, err
	}
	mark, err := markOf(c)
	if err != nil {
		return provision.State{}, err
	}
	name := c.Name(maxName, "")
	var exists *types.ReplicationGroupAlreadyExistsFault
	_, refusal := d.api.CreateReplicationGroup(ctx, createInput(c, name, mark, spec))
	if refusal != nil && !errors.As(refusal, &exists) {
		return provision.State{}, fmt.Errorf("cachedriver: creating cache %s of node %q: %w", name, c.Node, refusal)
	}
	group, err := d.describeNew(ctx, name)
	if unknown(err) && refusal != nil {
		return provision.State{}, fmt.Errorf("cachedriver: creating cache %s of node %q: a cache of this name %w: %w",
			name, c.Node, provision.ErrDeleting, refusal)
	}
	var tags map[string]string
	if err == nil {
		tags, err = d.tagsOf(ctx, group)
	}
	if err != nil {
		return provision.State{}, fmt.Errorf("cachedriver: whose is cache %s of node %q? %w", name, c.Node, errors.Join(err, refusal))
	}
	if err := c.CheckOwner(kinds.CacheKind, name, tags); err != nil {
		return provision.State{}, err
	}
	s := stateOf(group)
	provision.StateOwner(&s, tags) // ours, as was just proven
	if s.Deleting {
		return provision.State{}, fmt.Errorf("cachedriver: cache %s of node %q %w", name, c.Node, provision.ErrDeleting)
	}
	s.Owner.Subject = cmp.Or(s.Owner.Subject, c.Owner.Subject) // which the description does not hold
	return s, nil
}

// createInput writes a cache in ElastiCache's words. It is a pure function of c.
func createInput(c provision.Call, name, mark string, spec kinds.Cache) *elasticache.CreateReplicationGroupInput {
	in := &elasticache.CreateReplicationGroupInput{
		ReplicationGroupId:          aws.String(name),
		ReplicationGroupDescription: aws.String(mark),
		Engine:                      aws.String(cmp.Or(spec.Engine, kinds.Valkey)),
		EngineVersion:               text(spec.EngineVersion),
		CacheNodeType:               aws.String(string(spec.NodeType)),
		AutomaticFailoverEnabled:    aws.Bool(spec.AutomaticFailover),
		MultiAZEnabled:              aws.Bool(spec.MultiAZ),
		CacheSubnetGroupName:        text(spec.SubnetGroup),
		CacheParameterGroupName:     text(spec.ParameterGroup),
		Port:                        aws.Int32(int32(cmp.Or(spec.Port, defaultPort))),
		AtRestEncryptionEnabled:     aws.Bool(true), // Redis OSS has it off by default
		KmsKeyId:                    text(spec.KMSKey),
		TransitEncryptionEnabled:    aws.Bool(!spec.NoTransitEncryption),
	}
	if spec.Replicas > 0 { // a single node is meant by saying nothing
		in.NumCacheClusters = aws.Int32(int32(1 + spec.Replicas))
	}
	for _, id := range spec.SecurityGroups {
		in.SecurityGroupIds = append(in.SecurityGroupIds, string(id))
	}
	in.Tags = taglist.Of(c.Tags(), func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
	return in
}

// text returns nil for what is not said.
func text(t provision.Text) *string {
	if t == "" {
		return nil
	}
	return aws.String(string(t))
}
