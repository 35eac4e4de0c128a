package dynamodbdriver

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// ourName is the form of the names that Call.Name makes: a letter first, and a hash of thirteen characters at the end. Tables of
// other names are left in peace.
var ourName = regexp.MustCompile(`^[a-z][a-z0-9-]*[a-z2-7]{13}$`)

// Find lists the tables that o owns, with all outputs. It reads the names of the account's tables, page by page, and looks at
// each whose name may be one of o's.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		prefix := o.NamePrefix(maxName)
		pages := dynamodb.NewListTablesPaginator(d.api, &dynamodb.ListTablesInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(provision.State{}, fmt.Errorf("dynamodbdriver: listing tables: %w", err))
				return
			}
			var names []string
			for _, name := range page.TableNames {
				if ourName.MatchString(name) && strings.HasPrefix(name, prefix) {
					names = append(names, name)
				}
			}
			states, err := d.lookAt(ctx, names, o)
			if err != nil {
				yield(provision.State{}, err)
				return
			}
			for _, s := range states {
				if s.ID != "" && !yield(s, nil) {
					return
				}
			}
		}
	}
}

// lookAt describes many tables, a few at a time. The state of one that is not o's, or gone, or too new to be known
// everywhere, is empty. Any other failure is one of the whole, for a table whose owner is not known may be ours.
func (d *Driver) lookAt(ctx context.Context, names []string, o provision.Owner) ([]provision.State, error) {
	states := make([]provision.State, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, d.opts.Parallel))
	for i, name := range names {
		group.Go(func() error {
			table, err := d.describe(ctx, name)
			var tags map[string]string
			if err == nil {
				tags, err = d.tags(ctx, aws.ToString(table.TableArn))
			}
			switch {
			case unknown(err):
				return nil
			case err != nil:
				return fmt.Errorf("dynamodbdriver: whose is table %s? %w", name, err)
			}
			if s, ours := stateOf(table, tags); ours && o.Matches(tags) {
				states[i] = s
			}
			return nil
		})
	}
	return states, group.Wait()
}

// stateOf describes a table; ours is false if it does not carry all of our tags.
func stateOf(table *types.TableDescription, tags map[string]string) (s provision.State, ours bool) {
	s = provision.State{
		Kind:     kinds.TableKind,
		ID:       aws.ToString(table.TableArn),
		Name:     aws.ToString(table.TableName),
		Outputs:  outputs(table),
		Deleting: table.TableStatus == types.TableStatusDeleting,
	}
	ours = provision.StateOwner(&s, tags)
	return s, ours
}

// outputs of a table. The ARN of a stream outlives it, so whether there is one is another question.
func outputs(table *types.TableDescription) map[string]provision.Value {
	stream := ""
	if s := table.StreamSpecification; s != nil && aws.ToBool(s.StreamEnabled) {
		stream = aws.ToString(table.LatestStreamArn)
	}
	return map[string]provision.Value{
		"Name":      provision.TextValue(aws.ToString(table.TableName)),
		"ARN":       provision.TextValue(aws.ToString(table.TableArn)),
		"StreamARN": provision.TextValue(stream),
	}
}

// nameOf returns the name of the table of an ARN, arn:partition:dynamodb:region:account:table/name.
func nameOf(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
