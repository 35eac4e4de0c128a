// Package ecrdriver asks Amazon ECR whether a container image is there, before anything is made of it: a deploy of a version whose
// image was not pushed fails in seconds, and not after minutes when the first task cannot start. It makes, changes and deletes nothing,
// and looks up no kind.
//
//	images := ecrdriver.New(ecr.NewFromConfig(cfg))
//	err := images.CheckImage(ctx, "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web:1f0c9d3")
//
// Package awsdrivers lets the drivers of containers and functions ask it, so that provision.Engine.Check does. It is a driver so that it is
// among those whose permissions [provision.Policy] writes down. Package ecrtest is the service to test against.
package ecrdriver

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/smithy-go"

	"github.com/peppercorn-go/peppercorn/provision"
)

// Driver asks whether images are there. It keeps no state and is safe for concurrent use.
type Driver struct {
	provision.NothingMade
	api API
}

var _ provision.Driver = (*Driver)(nil)

// New returns a driver that asks api about the images of every account and region whose registries answer it.
func New(api API) *Driver { return &Driver{api: api} }

// inRegion makes a call in the region of a registry, whichever the client's is.
func inRegion(region string) func(*ecr.Options) {
	return func(o *ecr.Options) { o.Region = region }
}

// unknown reports whether err says that there is no such image, or no repository that it could be in.
func unknown(err error) bool {
	var (
		image      *types.ImageNotFoundException
		repository *types.RepositoryNotFoundException
	)
	return errors.As(err, &image) || errors.As(err, &repository)
}

// denied reports whether err says that the question may not be asked. The API has no type for it.
func denied(err error) bool {
	var refusal smithy.APIError
	return errors.As(err, &refusal) && refusal.ErrorCode() == "AccessDeniedException"
}
