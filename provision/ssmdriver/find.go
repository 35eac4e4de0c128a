package ssmdriver

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/peppercorn-go/peppercorn/internal/listing"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// pageSize is the most that DescribeParameters gives at a time.
const pageSize = 50

// Find lists the parameters that o owns, with all outputs. It asks for parameters with o's tags, page by page, and reads the
// tags of each.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		if o.Registry == "" {
			return // such an owner owns nothing
		}
		pages := ssm.NewDescribeParametersPaginator(d.api, &ssm.DescribeParametersInput{
			MaxResults:       aws.Int32(pageSize),
			ParameterFilters: filtersOf(o),
		})
		listing.Owned(ctx, o, "ssmdriver: listing parameters", d.opts.Parallel, yield, pages,
			func(page *ssm.DescribeParametersOutput) []types.ParameterMetadata { return page.Parameters }, d.look)
	}
}

// filtersOf asks for the tags of an owner. The other fields are left to [provision.Owner.Matches].
func filtersOf(o provision.Owner) (filters []types.ParameterStringFilter) {
	for _, tag := range []struct{ key, value string }{
		{provision.TagRegistry, o.Registry}, {provision.TagEnv, o.Env}, {provision.TagAttempt, o.Attempt},
	} {
		if tag.value != "" {
			filters = append(filters, types.ParameterStringFilter{
				Key: aws.String("tag:" + tag.key), Option: aws.String("Equals"), Values: []string{provision.EncodeTag(tag.value)},
			})
		}
	}
	return filters
}

// look describes a parameter of a list; one that is gone meanwhile has no tags.
func (d *Driver) look(ctx context.Context, p types.ParameterMetadata) (listing.Found, error) {
	name := aws.ToString(p.Name)
	tags, err := d.tags(ctx, name)
	if err != nil && !unknown(err) {
		return listing.Found{}, fmt.Errorf("ssmdriver: whose is parameter %s? reading its tags: %w", name, err)
	}
	return listing.Found{State: stateOf(name, aws.ToString(p.ARN)), Tags: tags}, nil
}

// stateOf describes a parameter without its owner. Its id is the whole name, and its name the part that people know it by.
func stateOf(name, arn string) provision.State {
	return provision.State{
		Kind:    kinds.ParameterKind,
		ID:      name,
		Name:    strings.TrimPrefix(name, folder),
		Outputs: outputsOf(name, arn),
	}
}

func outputsOf(name, arn string) map[string]provision.Value {
	return map[string]provision.Value{"Name": provision.TextValue(name), "ARN": provision.TextValue(arn)}
}
