package rdstest

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// oneOf returns the names that a listing of groups is asked for: one, or all in one page.
func oneOf(known map[string]bool, asked *string) []string {
	if asked == nil {
		return slices.Sorted(maps.Keys(known))
	}
	return []string{strings.ToLower(*asked)}
}

func (s *RDS) describeDBSubnetGroups(in *rds.DescribeDBSubnetGroupsInput) (*rds.DescribeDBSubnetGroupsOutput, error) {
	out := &rds.DescribeDBSubnetGroupsOutput{}
	for _, name := range oneOf(s.subnets, in.DBSubnetGroupName) {
		if !s.subnets[name] {
			return nil, noSubnets(name)
		}
		out.DBSubnetGroups = append(out.DBSubnetGroups, types.DBSubnetGroup{
			DBSubnetGroupName: aws.String(name), SubnetGroupStatus: aws.String("Complete"),
		})
	}
	return out, nil
}

func (s *RDS) describeDBParameterGroups(in *rds.DescribeDBParameterGroupsInput) (*rds.DescribeDBParameterGroupsOutput, error) {
	out := &rds.DescribeDBParameterGroupsOutput{}
	for _, name := range oneOf(s.parameters, in.DBParameterGroupName) {
		if !s.hasParameters(name) {
			return nil, noParameters(name)
		}
		out.DBParameterGroups = append(out.DBParameterGroups, types.DBParameterGroup{DBParameterGroupName: aws.String(name)})
	}
	return out, nil
}

// hasParameters reports whether there is a parameter group of that name. Those of AWS are there for every engine.
func (s *RDS) hasParameters(name string) bool {
	return strings.HasPrefix(name, "default.") || s.parameters[name]
}

// describeDBEngineVersions lists what is offered, in one page. A version that is not is no error, but an empty list.
func (s *RDS) describeDBEngineVersions(in *rds.DescribeDBEngineVersionsInput) (*rds.DescribeDBEngineVersionsOutput, error) {
	out := &rds.DescribeDBEngineVersionsOutput{}
	if _, known := engines[aws.ToString(in.Engine)]; in.Engine != nil && !known {
		return nil, invalidValue("Unrecognized engine name: %s", *in.Engine)
	}
	for _, name := range slices.Sorted(maps.Keys(engines)) {
		if in.Engine != nil && *in.Engine != name {
			continue
		}
		for _, version := range engines[name].offered(in.EngineVersion) {
			out.DBEngineVersions = append(out.DBEngineVersions, types.DBEngineVersion{
				Engine: aws.String(name), EngineVersion: aws.String(version), Status: aws.String(available),
			})
		}
	}
	return out, nil
}

func noSubnets(name string) error {
	return &types.DBSubnetGroupNotFoundFault{Message: aws.String("DB subnet group '" + name + "' does not exist.")}
}

func noParameters(name string) error {
	return &types.DBParameterGroupNotFoundFault{Message: aws.String("DBParameterGroup not found: " + name)}
}
