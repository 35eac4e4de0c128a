package elbtest

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

func balancerNotFound(what string) error {
	return &types.LoadBalancerNotFoundException{Message: aws.String(fmt.Sprintf("Load balancer '%s' not found", what))}
}

func targetGroupNotFound() error {
	return &types.TargetGroupNotFoundException{Message: aws.String("One or more target groups not found")}
}

func listenerNotFound(arn string) error {
	return &types.ListenerNotFoundException{Message: aws.String(fmt.Sprintf("Listener '%s' not found", arn))}
}

func duplicateBalancer(name string) error {
	return &types.DuplicateLoadBalancerNameException{Message: aws.String(fmt.Sprintf(
		"A load balancer with the same name '%s' exists, but with different settings", name))}
}

func duplicateTargetGroup(name string) error {
	return &types.DuplicateTargetGroupNameException{Message: aws.String(fmt.Sprintf(
		"A target group with the same name '%s' exists, but with different settings", name))}
}

func duplicateListener(balancer string) error {
	return &types.DuplicateListenerException{Message: aws.String(fmt.Sprintf(
		"A listener already exists on this port for this load balancer '%s'", balancer))}
}

func notPermitted(format string, args ...any) error {
	return &types.OperationNotPermittedException{Message: aws.String(fmt.Sprintf(format, args...))}
}

func inUse(format string, args ...any) error {
	return &types.ResourceInUseException{Message: aws.String(fmt.Sprintf(format, args...))}
}

func invalidConfiguration(format string, args ...any) error {
	return &types.InvalidConfigurationRequestException{Message: aws.String(fmt.Sprintf(format, args...))}
}

// validation is the general refusal of ELB, which the SDK knows no type for.
func validation(format string, args ...any) error {
	return sim.Error("ValidationError", fmt.Sprintf(format, args...), http.StatusBadRequest)
}
