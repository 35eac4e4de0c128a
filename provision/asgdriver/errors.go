package asgdriver

import (
	"errors"
	"fmt"
	"slices"

	"github.com/aws/smithy-go"

	"github.com/peppercorn-go/peppercorn/internal/wait"
)

// Codes by which Auto Scaling says what the driver acts upon (API reference, errors of the actions and common errors).
const (
	codeValidation = "ValidationError"
	codeContention = "ResourceContention"
	codeActivity   = "ScalingActivityInProgress"
	codeInUse      = "ResourceInUse"
)

// hasCode reports whether Auto Scaling refused a call with one of these codes.
func hasCode(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}

// throttled reports whether Auto Scaling, or Elastic Load Balancing, refused a call for its rate.
func throttled(err error) bool { return wait.Throttled(err) }

// isBusy reports whether Auto Scaling is about something else and wants to be asked again.
func isBusy(err error) bool { return hasCode(err, codeContention, codeActivity, codeInUse) }

// A LaunchError says that a group could not launch an instance, in AWS's words.
type LaunchError struct {
	Group    string // its name
	Activity string // what was being done, e.g. "Launching a new EC2 instance: i-0abc"
	Status   string // "Failed" or "Cancelled"
	Reason   string // AWS's message; may be empty
}

// Error names the group, what it did and why that failed.
func (e *LaunchError) Error() string {
	reason := e.Reason
	if reason == "" {
		reason = "Auto Scaling gives no reason"
	}
	return fmt.Sprintf("group %s: %s: %s: %s", e.Group, e.Activity, e.Status, reason)
}
