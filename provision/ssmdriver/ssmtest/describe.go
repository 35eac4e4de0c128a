package ssmtest

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// listLimit is how many parameters one answer lists, at most.
const listLimit = 50

// describeParameters looks at one page of parameters, in the order of names, and lists those of them that pass the filters. The
// token is the name that the page ended with.
func (s *SSM) describeParameters(region string, in *ssm.DescribeParametersInput) (*ssm.DescribeParametersOutput, error) {
	limit := listLimit
	if in.MaxResults != nil {
		if *in.MaxResults < 1 || *in.MaxResults > listLimit {
			return nil, invalid("1 validation error detected: Value '%d' at 'maxResults' is not between 1 and %d", *in.MaxResults, listLimit)
		}
		limit = int(*in.MaxResults)
	}
	if size := s.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	if len(in.Filters) > 0 || in.Shared != nil {
		return nil, invalid("ssmtest simulates ParameterFilters only")
	}
	for _, f := range in.ParameterFilters {
		if err := checkFilter(f); err != nil {
			return nil, err
		}
	}
	var names []string
	now := time.Now()
	for k, p := range s.parameters {
		if k.region == region && p.known(now) && k.name > aws.ToString(in.NextToken) {
			names = append(names, k.name)
		}
	}
	slices.Sort(names)
	out := &ssm.DescribeParametersOutput{}
	if len(names) > limit {
		names = names[:limit]
		out.NextToken = aws.String(names[limit-1])
	}
	for _, name := range names {
		if p := s.parameters[key{region, name}]; p.passes(in.ParameterFilters) {
			out.Parameters = append(out.Parameters, types.ParameterMetadata{
				Name: aws.String(p.name), ARN: aws.String(p.arn), Type: p.typ, Tier: p.tier, Version: p.version,
				Description: p.description, LastModifiedDate: aws.Time(p.modified), DataType: aws.String("text"),
			})
		}
	}
	return out, nil
}

var filterKey = regexp.MustCompile(`^(tag:.{1,128}|Name|Type|Path)$`)

func checkFilter(f types.ParameterStringFilter) error {
	k, option := aws.ToString(f.Key), aws.ToString(f.Option)
	if !filterKey.MatchString(k) {
		return &types.InvalidFilterKey{Message: aws.String("The specified key isn't valid: " + k)}
	}
	allowed := []string{"", "Equals", "BeginsWith"}
	switch k {
	case "Path":
		allowed = []string{"", "OneLevel", "Recursive"}
	case "Name":
		allowed = append(allowed, "Contains")
	}
	if !slices.Contains(allowed, option) {
		return &types.InvalidFilterOption{Message: aws.String("The specified filter option isn't valid: " + option)}
	}
	if len(f.Values) > 50 || len(f.Values) == 0 && !strings.HasPrefix(k, "tag:") {
		return &types.InvalidFilterValue{Message: aws.String("The filter value isn't valid: " + k)}
	}
	return nil
}

// passes reports whether a parameter passes all filters, each by any of its values.
func (p *parameter) passes(filters []types.ParameterStringFilter) bool {
	return !slices.ContainsFunc(filters, func(f types.ParameterStringFilter) bool { return !p.passesOne(f) })
}

func (p *parameter) passesOne(f types.ParameterStringFilter) bool {
	k, option := aws.ToString(f.Key), cmp.Or(aws.ToString(f.Option), "Equals")
	has := p.name
	switch k {
	case "Name":
	case "Type":
		has = string(p.typ)
	case "Path":
		return slices.ContainsFunc(f.Values, func(path string) bool {
			rest, below := strings.CutPrefix(p.name, strings.TrimSuffix(path, "/")+"/")
			return below && (option == "Recursive" || !strings.Contains(rest, "/"))
		})
	default:
		value, tagged := p.tags[strings.TrimPrefix(k, "tag:")]
		if !tagged || len(f.Values) == 0 {
			return tagged
		}
		has = value
	}
	return slices.ContainsFunc(f.Values, func(want string) bool {
		switch option {
		case "BeginsWith":
			return strings.HasPrefix(has, want)
		case "Contains":
			return strings.Contains(has, want)
		}
		return has == want
	})
}
