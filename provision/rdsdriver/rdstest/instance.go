package rdstest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// Statuses of an instance that come by themselves.
const (
	creating  = "creating"
	backingUp = "backing-up"
	available = "available"
	resetting = "resetting-master-credentials"
	deleting  = "deleting"
)

// instance is one incarnation of a DB instance. All times are compared with now when somebody asks: nothing runs by itself.
type instance struct {
	region, name string
	resource     string // DbiResourceId
	arn          string
	host         string
	about        types.DBInstance // what was asked for, in the words of the answer
	tags         map[string]string
	secret       *types.MasterUserSecret

	created  time.Time
	visible  time.Time // from then on calls know it
	made     time.Time // from then on it has an endpoint
	ready    time.Time // from then on it is available
	changing time.Time // until then its password is being reset
	deleted  time.Time // when DeleteDBInstance was called; zero if it was not
	gone     time.Time // from then on it is not there any more
	forced   string    // the status that a test has given it
}

func (db *instance) status(now time.Time) string {
	switch {
	case !db.deleted.IsZero():
		return deleting
	case db.forced != "":
		return db.forced
	case now.Before(db.made):
		return creating
	case now.Before(db.ready):
		return backingUp
	case now.Before(db.changing):
		return resetting
	}
	return available
}

// answer describes the instance as RDS does.
func (db *instance) answer(now time.Time) types.DBInstance {
	about := db.about
	about.DBInstanceIdentifier = aws.String(db.name)
	about.DbiResourceId = aws.String(db.resource)
	about.DBInstanceArn = aws.String(db.arn)
	about.DBInstanceStatus = aws.String(db.status(now))
	about.TagList = tagList(db.tags)
	about.DbInstancePort = aws.Int32(0) // as RDS has it for all but members of a cluster
	if !now.Before(db.made) {
		about.InstanceCreateTime = aws.Time(db.made)
		about.Endpoint = &types.Endpoint{
			Address: aws.String(db.host), HostedZoneId: aws.String("Z2R2ITUGPM61AM"), Port: db.about.DbInstancePort,
		}
		if aws.ToInt32(about.BackupRetentionPeriod) > 0 && !now.Before(db.ready) {
			about.LatestRestorableTime = aws.Time(db.ready)
		}
	}
	if db.secret != nil {
		secret := *db.secret
		secret.SecretStatus = aws.String("active")
		if now.Before(db.made) || now.Before(db.changing) {
			secret.SecretStatus = aws.String(creating)
		}
		about.MasterUserSecret = &secret
	}
	return about
}

// named returns the instance of a name, if calls know it.
func (s *RDS) named(region string, id *string) (*instance, error) {
	name := strings.ToLower(aws.ToString(id))
	if arn := strings.SplitN(name, ":", 7); len(arn) == 7 && arn[5] == "db" {
		name = arn[6]
	}
	db := s.instances[key{region, name}]
	if db == nil || time.Now().Before(db.visible) {
		return nil, instanceNotFound(name)
	}
	return db, nil
}

// pageLimit is how much RDS lists in one answer: 20 to 100.
func (s *RDS) pageLimit(asked *int32) (int, error) {
	limit := 100
	if asked != nil {
		if *asked < 20 || *asked > 100 {
			return 0, invalidValue("Invalid value %d for MaxRecords. Must be between 20 and 100", *asked)
		}
		limit = int(*asked)
	}
	if size := s.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	return limit, nil
}

// describeDBInstances lists in the order of names. The marker is the name that the last page ended with.
func (s *RDS) describeDBInstances(region string, in *rds.DescribeDBInstancesInput) (*rds.DescribeDBInstancesOutput, error) {
	now := time.Now()
	if in.DBInstanceIdentifier != nil {
		db, err := s.named(region, in.DBInstanceIdentifier)
		if err != nil {
			return nil, err
		}
		return &rds.DescribeDBInstancesOutput{DBInstances: []types.DBInstance{db.answer(now)}}, nil
	}
	if len(in.Filters) > 0 {
		return nil, invalidValue("Unrecognized filter name: %s", aws.ToString(in.Filters[0].Name))
	}
	limit, err := s.pageLimit(in.MaxRecords)
	if err != nil {
		return nil, err
	}
	var known []*instance
	for k, db := range s.instances {
		if k.region == region && !now.Before(db.visible) && db.name > aws.ToString(in.Marker) {
			known = append(known, db)
		}
	}
	slices.SortFunc(known, func(a, b *instance) int { return cmp.Compare(a.name, b.name) })
	out := &rds.DescribeDBInstancesOutput{}
	if len(known) > limit {
		known = known[:limit]
		out.Marker = aws.String(known[limit-1].name)
	}
	for _, db := range known {
		out.DBInstances = append(out.DBInstances, db.answer(now))
	}
	return out, nil
}

// add makes an instance. It is unknown for a while, and being made for longer.
func (s *RDS) add(region, name string, about types.DBInstance, tags map[string]string, making time.Duration) *instance {
	now := time.Now()
	r := s.cloud.Rand(fmt.Sprintf("RDS ids of %s at %d", name, now.UnixNano()))
	random := func(alphabet string, n int) string {
		text := make([]byte, n)
		for i := range text {
			text[i] = alphabet[r.IntN(len(alphabet))]
		}
		return string(text)
	}
	const upper, lower = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "abcdefghijklmnopqrstuvwxyz0123456789"
	db := &instance{
		region: region, name: name, about: about, tags: tags,
		resource: "db-" + random(upper, 26),
		arn:      s.arnOf(region, "db", name),
		host:     name + "." + random(lower, 12) + "." + region + ".rds.amazonaws.com",
		created:  now, visible: now.Add(s.opts.Visible), made: now.Add(making),
	}
	db.ready = db.made
	if aws.ToInt32(about.BackupRetentionPeriod) > 0 {
		db.ready = db.made.Add(s.takes(s.opts.Backup, "first backup", name))
	}
	s.instances[key{region, name}] = db
	s.announce(db)
	return db
}

// keepSecret gives the instance a secret in Secrets Manager.
func (s *RDS) keepSecret(db *instance, kms *string) {
	id := strings.ToLower(strings.TrimPrefix(db.resource, "db-"))
	db.secret = &types.MasterUserSecret{
		SecretArn: aws.String(fmt.Sprintf("arn:aws:secretsmanager:%s:%s:secret:rds!db-%s-%s", db.region, s.cloud.Options().Account, id, id[:6])),
		KmsKeyId:  aws.String(cmp.Or(aws.ToString(kms), "alias/aws/secretsmanager")),
	}
}

func (s *RDS) arnOf(region, kind, name string) string {
	return fmt.Sprintf("arn:aws:rds:%s:%s:%s:%s", region, s.cloud.Options().Account, kind, name)
}
