package ec2driver

import (
	"errors"
	"fmt"
	"slices"

	"github.com/aws/smithy-go"

	"github.com/peppercorn-go/peppercorn/provision"
)

// Codes by which EC2 says what the driver acts upon (EC2 API reference, error codes). EC2's errors have no types.
const (
	codeGroupDuplicate       = "InvalidGroup.Duplicate"
	codeGroupNotFound        = "InvalidGroup.NotFound"
	codeGroupInUse           = "InvalidGroup.InUse"
	codeDependency           = "DependencyViolation"
	codePermissionDuplicate  = "InvalidPermission.Duplicate"
	codePermissionNotFound   = "InvalidPermission.NotFound"
	codeInstanceNotFound     = "InvalidInstanceID.NotFound"
	codeTokenDead            = "IdempotentInstanceTerminated"
	codeTokenMismatch        = "IdempotentParameterMismatch"
	codeProtected            = "OperationNotPermitted"
	codeTemplateExists       = "InvalidLaunchTemplateName.AlreadyExistsException"
	codeTemplateNameNotFound = "InvalidLaunchTemplateName.NotFoundException"
	codeTemplateIDNotFound   = "InvalidLaunchTemplateId.NotFound"
	codeThrottled            = "RequestLimitExceeded"
	codeDenied               = "UnauthorizedOperation"
	codeImageNotFound        = "InvalidAMIID.NotFound"
	codeImageGone            = "InvalidAMIID.Unavailable"
	codeImageMalformed       = "InvalidAMIID.Malformed"
	codeNoSuchAction         = "InvalidAction"
	codeUnsupported          = "UnsupportedOperation"
)

// hasCode reports whether EC2 refused a call with one of these codes.
func hasCode(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}

// wrong is a mistake in a field of a spec that could not be seen before its references were known.
func wrong(field, format string, args ...any) error {
	return &provision.BlueprintError{Field: field, Err: fmt.Errorf(format, args...)}
}

// An InstanceError says that an instance will not become ready: it was terminated, stopped, or failed a status check. It
// is a [provision.ErrGone] if there is no way back.
type InstanceError struct {
	ID    string
	State string // of the instance, e.g. "terminated"
	Code  string // EC2's reason, e.g. "Client.VolumeLimitExceeded"; may be empty
	// Reason is EC2's reason in words; may be empty.
	Reason string
}

// Error names the instance, its state and EC2's reason.
func (e *InstanceError) Error() string {
	reason := e.Reason
	switch {
	case reason == "" && e.Code == "":
		reason = "EC2 gives no reason"
	case reason == "":
		reason = e.Code
	}
	return fmt.Sprintf("instance %s will not become ready, it is %s: %s", e.ID, e.State, reason)
}

// Is makes errors.Is(err, provision.ErrGone) true for an instance that is terminated or about to be.
func (e *InstanceError) Is(target error) bool {
	return target == provision.ErrGone && (e.State == "terminated" || e.State == "shutting-down")
}
