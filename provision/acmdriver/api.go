package acmdriver

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/acm"
)

// API is the part of AWS Certificate Manager that the driver needs, and so the list of the permissions that it needs. It changes
// nothing. An *[acm.Client] has it.
type API interface {
	DescribeCertificate(context.Context, *acm.DescribeCertificateInput, ...func(*acm.Options)) (*acm.DescribeCertificateOutput, error)
	ListCertificates(context.Context, *acm.ListCertificatesInput, ...func(*acm.Options)) (*acm.ListCertificatesOutput, error)
}

var _ API = (*acm.Client)(nil)
