package dynamodbtest

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

func resourceNotFound(name string) error {
	return &types.ResourceNotFoundException{Message: aws.String(fmt.Sprintf("Requested resource not found: Table: %s not found", name))}
}

// tableNotFound is what calls on backups say.
func tableNotFound(name string) error {
	return &types.TableNotFoundException{Message: aws.String("Table not found: " + name)}
}

func resourceInUse(format string, args ...any) error {
	return &types.ResourceInUseException{Message: aws.String(fmt.Sprintf(format, args...))}
}

func backupsUnavailable(name string) error {
	return &types.ContinuousBackupsUnavailableException{Message: aws.String("Backups are being enabled for the table: " + name +
		". Please retry later")}
}

// validation is the general refusal of DynamoDB, which the SDK knows no type for.
func validation(format string, args ...any) error {
	return sim.Error("ValidationException", fmt.Sprintf(format, args...), http.StatusBadRequest)
}

func wrong(format string, args ...any) error {
	return validation("One or more parameter values were invalid: "+format, args...)
}

func throttling() error {
	return &types.ThrottlingException{Message: aws.String("Rate of requests exceeds the allowed throughput.")}
}
