package ssmdriver

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"golang.org/x/sync/errgroup"

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
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(provision.State{}, fmt.Errorf("ssmdriver: listing parameters: %w", err))
				return
			}
			tags, err := d.tagsOf(ctx, page.Parameters)
			if err != nil {
				yield(provision.State{}, err)
				return
			}
			for i, p := range page.Parameters {
				s, ours := stateOf(aws.ToString(p.Name), aws.ToString(p.ARN), tags[i])
				if ours && o.Matches(tags[i]) && !yield(s, nil) {
					return
				}
			}
		}
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

// tagsOf reads the tags of many parameters, a few at a time. Those of a parameter that is gone are nil. Any other failure is
// one of the whole, for a parameter whose owner is not known may be ours.
func (d *Driver) tagsOf(ctx context.Context, parameters []types.ParameterMetadata) ([]map[string]string, error) {
	all := make([]map[string]string, len(parameters))
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(max(1, d.opts.Parallel))
	for i, p := range parameters {
		tasks.Go(func() error {
			tags, err := d.tags(ctx, aws.ToString(p.Name))
			if err != nil && !unknown(err) {
				return fmt.Errorf("ssmdriver: whose is parameter %s? reading its tags: %w", aws.ToString(p.Name), err)
			}
			all[i] = tags
			return nil
		})
	}
	return all, tasks.Wait()
}

// stateOf describes a parameter; ours is false if it does not carry all of our tags. Its id is the whole name, and its name
// the part that people know it by.
func stateOf(name, arn string, tags map[string]string) (s provision.State, ours bool) {
	s = provision.State{
		Kind:    kinds.ParameterKind,
		ID:      name,
		Name:    strings.TrimPrefix(name, folder),
		Outputs: outputsOf(name, arn),
	}
	ours = provision.StateOwner(&s, tags)
	return s, ours
}

func outputsOf(name, arn string) map[string]provision.Value {
	return map[string]provision.Value{"Name": provision.TextValue(name), "ARN": provision.TextValue(arn)}
}
