package snstest

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

func topicNotFound() error {
	return sim.WithStatus(&types.NotFoundException{Message: aws.String("Topic does not exist")}, http.StatusNotFound)
}

// resourceNotFound is what calls on tags say.
func resourceNotFound() error {
	return sim.WithStatus(&types.ResourceNotFoundException{Message: aws.String("Resource does not exist")}, http.StatusNotFound)
}

func staleTag() error {
	return &types.StaleTagException{Message: aws.String("A tag has been added to a resource with the same ARN as a deleted " +
		"resource. Wait a short while and then retry the operation.")}
}

func invalidParameter(format string, args ...any) error {
	return &types.InvalidParameterException{Message: aws.String("Invalid parameter: " + fmt.Sprintf(format, args...))}
}

func tagLimitExceeded() error {
	return &types.TagLimitExceededException{Message: aws.String("Could not complete request: tag quota of per resource exceeded")}
}

func throttling() error {
	return sim.Error("ThrottlingException", "Rate exceeded", http.StatusBadRequest)
}
