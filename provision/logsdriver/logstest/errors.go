package logstest

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

func notFound(message string) error {
	return &types.ResourceNotFoundException{Message: aws.String(message)}
}

func invalid(format string, args ...any) error {
	return &types.InvalidParameterException{Message: aws.String(fmt.Sprintf(format, args...))}
}

func throttled() error { return &types.ThrottlingException{Message: aws.String("Rate exceeded")} }
