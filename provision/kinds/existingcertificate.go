package kinds

import (
	"regexp"

	"github.com/peppercorn-go/peppercorn/provision"
)

// ExistingCertificateKind is the kind of an [ExistingCertificate].
const ExistingCertificateKind provision.Kind = "acm/existing-certificate"

// An ExistingCertificate is a certificate of AWS Certificate Manager that is there already: issued or imported, valid now. Either Domain
// or ARN is required. It is looked up before anything is made, and never changed or deleted.
//
// Certificates belong to a region, and a load balancer takes only those of its own, so the look-up is made in the region that the environment
// lives in. One for CloudFront, which takes those of us-east-1, is found only by environments that live there.
//
//	tls := kinds.AddExistingCertificate(&b, "tls", kinds.ExistingCertificate{Domain: "*.${{base}}"})
//	kinds.AddListener(&b, "https", kinds.Listener{LoadBalancer: lb.ARN(), Certificate: tls.ARN(), TargetGroup: web.ARN()})
type ExistingCertificate struct {
	// Domain is a name that the certificate must be valid for, such as www.example.com: it is one of the certificate's names, or a
	// wildcard among them covers it, which stands for one label exactly. Required, unless there is an ARN; up to 253 characters. A Domain that is a wildcard itself, such as *.shop.example.com for
	// all environments and aliases of a base, has to be among the names as it is.
	//
	// Of several such certificates the one that expires last is taken, and of these the one whose id comes first. Which one that was is
	// pinned for the environment; ACM renews certificates under the id that they have.
	Domain provision.Text
	// ARN of the certificate, in the account and region of the environment. Required, unless there is a Domain. It leaves no choice, so nothing is pinned.
	ARN provision.Text
}

var (
	existingCertificateARN = regexp.MustCompile(`^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[\w-]+$`)
	// existingCertificateDomain is a domain name as certificates have them: in ASCII (punycode), a wildcard at most as the first
	// label.
	existingCertificateDomain = regexp.MustCompile(`^(\*\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])$`)
)

// existingCertificateDomainMax is the length of the longest domain name in a certificate of ACM (API reference, RequestCertificate).
const existingCertificateDomainMax = 253

// Kind returns [ExistingCertificateKind].
func (ExistingCertificate) Kind() provision.Kind { return ExistingCertificateKind }

// Existing says that a certificate is looked up and not made.
func (ExistingCertificate) Existing() {}

// Outputs of a certificate.
func (ExistingCertificate) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the certificate's ARN, for listeners"},
		{Name: "Domain", Type: provision.TextType, Early: true, Doc: "the certificate's main domain name, which may be another than was asked for"},
	}
}

// Validate checks that there is either a domain or an ARN, and the form of it as far as that is known.
func (c ExistingCertificate) Validate() error {
	var p problems
	switch {
	case c.Domain == "" && c.ARN == "":
		p.addf("Domain", "is missing, and so is ARN; one of them says which certificate is meant")
	case c.Domain != "" && c.ARN != "":
		p.addf("ARN", "is set, and Domain is too; one of them says which certificate is meant")
	}
	if text, ok := literal(c.Domain); ok && text != "" &&
		(len(text) > existingCertificateDomainMax || !existingCertificateDomain.MatchString(text)) {
		p.addf("Domain", "%q is not a domain name as certificates have them, such as www.example.com or *.example.com (at most %d "+
			"characters, no dot at the end)", text, existingCertificateDomainMax)
	}
	if text, ok := literal(c.ARN); ok && text != "" && !existingCertificateARN.MatchString(text) {
		p.addf("ARN", "%q is not the ARN of a certificate in ACM", text)
	}
	return p.err()
}

// ExistingCertificateRef is the handle of an [ExistingCertificate] in a blueprint.
type ExistingCertificateRef struct{ provision.Ref }

// AddExistingCertificate adds the look-up of a certificate to a blueprint. A bad name or a duplicate is reported by the blueprint's
// Validate.
func AddExistingCertificate(
	b *provision.Blueprint, name string, c ExistingCertificate, optFns ...func(*provision.Node),
) ExistingCertificateRef {
	return ExistingCertificateRef{b.Add(name, c, optFns...)}
}

// ARN is the certificate's ARN, for [Listener.Certificate]. It is known before anything is made.
func (r ExistingCertificateRef) ARN() provision.Text { return r.Output("ARN") }

// Domain is the certificate's main domain name, which may be another than was asked for. It is known before anything is made.
func (r ExistingCertificateRef) Domain() provision.Text { return r.Output("Domain") }
