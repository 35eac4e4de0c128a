package dynamodbdriver

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/peppercorn-go/peppercorn/internal/listing"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Find lists the tables that o owns, with all outputs. It reads the names of the account's tables, page by page, and looks at
// each whose name may be one of o's.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		prefix := o.NamePrefix(maxName)
		listing.Owned(ctx, o, "dynamodbdriver: listing tables", d.opts.Parallel, yield,
			dynamodb.NewListTablesPaginator(d.api, &dynamodb.ListTablesInput{}),
			func(page *dynamodb.ListTablesOutput) []string { return candidates(page.TableNames, prefix) }, d.look)
	}
}

// candidates returns those of the names that may be ours.
func candidates(names []string, prefix string) (some []string) {
	for _, name := range names {
		if listing.MayBeOurs(name) && strings.HasPrefix(name, prefix) {
			some = append(some, name)
		}
	}
	return some
}

// look describes a table of a list; one that is gone, or too new to be known everywhere, has no tags.
func (d *Driver) look(ctx context.Context, name string) (listing.Found, error) {
	table, err := d.describe(ctx, name)
	var tags map[string]string
	if err == nil {
		tags, err = d.tags(ctx, aws.ToString(table.TableArn))
	}
	switch {
	case unknown(err):
		return listing.Found{}, nil
	case err != nil:
		return listing.Found{}, fmt.Errorf("dynamodbdriver: whose is table %s? %w", name, err)
	}
	return listing.Found{State: stateOf(table), Tags: tags}, nil
}

// stateOf describes a table without its owner.
func stateOf(table *types.TableDescription) provision.State {
	return provision.State{
		Kind:     kinds.TableKind,
		ID:       aws.ToString(table.TableArn),
		Name:     aws.ToString(table.TableName),
		Outputs:  outputs(table),
		Deleting: table.TableStatus == types.TableStatusDeleting,
	}
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
