package dynamodbdriver

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Delete deletes a table, with all items in it, if its tags say that it is s.Owner's. It answers
// [provision.ErrDeleting] until DynamoDB has said twice that there is no such table. A table that is protected, or that is being
// made or changed, is a [provision.BusyError].
func (d *Driver) Delete(ctx context.Context, s provision.State) error {
	name := nameOf(s.ID)
	var table *types.TableDescription
	err := wait.Twice(ctx, d.opts.Settle, unknown, func() (err error) {
		table, err = d.describe(ctx, name)
		return err
	})
	var tags map[string]string
	if err == nil {
		tags, err = d.tags(ctx, s.ID)
	}
	switch {
	case unknown(err) && table != nil: // it ended between the two calls, which the next one will confirm
		return fmt.Errorf("dynamodbdriver: table %s %w", name, provision.ErrDeleting)
	case unknown(err):
		return nil
	case err != nil:
		return fmt.Errorf("dynamodbdriver: whose is table %s? %w", name, err)
	}
	owner := provision.Call{Owner: s.Owner, Node: s.Node}
	if err := owner.CheckOwner(kinds.TableKind, s.ID, tags); err != nil {
		return err
	}
	switch {
	case table.TableStatus == types.TableStatusDeleting:
	case aws.ToBool(table.DeletionProtectionEnabled):
		return &provision.BusyError{Kind: kinds.TableKind, ID: s.ID, Blocker: "its deletion protection, which only people switch off"}
	default:
		_, err = d.api.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String(name)})
		switch {
		case inUse(err):
			busy := fmt.Sprintf("an operation on itself (it is %s)", table.TableStatus)
			return &provision.BusyError{Kind: kinds.TableKind, ID: s.ID, Blocker: busy, Err: err}
		case err != nil && !unknown(err):
			return fmt.Errorf("dynamodbdriver: deleting table %s: %w", name, err)
		}
	}
	return fmt.Errorf("dynamodbdriver: table %s %w", name, provision.ErrDeleting)
}

// Loses reports whether the table has any item, by looking for one in DynamoDB itself: its own count is some hours old. No item
// leaves the service, only how many there are.
func (d *Driver) Loses(ctx context.Context, s provision.State) ([]provision.Loss, error) {
	name := nameOf(s.ID)
	in := &dynamodb.ScanInput{
		TableName:      aws.String(name),
		Select:         types.SelectCount,
		Limit:          aws.Int32(1),
		ConsistentRead: aws.Bool(true),
	}
	for {
		out, err := d.api.Scan(ctx, in)
		switch {
		case unknown(err):
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("dynamodbdriver: looking for items in table %s: %w", name, err)
		case out.Count > 0:
			return []provision.Loss{{Node: s.Node, Kind: s.Kind, ID: s.ID, What: d.items(ctx, name)}}, nil
		case len(out.LastEvaluatedKey) == 0:
			return nil, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// items says how many items a table has that is known to have some.
func (d *Driver) items(ctx context.Context, name string) string {
	table, err := d.describe(ctx, name)
	if err != nil || aws.ToInt64(table.ItemCount) == 0 {
		return "items" // DynamoDB counts every six hours
	}
	return fmt.Sprintf("items, about %d when DynamoDB last counted", aws.ToInt64(table.ItemCount))
}
