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

// automated is the type of a snapshot that RDS takes by itself. All others are manual.
const automated = "automated"

// snapshot is what is left of an instance.
type snapshot struct {
	region, name string
	instance     string // its name
	resource     string // and its DbiResourceId
	kind         string // manual or automated
	engine       string
	version      string
	class        string
	user         string
	storage      int32
	backupDays   int32
	encrypted    bool
	kmsKey       *string
	tags         map[string]string
	created      time.Time
	ready        time.Time // from then on it is available
}

func (s *snapshot) finished() bool { return !time.Now().Before(s.ready) }

func (s *snapshot) status() string {
	if s.finished() {
		return available
	}
	return creating
}

// take begins to take a snapshot of an instance.
func (s *RDS) take(db *instance, name, kind string) (*snapshot, error) {
	k := key{db.region, name}
	if s.snapshots[k] != nil {
		return nil, snapshotExists(name)
	}
	now := time.Now()
	taken := &snapshot{
		region: db.region, name: name, instance: db.name, resource: db.resource, kind: kind,
		engine: aws.ToString(db.about.Engine), version: aws.ToString(db.about.EngineVersion),
		class: aws.ToString(db.about.DBInstanceClass), user: aws.ToString(db.about.MasterUsername),
		storage: aws.ToInt32(db.about.AllocatedStorage), backupDays: aws.ToInt32(db.about.BackupRetentionPeriod),
		encrypted: aws.ToBool(db.about.StorageEncrypted), kmsKey: db.about.KmsKeyId,
		created: now, ready: now.Add(s.takes(s.opts.Snapshot, "snapshot", name)),
	}
	if aws.ToBool(db.about.CopyTagsToSnapshot) {
		taken.tags = maps.Clone(db.tags)
	}
	s.snapshots[k] = taken
	return taken, nil
}

// snapshotOf returns the snapshot of a name or an ARN.
func (s *RDS) snapshotOf(region string, id *string) (*snapshot, error) {
	name := strings.ToLower(aws.ToString(id))
	if arn := strings.SplitN(name, ":", 7); len(arn) == 7 && arn[5] == "snapshot" {
		region, name = arn[3], arn[6]
	}
	found := s.snapshots[key{region, name}]
	if found == nil {
		return nil, snapshotNotFound(name)
	}
	return found, nil
}

func (s *RDS) answerOf(snap *snapshot) types.DBSnapshot {
	return types.DBSnapshot{
		DBSnapshotIdentifier: aws.String(snap.name),
		DBSnapshotArn:        aws.String(s.arnOf(snap.region, "snapshot", snap.name)),
		DBInstanceIdentifier: aws.String(snap.instance),
		DbiResourceId:        aws.String(snap.resource),
		SnapshotType:         aws.String(snap.kind),
		SnapshotCreateTime:   aws.Time(snap.created),

		OriginalSnapshotCreateTime: aws.Time(snap.created),

		Status:           aws.String(snap.status()),
		Engine:           aws.String(snap.engine),
		EngineVersion:    aws.String(snap.version),
		MasterUsername:   aws.String(snap.user),
		AllocatedStorage: aws.Int32(snap.storage),
		Encrypted:        aws.Bool(snap.encrypted),
		KmsKeyId:         snap.kmsKey,
		TagList:          tagList(snap.tags),
	}
}

func (s *RDS) createDBSnapshot(region string, in *rds.CreateDBSnapshotInput) (*rds.CreateDBSnapshotOutput, error) {
	name, err := checkName(in.DBSnapshotIdentifier, 255, "DBSnapshotIdentifier")
	if err != nil {
		return nil, err
	}
	db, err := s.named(region, in.DBInstanceIdentifier)
	if err != nil {
		return nil, err
	}
	if status := db.status(time.Now()); !slices.Contains(withSnapshot, status) {
		return nil, invalidState("Cannot create a snapshot because the database instance %s is not currently in the available state.", db.name)
	}
	taken, err := s.take(db, name, "manual")
	if err != nil {
		return nil, err
	}
	answer := s.answerOf(taken)
	return &rds.CreateDBSnapshotOutput{DBSnapshot: &answer}, nil
}

func (s *RDS) describeDBSnapshots(region string, in *rds.DescribeDBSnapshotsInput) (*rds.DescribeDBSnapshotsOutput, error) {
	if in.DBSnapshotIdentifier != nil {
		found, err := s.snapshotOf(region, in.DBSnapshotIdentifier)
		switch {
		case err != nil:
			return nil, err
		case found.kind == automated && in.SnapshotType == nil:
			return nil, invalidCombination("SnapshotType must be specified for the automated snapshot %s.", found.name)
		case in.SnapshotType != nil && *in.SnapshotType != found.kind:
			return nil, snapshotNotFound(found.name)
		}
		return &rds.DescribeDBSnapshotsOutput{DBSnapshots: []types.DBSnapshot{s.answerOf(found)}}, nil
	}
	limit, err := s.pageLimit(in.MaxRecords)
	if err != nil {
		return nil, err
	}
	var found []*snapshot
	for k, snap := range s.snapshots {
		of := strings.ToLower(aws.ToString(in.DBInstanceIdentifier))
		if k.region == region && k.name > aws.ToString(in.Marker) && (of == "" || of == snap.instance) &&
			(in.SnapshotType == nil || *in.SnapshotType == snap.kind) {
			found = append(found, snap)
		}
	}
	slices.SortFunc(found, func(a, b *snapshot) int { return cmp.Compare(a.name, b.name) })
	out := &rds.DescribeDBSnapshotsOutput{}
	if len(found) > limit {
		found = found[:limit]
		out.Marker = aws.String(found[limit-1].name)
	}
	for _, snap := range found {
		out.DBSnapshots = append(out.DBSnapshots, s.answerOf(snap))
	}
	return out, nil
}

func (s *RDS) deleteDBSnapshot(region string, in *rds.DeleteDBSnapshotInput) (*rds.DeleteDBSnapshotOutput, error) {
	found, err := s.snapshotOf(region, in.DBSnapshotIdentifier)
	if err != nil {
		return nil, err
	}
	if !found.finished() {
		return nil, &types.InvalidDBSnapshotStateFault{Message: aws.String("The snapshot " + found.name + " is not available yet.")}
	}
	if found.kind == automated {
		return nil, &types.InvalidDBSnapshotStateFault{Message: aws.String("Only manual snapshots may be deleted: " + found.name)}
	}
	delete(s.snapshots, key{found.region, found.name})
	answer := s.answerOf(found)
	return &rds.DeleteDBSnapshotOutput{DBSnapshot: &answer}, nil
}

// describeEvents lists what was told about one instance, by default within the last hour.
func (s *RDS) describeEvents(region string, in *rds.DescribeEventsInput) (*rds.DescribeEventsOutput, error) {
	switch {
	case in.SourceIdentifier != nil && in.SourceType == "":
		return nil, invalidCombination("SourceType must be specified with SourceIdentifier.")
	case in.SourceType != types.SourceTypeDbInstance || in.SourceIdentifier == nil:
		return nil, invalidValue("rdstest knows the events of one db-instance at a time")
	}
	minutes := time.Hour
	if in.Duration != nil {
		minutes = time.Duration(*in.Duration) * time.Minute
	}
	since := time.Now().Add(-minutes)
	out := &rds.DescribeEventsOutput{}
	for _, e := range s.events {
		if e.about(region, *in.SourceIdentifier, since) {
			out.Events = append(out.Events, types.Event{
				Date: aws.Time(e.at), Message: aws.String(e.message),
				SourceIdentifier: aws.String(e.name), SourceType: types.SourceTypeDbInstance,
			})
		}
	}
	return out, nil
}
