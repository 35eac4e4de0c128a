package elbdriver

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"

	"github.com/peppercorn-go/peppercorn/provision"
)

// A FailedError says that a load balancer could not be provisioned. It will not become active; it can be deleted.
type FailedError struct {
	ARN    string
	Reason string // ELB's, in words; may be empty
}

// Error names the balancer and ELB's reason.
func (e *FailedError) Error() string {
	return fmt.Sprintf("load balancer %s could not be provisioned: %s", e.ARN, cmp.Or(e.Reason, "ELB gives no reason"))
}

// missing reports whether err says that ELB knows no such thing: it is gone, or so new that not all of ELB has heard of it.
func missing(err error) bool {
	var (
		balancer *types.LoadBalancerNotFoundException
		group    *types.TargetGroupNotFoundException
		listener *types.ListenerNotFoundException
	)
	return errors.As(err, &balancer) || errors.As(err, &group) || errors.As(err, &listener)
}

// duplicate reports whether err says that something of the same name or place has other settings.
func duplicate(err error) bool {
	var (
		balancer *types.DuplicateLoadBalancerNameException
		group    *types.DuplicateTargetGroupNameException
		listener *types.DuplicateListenerException
	)
	return errors.As(err, &balancer) || errors.As(err, &group) || errors.As(err, &listener)
}

// inUse reports whether err says that something else needs the thing.
func inUse(err error) bool {
	var used *types.ResourceInUseException
	return errors.As(err, &used)
}

// throttled reports whether ELB refused a call for its rate only.
func throttled(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && (api.ErrorCode() == "ThrottlingException" || api.ErrorCode() == "Throttling")
}

// changedByHand says what about a thing of ours is not as the blueprint says.
func changedByHand(c provision.Call, k provision.Kind, arn string, changes []string) error {
	return fmt.Errorf("elbdriver: %s %s of node %q exists, is ours, and has other settings than the blueprint says: %s; "+
		"somebody changed it by hand (put the settings back, or terminate the environment and deploy again)",
		k, arn, c.Node, strings.Join(changes, ", "))
}

// errNothing says that ELB reported success and returned nothing, which it does not do.
var errNothing = errors.New("elbdriver: ELB returned an empty list")
