package ssmtest

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

func notFound(name *string) error {
	return &types.ParameterNotFound{Message: aws.String(fmt.Sprintf("Parameter %s not found.", aws.ToString(name)))}
}

// invalid is the general refusal of the service.
func invalid(format string, args ...any) error {
	return sim.Error("ValidationException", fmt.Sprintf(format, args...), http.StatusBadRequest)
}

func throttled() error { return &types.ThrottlingException{Message: aws.String("Rate exceeded")} }
