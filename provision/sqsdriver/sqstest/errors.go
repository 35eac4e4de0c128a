package sqstest

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// SQS speaks JSON but sends the codes of its older query protocol along, and the SDK lets them override the code of the
// typed error: errors.As finds a *types.QueueDoesNotExist whose ErrorCode is AWS.SimpleQueueService.NonExistentQueue.

func queueDoesNotExist() error {
	return &types.QueueDoesNotExist{
		Message:           aws.String("The specified queue does not exist."),
		ErrorCodeOverride: aws.String("AWS.SimpleQueueService.NonExistentQueue"),
	}
}

func queueDeletedRecently() error {
	return &types.QueueDeletedRecently{
		Message: aws.String("You must wait 60 seconds after deleting a queue before you can create another with the " +
			"same name."),
		ErrorCodeOverride: aws.String("AWS.SimpleQueueService.QueueDeletedRecently"),
	}
}

func queueNameExists(attribute string) error {
	return &types.QueueNameExists{
		Message: aws.String("A queue already exists with the same name and a different value for attribute " +
			attribute),
		ErrorCodeOverride: aws.String("QueueAlreadyExists"),
	}
}

func purgeQueueInProgress(name string) error {
	return &types.PurgeQueueInProgress{
		Message:           aws.String(fmt.Sprintf("Only one PurgeQueue operation on %s is allowed every 60 seconds.", name)),
		ErrorCodeOverride: aws.String("AWS.SimpleQueueService.PurgeQueueInProgress"),
	}
}

func requestThrottled() error {
	return sim.WithStatus(&types.RequestThrottled{Message: aws.String("Request is throttled.")}, http.StatusForbidden)
}

func invalidAddress(url string) error {
	return &types.InvalidAddress{Message: aws.String(fmt.Sprintf("The address %s is not valid for this endpoint.", url))}
}

func unknownAttribute(name string) error {
	return &types.InvalidAttributeName{Message: aws.String(fmt.Sprintf("Unknown Attribute %s.", name))}
}

func invalidAttributeValue(name string) error {
	return &types.InvalidAttributeValue{Message: aws.String(fmt.Sprintf("Invalid value for the parameter %s.", name))}
}

func receiptHandleIsInvalid(handle string) error {
	return &types.ReceiptHandleIsInvalid{Message: aws.String(fmt.Sprintf("The input receipt handle %q is invalid.", handle))}
}

// invalidParameter is the general refusal of SQS, which the SDK knows no type for.
func invalidParameter(format string, args ...any) error {
	return sim.Error("InvalidParameterValue", fmt.Sprintf(format, args...), http.StatusBadRequest)
}

func missingParameter(name string) error {
	return sim.Error("MissingParameter", fmt.Sprintf("The request must contain the parameter %s.", name),
		http.StatusBadRequest)
}
