package acmtest

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// certificate is a certificate. Its status is what it was last set to; see now.
type certificate struct {
	region, arn         string
	names               []string // the main one first
	status              types.CertificateStatus
	failure             types.FailureReason
	key                 types.KeyAlgorithm
	notBefore, notAfter time.Time // only once it was issued
	made, usable        time.Time
}

// now is the status of the certificate at this moment.
func (c *certificate) now() types.CertificateStatus {
	if c.status == types.CertificateStatusIssued && time.Now().After(c.notAfter) {
		return types.CertificateStatusExpired
	}
	return c.status
}

// issued reports whether the certificate was ever valid, and so has dates.
func (c *certificate) issued() bool {
	return c.status != types.CertificateStatusPendingValidation && c.status != types.CertificateStatusFailed &&
		c.status != types.CertificateStatusValidationTimedOut
}

// lifetime of a public certificate that ACM issues: thirteen months (ACM user guide, certificate characteristics).
const lifetime = 395 * 24 * time.Hour

// Names of domains (ACM API reference, RequestCertificate).
const (
	maxDomain = 253
	maxNames  = 100
)

var (
	domainText = regexp.MustCompile(`^(\*\.)?(([A-Za-z0-9_]|[A-Za-z0-9_][A-Za-z0-9_-]{0,61}[A-Za-z0-9_])\.)+([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]{0,61}[A-Za-z0-9])$`)
	arnText    = regexp.MustCompile(`^arn:[\w+=/,.@-]+:acm:[\w+=/,.@-]*:[0-9]+:[\w+=,.@-]+(/[\w+=,.@-]+)*$`)
)

func invalid(format string, args ...any) error {
	return sim.Error("ValidationException", fmt.Sprintf(format, args...), http.StatusBadRequest)
}

func notFound(arn string) error {
	return &types.ResourceNotFoundException{Message: aws.String(fmt.Sprintf("Could not find certificate %s.", arn))}
}

// add makes a certificate that can be described at once.
func (s *ACM) add(region string, names []string) (*certificate, error) {
	for _, name := range names {
		if len(name) > maxDomain || !domainText.MatchString(name) {
			return nil, invalid("1 validation error detected: Value '%s' at 'domainName' failed to satisfy constraint: Member must "+
				"satisfy regular expression pattern", name)
		}
	}
	c := &certificate{
		region: region, arn: fmt.Sprintf("arn:aws:acm:%s:%s:certificate/%s", region, s.cloud.Options().Account, s.newID()),
		names: names, status: types.CertificateStatusPendingValidation, key: types.KeyAlgorithmRsa2048, made: time.Now(),
	}
	c.usable = c.made
	s.certificates[c.arn] = c
	return c, nil
}

// newID makes an id in the form of a UUID.
func (s *ACM) newID() string {
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", s.dice.Uint32(), s.dice.Uint32()>>16, s.dice.Uint32()>>20, s.dice.Uint32()>>20,
		s.dice.Uint64()>>16)
}

func (s *ACM) requestCertificate(region string, in *acm.RequestCertificateInput) (*acm.RequestCertificateOutput, error) {
	names := []string{aws.ToString(in.DomainName)}
	for _, name := range in.SubjectAlternativeNames {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > maxNames {
		return nil, &types.LimitExceededException{Message: aws.String("Domain list exceeds the maximum of 100")}
	}
	c, err := s.add(region, names)
	if err != nil {
		return nil, err
	}
	c.key, c.usable = cmp.Or(in.KeyAlgorithm, c.key), c.made.Add(s.opts.Settle)
	return &acm.RequestCertificateOutput{CertificateArn: aws.String(c.arn)}, nil
}

// known returns the certificate of an ARN, if clients of the region can describe it.
func (s *ACM) known(region string, arn *string) (*certificate, error) {
	if !arnText.MatchString(aws.ToString(arn)) {
		return nil, &types.InvalidArnException{Message: aws.String("The certificate ARN is not valid: " + aws.ToString(arn))}
	}
	c := s.certificates[*arn]
	if c == nil || c.region != region || time.Now().Before(c.usable) {
		return nil, notFound(*arn)
	}
	return c, nil
}

func (s *ACM) describeCertificate(region string, in *acm.DescribeCertificateInput) (*acm.DescribeCertificateOutput, error) {
	c, err := s.known(region, in.CertificateArn)
	if err != nil {
		return nil, err
	}
	out := &types.CertificateDetail{
		CertificateArn: aws.String(c.arn), DomainName: aws.String(c.names[0]), SubjectAlternativeNames: c.names,
		Status: c.now(), FailureReason: c.failure, KeyAlgorithm: c.key, CreatedAt: aws.Time(c.made),
		Type: types.CertificateTypeAmazonIssued, InUseBy: []string{},
	}
	if c.issued() {
		out.NotBefore, out.NotAfter = aws.Time(c.notBefore), aws.Time(c.notAfter)
	}
	return &acm.DescribeCertificateOutput{Certificate: out}, nil
}

func (s *ACM) deleteCertificate(region string, in *acm.DeleteCertificateInput) (*acm.DeleteCertificateOutput, error) {
	c, err := s.known(region, in.CertificateArn)
	if err != nil {
		return nil, err
	}
	delete(s.certificates, c.arn)
	return &acm.DeleteCertificateOutput{}, nil
}

// Limits of ListCertificates (ACM API reference).
const (
	maxItems  = 1000
	shownSANs = 100
)

// listCertificates lists certificates in the order of their ids. The token is the ARN that the page ended with.
func (s *ACM) listCertificates(region string, in *acm.ListCertificatesInput) (*acm.ListCertificatesOutput, error) {
	limit := maxItems
	if in.MaxItems != nil {
		if *in.MaxItems < 1 || *in.MaxItems > maxItems {
			return nil, invalid("1 validation error detected: Value '%d' at 'maxItems' is not between 1 and %d", *in.MaxItems, maxItems)
		}
		limit = int(*in.MaxItems)
	}
	if size := s.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	if in.SortBy != "" || in.SortOrder != "" || len(in.CertificateKeyPairOrigins) > 0 {
		return nil, invalid("acmtest simulates no order and no origins of keys")
	}
	keys := []types.KeyAlgorithm{types.KeyAlgorithmRsa1024, types.KeyAlgorithmRsa2048}
	if in.Includes != nil && len(in.Includes.KeyTypes) > 0 {
		keys = in.Includes.KeyTypes
	}
	var arns []string
	for arn, c := range s.certificates {
		if c.region == region && arn > aws.ToString(in.NextToken) && slices.Contains(keys, c.key) &&
			(len(in.CertificateStatuses) == 0 || slices.Contains(in.CertificateStatuses, c.now())) {
			arns = append(arns, arn)
		}
	}
	slices.SortFunc(arns, strings.Compare)
	out := &acm.ListCertificatesOutput{}
	if len(arns) > limit {
		arns = arns[:limit]
		out.NextToken = aws.String(arns[limit-1])
	}
	for _, arn := range arns {
		out.CertificateSummaryList = append(out.CertificateSummaryList, s.certificates[arn].summary())
	}
	return out, nil
}

func (c *certificate) summary() types.CertificateSummary {
	out := types.CertificateSummary{
		CertificateArn: aws.String(c.arn), DomainName: aws.String(c.names[0]), Status: c.now(), KeyAlgorithm: c.key,
		SubjectAlternativeNameSummaries:      c.names[:min(len(c.names), shownSANs)],
		HasAdditionalSubjectAlternativeNames: aws.Bool(len(c.names) > shownSANs),
		CreatedAt:                            aws.Time(c.made), Type: types.CertificateTypeAmazonIssued, InUse: aws.Bool(false),
	}
	if c.issued() {
		out.NotBefore, out.NotAfter = aws.Time(c.notBefore), aws.Time(c.notAfter)
	}
	return out
}
