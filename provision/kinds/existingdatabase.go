package kinds

import (
	"regexp"

	"github.com/peppercorn-go/peppercorn/provision"
)

// ExistingDatabaseKind is the kind of an [ExistingDatabase].
const ExistingDatabaseKind provision.Kind = "rds/existing-instance"

// An ExistingDatabase is an RDS DB instance that is there already, of any engine: one that several environments share, for example. It is
// looked up before anything is made, and never changed or deleted. It has the outputs of a [Database], so that one can take the place of the
// other.
//
// Name leaves no choice, so nothing is pinned. A database that is being deleted, or that RDS has given up, counts as missing; one that is being
// backed up, modified or has been stopped does not, for its address stays.
//
//	db := kinds.AddExistingDatabase(&b, "db", kinds.ExistingDatabase{Name: "shared"})
//	// ...
//	Environment: map[string]provision.Text{"DATABASE_HOST": db.Endpoint()},
//	Secrets:     map[string]provision.Secret{"DATABASE_SECRET": db.SecretARN()},
type ExistingDatabase struct {
	// Name is the DB instance identifier. Required. RDS does not tell upper from lower case.
	Name provision.Text
	// NoSecret accepts a database whose master password RDS does not keep in Secrets Manager; its output SecretARN is empty. Set
	// it where software logs in by IAM authentication, or with a secret of its own, which [ExistingSecret] finds. Default: such a
	// database counts as missing, before something is made that could not log in.
	NoSecret bool
}

// existingDatabaseName is a DB instance identifier (RDS API reference, CreateDBInstance).
var existingDatabaseName = regexp.MustCompile(`^[A-Za-z](-?[A-Za-z0-9])*$`)

// existingDatabaseMax is the length of the longest DB instance identifier.
const existingDatabaseMax = 63

// Kind returns [ExistingDatabaseKind].
func (ExistingDatabase) Kind() provision.Kind { return ExistingDatabaseKind }

// Existing says that a database is looked up and not made.
func (ExistingDatabase) Existing() {}

// Outputs of a database.
func (ExistingDatabase) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the DB instance identifier"},
		{Name: "Endpoint", Type: provision.TextType, Early: true, Doc: "the DNS name of the database"},
		{Name: "Port", Type: provision.NumberType, Early: true, Doc: "the TCP port that it listens on"},
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the database's ARN"},
		{Name: "SecretARN", Type: provision.TextType, Early: true, Secret: true, Doc: "the ARN of the secret with user name and password; may be empty with NoSecret"},
		{Name: "Engine", Type: provision.TextType, Early: true, Doc: "the engine, such as postgres"},
	}
}

// Validate checks the form of the name, if it is known.
func (d ExistingDatabase) Validate() error {
	var p problems
	p.required("Name", d.Name)
	p.existingDatabaseID("Name", d.Name)
	return p.err()
}

// existingDatabaseID checks a DB instance identifier that is known.
func (p *problems) existingDatabaseID(field string, id provision.Text) {
	if text, ok := literal(id); ok && text != "" && (len(text) > existingDatabaseMax || !existingDatabaseName.MatchString(text)) {
		p.addf(field, "%q is not a DB instance identifier: up to %d letters, digits and single hyphens, a letter first", text, existingDatabaseMax)
	}
}

// ExistingDatabaseRef is the handle of an [ExistingDatabase] in a blueprint.
type ExistingDatabaseRef struct{ provision.Ref }

// AddExistingDatabase adds the look-up of a database to a blueprint. A bad name or a duplicate is reported by the blueprint's
// Validate.
func AddExistingDatabase(b *provision.Blueprint, name string, d ExistingDatabase, optFns ...func(*provision.Node)) ExistingDatabaseRef {
	return ExistingDatabaseRef{b.Add(name, d, optFns...)}
}

// Name is the DB instance identifier. It is known before anything is made, as are all that follow.
func (r ExistingDatabaseRef) Name() provision.Text { return r.Output("Name") }

// Endpoint is the DNS name of the database.
func (r ExistingDatabaseRef) Endpoint() provision.Text { return r.Output("Endpoint") }

// Port is the TCP port that the database listens on, a number.
func (r ExistingDatabaseRef) Port() provision.Text { return r.Output("Port") }

// ARN is the database's ARN.
func (r ExistingDatabaseRef) ARN() provision.Text { return r.Output("ARN") }

// SecretARN is the ARN of the secret in AWS Secrets Manager that holds user name and password of the master user; empty if there is none
// and [ExistingDatabase.NoSecret] is set. It fits into fields for secrets only.
func (r ExistingDatabaseRef) SecretARN() provision.Secret { return r.Secret("SecretARN") }

// Engine is the database's engine, such as [Postgres].
func (r ExistingDatabaseRef) Engine() provision.Text { return r.Output("Engine") }
