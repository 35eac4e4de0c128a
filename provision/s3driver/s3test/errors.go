package s3test

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

func noSuchBucket() error {
	return sim.Error("NoSuchBucket", "The specified bucket does not exist", http.StatusNotFound)
}

func bucketAlreadyExists() error {
	return sim.WithStatus(&types.BucketAlreadyExists{Message: aws.String("The requested bucket name is not available. The " +
		"bucket namespace is shared by all users of the system. Please select a different name and try again.")},
		http.StatusConflict)
}

func bucketAlreadyOwnedByYou() error {
	return sim.WithStatus(&types.BucketAlreadyOwnedByYou{Message: aws.String("Your previous request to create the named " +
		"bucket succeeded and you already own it.")}, http.StatusConflict)
}

func operationAborted() error {
	return sim.Error("OperationAborted", "A conflicting conditional operation is currently in progress against this "+
		"resource. Please try again.", http.StatusConflict)
}

func bucketNotEmpty(versioned bool) error {
	message := "The bucket you tried to delete is not empty"
	if versioned {
		message += ". You must delete all versions in the bucket."
	}
	return sim.Error("BucketNotEmpty", message, http.StatusConflict)
}

func invalidBucketName(name string) error {
	return sim.Error("InvalidBucketName", fmt.Sprintf("The specified bucket is not valid: %s", name), http.StatusBadRequest)
}

func invalidTag(message string) error {
	return sim.Error("InvalidTag", message, http.StatusBadRequest)
}

func accessDenied() error { return sim.Error("AccessDenied", "Access Denied", http.StatusForbidden) }

func permanentRedirect() error {
	return sim.Error("PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified "+
		"endpoint. Please send all future requests to this endpoint.", http.StatusMovedPermanently)
}

func slowDown() error {
	return sim.Error("SlowDown", "Please reduce your request rate.", http.StatusServiceUnavailable)
}

func invalidArgument(message string) error {
	return sim.Error("InvalidArgument", message, http.StatusBadRequest)
}

func malformed() error {
	return sim.Error("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema",
		http.StatusBadRequest)
}

func illegalLocation(constraint string) error {
	return sim.Error("IllegalLocationConstraintException", fmt.Sprintf("The %s location constraint is incompatible for the "+
		"region specific endpoint this request was sent to.", cmp.Or(constraint, "unspecified")), http.StatusBadRequest)
}

// headless turns a refusal into what is left of it in the reply to a HEAD request, which has no body: the status.
func headless(err error) error {
	var refusal smithy.APIError
	if !errors.As(err, &refusal) {
		return err
	}
	switch refusal.ErrorCode() {
	case "NoSuchBucket", "NoSuchKey":
		return sim.WithStatus(&types.NotFound{Message: aws.String("Not Found")}, http.StatusNotFound)
	case "AccessDenied":
		return sim.Error("Forbidden", "Forbidden", http.StatusForbidden)
	}
	return sim.Error("MovedPermanently", "Moved Permanently", http.StatusMovedPermanently)
}
