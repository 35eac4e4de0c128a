package lambdatest

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

func tooManyRequests() error {
	return sim.WithStatus(&types.TooManyRequestsException{
		Message: aws.String("Rate exceeded"), Reason: types.ThrottleReasonCallerRateLimitExceeded, Type: aws.String("User"),
	}, http.StatusTooManyRequests)
}

func notFound(format string, args ...any) error {
	return sim.WithStatus(&types.ResourceNotFoundException{
		Message: aws.String(fmt.Sprintf(format, args...)), Type: aws.String("User"),
	}, http.StatusNotFound)
}

func conflict(format string, args ...any) error {
	return sim.WithStatus(&types.ResourceConflictException{
		Message: aws.String(fmt.Sprintf(format, args...)), Type: aws.String("User"),
	}, http.StatusConflict)
}

func invalid(format string, args ...any) error {
	return &types.InvalidParameterValueException{Message: aws.String(fmt.Sprintf(format, args...)), Type: aws.String("User")}
}

// outOfRange is the refusal of what breaks the model of the API, which the SDK knows no type for.
func outOfRange(field string, value any, constraint string) error {
	return sim.Error("ValidationException", fmt.Sprintf("1 validation error detected: Value '%v' at '%s' failed to satisfy "+
		"constraint: %s", value, field, constraint), http.StatusBadRequest)
}
