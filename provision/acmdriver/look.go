package acmdriver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Look finds the certificate of an ARN, or that of a domain: of those that are issued, valid now and cover the domain, the one that
// expires last, and of several such the one whose id comes first. The pin of a choice is the certificate's id, the last part of
// its ARN; an ARN leaves no choice. What there is none of, or what is not issued, not valid yet or expired, is a
// *[provision.MissingError].
func (d *Driver) Look(ctx context.Context, c provision.Call, pin string) (provision.State, string, error) {
	spec, ok := c.Spec.(kinds.ExistingCertificate)
	if !ok {
		return provision.State{}, "", fmt.Errorf("acmdriver: node %q: the spec is a %T, this driver looks up a kinds.ExistingCertificate",
			c.Node, c.Spec)
	}
	var (
		found *types.CertificateDetail
		err   error
	)
	switch {
	case spec.ARN != "":
		pin = ""
		found, err = d.byARN(ctx, "ARN", string(spec.ARN))
	case pin != "":
		found, err = d.byID(ctx, string(spec.Domain), pin)
	default:
		found, err = d.byDomain(ctx, string(spec.Domain))
		pin = idOf(arnOf(found))
	}
	if err != nil {
		return provision.State{}, "", err
	}
	arn, domain := arnOf(found), aws.ToString(found.DomainName)
	return provision.State{Kind: kinds.ExistingCertificateKind, ID: arn, Name: domain, Outputs: map[string]provision.Value{
		"ARN": provision.TextValue(arn), "Domain": provision.TextValue(domain),
	}}, pin, nil
}

// CheckCertificate asks whether a listener in the region of the driver can use the certificate of that ARN. Nil means that it can, that the
// question may not be asked, or that the ARN is none of ACM's: listeners take those of IAM as well. Otherwise the error is
// a *[provision.MissingError] without a Field.
func (d *Driver) CheckCertificate(ctx context.Context, arn string) error {
	if !strings.Contains(arn, ":acm:") {
		return nil
	}
	if _, err := d.byARN(ctx, "", arn); err != nil && !denied(err) {
		return err
	}
	return nil
}

// byARN finds the certificate that a field of a spec names by its ARN.
func (d *Driver) byARN(ctx context.Context, field, arn string) (*types.CertificateDetail, error) {
	what := "certificate " + arn
	if here := d.opts.Region; here != "" && regionOf(arn) != here {
		return nil, &provision.MissingError{Field: field, What: what, Why: fmt.Sprintf("it is one of the region %s, and what is in %s takes "+
			"only certificates of its own region", regionOf(arn), here)}
	}
	detail, err := d.describe(ctx, arn)
	switch {
	case unknown(err):
		return nil, &provision.MissingError{Field: field, What: what, Err: err}
	case err != nil:
		return nil, fmt.Errorf("acmdriver: looking up the %s: %w", what, err)
	}
	if why := unusable(detail); why != "" {
		return nil, &provision.MissingError{Field: field, What: what, Why: why}
	}
	return detail, nil
}

// byID finds the certificate that was chosen for a domain before. It may be of any status by now, which is looked at afterwards.
func (d *Driver) byID(ctx context.Context, domain, id string) (*types.CertificateDetail, error) {
	what := fmt.Sprintf("the pinned certificate %s for %s", id, domain)
	summaries, err := d.list(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range summaries {
		arn := aws.ToString(s.CertificateArn)
		if idOf(arn) != id {
			continue
		}
		detail, err := d.describe(ctx, arn)
		if unknown(err) {
			break // it was deleted in this very moment
		}
		if err != nil {
			return nil, fmt.Errorf("acmdriver: looking up %s: %w", what, err)
		}
		why := unusable(detail)
		if why == "" && !covers(namesOf(detail), domain) {
			why = fmt.Sprintf("it is for %s only", strings.Join(namesOf(detail), ", "))
		}
		if why != "" {
			return nil, &provision.MissingError{Field: "Domain", What: what, Why: why}
		}
		return detail, nil
	}
	return nil, &provision.MissingError{Field: "Domain", What: what}
}

// byDomain chooses a certificate for a domain. If there is none, the error says what is wrong with those that come close. Certificates that
// may be listed and not described, as those of other teams often are, are passed over unless there is no other.
func (d *Driver) byDomain(ctx context.Context, domain string) (*types.CertificateDetail, error) {
	summaries, err := d.list(ctx)
	if err != nil {
		return nil, err
	}
	var (
		best    *types.CertificateDetail
		others  []string
		refusal error
	)
	for _, s := range summaries {
		if !mayCover(s, domain) {
			continue
		}
		detail, err := d.describe(ctx, aws.ToString(s.CertificateArn))
		switch {
		case unknown(err):
			continue // it was deleted in this very moment
		case err != nil:
			err = fmt.Errorf("acmdriver: looking up the certificate %s: %w", aws.ToString(s.CertificateArn), err)
			if !denied(err) {
				return nil, err
			}
			refusal = cmp.Or(refusal, err)
			continue
		case !covers(namesOf(detail), domain):
			continue
		}
		if why := unusable(detail); why != "" {
			others = append(others, idOf(arnOf(detail))+" "+why)
			continue
		}
		if best == nil || better(detail, best) {
			best = detail
		}
	}
	switch {
	case best != nil:
		return best, nil
	case refusal != nil:
		return nil, refusal
	}
	return nil, &provision.MissingError{Field: "Domain", What: "certificate for " + domain, Why: none(others)}
}

// none says why no certificate was good enough.
func none(others []string) string {
	if len(others) == 0 {
		return "no certificate in this account and region is for that name (a wildcard stands for one label exactly)"
	}
	return "no certificate for that name can be used: " + strings.Join(others, "; ")
}

// better reports whether a is to be preferred to b: it expires later, or has the id that comes first.
func better(a, b *types.CertificateDetail) bool {
	return cmp.Or(aws.ToTime(a.NotAfter).Compare(aws.ToTime(b.NotAfter)), -cmp.Compare(idOf(arnOf(a)), idOf(arnOf(b)))) > 0
}

// pageSize is the most that ListCertificates gives at a time.
const pageSize = 1000

// list lists all certificates, whatever their status and the algorithm of their keys.
func (d *Driver) list(ctx context.Context) (all []types.CertificateSummary, err error) {
	pages := acm.NewListCertificatesPaginator(d.api, &acm.ListCertificatesInput{
		MaxItems: aws.Int32(pageSize),
		Includes: &types.Filters{KeyTypes: types.KeyAlgorithm("").Values()},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("acmdriver: listing certificates: %w", err)
		}
		all = append(all, page.CertificateSummaryList...)
	}
	return all, nil
}

var errNoDetail = errors.New("the service answered with no certificate")

func (d *Driver) describe(ctx context.Context, arn string) (*types.CertificateDetail, error) {
	out, err := d.api.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: aws.String(arn)})
	if err != nil {
		return nil, err
	}
	if out.Certificate == nil {
		return nil, errNoDetail
	}
	return out.Certificate, nil
}

// unusable says why a certificate cannot be used now, or "".
func unusable(c *types.CertificateDetail) string {
	now := time.Now()
	switch {
	case c.NotAfter != nil && now.After(*c.NotAfter):
		return fmt.Sprintf("has expired on %s", c.NotAfter.UTC().Format(time.DateOnly))
	case c.Status != types.CertificateStatusIssued && c.FailureReason != "":
		return fmt.Sprintf("is not issued but %s (%s)", c.Status, c.FailureReason)
	case c.Status == types.CertificateStatusPendingValidation:
		return fmt.Sprintf("is not issued but %s: ACM waits for the proof that its domain names are yours", c.Status)
	case c.Status != types.CertificateStatusIssued:
		return fmt.Sprintf("is not issued but %s", c.Status)
	case c.NotBefore != nil && now.Before(*c.NotBefore):
		return fmt.Sprintf("is not valid before %s", c.NotBefore.UTC().Format(time.RFC3339))
	}
	return ""
}

func arnOf(c *types.CertificateDetail) string {
	if c == nil {
		return ""
	}
	return aws.ToString(c.CertificateArn)
}

// idOf returns the last part of an ARN, which is unique and says nothing about the account.
func idOf(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// regionOf returns the region of an ARN, as far as it has one: arn:partition:service:region:account:resource.
func regionOf(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 3 {
		return parts[3]
	}
	return ""
}
