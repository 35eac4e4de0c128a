package kinds

import (
	"regexp"
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/provision"
)

// DatabaseKind is the kind of a [Database].
const DatabaseKind provision.Kind = "rds/instance"

// Engines of a [Database].
const (
	Postgres = "postgres"
	MySQL    = "mysql"
	MariaDB  = "mariadb"
)

// A Database is one Amazon RDS DB instance of PostgreSQL, MySQL or MariaDB. Engine and Class are required, and StorageGiB
// unless a Snapshot is restored.
//
// Some things are not left to choice: the storage is encrypted, and the master user's password is made, kept and rotated
// by AWS Secrets Manager. There is no field for a password; software gets the SecretARN output and reads the secret in a
// role of its own.
//
// Subnet and parameter groups are referred to by their names, not made: they belong to a network and not to a commit. When
// the database is deleted, RDS takes a final snapshot first, which stays, and is paid for, until somebody deletes it.
type Database struct {
	// Engine is [Postgres], [MySQL] or [MariaDB]. Required.
	Engine string
	// EngineVersion is a version that RDS offers, e.g. "17.5"; a major version alone, e.g. "17", means the minor version
	// that RDS prefers. Default: the version that RDS prefers. With Snapshot it comes from there.
	EngineVersion provision.Text
	// Class is the instance class, e.g. "db.t4g.micro". Required.
	Class provision.Text
	// StorageGiB is the size of the storage in GiB: 20 to 65,536, for types "io1" and "io2" 100 to 65,536. Required.
	// With Snapshot the default is the size from there, and a smaller one is refused.
	StorageGiB int
	// StorageType is "gp3", "gp2", "io1" or "io2". Default "gp3".
	StorageType string
	// IOPS are provisioned I/O operations a second: 1,000 to 256,000, and between half and 50 times StorageGiB. Types
	// "io1" and "io2" need it, and "gp2" has none. Default for "gp3": what its size includes.
	IOPS int
	// KMSKey encrypts the storage: the id, ARN or alias of a key of AWS KMS. Default: the account's key aws/rds. With
	// Snapshot it comes from there.
	KMSKey provision.Text
	// MultiAZ keeps a standby in a second availability zone. Default: one zone.
	MultiAZ bool
	// SubnetGroup is the name of an existing DB subnet group. Default: that of the default VPC.
	SubnetGroup provision.Text
	// ParameterGroup is the name of an existing DB parameter group of the engine's family. Default: the engine's.
	ParameterGroup provision.Text
	// SecurityGroups are the ids of security groups (sg-...) of the subnet group's VPC, at most 5. Default: that VPC's
	// default group.
	SecurityGroups []provision.Text
	// Port is the TCP port: 1,150 to 65,535. Default 5,432 for PostgreSQL, 3,306 for the others.
	Port int
	// DatabaseName is the first database, made with the instance: up to 63 letters, digits and "_", a letter first.
	// Default: none for MySQL and MariaDB, "postgres" for PostgreSQL. With Snapshot it comes from there.
	DatabaseName string
	// MasterUser is the name of the master user: up to 16 letters, digits and "_", a letter first, and no word that the
	// engine reserves. Default "postgres" for PostgreSQL, "admin" for the others. With Snapshot it comes from there.
	MasterUser string
	// SecretKMSKey encrypts the secret with the password: the id, ARN or alias of a key of AWS KMS. Default: the
	// account's key aws/secretsmanager.
	SecretKMSKey provision.Text
	// BackupDays is how many days automated backups are kept: 1 to 35. Default 7.
	BackupDays int
	// NoBackups makes no automated backups at all. It excludes BackupDays. Default: there are backups.
	NoBackups bool
	// Snapshot is the name of an existing DB snapshot to restore, or the ARN of one that is shared by another account. It
	// must be encrypted, because a restored database is encrypted exactly if its snapshot is. RDS takes engine version,
	// databases, master user and key from it; the password is replaced by one that Secrets Manager manages. Default: an
	// empty database.
	Snapshot provision.Text
	// Public gives the database a public address, so that its security groups alone decide who reaches it. Default: it
	// can be reached from within the VPC only.
	Public bool
	// PerformanceInsights turns on Performance Insights, kept for 7 days. It cannot be asked for together with Snapshot.
	// Default: off.
	PerformanceInsights bool
	// SkipFinalSnapshot deletes the database without a final snapshot: all data is lost, which is reported as a
	// [provision.Loss] before. Default: a final snapshot is taken.
	SkipFinalSnapshot bool
}

// Bounds of a database (RDS API reference, CreateDBInstance; RDS user guide, storage).
const (
	minDatabaseGiB     = 20
	minProvisionedGiB  = 100
	maxDatabaseGiB     = 1 << 16
	minDatabaseIOPS    = 1000
	maxDatabaseIOPS    = 256000
	minDatabasePort    = 1150
	maxBackupDays      = 35
	maxSubnetGroupName = 255
	classExamples      = `"db.t4g.micro" or "db.m7g.large"`
	fromSnapshot       = "comes with the Snapshot and cannot be chosen"
	masterUserRule     = `consists of up to 16 letters, digits and "_", a letter first`
)

var (
	databaseClass    = regexp.MustCompile(`^db\.[a-z0-9-]+\.[a-z0-9-]+$`)
	databaseName     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,62}$`)
	masterUser       = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,15}$`)
	databaseSnapshot = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9:-]{0,254}$`)
	databaseStorage  = []string{"gp2", "gp3", "io1", "io2"}
)

// reservedUsers are names that RDS refuses for the master user (RDS user guide, DB instance settings: rdsadmin, and words of the
// engine).
var reservedUsers = map[string][]string{
	Postgres: {"admin", "rdsadmin", "rds_superuser", "public", "user"},
	MySQL:    {"rdsadmin", "root", "mysql.sys"},
	MariaDB:  {"rdsadmin", "root", "mariadb.sys"},
}

// Kind returns [DatabaseKind].
func (Database) Kind() provision.Kind { return DatabaseKind }

// Outputs of a database.
func (Database) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the DB instance identifier, which is its id"},
		{Name: "Endpoint", Type: provision.TextType, Doc: "the DNS name of the database"},
		{Name: "Port", Type: provision.NumberType, Doc: "the TCP port that it listens on"},
		{Name: "ARN", Type: provision.TextType, Doc: "the database's ARN"},
		{Name: "SecretARN", Type: provision.TextType, Secret: true, Doc: "the ARN of the secret with user name and password"},
		{Name: "Engine", Type: provision.TextType, Doc: "postgres, mysql or mariadb"},
	}
}

// Validate checks required fields, alphabets and ranges as far as they are known, and what excludes what. It returns every
// problem, joined.
func (d Database) Validate() error {
	var p problems
	switch d.Engine {
	case Postgres, MySQL, MariaDB:
	case "":
		p.addf("Engine", `is missing; it is "postgres", "mysql" or "mariadb"`)
	default:
		p.addf("Engine", `%q is not "postgres", "mysql" or "mariadb"`, d.Engine)
	}
	p.required("Class", d.Class)
	if text, ok := literal(d.Class); ok && text != "" && !databaseClass.MatchString(text) {
		p.addf("Class", "%q is not an instance class such as %s", text, classExamples)
	}
	d.checkStorage(&p)
	d.checkUser(&p)
	d.checkBackups(&p)
	checkDatabaseGroup(&p, "SubnetGroup", d.SubnetGroup)
	checkDatabaseGroup(&p, "ParameterGroup", d.ParameterGroup)
	checkMemberships(&p, d.SecurityGroups)
	if n := d.Port; n != 0 && (n < minDatabasePort || n > maxPort) {
		p.addf("Port", "%d is out of range, it may be %d to %d", n, minDatabasePort, maxPort)
	}
	return p.err()
}

func (d Database) checkStorage(p *problems) {
	provisioned := d.StorageType == "io1" || d.StorageType == "io2"
	if d.StorageType != "" && !slices.Contains(databaseStorage, d.StorageType) {
		p.addf("StorageType", `%q is not "gp3", "gp2", "io1" or "io2"`, d.StorageType)
	}
	least := minDatabaseGiB
	if provisioned {
		least = minProvisionedGiB
	}
	switch n := d.StorageGiB; {
	case n == 0 && d.Snapshot == "":
		p.addf("StorageGiB", "is missing")
	case n != 0 && (n < least || n > maxDatabaseGiB):
		p.addf("StorageGiB", "%d is out of range, it may be %d to %d", n, least, maxDatabaseGiB)
	}
	switch n := d.IOPS; {
	case n == 0 && provisioned:
		p.addf("IOPS", "is missing; storage of type %s needs it", d.StorageType)
	case n == 0:
	case d.StorageType == "gp2":
		p.addf("IOPS", "storage of type gp2 has none")
	case n < minDatabaseIOPS || n > maxDatabaseIOPS:
		p.addf("IOPS", "%d is out of range, it may be %d to %d", n, minDatabaseIOPS, maxDatabaseIOPS)
	case d.StorageGiB > 0 && (2*n < d.StorageGiB || n > 50*d.StorageGiB):
		p.addf("IOPS", "%d is not between half and 50 times StorageGiB, which is %d", n, d.StorageGiB)
	}
}

func (d Database) checkUser(p *problems) {
	if d.DatabaseName != "" && !databaseName.MatchString(d.DatabaseName) {
		p.addf("DatabaseName", `%q: the name of a database consists of up to 63 letters, digits and "_", a letter first`, d.DatabaseName)
	}
	switch user := d.MasterUser; {
	case user == "":
	case !masterUser.MatchString(user):
		p.addf("MasterUser", "%q: the name of the master user %s", user, masterUserRule)
	case slices.Contains(reservedUsers[d.Engine], strings.ToLower(user)):
		p.addf("MasterUser", "%q is a name that %s reserves", user, d.Engine)
	}
}

func (d Database) checkBackups(p *problems) {
	switch n := d.BackupDays; {
	case d.NoBackups && n != 0:
		p.addf("NoBackups", "excludes BackupDays")
	case n < 0 || n > maxBackupDays:
		p.addf("BackupDays", "%d is out of range, it may be 1 to %d", n, maxBackupDays)
	}
	if d.Snapshot == "" {
		return
	}
	if text, ok := literal(d.Snapshot); ok && !strings.HasPrefix(text, "arn:") && !databaseSnapshot.MatchString(text) {
		p.addf("Snapshot", "%q is not the name or the ARN of a DB snapshot", text)
	}
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"EngineVersion", d.EngineVersion != ""},
		{"KMSKey", d.KMSKey != ""},
		{"DatabaseName", d.DatabaseName != ""},
		{"MasterUser", d.MasterUser != ""},
	} {
		if field.set {
			p.addf(field.name, fromSnapshot)
		}
	}
	if d.PerformanceInsights {
		p.addf("PerformanceInsights", "cannot be asked for when a Snapshot is restored")
	}
}

// checkDatabaseGroup checks the name of a subnet or parameter group of RDS or ElastiCache.
func checkDatabaseGroup(p *problems, field string, name provision.Text) {
	if text, ok := literal(name); ok && len(text) > maxSubnetGroupName {
		p.addf(field, "has %d characters, at most %d are allowed", len(text), maxSubnetGroupName)
	}
}

// checkMemberships checks the security groups of a database or a cache.
func checkMemberships(p *problems, ids []provision.Text) {
	if n := len(ids); n > maxGroups {
		p.addf("SecurityGroups", "%d are too many, at most %d are allowed", n, maxGroups)
	}
	seen := map[provision.Text]bool{}
	for i, id := range ids {
		field := indexed("SecurityGroups", i)
		p.required(field, id)
		p.id(field, id, "sg-")
		if seen[id] {
			p.addf(field, "%q is listed twice", id)
		}
		seen[id] = true
	}
}

// DatabaseRef is the handle of a [Database] in a blueprint.
type DatabaseRef struct{ provision.Ref }

// AddDatabase adds a database to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddDatabase(b *provision.Blueprint, name string, d Database, optFns ...func(*provision.Node)) DatabaseRef {
	return DatabaseRef{b.Add(name, d, optFns...)}
}

// Name is the DB instance identifier. Known at once.
func (r DatabaseRef) Name() provision.Text { return r.Output("Name") }

// Endpoint is the DNS name of the database. Known when it is ready.
func (r DatabaseRef) Endpoint() provision.Text { return r.Output("Endpoint") }

// Port is the TCP port that the database listens on, a number. Known when it is ready.
func (r DatabaseRef) Port() provision.Text { return r.Output("Port") }

// ARN is the database's ARN. Known when it is ready.
func (r DatabaseRef) ARN() provision.Text { return r.Output("ARN") }

// SecretARN is the ARN of the secret in AWS Secrets Manager that holds user name and password of the master user. It
// fits into fields for secrets, such as [Instance.Secrets] and [Container.Secrets]. Known when it is ready.
func (r DatabaseRef) SecretARN() provision.Secret { return r.Secret("SecretARN") }

// Engine is the database's engine: [Postgres], [MySQL] or [MariaDB]. Known when it is ready.
func (r DatabaseRef) Engine() provision.Text { return r.Output("Engine") }
