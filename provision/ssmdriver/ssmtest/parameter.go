package ssmtest

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

// Limits of parameters (Systems Manager API reference, PutParameter).
const (
	maxARN           = 1011 // the name counts as part of the ARN
	maxDepth         = 15
	maxBytes         = 4096
	maxAdvancedBytes = 8192
	maxDescription   = 1024
	maxVersions      = 100
)

// parameter is a parameter in its latest version.
type parameter struct {
	region, name string
	arn          string
	typ          types.ParameterType
	tier         types.ParameterTier
	value        string
	description  *string
	version      int64
	modified     time.Time
	usable       time.Time // from then on it is known
	tags         map[string]string
}

// known reports whether calls find the parameter.
func (p *parameter) known(now time.Time) bool { return p != nil && !now.Before(p.usable) }

func (s *SSM) arnOf(region, name string) string {
	return fmt.Sprintf("arn:aws:ssm:%s:%s:parameter/%s", region, s.cloud.Options().Account, strings.TrimPrefix(name, "/"))
}

// named returns the parameter of a name or ARN, if it is known.
func (s *SSM) named(region, name string) (*parameter, bool) {
	p := s.parameters[key{region, name}]
	return p, p.known(time.Now())
}

var (
	plainName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	pathName  = regexp.MustCompile(`^(/[A-Za-z0-9_.-]+)+$`)
)

func (s *SSM) checkName(region, name string) error {
	first := strings.ToLower(strings.TrimPrefix(name, "/"))
	switch {
	case !plainName.MatchString(name) && !pathName.MatchString(name):
		return invalid("Parameter name must be a fully qualified name of letters, numbers and .-_ symbols: %q", name)
	case strings.HasPrefix(first, "aws"), strings.HasPrefix(first, "ssm"):
		return invalid(`Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive): %q`, name)
	case len(s.arnOf(region, name)) > maxARN:
		return invalid("Parameter name is too long: its ARN has more than %d characters", maxARN)
	case strings.Count(name, "/") > maxDepth:
		return &types.HierarchyLevelLimitExceededException{Message: aws.String("A hierarchy can have a maximum of 15 levels.")}
	}
	return nil
}

func (s *SSM) putParameter(region string, in *ssm.PutParameterInput) (*ssm.PutParameterOutput, error) {
	p, err := s.put(region, in)
	if err != nil {
		return nil, err
	}
	return &ssm.PutParameterOutput{Version: p.version, Tier: p.tier}, nil
}

func (s *SSM) put(region string, in *ssm.PutParameterInput) (*parameter, error) {
	k := key{region, aws.ToString(in.Name)}
	old := s.parameters[k]
	overwrite := aws.ToBool(in.Overwrite)
	if err := s.check(region, in, old); err != nil {
		return nil, err
	}
	now := time.Now()
	p := &parameter{
		region: region, name: k.name, arn: s.arnOf(region, k.name),
		typ: in.Type, tier: cmp.Or(in.Tier, types.ParameterTierStandard), value: aws.ToString(in.Value),
		description: in.Description, version: 1, modified: now, usable: now.Add(s.opts.Settle), tags: taglist.Map(in.Tags, pair),
	}
	deleted, reserved := s.deleted[k]
	switch {
	case old != nil && !overwrite, old == nil && reserved && now.Before(deleted.Add(s.opts.Reserve)):
		return nil, &types.ParameterAlreadyExists{Message: aws.String("The parameter already exists. To overwrite this value, " +
			"set the overwrite option in the request to true.")}
	case old != nil && old.version == maxVersions:
		return nil, &types.ParameterMaxVersionLimitExceeded{Message: aws.String("You have reached the maximum number of versions.")}
	case old != nil:
		p.typ, p.tier = cmp.Or(in.Type, old.typ), cmp.Or(in.Tier, old.tier)
		p.description, p.version = cmp.Or(in.Description, old.description), old.version+1
		p.usable, p.tags = old.usable, old.tags
	}
	s.parameters[k] = p
	return p, nil
}

// check refuses what no parameter can be.
func (s *SSM) check(region string, in *ssm.PutParameterInput, old *parameter) error {
	if err := s.checkName(region, aws.ToString(in.Name)); err != nil {
		return err
	}
	most := maxBytes
	switch in.Tier {
	case "", types.ParameterTierStandard:
	case types.ParameterTierAdvanced:
		most = maxAdvancedBytes
	default:
		return invalid("ssmtest simulates no tier %q", in.Tier)
	}
	value := aws.ToString(in.Value)
	switch in.Type {
	case types.ParameterTypeString, types.ParameterTypeStringList:
	case "":
		if old == nil {
			return invalid("A parameter type is required when you create a parameter.")
		}
	default:
		return invalid("ssmtest simulates no type %q", in.Type)
	}
	switch {
	case aws.ToBool(in.Overwrite) && len(in.Tags) > 0:
		return invalid("Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please " +
			"remove overwrite flag.")
	case value == "":
		return invalid("1 validation error detected: Value '' at 'value' must have length greater than or equal to 1.")
	case len(value) > most:
		return invalid("The size of the parameter value must be at most %d bytes in this tier; it has %d.", most, len(value))
	case strings.Contains(value, "{{"):
		return invalid("Parameter value can't nest another parameter: it holds {{")
	case utf8.RuneCountInString(aws.ToString(in.Description)) > maxDescription:
		return invalid("1 validation error detected: 'description' must have at most %d characters.", maxDescription)
	case in.KeyId != nil || in.Policies != nil || in.AllowedPattern != nil || aws.ToString(in.DataType) != "" && *in.DataType != "text":
		return invalid("ssmtest simulates no keys, policies, patterns or data types")
	}
	if _, fault := sim.MergeTags(rules, nil, in.Tags, pair); fault != nil {
		return refused(fault)
	}
	return nil
}

func (s *SSM) getParameter(region string, in *ssm.GetParameterInput) (*ssm.GetParameterOutput, error) {
	p, ok := s.named(region, aws.ToString(in.Name))
	if public, found := s.published[key{region, aws.ToString(in.Name)}]; found {
		p, ok = public, true
	}
	if !ok {
		return nil, notFound(in.Name)
	}
	return &ssm.GetParameterOutput{Parameter: &types.Parameter{
		Name: aws.String(p.name), ARN: aws.String(p.arn), Type: p.typ, Value: aws.String(p.value), Version: p.version,
		LastModifiedDate: aws.Time(p.modified), DataType: aws.String("text"),
	}}, nil
}

func (s *SSM) deleteParameter(region string, in *ssm.DeleteParameterInput) (*ssm.DeleteParameterOutput, error) {
	p, ok := s.named(region, aws.ToString(in.Name))
	if !ok {
		return nil, notFound(in.Name)
	}
	delete(s.parameters, key{region, p.name})
	s.deleted[key{region, p.name}] = time.Now()
	return &ssm.DeleteParameterOutput{}, nil
}
