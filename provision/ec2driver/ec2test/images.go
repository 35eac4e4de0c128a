package ec2test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// addImage adds an image. What is not said is that it is available, public, made long ago, and this account's own.
func (w *world) addImage(image types.Image) string {
	if image.ImageId == nil {
		image.ImageId = aws.String(w.id("ami"))
	}
	if image.OwnerId == nil {
		image.OwnerId = aws.String(w.account())
	}
	if image.CreationDate == nil {
		image.CreationDate = aws.String("2020-01-01T00:00:00.000Z")
	}
	image.State = cmp.Or(image.State, types.ImageStateAvailable)
	w.images, w.order[*image.ImageId] = append(w.images, image), w.next()
	return *image.ImageId
}

// image finds an image by its id.
func (w *world) image(id string) (*types.Image, error) {
	if err := wellFormed(id, "ami", "InvalidAMIID.Malformed"); err != nil {
		return nil, err
	}
	for i := range w.images {
		if *w.images[i].ImageId == id {
			return &w.images[i], nil
		}
	}
	return nil, refuse("InvalidAMIID.NotFound", fmt.Sprintf("The image id '[%s]' does not exist", id))
}

// imageOwner is what DescribeImages takes for an owner.
var imageOwner = regexp.MustCompile(`^([0-9]{12}|self|amazon|aws-marketplace|aws-backup-vault)$`)

func (w *world) describeImages(in *ec2.DescribeImagesInput) (*ec2.DescribeImagesOutput, error) {
	if in.MaxResults != nil && len(in.ImageIds) > 0 {
		return nil, idsAndPages("imagesSet")
	}
	for _, id := range in.ImageIds {
		if _, err := w.image(id); err != nil {
			return nil, err
		}
	}
	for _, owner := range in.Owners {
		if !imageOwner.MatchString(owner) {
			return nil, refuse("InvalidUserID.Malformed", fmt.Sprintf("Invalid user id: %q", owner))
		}
	}
	var found []types.Image
	for _, image := range w.images {
		ok, err := matches(in.Filters, func(name string) ([]string, bool) { return imageValue(image, name) })
		if err != nil {
			return nil, err
		}
		if ok && wanted(in.ImageIds, *image.ImageId) && w.ownedBy(image, in.Owners) && w.isShown(image, in) {
			found = append(found, image)
		}
	}
	found, next, err := page(w, found, func(i types.Image) int { return w.order[*i.ImageId] }, in.MaxResults, in.NextToken)
	return &ec2.DescribeImagesOutput{Images: found, NextToken: next}, err
}

func imageValue(image types.Image, name string) (values []string, known bool) {
	switch name {
	case "image-id":
		return []string{*image.ImageId}, true
	case "name":
		return []string{aws.ToString(image.Name)}, true
	case "state":
		return []string{string(image.State)}, true
	case "architecture":
		return []string{string(image.Architecture)}, true
	case "owner-id":
		return []string{*image.OwnerId}, true
	case "owner-alias":
		return []string{aws.ToString(image.ImageOwnerAlias)}, true
	}
	return tagFilter(name, image.Tags)
}

// ownedBy reports whether an image is of one of these owners; without any, all are.
func (w *world) ownedBy(image types.Image, owners []string) bool {
	return len(owners) == 0 || slices.ContainsFunc(owners, func(owner string) bool {
		return owner == *image.OwnerId || owner == aws.ToString(image.ImageOwnerAlias) || owner == "self" && *image.OwnerId == w.account()
	})
}

// isShown leaves out disabled images that were not asked for, and deprecated ones but for their owner and for who asks by id (EC2 user
// guide, deprecate an AMI).
func (w *world) isShown(image types.Image, in *ec2.DescribeImagesInput) bool {
	if image.State == types.ImageStateDisabled && !aws.ToBool(in.IncludeDisabled) {
		return false
	}
	at, err := time.Parse(time.RFC3339, aws.ToString(image.DeprecationTime))
	return err != nil || time.Now().Before(at) || aws.ToBool(in.IncludeDeprecated) || *image.OwnerId == w.account() || len(in.ImageIds) > 0
}

func (w *world) describeKeyPairs(in *ec2.DescribeKeyPairsInput) (*ec2.DescribeKeyPairsOutput, error) {
	out := &ec2.DescribeKeyPairsOutput{}
	for _, name := range in.KeyNames {
		if !slices.Contains(w.ec2.opts.KeyPairs, name) {
			return nil, refuse("InvalidKeyPair.NotFound", fmt.Sprintf("The key pair '%s' does not exist", name))
		}
	}
	for _, key := range w.ec2.opts.KeyPairs {
		ok, err := matches(in.Filters, func(name string) ([]string, bool) { return []string{key}, name == "key-name" })
		if err != nil {
			return nil, err
		}
		if ok && wanted(in.KeyNames, key) {
			out.KeyPairs = append(out.KeyPairs, types.KeyPairInfo{KeyName: aws.String(key)})
		}
	}
	return out, nil
}

// AddImage adds an image and returns its id. An id, an owner, a state and a date of creation are made up where there are none:
// by itself it is an image of the account, available, and of 2020.
func (e *EC2) AddImage(image types.Image) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.home().addImage(image)
}

// SetImageState changes the state of an image: to failed, disabled or deregistered, for example.
func (e *EC2) SetImageState(id string, state types.ImageState) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	image, err := e.home().image(id)
	if err == nil {
		image.State = state
	}
	return err
}

// RemoveImage makes EC2 forget an image, as it does some time after somebody has deregistered it.
func (e *EC2) RemoveImage(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.home()
	w.images = slices.DeleteFunc(w.images, func(i types.Image) bool { return *i.ImageId == id })
}
