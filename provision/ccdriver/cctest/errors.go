package cctest

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"
)

func throttled() error { return &types.ThrottlingException{Message: aws.String("Rate exceeded")} }

func typeNotFound(name string) error {
	return &types.TypeNotFoundException{Message: aws.String(fmt.Sprintf("The type '%s' cannot be found.", name))}
}

func invalidRequest(format string, args ...any) error {
	return &types.InvalidRequestException{Message: aws.String(fmt.Sprintf(format, args...))}
}

func notFound(typeName, identifier string) error {
	return &types.ResourceNotFoundException{Message: aws.String(fmt.Sprintf(
		"Resource of type '%s' with identifier '%s' was not found.", typeName, identifier))}
}

func unsupported(typeName, action string) error {
	return &types.UnsupportedActionException{Message: aws.String(fmt.Sprintf(
		"Resource type %s does not support %s action", typeName, action))}
}

func tokenConflict(token string) error {
	return &types.ClientTokenConflictException{Message: aws.String(fmt.Sprintf(
		"Client token %s was already used with different parameters.", token))}
}

func concurrent(typeName, identifier string) error {
	return &types.ConcurrentOperationException{Message: aws.String(fmt.Sprintf(
		"Resource of type '%s' with identifier '%s' has an operation in progress.", typeName, identifier))}
}

func requestTokenNotFound(token string) error {
	return &types.RequestTokenNotFoundException{Message: aws.String(fmt.Sprintf("Request with token %s was not found", token))}
}
