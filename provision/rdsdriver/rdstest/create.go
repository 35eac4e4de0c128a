package rdstest

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

var (
	identifier = regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)
	class      = regexp.MustCompile(`^db\.[a-z0-9-]+\.[a-z0-9-]+$`)
	user       = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,15}$`)
	database   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)
)

// engine is one that is simulated: its port, versions from the newest on, and some of the names that it reserves.
type engine struct {
	port     int32
	versions []string
	reserved []string
}

var engines = map[string]engine{
	"postgres": {5432, []string{"17.5", "17.4", "16.9", "15.13", "14.18", "13.21"}, []string{"admin", "rdsadmin", "user", "public"}},
	"mysql":    {3306, []string{"8.4.5", "8.0.42"}, []string{"rdsadmin", "root"}},
	"mariadb":  {3306, []string{"11.8.3", "11.4.7", "10.11.13", "10.6.22"}, []string{"rdsadmin", "root"}},
}

// offered returns the versions that are of this one, which may be a major version; without any, all are.
func (e engine) offered(version *string) []string {
	if version == nil {
		return e.versions
	}
	return slices.DeleteFunc(slices.Clone(e.versions), func(v string) bool {
		return v != *version && !strings.HasPrefix(v, *version+".")
	})
}

// checkName returns the name in the way RDS stores it.
func checkName(id *string, longest int, parameter string) (string, error) {
	name := strings.ToLower(aws.ToString(id))
	if len(name) > longest || !identifier.MatchString(name) {
		return "", invalidValue("The parameter %s is not a valid identifier. Identifiers must begin with a letter; must contain only "+
			"ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.", parameter)
	}
	return name, nil
}

func (s *RDS) createDBInstance(region string, in *rds.CreateDBInstanceInput) (*rds.CreateDBInstanceOutput, error) {
	name, err := checkName(in.DBInstanceIdentifier, 63, "DBInstanceIdentifier")
	if err != nil {
		return nil, err
	}
	engine, ok := engines[aws.ToString(in.Engine)]
	switch {
	case !ok:
		return nil, invalidValue("Invalid DB engine: %s", aws.ToString(in.Engine))
	case len(engine.offered(in.EngineVersion)) == 0:
		return nil, invalidCombination("Cannot find version %s for %s", *in.EngineVersion, aws.ToString(in.Engine))
	case in.AllocatedStorage == nil:
		return nil, invalidValue("The parameter AllocatedStorage must be provided and must not be blank.")
	case in.KmsKeyId != nil && !aws.ToBool(in.StorageEncrypted):
		return nil, invalidCombination("KmsKeyId can only be specified for an encrypted DB instance.")
	case in.DBName != nil && !database.MatchString(*in.DBName):
		return nil, invalidValue("DBName must begin with a letter and contain only alphanumeric characters.")
	}
	about := types.DBInstance{
		Engine:                     in.Engine,
		EngineVersion:              aws.String(engine.offered(in.EngineVersion)[0]),
		DBInstanceClass:            in.DBInstanceClass,
		AllocatedStorage:           in.AllocatedStorage,
		StorageType:                in.StorageType,
		Iops:                       in.Iops,
		StorageEncrypted:           aws.Bool(aws.ToBool(in.StorageEncrypted)),
		KmsKeyId:                   in.KmsKeyId,
		MultiAZ:                    aws.Bool(aws.ToBool(in.MultiAZ)),
		DbInstancePort:             in.Port,
		DBName:                     in.DBName,
		MasterUsername:             in.MasterUsername,
		BackupRetentionPeriod:      aws.Int32(1),
		PubliclyAccessible:         in.PubliclyAccessible,
		PerformanceInsightsEnabled: aws.Bool(aws.ToBool(in.EnablePerformanceInsights)),
		CopyTagsToSnapshot:         aws.Bool(aws.ToBool(in.CopyTagsToSnapshot)),
		DeletionProtection:         aws.Bool(aws.ToBool(in.DeletionProtection)),
	}
	if in.BackupRetentionPeriod != nil {
		about.BackupRetentionPeriod = in.BackupRetentionPeriod
	}
	if err := checkUser(in, engine.reserved); err != nil {
		return nil, err
	}
	db, err := s.born(region, name, about, placement{in.DBSubnetGroupName, in.DBParameterGroupName, in.VpcSecurityGroupIds}, in.Tags)
	if err != nil {
		return nil, err
	}
	making := s.takes(s.opts.Creation, "creation", name)
	made := s.add(region, name, db.about, db.tags, making)
	if aws.ToBool(in.ManageMasterUserPassword) {
		s.keepSecret(made, in.MasterUserSecretKmsKeyId)
	}
	answer := made.answer(made.created)
	return &rds.CreateDBInstanceOutput{DBInstance: &answer}, nil
}

// checkUser checks the master user, whose password is either given or managed.
func checkUser(in *rds.CreateDBInstanceInput, reserved []string) error {
	name := aws.ToString(in.MasterUsername)
	managed := aws.ToBool(in.ManageMasterUserPassword)
	switch {
	case !user.MatchString(name):
		return invalidValue("MasterUsername must be 1 to 16 letters, numbers or underscores, and begin with a letter")
	case slices.Contains(reserved, strings.ToLower(name)):
		return invalidValue("MasterUsername %s cannot be used as it is a reserved word used by the engine", name)
	case managed && in.MasterUserPassword != nil:
		return invalidCombination("You can't specify MasterUserPassword for an instance with ManageMasterUserPassword.")
	case !managed && in.MasterUserPassword == nil:
		return invalidValue("The parameter MasterUserPassword must be provided and must not be blank.")
	case !managed && in.MasterUserSecretKmsKeyId != nil:
		return invalidCombination("MasterUserSecretKmsKeyId is valid only with ManageMasterUserPassword.")
	}
	return nil
}

// placement is where an instance is put, by names and ids.
type placement struct {
	subnets, parameters *string
	groups              []string
}

// born checks what a created and a restored instance have in common, and fills in defaults. The instance is not added yet.
func (s *RDS) born(region, name string, about types.DBInstance, where placement, tags []types.Tag) (*instance, error) {
	if err := s.checkSettings(&about); err != nil {
		return nil, err
	}
	if group := aws.ToString(where.subnets); group != "" && !s.subnets[group] {
		return nil, noSubnets(group)
	}
	if group := aws.ToString(where.parameters); group != "" && !s.hasParameters(group) {
		return nil, noParameters(group)
	}
	about.DBSubnetGroup = &types.DBSubnetGroup{DBSubnetGroupName: aws.String(cmp.Or(aws.ToString(where.subnets), "default"))}
	if where.parameters != nil {
		about.DBParameterGroups = []types.DBParameterGroupStatus{{DBParameterGroupName: where.parameters, ParameterApplyStatus: aws.String("in-sync")}}
	}
	for _, id := range where.groups {
		if !strings.HasPrefix(id, "sg-") {
			return nil, invalidValue("Invalid security group , groupId= %s, groupName=.", id)
		}
		about.VpcSecurityGroups = append(about.VpcSecurityGroups, types.VpcSecurityGroupMembership{
			VpcSecurityGroupId: aws.String(id), Status: aws.String("active"),
		})
	}
	given, err := mergeTags(nil, tags)
	if err != nil {
		return nil, err
	}
	if s.instances[key{region, name}] != nil {
		return nil, instanceExists()
	}
	n := 0
	for k := range s.instances {
		if k.region == region {
			n++
		}
	}
	if n >= s.opts.Quota {
		return nil, &types.InstanceQuotaExceededFault{Message: aws.String("You have exceeded your quota of DB instances.")}
	}
	return &instance{about: about, tags: given}, nil
}

// checkSettings checks ranges and fills in defaults.
func (s *RDS) checkSettings(about *types.DBInstance) error {
	if !class.MatchString(aws.ToString(about.DBInstanceClass)) {
		return invalidValue("Invalid DB Instance class: %s", aws.ToString(about.DBInstanceClass))
	}
	about.StorageType = aws.String(cmp.Or(aws.ToString(about.StorageType), "gp3"))
	kind, size, iops := *about.StorageType, aws.ToInt32(about.AllocatedStorage), about.Iops
	least := int32(20)
	switch kind {
	case "io1", "io2":
		least = 100
		if iops == nil {
			return invalidCombination("You must specify IOPS for storage type %s", kind)
		}
	case "gp2":
		if iops != nil {
			return invalidCombination("You can't specify IOPS for storage type gp2")
		}
	case "gp3":
	default:
		return invalidValue("Invalid storage type: %s", kind)
	}
	if size < least || size > 65536 {
		return invalidValue("Invalid storage size for engine name %s and storage type %s: %d", aws.ToString(about.Engine), kind, size)
	}
	if iops != nil && (*iops < 1000 || *iops*2 < size || *iops > 50*size) {
		return invalidCombination("The IOPS to GiB ratio must be between 0.5 and 50: %d IOPS for %d GiB", *iops, size)
	}
	if about.DbInstancePort == nil {
		about.DbInstancePort = aws.Int32(engines[aws.ToString(about.Engine)].port)
	}
	if port := *about.DbInstancePort; port < 1150 || port > 65535 {
		return invalidValue("Invalid endpoint port: %d. Valid port numbers are between 1150 and 65535", port)
	}
	if days := aws.ToInt32(about.BackupRetentionPeriod); days < 0 || days > 35 {
		return invalidValue("Invalid backup retention period: %d. Must be between 0 and 35", days)
	}
	if about.PubliclyAccessible == nil {
		about.PubliclyAccessible = aws.Bool(true) // in the default subnet group
	}
	return nil
}
