package ecsdriver

import (
	"fmt"
	"strings"
)

// DeploymentError says that the tasks of a service did not come up and that ECS has given up: the deployment circuit breaker.
type DeploymentError struct {
	Service string   // the ARN of the service
	Node    string   // the node that it was made for
	Reason  string   // why the deployment failed, in ECS's words
	Stopped []string // why its tasks stopped, in ECS's words, each once and the latest first; at most five
	Err     error    // why Stopped could not be read, if so
}

// Error names the service, what ECS says about it, and why its tasks stopped.
func (e *DeploymentError) Error() string {
	text := fmt.Sprintf("ecsdriver: the deployment of service %s of node %q failed: %s", e.Service, e.Node, e.Reason)
	if len(e.Stopped) > 0 {
		text += "; tasks stopped because of: " + strings.Join(e.Stopped, "; ")
	}
	if e.Err != nil {
		text += "; why its tasks stopped could not be read: " + e.Err.Error()
	}
	return text
}

// Unwrap returns why the reasons of the tasks could not be read, if so.
func (e *DeploymentError) Unwrap() error { return e.Err }
