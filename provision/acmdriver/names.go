package acmdriver

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"
)

// covers reports whether a certificate of these names is valid for a domain. A wildcard covers names with one label in its place,
// neither none nor two (RFC 6125, section 6.4.3), so *.example.com is good for www.example.com and not for example.com. A domain that is a
// wildcard itself stands for all of its names, and only the very same wildcard covers them all.
func covers(names []string, domain string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		if strings.EqualFold(name, domain) {
			return true
		}
		parent, wild := strings.CutPrefix(name, "*.")
		label, rest, dotted := strings.Cut(domain, ".")
		return wild && dotted && label != "" && label != "*" && strings.EqualFold(parent, rest)
	})
}

// namesOf returns all names of a certificate. The main one is among the others on AWS; it need not be in one that was imported.
func namesOf(c *types.CertificateDetail) []string {
	names := slices.Clone(c.SubjectAlternativeNames)
	if main := aws.ToString(c.DomainName); main != "" && !slices.Contains(names, main) {
		names = append(names, main)
	}
	return names
}

// mayCover reports whether a certificate is worth a closer look. A summary has the first hundred of its names, and says whether
// there are more.
func mayCover(s types.CertificateSummary, domain string) bool {
	names := s.SubjectAlternativeNameSummaries
	return len(names) == 0 || aws.ToBool(s.HasAdditionalSubjectAlternativeNames) ||
		covers(names, domain) || covers([]string{aws.ToString(s.DomainName)}, domain)
}
