package ecrdriver

import (
	"regexp"
	"strings"
)

// A Reference names a container image in a private registry of Amazon ECR.
type Reference struct {
	// Account and Region of the registry.
	Account, Region string
	// Repository within the registry, such as "shop/web".
	Repository string
	// Tag of the image, "latest" if the reference has neither a tag nor a digest. Empty if there is a digest: whoever pulls the image ignores
	// the tag then.
	Tag string
	// Digest of the image, "sha256:...", or "".
	Digest string
}

var (
	// registry is the host of a private registry (ECR user guide, private registry: the default, the FIPS and the dual-stack endpoints),
	// in any partition.
	registry = regexp.MustCompile(`^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z0-9.-]+$`)
	digest   = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// Parse takes a reference apart. It reports false for what is not in a private registry of Amazon ECR, such as images of Docker Hub or of
// public.ecr.aws.
func Parse(image string) (Reference, bool) {
	host, path, ok := strings.Cut(image, "/")
	found := registry.FindStringSubmatch(host)
	if !ok || found == nil || path == "" {
		return Reference{}, false
	}
	r := Reference{Account: found[1], Region: found[2]}
	path, sum, pinned := strings.Cut(path, "@")
	r.Repository, r.Tag, _ = strings.Cut(path, ":")
	switch {
	case pinned && !digest.MatchString(sum):
		return Reference{}, false
	case pinned:
		r.Tag, r.Digest = "", sum
	case r.Tag == "":
		r.Tag = "latest"
	}
	return r, r.Repository != ""
}
