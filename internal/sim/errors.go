package sim

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Error makes the error by which a service refuses a call: a *[smithy.GenericAPIError] with that code and message, and
// the HTTP status of the reply. A status of 500 and above is the server's fault, all others are the client's.
func Error(code, message string, status int) error {
	fault := smithy.FaultClient
	if status >= http.StatusInternalServerError {
		fault = smithy.FaultServer
	}
	return WithStatus(&smithy.GenericAPIError{Code: code, Message: message, Fault: fault}, status)
}

// WithStatus gives an error, such as a typed one of the SDK, the HTTP status of the reply that carries it. The client
// gets err itself, wrapped by the SDK only.
func WithStatus(err error, status int) error { return &statusError{error: err, status: status} }

type statusError struct {
	error
	status int
}

func (e *statusError) Unwrap() error { return e.error }

// status splits an error of a handler into the HTTP status of the reply and what the client sees.
func status(err error) (int, error) {
	var s *statusError
	if errors.As(err, &s) {
		return s.status, s.error
	}
	return http.StatusBadRequest, err
}

// UnknownOperation is the answer of a service to an operation that it does not simulate. The SDK does not retry it.
func UnknownOperation(call *Call) error {
	return Error("NotSimulated", fmt.Sprintf("the simulated %s does not know the operation %s", call.Service, call.Op),
		http.StatusNotImplemented)
}

func unknownService(call *Call) error {
	return Error("NotSimulated", fmt.Sprintf("no service %q is registered with this simulated cloud (operation %s)",
		call.Service, call.Op), http.StatusNotImplemented)
}

// ThrottleError returns the error by which a service refuses a call for its rate, with the code that this service uses:
// EC2 says RequestLimitExceeded, Route 53 Throttling, SQS RequestThrottled.
func ThrottleError(service string) error {
	switch service {
	case "EC2":
		return Error("RequestLimitExceeded", "Request limit exceeded.", http.StatusServiceUnavailable)
	case "SQS":
		return Error("RequestThrottled", "The request was denied due to request throttling.", http.StatusForbidden)
	case "Route 53", "RDS", "Auto Scaling", "IAM", "STS", "CloudFormation", "Elastic Beanstalk":
		return Error("Throttling", "Rate exceeded", http.StatusBadRequest)
	default:
		return Error("ThrottlingException", "Rate exceeded", http.StatusBadRequest)
	}
}

// errEmptyFault is what Fail gives when it was given nothing.
var errEmptyFault = errors.New("sim: a Fault of kind Fail needs an Err")

// serverError has one of the two statuses of a service that is not well; both are retried by the SDK.
func serverError(heads bool) error {
	if heads {
		return Error("InternalFailure", "We encountered an internal error. Please try again.",
			http.StatusInternalServerError)
	}
	return Error("ServiceUnavailable", "The service is unavailable. Please try again shortly.",
		http.StatusServiceUnavailable)
}

// connectionReset is what net/http and the SDK make of a peer that resets the connection: the same types, nested in the
// same order, so that the retryer and callers with errors.As cannot tell the difference.
func connectionReset(method, host string) error {
	method = strings.ToLower(method)
	if method != "" {
		method = strings.ToUpper(method[:1]) + method[1:] // as net/http writes it: "Post"
	}
	return &smithyhttp.RequestSendError{Err: &url.Error{
		Op:  method,
		URL: "https://" + host + "/",
		Err: &net.OpError{
			Op:     "read",
			Net:    "tcp",
			Source: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 50000},
			Addr:   &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 443},
			Err:    os.NewSyscallError("read", syscall.ECONNRESET),
		},
	}}
}
