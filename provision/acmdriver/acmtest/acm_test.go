package acmtest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/acmdriver/acmtest"
)

// in runs a test in virtual time with a client of a simulated Certificate Manager.
func in(t *testing.T, f func(ctx context.Context, t *testing.T, service *acmtest.ACM, client *acm.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := acmtest.Register(cloud)
		f(t.Context(), t, service, acm.NewFromConfig(cloud.Config(), func(o *acm.Options) { o.RetryMaxAttempts = 1 }))
	})
}

// list returns the main domain names of all pages.
func list(ctx context.Context, t *testing.T, client *acm.Client, in *acm.ListCertificatesInput) (domains []string) {
	t.Helper()
	for pages := acm.NewListCertificatesPaginator(client, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.CertificateSummaryList), 2)
		for _, c := range page.CertificateSummaryList {
			domains = append(domains, *c.DomainName)
		}
	}
	return domains
}

func TestTheLifeOfACertificate(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *acmtest.ACM, client *acm.Client) {
		out, err := client.RequestCertificate(ctx, &acm.RequestCertificateInput{
			DomainName: aws.String("example.com"), SubjectAlternativeNames: []string{"*.example.com", "example.com"},
		})
		require.NoError(t, err)
		describe := func() (*types.CertificateDetail, error) {
			c, err := client.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: out.CertificateArn})
			if err != nil {
				return nil, err
			}
			return c.Certificate, nil
		}
		var unknown *types.ResourceNotFoundException
		_, err = describe()
		require.ErrorAs(t, err, &unknown, "it takes some seconds")
		time.Sleep(5 * time.Second)
		c, err := describe()
		require.NoError(t, err)
		require.Equal(t, types.CertificateStatusPendingValidation, c.Status)
		require.Equal(t, []string{"example.com", "*.example.com"}, c.SubjectAlternativeNames)
		require.Nil(t, c.NotAfter)

		require.NoError(t, service.SetStatus(*out.CertificateArn, "ISSUED", ""))
		c, err = describe()
		require.NoError(t, err)
		require.Equal(t, types.CertificateStatusIssued, c.Status)
		time.Sleep(time.Until(*c.NotAfter) + 1)
		c, err = describe()
		require.NoError(t, err)
		require.Equal(t, types.CertificateStatusExpired, c.Status)
		require.Equal(t, "EXPIRED", service.Certificates()[0].Status)

		_, err = client.DeleteCertificate(ctx, &acm.DeleteCertificateInput{CertificateArn: out.CertificateArn})
		require.NoError(t, err)
		_, err = describe()
		require.ErrorAs(t, err, &unknown)
	})
}

func TestLists(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *acmtest.ACM, client *acm.Client) {
		many := make([]string, 101)
		for i := range many {
			many[i] = fmt.Sprintf("s%d.example.com", i)
		}
		for _, c := range []acmtest.Certificate{
			{Domain: "rsa.example.com"}, {Domain: "pending.example.com", Status: "PENDING_VALIDATION"}, {Domain: many[0], Names: many},
			{Domain: "ec.example.com", KeyAlgorithm: "EC_prime256v1"}, {Domain: "abroad.example.com", Region: "eu-central-1"},
		} {
			_, err := service.AddCertificate(c)
			require.NoError(t, err)
		}
		rsa := []string{"rsa.example.com", "pending.example.com", "s0.example.com"}
		require.ElementsMatch(t, rsa, list(ctx, t, client, &acm.ListCertificatesInput{}), "without further words, no other keys")
		require.ElementsMatch(t, append(rsa, "ec.example.com"), list(ctx, t, client, &acm.ListCertificatesInput{
			Includes: &types.Filters{KeyTypes: types.KeyAlgorithm("").Values()},
		}))
		require.ElementsMatch(t, []string{"pending.example.com"}, list(ctx, t, client, &acm.ListCertificatesInput{
			CertificateStatuses: []types.CertificateStatus{types.CertificateStatusPendingValidation},
		}))
		page, err := client.ListCertificates(ctx, &acm.ListCertificatesInput{MaxItems: aws.Int32(1000)})
		require.NoError(t, err)
		more := 0
		for page := page; ; {
			for _, c := range page.CertificateSummaryList {
				if *c.HasAdditionalSubjectAlternativeNames {
					more++
					require.Len(t, c.SubjectAlternativeNameSummaries, 100)
				}
			}
			if page.NextToken == nil {
				break
			}
			page, err = client.ListCertificates(ctx, &acm.ListCertificatesInput{NextToken: page.NextToken})
			require.NoError(t, err)
		}
		require.Equal(t, 1, more)
	})
}

func TestRefusals(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *acmtest.ACM, client *acm.Client) {
		c, err := service.AddCertificate(acmtest.Certificate{Domain: "example.com", Region: "eu-central-1"})
		require.NoError(t, err)
		describe := func(arn string, optFns ...func(*acm.Options)) error {
			_, err := client.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: &arn}, optFns...)
			return err
		}
		require.ErrorContains(t, describe(c.ARN), "ResourceNotFoundException", "another region")
		require.NoError(t, describe(c.ARN, func(o *acm.Options) { o.Region = "eu-central-1" }))
		require.ErrorContains(t, describe("example.com"), "InvalidArnException")
		for _, domain := range []string{"example.com.", "-.example.com", "a b.example.com", "www.*.example.com", strings.Repeat("a.", 127) + "com"} {
			_, err := client.RequestCertificate(ctx, &acm.RequestCertificateInput{DomainName: &domain})
			require.ErrorContains(t, err, "ValidationException", domain)
		}
		_, err = client.ListCertificates(ctx, &acm.ListCertificatesInput{MaxItems: aws.Int32(1001)})
		require.ErrorContains(t, err, "ValidationException")
		_, err = client.RenewCertificate(ctx, &acm.RenewCertificateInput{CertificateArn: &c.ARN})
		require.ErrorContains(t, err, "NotSimulated")
		_, err = service.AddCertificate(acmtest.Certificate{})
		require.ErrorContains(t, err, "ValidationException")
		require.ErrorContains(t, service.SetStatus("arn", "ISSUED", ""), "no certificate")
	})
}

func TestRateIsLimited(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, _ *acmtest.ACM, client *acm.Client) {
		for range 10 {
			_, err := client.ListCertificates(ctx, &acm.ListCertificatesInput{})
			require.NoError(t, err)
		}
		_, err := client.ListCertificates(ctx, &acm.ListCertificatesInput{})
		var throttled *types.ThrottlingException
		require.ErrorAs(t, err, &throttled)
	})
}
