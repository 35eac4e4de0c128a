package iamtest

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

func noSuchEntity(format string, args ...any) error {
	return sim.WithStatus(&types.NoSuchEntityException{Message: aws.String(fmt.Sprintf(format, args...))}, http.StatusNotFound)
}

func alreadyExists(what, name string) error {
	message := aws.String(fmt.Sprintf("%s with name %s already exists.", what, name))
	return sim.WithStatus(&types.EntityAlreadyExistsException{Message: message}, http.StatusConflict)
}

func deleteConflict(message string) error {
	return sim.WithStatus(&types.DeleteConflictException{Message: aws.String(message)}, http.StatusConflict)
}

// invalid is the general refusal of the service.
func invalid(format string, args ...any) error {
	return sim.Error("ValidationError", fmt.Sprintf(format, args...), http.StatusBadRequest)
}
