package dns

import (
	"errors"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// isBusy reports whether an answer means "not now": the request had no effect and
// the same one may be made again. PriorRequestNotComplete is said while another
// batch of the zone is being processed; it says nothing about who won.
func isBusy(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "Throttling", "ThrottlingException", "PriorRequestNotComplete":
		return true
	}
	return false
}

// isRefused reports whether Route 53 judged a batch and would not have it. There
// is no code for a lost race: it answers InvalidChangeBatch for everything that
// does not fit the present records, and InvalidInput for some of it.
func isRefused(err error) bool {
	var batch *types.InvalidChangeBatch
	var input *types.InvalidInput
	return errors.As(err, &batch) || errors.As(err, &input)
}

// isVerdict reports whether an error is an answer of Route 53 which says that the
// one request it answers had no effect. A broken connection, a time-out, a 5xx
// and an answer that cannot be read are none: the effect may have come before.
func isVerdict(err error) bool {
	if isBusy(err) || isRefused(err) {
		return true
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) {
		status := response.HTTPStatusCode()
		return status >= http.StatusBadRequest && status < http.StatusInternalServerError
	}
	return api.ErrorFault() == smithy.FaultClient
}

// isTransient reports whether a read may be made again with some hope.
func isTransient(err error) bool {
	return retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary
}

// reasons returns every message in the answer to a batch. It comes in two forms
// on the wire, and the SDK fills a field of its own for each: Message with a
// bracketed list, or Messages, when Message holds a fixed text without meaning.
func reasons(err error) []string {
	var batch *types.InvalidChangeBatch
	if errors.As(err, &batch) {
		if len(batch.Messages) > 0 {
			return batch.Messages
		}
		if text := strings.Trim(aws.ToString(batch.Message), "[]"); text != "" {
			return []string{text}
		}
	}
	return []string{err.Error()}
}
