package ec2driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// errNoParameters says that the driver was not told how to read parameters.
var errNoParameters = errors.New("the driver cannot read parameters of SSM: set Options.Parameter, as package awsdrivers does")

// lookImage finds the image that was pinned, or chooses one.
func (d *Driver) lookImage(ctx context.Context, spec kinds.ExistingImage, pin string) (provision.State, string, error) {
	field, id, owner := "ID", string(spec.ID), ""
	switch {
	case id != "":
		pin = "" // there is no choice
	case pin != "":
		// The owner is asked for again: whoever wrote the pin, a stranger's image it is not.
		field, id, owner = "", pin, string(spec.Owner)
	case spec.Name != "":
		return d.newestImage(ctx, spec)
	default:
		var err error
		if field, id, err = d.parameterImage(ctx, string(spec.Parameter)); err != nil {
			return provision.State{}, "", err
		}
		pin = id
	}
	image, err := d.usableImage(ctx, field, id, owner)
	if err == nil && spec.Architecture != "" && string(image.Architecture) != spec.Architecture {
		err = &provision.MissingError{
			Field: "Architecture", What: "image " + id, Why: fmt.Sprintf("is for %s, not for %s", image.Architecture, spec.Architecture),
		}
	}
	if err != nil {
		return provision.State{}, "", err
	}
	return imageState(image), pin, nil
}

// parameterImage reads the id of an image from a parameter.
func (d *Driver) parameterImage(ctx context.Context, name string) (field, id string, err error) {
	if d.opts.Parameter == nil {
		return "", "", &provision.BlueprintError{Field: "Parameter", Err: errNoParameters}
	}
	id, err = d.opts.Parameter(ctx, name)
	if err != nil {
		return "", "", &provision.BlueprintError{Field: "Parameter", Err: err}
	}
	if !strings.HasPrefix(id, "ami-") {
		// The value is not shown: it may be a secret that was named by mistake.
		return "", "", &provision.MissingError{Field: "Parameter", What: "parameter " + name, Why: "its value is not the id of an image"}
	}
	return "Parameter", id, nil
}

// usableImage returns an image that is available, and that of this owner if there is one. It may be deprecated. Without a field it is one
// that is pinned.
func (d *Driver) usableImage(ctx context.Context, field, id, owner string) (types.Image, error) {
	missing := &provision.MissingError{Field: field, What: "image " + id}
	in := &ec2.DescribeImagesInput{ImageIds: []string{id}, IncludeDisabled: aws.Bool(true), IncludeDeprecated: aws.Bool(true)}
	if owner != "" {
		in.Owners = []string{owner}
		missing.What += " of " + owner
	}
	if field == "" {
		missing.What += ", which is pinned,"
	}
	out, err := d.api.DescribeImages(ctx, in, d.patient)
	switch {
	case hasCode(err, codeImageNotFound, codeImageGone, codeImageMalformed):
		missing.Err = err // which says that it is not shared with this account, or in another region
		return types.Image{}, missing
	case err != nil:
		return types.Image{}, fmt.Errorf("look for image %s: %w", id, err)
	case len(out.Images) == 0:
		return types.Image{}, missing
	case out.Images[0].State != types.ImageStateAvailable:
		missing.Why = "its state is " + string(out.Images[0].State)
		if why := out.Images[0].StateReason; why != nil && aws.ToString(why.Message) != "" {
			missing.Why += ", " + aws.ToString(why.Message)
		}
		return types.Image{}, missing
	}
	return out.Images[0], nil
}

// newestImage chooses among the images of an owner. EC2 leaves out deprecated and disabled ones unless it is asked for them,
// but shows an owner's own in spite of that (API reference, DescribeImages), so they are left out here as well.
func (d *Driver) newestImage(ctx context.Context, spec kinds.ExistingImage) (provision.State, string, error) {
	// A backslash is no character of a name, so in the pattern EC2's meaning of it is kept.
	filters := []types.Filter{filter("name", string(spec.Name)), filter("state", string(types.ImageStateAvailable))}
	what := fmt.Sprintf("an image of %s with the name %s", spec.Owner, spec.Name)
	if spec.Architecture != "" {
		filters = append(filters, filter("architecture", spec.Architecture))
		what += " for " + spec.Architecture
	}
	var usable []types.Image
	pages := ec2.NewDescribeImagesPaginator(d.api, &ec2.DescribeImagesInput{
		Owners: []string{string(spec.Owner)}, Filters: filters, MaxResults: aws.Int32(maxResults),
	})
	now := time.Now()
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, d.patient)
		if err != nil {
			return provision.State{}, "", fmt.Errorf("look for %s: %w", what, err)
		}
		usable = append(usable, page.Images...)
	}
	usable = slices.DeleteFunc(usable, func(image types.Image) bool {
		return image.State != types.ImageStateAvailable || isDeprecated(image, now)
	})
	if len(usable) == 0 {
		return provision.State{}, "", &provision.MissingError{Field: "Name", What: what}
	}
	// EC2 writes all times alike (2026-01-31T12:00:00.000Z), so their texts have their order.
	newest := slices.MaxFunc(usable, func(a, b types.Image) int {
		return cmp.Or(
			cmp.Compare(aws.ToString(a.CreationDate), aws.ToString(b.CreationDate)),
			cmp.Compare(aws.ToString(a.ImageId), aws.ToString(b.ImageId)))
	})
	return imageState(newest), aws.ToString(newest.ImageId), nil
}

// isDeprecated reports whether the image's time of deprecation has come. What is no time is none.
func isDeprecated(image types.Image, now time.Time) bool {
	at, err := time.Parse(time.RFC3339, aws.ToString(image.DeprecationTime))
	return err == nil && !now.Before(at)
}

// imageState describes an image by the outputs of [kinds.ExistingImage].
func imageState(image types.Image) provision.State {
	id, name := aws.ToString(image.ImageId), aws.ToString(image.Name)
	return provision.State{ID: id, Name: name, Outputs: map[string]provision.Value{
		"ID":           provision.TextValue(id),
		"Name":         provision.TextValue(name),
		"Architecture": provision.TextValue(string(image.Architecture)),
		"RootDevice":   provision.TextValue(aws.ToString(image.RootDeviceName)),
	}}
}
