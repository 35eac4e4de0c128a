package dynamodbtest

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// recoverable returns the table of a name for a call on its backups, which are there some time after it is active.
func (d *DynamoDB) recoverable(region string, name *string) (*table, error) {
	t, err := d.at(region, name)
	if err != nil {
		return nil, tableNotFound(aws.ToString(name))
	}
	now := time.Now()
	if t.status(now) != types.TableStatusActive || now.Before(t.active.Add(d.opts.Backups)) {
		return nil, backupsUnavailable(t.name)
	}
	return t, nil
}

func (t *table) backups() *types.ContinuousBackupsDescription {
	status := types.PointInTimeRecoveryStatusDisabled
	if t.recovery {
		status = types.PointInTimeRecoveryStatusEnabled
	}
	return &types.ContinuousBackupsDescription{
		ContinuousBackupsStatus:        types.ContinuousBackupsStatusEnabled,
		PointInTimeRecoveryDescription: &types.PointInTimeRecoveryDescription{PointInTimeRecoveryStatus: status},
	}
}

// describeContinuousBackups answers for every table that is known.
func (d *DynamoDB) describeContinuousBackups(region string, in *dynamodb.DescribeContinuousBackupsInput) (
	*dynamodb.DescribeContinuousBackupsOutput, error,
) {
	t, err := d.at(region, in.TableName)
	if err != nil {
		return nil, tableNotFound(aws.ToString(in.TableName))
	}
	return &dynamodb.DescribeContinuousBackupsOutput{ContinuousBackupsDescription: t.backups()}, nil
}

func (d *DynamoDB) updateContinuousBackups(region string, in *dynamodb.UpdateContinuousBackupsInput) (
	*dynamodb.UpdateContinuousBackupsOutput, error,
) {
	t, err := d.recoverable(region, in.TableName)
	if err != nil {
		return nil, err
	}
	t.recovery = aws.ToBool(in.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled)
	return &dynamodb.UpdateContinuousBackupsOutput{ContinuousBackupsDescription: t.backups()}, nil
}
