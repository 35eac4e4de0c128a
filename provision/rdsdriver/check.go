package rdsdriver

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/smithy-go"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

var _ provision.Checker = (*Driver)(nil)

// Check asks whether what a database refers to is there: the subnet group, the parameter group, the snapshot, which must fit, and the
// engine version, which RDS must offer; and with [Options.Network] the security groups.
func (d *Driver) Check(ctx context.Context, c provision.Call) error {
	spec, err := databaseOf(c)
	if err != nil {
		return err
	}
	problems := []error{d.checkSubnets(ctx, spec.SubnetGroup), d.checkParameters(ctx, spec.ParameterGroup)}
	if spec.Snapshot != "" && !spec.Snapshot.Pending() {
		problems = append(problems, unlessDenied(d.checkSnapshot(ctx, spec)))
	}
	problems = append(problems, d.checkVersion(ctx, spec))
	if d.opts.Network != nil {
		problems = append(problems, unlessDenied(d.opts.Network(ctx, nil, spec.SecurityGroups)))
	}
	return errors.Join(problems...)
}

func (d *Driver) checkSubnets(ctx context.Context, name provision.Text) error {
	if name == "" || name.Pending() {
		return nil
	}
	_, err := d.api.DescribeDBSubnetGroups(ctx, &rds.DescribeDBSubnetGroupsInput{DBSubnetGroupName: aws.String(string(name))})
	var missing *types.DBSubnetGroupNotFoundFault
	if errors.As(err, &missing) {
		return &provision.MissingError{Field: "SubnetGroup", What: "DB subnet group " + string(name)}
	}
	return asked("DB subnet group", name, err)
}

func (d *Driver) checkParameters(ctx context.Context, name provision.Text) error {
	if name == "" || name.Pending() {
		return nil
	}
	_, err := d.api.DescribeDBParameterGroups(ctx, &rds.DescribeDBParameterGroupsInput{DBParameterGroupName: aws.String(string(name))})
	var missing *types.DBParameterGroupNotFoundFault
	if errors.As(err, &missing) {
		return &provision.MissingError{Field: "ParameterGroup", What: "DB parameter group " + string(name)}
	}
	return asked("DB parameter group", name, err)
}

// checkVersion asks for a version, of which the major part alone will do. RDS lists those that are available only.
func (d *Driver) checkVersion(ctx context.Context, spec kinds.Database) error {
	if spec.EngineVersion == "" || spec.EngineVersion.Pending() {
		return nil
	}
	out, err := d.api.DescribeDBEngineVersions(ctx, &rds.DescribeDBEngineVersionsInput{
		Engine: aws.String(spec.Engine), EngineVersion: aws.String(string(spec.EngineVersion)),
	})
	what := "version " + string(spec.EngineVersion) + " of " + spec.Engine
	if err == nil && len(out.DBEngineVersions) == 0 {
		return &provision.MissingError{Field: "EngineVersion", What: what, Why: "RDS does not offer it in this region"}
	}
	return asked(what, "", err)
}

// asked says which question an error came of. It is none if the question may not be asked: the create that follows asks again.
func asked(what string, name provision.Text, err error) error {
	if err = unlessDenied(err); err != nil {
		return fmt.Errorf("look for %s %s: %w", what, name, err)
	}
	return nil
}

func unlessDenied(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode() {
		case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation":
			return nil
		}
	}
	return err
}
