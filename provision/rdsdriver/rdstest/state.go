package rdstest

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// Instance is a DB instance as it is at one moment, for tests to look at. It shares nothing with the service.
type Instance struct {
	// Region, Name, ARN and ResourceID (DbiResourceId) of the instance.
	Region, Name, ARN, ResourceID string
	// Status that DescribeDBInstances would tell.
	Status string
	// Engine of the database.
	Engine string
	// Encrypted, Protected and Public say how it is set.
	Encrypted, Protected, Public bool
	// BackupDays is the retention of automated backups.
	BackupDays int
	// SecretARN is where its password is, and SecretKey what encrypts it; empty if Secrets Manager does not manage it.
	SecretARN, SecretKey string
	// Tags of the instance.
	Tags map[string]string
	// Created is when it was asked for.
	Created time.Time
}

// Snapshot is a DB snapshot as it is at one moment, for tests to look at. It shares nothing with the service.
type Snapshot struct {
	// Region and Name of the snapshot.
	Region, Name string
	// Instance that it was taken of, and the instance's ResourceID, which tells two of the same name apart.
	Instance, ResourceID string
	// Status is "creating" or "available".
	Status string
	// Encrypted says whether it is.
	Encrypted bool
	// Tags of the snapshot.
	Tags map[string]string
}

// Instances returns all instances of all regions that are not gone, also those that calls do not know yet, in the order of
// regions and names. It is no call: nothing is recorded, and no fault strikes.
func (s *RDS) Instances() []Instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collect()
	now := time.Now()
	var all []Instance
	for _, db := range s.instances {
		all = append(all, db.look(now))
	}
	slices.SortFunc(all, func(a, b Instance) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name))
	})
	return all
}

func (db *instance) look(now time.Time) Instance {
	about := Instance{
		Region: db.region, Name: db.name, ARN: db.arn, ResourceID: db.resource,
		Status: db.status(now), Engine: aws.ToString(db.about.Engine),
		Encrypted: aws.ToBool(db.about.StorageEncrypted), Protected: aws.ToBool(db.about.DeletionProtection),
		Public: aws.ToBool(db.about.PubliclyAccessible), BackupDays: int(aws.ToInt32(db.about.BackupRetentionPeriod)),
		Tags: maps.Clone(db.tags), Created: db.created,
	}
	if db.secret != nil {
		about.SecretARN, about.SecretKey = aws.ToString(db.secret.SecretArn), aws.ToString(db.secret.KmsKeyId)
	}
	return about
}

// Snapshots returns all snapshots of all regions, in the order of regions and names.
func (s *RDS) Snapshots() []Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Snapshot
	for _, snap := range s.snapshots {
		all = append(all, snap.look())
	}
	slices.SortFunc(all, func(a, b Snapshot) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// RetainedBackups returns the names of the instances, in the region of the cloud, whose automated backups outlived them.
func (s *RDS) RetainedBackups() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for k := range s.retained {
		if k.region == s.cloud.Options().Region {
			names = append(names, k.name)
		}
	}
	slices.Sort(names)
	return names
}

// AddSubnetGroup makes a DB subnet group of that name known, in all regions. "default" is known already.
func (s *RDS) AddSubnetGroup(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subnets[name] = true
}

// AddParameterGroup makes a DB parameter group of that name known, in all regions. Those of AWS ("default....") are known
// already.
func (s *RDS) AddParameterGroup(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parameters[name] = true
}

// AddInstance makes an instance by somebody else's hand, in the region of the cloud: no call is recorded, no fault strikes,
// and it is available at once. It refuses what CreateDBInstance would refuse.
func (s *RDS) AddInstance(in *rds.CreateDBInstanceInput) (Instance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collect()
	region := s.cloud.Options().Region
	out, err := s.createDBInstance(region, in)
	if err != nil {
		return Instance{}, err
	}
	db := s.instances[key{region, aws.ToString(out.DBInstance.DBInstanceIdentifier)}]
	db.visible, db.made, db.ready = db.created, db.created, db.created
	return db.look(time.Now()), nil
}

// AddSnapshot makes a manual snapshot by somebody else's hand, in the region of the cloud, of an instance that need not
// exist any more. It is available at once.
func (s *RDS) AddSnapshot(name, engine string, encrypted bool) (Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	db := &instance{
		region: s.cloud.Options().Region, name: "source-of-" + name, resource: goneResource,
		about: types.DBInstance{
			Engine: aws.String(engine), EngineVersion: aws.String(engines[engine].versions[0]), DBInstanceClass: aws.String("db.t4g.micro"),
			AllocatedStorage: aws.Int32(20), MasterUsername: aws.String("owner"), StorageEncrypted: aws.Bool(encrypted),
		},
	}
	snap, err := s.take(db, name, "manual")
	if err != nil {
		return Snapshot{}, err
	}
	snap.ready = snap.created
	return snap.look(), nil
}

// AddSnapshotOf makes a snapshot of an instance that is there, in the region of the cloud: by somebody's hand, or by RDS itself if its name
// begins with "rds:", as every night. It is available at once.
func (s *RDS) AddSnapshotOf(instance, name string) (Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	db := s.instances[key{s.cloud.Options().Region, instance}]
	if db == nil {
		return Snapshot{}, instanceNotFound(instance)
	}
	kind := "manual"
	if strings.HasPrefix(name, "rds:") {
		kind = automated
	}
	snap, err := s.take(db, name, kind)
	if err != nil {
		return Snapshot{}, err
	}
	snap.ready = snap.created
	return snap.look(), nil
}

// RemoveSnapshot takes a snapshot in the region of the cloud away at once: somebody has deleted it, or it was too old.
func (s *RDS) RemoveSnapshot(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.snapshots, key{s.cloud.Options().Region, name})
}

func (s *snapshot) look() Snapshot {
	return Snapshot{
		Region: s.region, Name: s.name, Instance: s.instance, ResourceID: s.resource,
		Status: s.status(), Encrypted: s.encrypted, Tags: maps.Clone(s.tags),
	}
}

// goneResource is the id of an instance that is long gone.
const goneResource = "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
