package ccdriver

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"
	"github.com/aws/smithy-go"
)

// HandlerError says that the handler of a resource type has failed, or that the request was cancelled. It is a
// [smithy.APIError] whose code is that of the handler.
type HandlerError struct {
	Type       string                 // of the resource
	Identifier string                 // of what was made, or half made; may be empty
	Operation  types.Operation        // CREATE or DELETE
	Status     types.OperationStatus  // FAILED or CANCEL_COMPLETE
	Code       types.HandlerErrorCode // the sort of failure; empty if it was cancelled
	Message    string                 // the service's reason, in its own words
	Token      string                 // RequestToken, by which the request can be looked up for seven days
}

var _ smithy.APIError = (*HandlerError)(nil)

// Error names the resource, the operation, and the service's reason.
func (e *HandlerError) Error() string {
	what := e.Type
	if e.Identifier != "" {
		what = idOf(e.Type, e.Identifier)
	}
	text := fmt.Sprintf("%s of %s: %s", e.Operation, what, e.Status)
	if e.Code != "" {
		text += " " + string(e.Code)
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	return fmt.Sprintf("%s (request %s)", text, e.Token)
}

// ErrorCode returns the code of the handler, or the status if there is none.
func (e *HandlerError) ErrorCode() string {
	if e.Code == "" {
		return string(e.Status)
	}
	return string(e.Code)
}

// ErrorMessage returns the service's reason.
func (e *HandlerError) ErrorMessage() string { return e.Message }

// ErrorFault says whose fault it was, as far as the code tells.
func (e *HandlerError) ErrorFault() smithy.ErrorFault {
	switch e.Code {
	case types.HandlerErrorCodeServiceInternalError, types.HandlerErrorCodeInternalFailure,
		types.HandlerErrorCodeServiceTimeout, types.HandlerErrorCodeNetworkFailure, types.HandlerErrorCodeNotStabilized:
		return smithy.FaultServer
	case "":
		return smithy.FaultUnknown
	}
	return smithy.FaultClient
}

// failure returns the error that an event tells of, nil for none.
func failure(event *types.ProgressEvent) *HandlerError {
	switch event.OperationStatus {
	case types.OperationStatusFailed, types.OperationStatusCancelComplete:
		return &HandlerError{
			Type:       aws.ToString(event.TypeName),
			Identifier: aws.ToString(event.Identifier),
			Operation:  event.Operation,
			Status:     event.OperationStatus,
			Code:       event.ErrorCode,
			Message:    aws.ToString(event.StatusMessage),
			Token:      aws.ToString(event.RequestToken),
		}
	}
	return nil
}

// passes reports whether the same request may well succeed when it is made again.
func (e *HandlerError) passes() bool {
	switch e.Code {
	case types.HandlerErrorCodeThrottling, types.HandlerErrorCodeServiceInternalError, types.HandlerErrorCodeServiceTimeout,
		types.HandlerErrorCodeNetworkFailure, types.HandlerErrorCodeInternalFailure:
		return true
	}
	return false
}

// busy reports whether a deletion failed because something else needs the resource. There is no code for that: some handlers
// say ResourceConflict, and others hand on the error of their service as GeneralServiceException or InvalidRequest, with
// the service's code in the message.
func (e *HandlerError) busy() bool {
	switch e.Code {
	case types.HandlerErrorCodeResourceConflict, types.HandlerErrorCodeNotStabilized:
		return true
	case types.HandlerErrorCodeGeneralServiceException, types.HandlerErrorCodeInvalidRequest:
		for _, code := range []string{"DependencyViolation", "DeleteConflict", "ResourceInUse", "dependent object"} {
			if strings.Contains(e.Message, code) {
				return true
			}
		}
	}
	return false
}

// unknown reports whether err says that there is no such resource.
func unknown(err error) bool {
	var missing *types.ResourceNotFoundException
	return errors.As(err, &missing)
}

// taken reports whether err says that there is a resource of this name.
func taken(err error) bool {
	var exists *types.AlreadyExistsException
	var handler *HandlerError
	return errors.As(err, &exists) || errors.As(err, &handler) && handler.Code == types.HandlerErrorCodeAlreadyExists
}

// occupied reports whether err says that another operation on the resource is under way.
func occupied(err error) bool {
	var operation *types.ConcurrentOperationException
	var modification *types.ConcurrentModificationException
	var conflict *types.ResourceConflictException
	return errors.As(err, &operation) || errors.As(err, &modification) || errors.As(err, &conflict)
}
