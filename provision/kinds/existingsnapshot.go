package kinds

import (
	"regexp"
	"strings"

	"github.com/peppercorn-go/peppercorn/provision"
)

// ExistingSnapshotKind is the kind of an [ExistingSnapshot].
const ExistingSnapshotKind provision.Kind = "rds/existing-snapshot"

// An ExistingSnapshot is a DB snapshot of RDS that is there already, for [Database.Snapshot]. Either Name, Instance or Node is required. It is
// looked up before anything is made, and never changed or deleted.
//
// Which snapshot was chosen is pinned for the environment, so that one that is taken later changes nothing. A Name leaves no choice, so
// nothing is pinned. Only snapshots that are available are chosen; one that is named and is not counts as missing.
//
//	latest := kinds.AddExistingSnapshot(&b, "latest", kinds.ExistingSnapshot{Node: "orders"})
//	kinds.AddDatabase(&b, "orders", kinds.Database{
//		Engine: kinds.Postgres, Class: "db.t4g.small", Snapshot: latest.ID(),
//	})
type ExistingSnapshot struct {
	// Name is the snapshot's name, or the ARN of one that another account shares.
	Name provision.Text
	// Instance is a DB instance identifier. The latest snapshot of that database is taken, whether somebody has made it or RDS did by
	// itself (but see Manual). The database need not exist any more. Of several of the same moment, the one whose name comes last is taken.
	Instance provision.Text
	// Node is the name of a [Database] node. The latest final snapshot is taken, of all that teardowns of this application have left of
	// that node: in whichever environment, but under the same base. There is none before the first teardown, and that is an error like
	// any other: a first deployment cannot restore what never was.
	Node string
	// Manual leaves out the automated snapshots of Instance. RDS deletes those by itself once they are older than the database's
	// backups are kept, and with them goes what an environment has pinned. Default: they may be chosen.
	Manual bool
}

// existingSnapshotNode is the name of a node.
var existingSnapshotNode = regexp.MustCompile(`^[a-z](-?[a-z0-9]){0,30}$`)

// Kind returns [ExistingSnapshotKind].
func (ExistingSnapshot) Kind() provision.Kind { return ExistingSnapshotKind }

// Existing says that a snapshot is looked up and not made.
func (ExistingSnapshot) Existing() {}

// Outputs of a snapshot.
func (ExistingSnapshot) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ID", Type: provision.TextType, Early: true, Doc: "what a database is restored from: the snapshot's name, or its ARN if another account shares it"},
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the snapshot's ARN"},
		{Name: "Instance", Type: provision.TextType, Early: true, Doc: "the identifier of the database that it was taken of"},
		{Name: "Engine", Type: provision.TextType, Early: true, Doc: "the database's engine, such as postgres"},
		{Name: "EngineVersion", Type: provision.TextType, Early: true, Doc: "the engine's version, such as 17.5"},
		{Name: "StorageGiB", Type: provision.NumberType, Early: true, Doc: "the size of the database's storage, in GiB"},
	}
}

// Validate checks that there is one way to find the snapshot, and the form of it as far as that is known. It returns every problem,
// joined.
func (s ExistingSnapshot) Validate() error {
	var p problems
	p.exactlyOne(existingWay{"Name", s.Name}, existingWay{"Instance", s.Instance}, existingWay{"Node", provision.Text(s.Node)})
	if text, ok := literal(s.Name); ok && text != "" && !strings.HasPrefix(text, "arn:") && !databaseSnapshot.MatchString(text) {
		p.addf("Name", "%q is not the name or the ARN of a DB snapshot", text)
	}
	p.existingDatabaseID("Instance", s.Instance)
	if s.Node != "" && !existingSnapshotNode.MatchString(s.Node) {
		p.addf("Node", "%q is not the name of a node", s.Node)
	}
	if s.Manual && s.Instance == "" {
		p.addf("Manual", "is set, but Instance is not")
	}
	return p.err()
}

// ExistingSnapshotRef is the handle of an [ExistingSnapshot] in a blueprint.
type ExistingSnapshotRef struct{ provision.Ref }

// AddExistingSnapshot adds the look-up of a snapshot to a blueprint. A bad name or a duplicate is reported by the blueprint's
// Validate.
func AddExistingSnapshot(b *provision.Blueprint, name string, s ExistingSnapshot, optFns ...func(*provision.Node)) ExistingSnapshotRef {
	return ExistingSnapshotRef{b.Add(name, s, optFns...)}
}

// ID is what a database is restored from, for [Database.Snapshot]. It is known before anything is made, as are all that follow.
func (r ExistingSnapshotRef) ID() provision.Text { return r.Output("ID") }

// ARN is the snapshot's ARN.
func (r ExistingSnapshotRef) ARN() provision.Text { return r.Output("ARN") }

// Instance is the identifier of the database that the snapshot was taken of.
func (r ExistingSnapshotRef) Instance() provision.Text { return r.Output("Instance") }

// Engine is the database's engine, such as [Postgres].
func (r ExistingSnapshotRef) Engine() provision.Text { return r.Output("Engine") }

// EngineVersion is the engine's version.
func (r ExistingSnapshotRef) EngineVersion() provision.Text { return r.Output("EngineVersion") }

// StorageGiB is the size of the database's storage in GiB, a number.
func (r ExistingSnapshotRef) StorageGiB() provision.Text { return r.Output("StorageGiB") }
