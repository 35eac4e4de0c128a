package kinds

import (
	"regexp"
	"slices"

	"github.com/peppercorn-go/peppercorn/provision"
)

// TableKind is the kind of a [Table].
const TableKind provision.Kind = "dynamodb/table"

// A Table is an Amazon DynamoDB table. PartitionKey is required. By default it is billed on demand, can be restored to any
// second of the last 35 days, and is encrypted with a key that DynamoDB owns.
//
// Items are data: terminating the environment of a table that has any is refused.
type Table struct {
	// PartitionKey is the attribute that every item has, and by which DynamoDB spreads the items. Required.
	PartitionKey TableKey
	// SortKey orders the items of one partition key, and makes the primary key out of both. Default: none.
	SortKey TableKey
	// Indexes are global secondary indexes: at most 20, with names of their own. Default: none.
	Indexes []TableIndex
	// Capacity reserves throughput instead of paying on demand. Default: on demand.
	Capacity TableCapacity
	// NoRecovery turns point-in-time recovery off. Default: on, for the last 35 days, at a price for each gigabyte.
	NoRecovery bool
	// DeletionProtection makes DynamoDB refuse to delete the table. This library never switches it off: whoever wants to
	// terminate the environment has to do that by hand. Default: off.
	DeletionProtection bool
	// Stream says what the stream of changes holds of each changed item: "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE" or
	// "NEW_AND_OLD_IMAGES". Default: there is no stream.
	Stream string
	// KMSKey encrypts with a key of AWS KMS instead: its id, ARN or alias (alias/aws/dynamodb is the account's own). Default:
	// a key that DynamoDB owns, at no charge.
	KMSKey provision.Text
}

// A TableKey is an attribute that is a key, or a part of one.
type TableKey struct {
	// Name of the attribute: 1 to 255 bytes. Required where the key is.
	Name string
	// Type of its values: "S" for text, "N" for numbers, "B" for bytes. Default "S".
	Type string
}

// A TableIndex is a second way into a table: a global secondary index.
type TableIndex struct {
	// Name of the index: 3 to 255 letters, digits and _-. characters. Required.
	Name string
	// PartitionKey of the index. Required.
	PartitionKey TableKey
	// SortKey of the index. Default: none.
	SortKey TableKey
	// KeysOnly copies only the keys into the index. Default: all attributes are copied.
	KeysOnly bool
	// Include copies these attributes and the keys: at most 100 in all indexes together. It excludes KeysOnly. Default: all
	// attributes are copied.
	Include []string
}

// A TableCapacity is reserved throughput, in units a second. Indexes have as much as the table each. The zero value reserves
// nothing and is billed on demand.
type TableCapacity struct {
	// Read units: one strongly consistent read of up to 4 KB each. 1 to 40,000 with AWS's default quota.
	Read int
	// Write units: one write of up to 1 KB each. 1 to 40,000 with AWS's default quota.
	Write int
}

// Bounds of a table (DynamoDB developer guide, quotas).
const (
	maxTableIndexes  = 20
	maxTableIncludes = 100
	maxTableUnits    = 40_000
	maxTableKeyName  = 255
)

var (
	tableIndexName = regexp.MustCompile(`^[a-zA-Z0-9_.-]{3,255}$`)
	tableStreams   = []string{"", "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"}
	tableKeyTypes  = []string{"", "S", "N", "B"}
)

// Kind returns [TableKind].
func (Table) Kind() provision.Kind { return TableKind }

// Outputs of a table.
func (Table) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the table's name"},
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the table's ARN, for policies"},
		{Name: "StreamARN", Type: provision.TextType, Doc: "the ARN of the stream of changes; empty if there is none"},
	}
}

// Validate checks keys, indexes and ranges. It returns every problem, joined.
func (t Table) Validate() error {
	var p problems
	types := map[string]string{} // by attribute
	checkTableKeys(&p, "", t.PartitionKey, t.SortKey, types)
	t.checkIndexes(&p, types)
	t.Capacity.check(&p)
	if !slices.Contains(tableStreams, t.Stream) {
		p.addf("Stream", `%q is not "KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES" or empty`, t.Stream)
	}
	return p.err()
}

func (t Table) checkIndexes(p *problems, types map[string]string) {
	if n := len(t.Indexes); n > maxTableIndexes {
		p.addf("Indexes", "%d are too many, at most %d are allowed", n, maxTableIndexes)
	}
	names, included := map[string]bool{}, 0
	for i, x := range t.Indexes {
		field := indexed("Indexes", i)
		switch {
		case x.Name == "":
			p.addf(field+".Name", "is missing")
		case !tableIndexName.MatchString(x.Name):
			p.addf(field+".Name", "%q does not consist of 3 to 255 letters, digits and _-. characters", x.Name)
		case names[x.Name]:
			p.addf(field+".Name", "%q is the name of another index", x.Name)
		}
		names[x.Name] = true
		checkTableKeys(p, field+".", x.PartitionKey, x.SortKey, types)
		if x.KeysOnly && len(x.Include) > 0 {
			p.addf(field+".KeysOnly", "excludes Include")
		}
		for n, name := range x.Include {
			if name == "" || slices.Contains(x.Include[:n], name) {
				p.addf(indexed(field+".Include", n), "%q is empty or listed twice", name)
			}
		}
		included += len(x.Include)
	}
	if included > maxTableIncludes {
		p.addf("Indexes", "include %d attributes, at most %d are allowed", included, maxTableIncludes)
	}
}

// checkTableKeys checks a primary key or that of an index. An attribute has one type wherever it is a key.
func checkTableKeys(p *problems, path string, partition, sort TableKey, types map[string]string) {
	if partition.Name == "" {
		p.addf(path+"PartitionKey.Name", "is missing")
	}
	if sort.Name == "" && sort.Type != "" {
		p.addf(path+"SortKey.Type", "is set, but SortKey.Name is not")
	}
	if sort.Name != "" && sort.Name == partition.Name {
		p.addf(path+"SortKey.Name", "%q is the partition key already", sort.Name)
	}
	for _, k := range []struct {
		field string
		key   TableKey
	}{{"PartitionKey", partition}, {"SortKey", sort}} {
		name, typ := k.key.Name, k.key.DataType()
		switch {
		case len(name) > maxTableKeyName:
			p.addf(path+k.field+".Name", "has %d bytes, at most %d are allowed", len(name), maxTableKeyName)
		case !slices.Contains(tableKeyTypes, k.key.Type):
			p.addf(path+k.field+".Type", `%q is not "S", "N" or "B"`, k.key.Type)
		case name != "" && types[name] != "" && types[name] != typ:
			p.addf(path+k.field+".Type", "%q is of type %s elsewhere", name, types[name])
		case name != "":
			types[name] = typ
		}
	}
}

// DataType returns Type with its default filled in.
func (k TableKey) DataType() string {
	if k.Type == "" {
		return "S"
	}
	return k.Type
}

func (c TableCapacity) check(p *problems) {
	if c == (TableCapacity{}) {
		return
	}
	for _, units := range []struct {
		field string
		n     int
	}{{"Capacity.Read", c.Read}, {"Capacity.Write", c.Write}} {
		if units.n < 1 || units.n > maxTableUnits {
			p.addf(units.field, "%d is out of range, it may be 1 to %d; leave both out to pay on demand", units.n, maxTableUnits)
		}
	}
}

// TableRef is the handle of a [Table] in a blueprint.
type TableRef struct{ provision.Ref }

// AddTable adds a table to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddTable(b *provision.Blueprint, name string, t Table, optFns ...func(*provision.Node)) TableRef {
	return TableRef{b.Add(name, t, optFns...)}
}

// Name is the table's name. Known at once.
func (r TableRef) Name() provision.Text { return r.Output("Name") }

// ARN is the table's ARN, for policies. Known at once.
func (r TableRef) ARN() provision.Text { return r.Output("ARN") }

// StreamARN is the ARN of the stream of changes; empty if there is none. Known when it is ready.
func (r TableRef) StreamARN() provision.Text { return r.Output("StreamARN") }
