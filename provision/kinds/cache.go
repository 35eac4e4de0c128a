package kinds

import (
	"regexp"

	"github.com/peppercorn-go/peppercorn/provision"
)

// CacheKind is the kind of a [Cache].
const CacheKind provision.Kind = "elasticache/replication-group"

// Engines of a [Cache].
const (
	Valkey = "valkey"
	Redis  = "redis"
)

// A Cache is one Amazon ElastiCache replication group of Valkey or Redis OSS with a single shard ("cluster mode
// disabled"): a primary node and up to five replicas. NodeType is required, and SubnetGroup unless encryption in transit
// is turned off.
//
// The nodes' storage is encrypted, and so is the traffic unless NoTransitEncryption says otherwise. There is no field for
// an AUTH token, which would be a secret: the security groups decide who reaches the cache.
//
// A cache holds copies. Deleting it is no loss of data, so no snapshot is taken and nothing is asked; what must not be lost
// belongs into a [Database].
type Cache struct {
	// Engine is [Valkey] or [Redis]. Default [Valkey].
	Engine string
	// EngineVersion is a version that ElastiCache offers, e.g. "8.0". Default: the newest.
	EngineVersion provision.Text
	// NodeType is the type of all nodes, e.g. "cache.t4g.micro". Required.
	NodeType provision.Text
	// Replicas is the number of read replicas: 0 to 5. Default none.
	Replicas int
	// AutomaticFailover makes a replica the primary when the primary fails. It needs a replica. Default: off.
	AutomaticFailover bool
	// MultiAZ puts the nodes into several availability zones. It needs AutomaticFailover. Default: off.
	MultiAZ bool
	// SubnetGroup is the name of an existing cache subnet group; "default" is that of the default VPC. Required unless
	// NoTransitEncryption is set, and then the default is that of the default VPC.
	SubnetGroup provision.Text
	// ParameterGroup is the name of an existing cache parameter group of the engine's family, with cluster mode off.
	// Default: the engine's.
	ParameterGroup provision.Text
	// SecurityGroups are the ids of security groups (sg-...) of the subnet group's VPC, at most 5. Default: that VPC's
	// default group.
	SecurityGroups []provision.Text
	// Port is the TCP port: 1 to 65,535. Default 6,379.
	Port int
	// KMSKey encrypts the nodes' storage: the id, ARN or alias of a key of AWS KMS. Default: a key that ElastiCache manages.
	KMSKey provision.Text
	// NoTransitEncryption lets clients connect without TLS, and only without. Default: clients must use TLS.
	NoTransitEncryption bool
}

// Bounds of a cache (ElastiCache API reference, CreateReplicationGroup).
const (
	maxCacheReplicas  = 5
	cacheNodeExamples = `"cache.t4g.micro" or "cache.m7g.large"`
)

var cacheNodeType = regexp.MustCompile(`^cache\.[a-z0-9-]+\.[a-z0-9-]+$`)

// Kind returns [CacheKind].
func (Cache) Kind() provision.Kind { return CacheKind }

// Outputs of a cache.
func (Cache) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the replication group's id"},
		{Name: "Endpoint", Type: provision.TextType, Doc: "the DNS name of the primary node"},
		{Name: "ReaderEndpoint", Type: provision.TextType, Doc: "the DNS name that spreads reads over the replicas; the primary's if there are none"},
		{Name: "Port", Type: provision.NumberType, Doc: "the TCP port that the nodes listen on"},
		{Name: "ARN", Type: provision.TextType, Doc: "the replication group's ARN"},
	}
}

// Validate checks required fields, alphabets and ranges as far as they are known, and what needs what. It returns every
// problem, joined.
func (c Cache) Validate() error {
	var p problems
	switch c.Engine {
	case "", Valkey, Redis:
	default:
		p.addf("Engine", `%q is not "valkey" or "redis"`, c.Engine)
	}
	p.required("NodeType", c.NodeType)
	if text, ok := literal(c.NodeType); ok && text != "" && !cacheNodeType.MatchString(text) {
		p.addf("NodeType", "%q is not a node type such as %s", text, cacheNodeExamples)
	}
	if n := c.Replicas; n < 0 || n > maxCacheReplicas {
		p.addf("Replicas", "%d is out of range, it may be 0 to %d", n, maxCacheReplicas)
	}
	if c.AutomaticFailover && c.Replicas < 1 {
		p.addf("AutomaticFailover", "needs a replica to fail over to")
	}
	if c.MultiAZ && !c.AutomaticFailover {
		p.addf("MultiAZ", "needs AutomaticFailover")
	}
	if c.SubnetGroup == "" && !c.NoTransitEncryption {
		p.addf("SubnetGroup", `is missing; encryption in transit needs it ("default" is the default VPC's)`)
	}
	checkDatabaseGroup(&p, "SubnetGroup", c.SubnetGroup)
	checkDatabaseGroup(&p, "ParameterGroup", c.ParameterGroup)
	checkMemberships(&p, c.SecurityGroups)
	if n := c.Port; n < 0 || n > maxPort {
		p.addf("Port", "%d is out of range, it may be 1 to %d", n, maxPort)
	}
	return p.err()
}

// CacheRef is the handle of a [Cache] in a blueprint.
type CacheRef struct{ provision.Ref }

// AddCache adds a cache to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddCache(b *provision.Blueprint, name string, c Cache, optFns ...func(*provision.Node)) CacheRef {
	return CacheRef{b.Add(name, c, optFns...)}
}

// Name is the replication group's id. Known at once.
func (r CacheRef) Name() provision.Text { return r.Output("Name") }

// Endpoint is the DNS name of the primary node, which reads and writes. Known when it is ready.
func (r CacheRef) Endpoint() provision.Text { return r.Output("Endpoint") }

// ReaderEndpoint is the DNS name that spreads reads over the replicas; the primary's if there are none. Known when it is
// ready.
func (r CacheRef) ReaderEndpoint() provision.Text { return r.Output("ReaderEndpoint") }

// Port is the TCP port that the nodes listen on, a number. Known when it is ready.
func (r CacheRef) Port() provision.Text { return r.Output("Port") }

// ARN is the replication group's ARN. Known when it is ready.
func (r CacheRef) ARN() provision.Text { return r.Output("ARN") }
