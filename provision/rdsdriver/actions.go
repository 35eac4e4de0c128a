package rdsdriver

import (
	"slices"

	"github.com/peppercorn-go/peppercorn/provision"
)

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs, with those that RDS asks of the caller for what it does on the way
// (Service Authorization Reference, dependent actions): it keeps the password of a database in a secret of a name of its own, which it
// encrypts, and takes a snapshot before it deletes. Options, parameters and subnets come in groups on which the same
// action is checked, and which are not ours; nor need a snapshot be that is restored. Restoring one also needs no secret: that
// comes with ModifyDBInstance.
func (d *Driver) Actions() []provision.Action {
	const arn = "arn:${Partition}:rds:${Region}:${Account}:"
	var (
		ours     = []string{arn + "db:${Name}"}
		groups   = []string{arn + "og:*", arn + "pg:*", arn + "subgrp:*"}
		shared   = "arn:${Partition}:rds:${Region}:*:snapshot:*" // one that another account shares has its number
		finals   = []string{arn + "snapshot:${Name}"}
		secrets  = []string{"arn:${Partition}:secretsmanager:${Region}:${Account}:secret:rds!db-*"}
		keys     = []string{"${Key}"}
		create   = []string{"CreateDBInstance", "RestoreDBInstanceFromDBSnapshot"}
		password = []string{"CreateDBInstance", "ModifyDBInstance"}
		encrypt  = []string{"CreateDBInstance", "ModifyDBInstance", "RestoreDBInstanceFromDBSnapshot"}
		remove   = []string{"DeleteDBInstance"}
	)
	return []provision.Action{
		{Name: "rds:CreateDBInstance", Resources: ours, Tags: provision.TagsGiven},
		{Name: "rds:CreateDBInstance", Resources: groups},
		{Name: "rds:RestoreDBInstanceFromDBSnapshot", Resources: ours, Tags: provision.TagsGiven},
		{Name: "rds:RestoreDBInstanceFromDBSnapshot", Resources: slices.Concat([]string{shared}, groups)},
		{Name: "rds:AddTagsToResource", Resources: ours, Tags: provision.TagsGiven, For: create, Why: "it gives tags"},
		{
			Name:      "iam:CreateServiceLinkedRole",
			Resources: []string{"arn:${Partition}:iam::${Account}:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"},
			For:       create, Why: "the first one in an account makes the role of the service",
		},
		{Name: "secretsmanager:CreateSecret", Resources: secrets, For: password, Why: "RDS keeps the password there"},
		{Name: "secretsmanager:TagResource", Resources: secrets, For: password, Why: "RDS gives the secret tags"},
		{
			Name: "kms:DescribeKey", Resources: []string{"arn:${Partition}:kms:${Region}:${Account}:key/*"},
			For: encrypt, Why: "RDS looks at the key, also at its own",
		},
		{Name: "kms:CreateGrant", Resources: keys, For: encrypt, Why: "RDS may use the key from then on"},
		{Name: "kms:Decrypt", Resources: keys, For: encrypt, Why: "RDS and Secrets Manager try the key"},
		{Name: "kms:GenerateDataKey", Resources: keys, For: encrypt, Why: "RDS and Secrets Manager encrypt with it"},
		{Name: "rds:ModifyDBInstance", Resources: ours, Tags: provision.TagsThere},
		{Name: "rds:DeleteDBInstance", Resources: ours, Tags: provision.TagsThere},
		{Name: "rds:CreateDBSnapshot", Resources: slices.Concat(finals, ours), For: remove, Why: "a final snapshot comes first"},
		{Name: "rds:AddTagsToResource", Resources: finals, For: remove, Why: "the snapshot gets the tags of the database"},
		{Name: "rds:DescribeDBEngineVersions"},
		{Name: "rds:DescribeDBInstances"},
		{Name: "rds:DescribeDBParameterGroups", Resources: []string{arn + "pg:*"}},
		{Name: "rds:DescribeDBSnapshots"},
		{Name: "rds:DescribeDBSubnetGroups", Resources: []string{arn + "subgrp:*"}},
		{Name: "rds:DescribeEvents"},
	}
}
