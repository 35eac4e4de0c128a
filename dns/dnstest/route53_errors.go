package dnstest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

func invalidInput(format string, args ...any) error {
	return &types.InvalidInput{Message: aws.String("Invalid request: " + fmt.Sprintf(format, args...))}
}

func noSuchZone(id string) error {
	return sim.WithStatus(&types.NoSuchHostedZone{Message: aws.String("No hosted zone found with ID: " + id)},
		http.StatusNotFound)
}

func noSuchChange(id string) error {
	return sim.WithStatus(&types.NoSuchChange{Message: aws.String("Could not find resource with ID: " + id)},
		http.StatusNotFound)
}

func priorRequest() error {
	return &types.PriorRequestNotComplete{Message: aws.String(
		"The request was rejected because Route 53 was still processing a prior request.")}
}

// invalidBatch has one of the two forms that the SDK makes of Route 53's two answers.
func (r *Route53) invalidBatch(reasons []string) error {
	shape := r.opts.Errors
	if shape == ErrorsMixed {
		shape = ErrorsInMessage + ErrorShape(r.rand.IntN(2))
	}
	if shape == ErrorsInMessages {
		return &types.InvalidChangeBatch{Message: aws.String("ChangeBatch errors occurred"), Messages: reasons}
	}
	return &types.InvalidChangeBatch{Message: aws.String("[" + strings.Join(reasons, ", ") + "]")}
}
