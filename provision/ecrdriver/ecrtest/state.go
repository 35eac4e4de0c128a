package ecrtest

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

// Image is an image as it is at one moment, for tests to look at. It shares nothing with the service.
type Image struct {
	// Account and Region of the registry.
	Account, Region string
	// Repository within the registry.
	Repository string
	// Digest is unique in the repository: "sha256:...".
	Digest string
	// Tags that point at the image, sorted.
	Tags []string
	// Status is "ACTIVE", "ARCHIVED" or "ACTIVATING".
	Status string
	// Pushed is when that was.
	Pushed time.Time
}

// Registry is the host of the registry, "123456789012.dkr.ecr.us-east-1.amazonaws.com".
func (i Image) Registry() string {
	return fmt.Sprintf("%s.dkr.ecr.%s.amazonaws.com", i.Account, i.Region)
}

// ByDigest is the reference that means this very image for ever.
func (i Image) ByDigest() string { return i.Registry() + "/" + i.Repository + "@" + i.Digest }

// ByTag is the reference by one of its tags.
func (i Image) ByTag(tag string) string { return i.Registry() + "/" + i.Repository + ":" + tag }

// Images returns all images of all registries in the order of accounts, regions, repositories and digests. It is no call: nothing
// is recorded, and no fault strikes.
func (s *ECR) Images() []Image {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Image
	for _, reg := range s.registries {
		for name, repo := range reg.repositories {
			for digest := range repo.images {
				all = append(all, repo.snapshot(reg, name, digest))
			}
		}
	}
	slices.SortFunc(all, func(a, b Image) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region),
			cmp.Compare(a.Repository, b.Repository), cmp.Compare(a.Digest, b.Digest))
	})
	return all
}

func (r *repository) snapshot(reg *registry, name, digest string) Image {
	return Image{
		Account: reg.account, Region: reg.region, Repository: name, Digest: digest, Status: string(r.images[digest].status),
		Pushed: r.images[digest].pushedAt,
		Tags:   slices.DeleteFunc(slices.Sorted(maps.Keys(r.tags)), func(tag string) bool { return r.tags[tag] != digest }),
	}
}

// Push puts a new image into a repository of the cloud's account and region, and points these tags at it, wherever they pointed
// before. The repository is made if there is none. It is no call.
func (s *ECR) Push(repository string, tags ...string) (Image, error) {
	o := s.cloud.Options()
	return s.PushTo(o.Account, o.Region, repository, tags...)
}

// PushTo is Push for the registry of any account, which lets everybody look at its images from then on, and region.
func (s *ECR) PushTo(account, region, repository string, tags ...string) (Image, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !accountText.MatchString(account) || !validRepository(repository) {
		return Image{}, fmt.Errorf("ecrtest: pushing to %s in %s: not an account and the name of a repository", repository, account)
	}
	for _, tag := range tags {
		if !tagText.MatchString(tag) {
			return Image{}, fmt.Errorf("ecrtest: pushing to %s: %q is no tag", repository, tag)
		}
	}
	reg := s.make(place{account, region})
	repo := reg.repositories[repository]
	if repo == nil {
		repo = newRepository()
		reg.repositories[repository] = repo
	}
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(fmt.Sprint(account, region, repository, strings.Join(tags, ","), len(repo.images)))))
	repo.images[digest] = &image{status: types.ImageStatusActive, pushedAt: time.Now()}
	for _, tag := range tags {
		repo.tags[tag] = digest
	}
	return repo.snapshot(reg, repository, digest), nil
}

func newRepository() *repository {
	return &repository{images: map[string]*image{}, tags: map[string]string{}}
}

// SetStatus makes an image "ACTIVE", "ARCHIVED" or "ACTIVATING".
func (s *ECR) SetStatus(i Image, status string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if reg := s.registries[place{i.Account, i.Region}]; reg != nil {
		if repo := reg.repositories[i.Repository]; repo != nil && repo.images[i.Digest] != nil {
			repo.images[i.Digest].status = types.ImageStatus(status)
			return nil
		}
	}
	return fmt.Errorf("ecrtest: there is no image %s", i.ByDigest())
}
