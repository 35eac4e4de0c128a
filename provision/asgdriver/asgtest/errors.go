package asgtest

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/smithy-go"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// invalid is how Auto Scaling refuses nearly everything.
func invalid(format string, args ...any) error {
	return sim.Error("ValidationError", fmt.Sprintf(format, args...), http.StatusBadRequest)
}

func notFound(name string) error {
	return invalid("AutoScalingGroup name not found - AutoScalingGroup '%s' not found", name)
}

func alreadyExists(name string) error {
	return &types.AlreadyExistsFault{Message: aws.String(
		"AutoScalingGroup by this name already exists - A group with the name " + name + " already exists")}
}

func resourceInUse() error {
	return &types.ResourceInUseFault{Message: aws.String("You cannot delete an AutoScalingGroup while there are instances or " +
		"pending Spot instance request(s) still in the group.")}
}

func activityInProgress() error {
	return &types.ScalingActivityInProgressFault{Message: aws.String("You cannot delete an AutoScalingGroup while there are " +
		"scaling activities in progress for that group.")}
}

func notSimulated(what string) error {
	return sim.Error("NotSimulated", "the simulated Auto Scaling does not know "+what, http.StatusNotImplemented)
}

// message is what a service said, without the code.
func message(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorMessage()
	}
	return err.Error()
}
