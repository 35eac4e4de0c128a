package rdstest

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

func instanceNotFound(name string) error {
	return sim.WithStatus(&types.DBInstanceNotFoundFault{
		Message: aws.String(fmt.Sprintf("DBInstance %s not found.", name)),
	}, http.StatusNotFound)
}

func instanceExists() error {
	return &types.DBInstanceAlreadyExistsFault{Message: aws.String("DB instance already exists")}
}

func invalidState(format string, args ...any) error {
	return &types.InvalidDBInstanceStateFault{Message: aws.String(fmt.Sprintf(format, args...))}
}

func snapshotNotFound(name string) error {
	return sim.WithStatus(&types.DBSnapshotNotFoundFault{
		Message: aws.String(fmt.Sprintf("DBSnapshot %s not found.", name)),
	}, http.StatusNotFound)
}

func snapshotExists(name string) error {
	return &types.DBSnapshotAlreadyExistsFault{Message: aws.String(fmt.Sprintf(
		"Cannot create the snapshot because a snapshot with the identifier %s already exists.", name))}
}

// invalidValue and invalidCombination are general refusals of RDS, which the SDK knows no types for.
func invalidValue(format string, args ...any) error {
	return sim.Error("InvalidParameterValue", fmt.Sprintf(format, args...), http.StatusBadRequest)
}

func invalidCombination(format string, args ...any) error {
	return sim.Error("InvalidParameterCombination", fmt.Sprintf(format, args...), http.StatusBadRequest)
}
