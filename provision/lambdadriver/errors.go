package lambdadriver

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// A FailedError says that Lambda could not make a function usable and will not try again.
type FailedError struct {
	Function string                // its ARN
	Version  string                // the version that failed; empty for the function itself
	Code     types.StateReasonCode // such as InvalidSubnet or ImageAccessDenied
	Reason   string                // in Lambda's words
}

// Error names the function, Lambda's reason and the way out.
func (e *FailedError) Error() string {
	what := "function " + e.Function
	if e.Version != "" {
		what += ", version " + e.Version + ","
	}
	return fmt.Sprintf("%s has failed: %s (%s); it stays so: terminate the environment, and deploy again what is right",
		what, e.Reason, e.Code)
}

// unknown reports whether err says that Lambda knows no such function, URL or policy: it is gone, not made yet, or so new
// that not all of Lambda has heard of it.
func unknown(err error) bool {
	var missing *types.ResourceNotFoundException
	return errors.As(err, &missing)
}

// conflicts reports whether err says that something is there already, or that the function is busy with a change.
func conflicts(err error) bool {
	var conflict *types.ResourceConflictException
	return errors.As(err, &conflict)
}

// unsettled reports whether err may pass once Lambda has caught up with itself.
func unsettled(err error) bool { return unknown(err) || conflicts(err) }

// roleUnready reports whether err says that Lambda cannot use the role, which passes if the role or its policy is new.
// Lambda uses one code for every bad parameter, so that only the text tells them apart.
func roleUnready(err error) bool {
	var invalid *types.InvalidParameterValueException
	if !errors.As(err, &invalid) {
		return false
	}
	text := aws.ToString(invalid.Message)
	return strings.Contains(text, "cannot be assumed by Lambda") ||
		strings.Contains(text, "execution role does not have permissions")
}
