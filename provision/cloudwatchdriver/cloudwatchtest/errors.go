package cloudwatchtest

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// invalid is the general refusal of CloudWatch, which the SDK knows no type for.
func invalid(format string, args ...any) error {
	return sim.Error("ValidationError", fmt.Sprintf(format, args...), http.StatusBadRequest)
}

func combination(message string) error {
	return &types.InvalidParameterCombinationException{Message: aws.String(message)}
}

func throttled() error { return sim.Error("Throttling", "Rate exceeded", http.StatusBadRequest) }
