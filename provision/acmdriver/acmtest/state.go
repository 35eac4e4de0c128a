package acmtest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/acm/types"
)

// Certificate is a certificate as it is at one moment, for tests to look at, and what [ACM.AddCertificate] is to make. It shares
// nothing with the service.
type Certificate struct {
	// Region of the certificate. Default: that of the cloud.
	Region string
	// ARN of the certificate. AddCertificate chooses it.
	ARN string
	// Domain is the main domain name. Required.
	Domain string
	// Names are all names, the main one first. AddCertificate adds the main one if it is missing.
	Names []string
	// Status such as "ISSUED", "PENDING_VALIDATION" or "EXPIRED". Default "ISSUED".
	Status string
	// KeyAlgorithm such as "RSA_2048" or "EC_prime256v1". Default "RSA_2048".
	KeyAlgorithm string
	// NotBefore and NotAfter are the first and the last moment of its validity, if it was ever issued. Default: now, and 395 days later.
	NotBefore, NotAfter time.Time
	// Created is when it was requested. AddCertificate takes the present time.
	Created time.Time
}

// Certificates returns all certificates of all regions in the order of regions and ids. It is no call: nothing is recorded, and no
// fault strikes.
func (s *ACM) Certificates() []Certificate {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Certificate
	for _, c := range s.certificates {
		all = append(all, c.snapshot())
	}
	slices.SortFunc(all, func(a, b Certificate) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.ARN, b.ARN))
	})
	return all
}

func (c *certificate) snapshot() Certificate {
	return Certificate{
		Region: c.region, ARN: c.arn, Domain: c.names[0], Names: slices.Clone(c.names), Status: string(c.now()), KeyAlgorithm: string(c.key),
		NotBefore: c.notBefore, NotAfter: c.notAfter, Created: c.made,
	}
}

// AddCertificate makes a certificate by somebody else's hand: no call is recorded, no fault strikes, and it can be described at once.
// More than a hundred names are allowed, as in a certificate that was imported.
func (s *ACM) AddCertificate(c Certificate) (Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := append([]string{c.Domain}, slices.DeleteFunc(slices.Clone(c.Names), func(name string) bool { return name == c.Domain })...)
	made, err := s.add(cmp.Or(c.Region, s.cloud.Options().Region), names)
	if err != nil {
		return Certificate{}, fmt.Errorf("acmtest: adding a certificate for %q: %w", c.Domain, err)
	}
	made.key = cmp.Or(types.KeyAlgorithm(c.KeyAlgorithm), made.key)
	made.status = cmp.Or(types.CertificateStatus(c.Status), types.CertificateStatusIssued)
	if made.notBefore = c.NotBefore; c.NotBefore.IsZero() {
		made.notBefore = made.made
	}
	if made.notAfter = c.NotAfter; c.NotAfter.IsZero() {
		made.notAfter = made.notBefore.Add(lifetime)
	}
	return made.snapshot(), nil
}

// SetStatus gives a certificate another status, as ACM does when it was validated ("ISSUED") or revoked. A reason such as
// "CAA_ERROR" is shown with the status "FAILED". A certificate that is issued for the first time is valid from now on.
func (s *ACM) SetStatus(arn, status, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.certificates[arn]
	if c == nil {
		return fmt.Errorf("acmtest: there is no certificate %s", arn)
	}
	c.status, c.failure = types.CertificateStatus(status), types.FailureReason(reason)
	if c.issued() && c.notBefore.IsZero() {
		c.notBefore = time.Now()
		c.notAfter = c.notBefore.Add(lifetime)
	}
	return nil
}
