package dynamodbdriver

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/peppercorn-go/peppercorn/provision"
)

// errNotYet says that a table is on its way to be active.
var errNotYet = errors.New("it is not active yet")

// Await waits until the table is active, and turns point-in-time recovery on unless its tags say that none is wanted. A
// table that DynamoDB does not know for [Options.Appear], or that is being deleted, is a [provision.ErrGone], and one that cannot be used
// any more an error at once.
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	name := nameOf(s.ID)
	table, err := d.active(ctx, name)
	if err == nil {
		err = d.enableRecovery(ctx, name, s.ID)
	}
	switch {
	case unknown(err):
		return provision.State{}, fmt.Errorf("dynamodbdriver: table %s of node %q %w: %w", name, s.Node, provision.ErrGone, err)
	case err != nil:
		return provision.State{}, fmt.Errorf("dynamodbdriver: awaiting table %s of node %q: %w", name, s.Node, err)
	}
	s.Outputs = outputs(table)
	return s, nil
}

// active waits until a table can be used.
func (d *Driver) active(ctx context.Context, name string) (table *types.TableDescription, err error) {
	notYet := func(err error) bool { return errors.Is(err, errNotYet) }
	err = d.retry(ctx, d.opts.Ready, notYet, func() error {
		err := d.retry(ctx, d.opts.Appear, unknown, func() (err error) {
			table, err = d.describe(ctx, name)
			return err
		})
		if err != nil {
			return err
		}
		switch status := table.TableStatus; status {
		case types.TableStatusActive:
			return nil
		case types.TableStatusCreating, types.TableStatusUpdating:
			return fmt.Errorf("%w: it is %s", errNotYet, status)
		case types.TableStatusDeleting:
			return fmt.Errorf("it %w: it is %s", provision.ErrGone, status)
		case types.TableStatusInaccessibleEncryptionCredentials:
			return fmt.Errorf("it is %s: DynamoDB may not use its KMS key, or that is gone", status)
		default:
			return fmt.Errorf("it is %s, and will not be active", status)
		}
	})
	return table, err
}

// enableRecovery turns point-in-time recovery on if it is wanted. DynamoDB may not be able to for a moment after a table became active.
func (d *Driver) enableRecovery(ctx context.Context, name, arn string) error {
	tags, err := d.tags(ctx, arn)
	if err != nil || tags[TagRecovery] == noRecovery {
		return err
	}
	unavailable := func(err error) bool {
		var not *types.ContinuousBackupsUnavailableException
		return errors.As(err, &not)
	}
	err = d.retry(ctx, d.opts.Ready, unavailable, func() error {
		is, err := d.api.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: aws.String(name)})
		if err != nil {
			return err
		}
		if b := is.ContinuousBackupsDescription; b != nil && b.PointInTimeRecoveryDescription != nil &&
			b.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus == types.PointInTimeRecoveryStatusEnabled {
			return nil
		}
		_, err = d.api.UpdateContinuousBackups(ctx, &dynamodb.UpdateContinuousBackupsInput{
			TableName:                        aws.String(name),
			PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: aws.Bool(true)},
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("turning on point-in-time recovery: %w", err)
	}
	return nil
}
