package cachetest

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

func groupNotFound(name string) error {
	return sim.WithStatus(&types.ReplicationGroupNotFoundFault{
		Message: aws.String(fmt.Sprintf("ReplicationGroup %s not found.", name)),
	}, http.StatusNotFound)
}

func groupExists(name string) error {
	return &types.ReplicationGroupAlreadyExistsFault{
		Message: aws.String(fmt.Sprintf("Replication group %s already exists.", name)),
	}
}

func invalidState(format string, args ...any) error {
	return &types.InvalidReplicationGroupStateFault{Message: aws.String(fmt.Sprintf(format, args...))}
}

func invalidValue(format string, args ...any) error {
	return &types.InvalidParameterValueException{Message: aws.String(fmt.Sprintf(format, args...))}
}

func invalidCombination(format string, args ...any) error {
	return &types.InvalidParameterCombinationException{Message: aws.String(fmt.Sprintf(format, args...))}
}

func throttling() error { return sim.Error("Throttling", "Rate exceeded", http.StatusBadRequest) }
