package kinds

import (
	"regexp"
	"strings"

	"github.com/peppercorn-go/peppercorn/provision"
)

// ExistingImageKind is the kind of an [ExistingImage].
const ExistingImageKind provision.Kind = "ec2/existing-image"

// An ExistingImage is an Amazon Machine Image (AMI) that is there already. Either ID, Parameter or Name is required. It is looked up before
// anything is made, and never changed or deleted.
//
// Which image was chosen is pinned for the environment, which so keeps its image when a newer one is published. A pinned image may be
// deprecated meanwhile, for it can still be used. An ID leaves no choice, so nothing is pinned.
//
//	image := kinds.AddExistingImage(&b, "image", kinds.ExistingImage{
//		Owner: "amazon", Name: "al2023-ami-2023.*-kernel-6.1-arm64",
//	})
//	kinds.AddInstance(&b, "web", kinds.Instance{Image: image.ID(), Type: "t4g.micro"})
type ExistingImage struct {
	// ID of the image (ami-...). A deprecated image is found, for it can still be used.
	ID provision.Text
	// Parameter is the name of a parameter in SSM that holds the id of the image. AWS keeps some for the latest of its own images:
	// /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64.
	Parameter provision.Text
	// Name is the name of the image, in which * stands for any text and ? for any one character. Of the images of Owner that have such
	// a name, are available and are not deprecated, the newest is taken; of several of the same second, the one whose id
	// comes last. It needs an Owner.
	Name provision.Text
	// Owner is whose image it is: the number of an account, "self" for the account of the environment, or "amazon", "aws-marketplace" or
	// "aws-backup-vault". Required with Name, and without it there is none: everybody may publish an image under every name, and
	// who takes the newest one of a name whoever owns it runs a stranger's code one day (the "whoAMI" attack, Datadog Security
	// Labs, 2025).
	Owner provision.Text
	// Architecture is "x86_64", "arm64", "i386", "x86_64_mac" or "arm64_mac". With Name, others are left out; an image by ID or Parameter
	// must have it. Default: any.
	Architecture string
}

var (
	existingImageOwner        = regexp.MustCompile(`^(\d{12}|self|amazon|aws-marketplace|aws-backup-vault)$`)
	existingImageArchitecture = regexp.MustCompile(`^(x86_64|arm64|i386|x86_64_mac|arm64_mac)?$`)
	existingImageParameter    = regexp.MustCompile(`^(arn:[^ ]+|/?[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*(:[A-Za-z0-9_.-]+)?)$`)
)

// Kind returns [ExistingImageKind].
func (ExistingImage) Kind() provision.Kind { return ExistingImageKind }

// Existing says that an image is looked up and not made.
func (ExistingImage) Existing() {}

// Outputs of an image.
func (ExistingImage) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ID", Type: provision.TextType, Early: true, Doc: "the image's id, for instances and launch templates"},
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the image's name, which says in the owner's way what is in it"},
		{Name: "Architecture", Type: provision.TextType, Early: true, Doc: "the processor that it is for, such as arm64"},
		{Name: "RootDevice", Type: provision.TextType, Early: true, Doc: "the device name of its root volume, such as /dev/xvda"},
	}
}

// Validate checks that there is one way to find the image, and the form of it as far as that is known. It returns every problem,
// joined.
func (i ExistingImage) Validate() error {
	var p problems
	p.exactlyOne(existingWay{"ID", i.ID}, existingWay{"Parameter", i.Parameter}, existingWay{"Name", i.Name})
	p.id("ID", i.ID, "ami-")
	if text, ok := literal(i.Parameter); ok && text != "" && !existingImageParameter.MatchString(text) {
		p.addf("Parameter", "%q is not the name or ARN of a parameter", text)
	}
	owner, known := literal(i.Owner)
	switch {
	case i.Name != "" && i.Owner == "":
		p.addf("Owner", "is missing: everybody may publish an image of that name; say whose it is, such as self, amazon or the number of an account")
	case i.Name == "" && i.Owner != "":
		p.addf("Owner", "is set, but Name is not")
	case known && owner != "" && !existingImageOwner.MatchString(owner):
		p.addf("Owner", "%q is neither the number of an account, 12 digits, nor self, amazon, aws-marketplace or aws-backup-vault", owner)
	}
	if text, ok := literal(i.Name); ok && text != "" && strings.Trim(text, "*?") == "" {
		p.addf("Name", "%q matches every image", text)
	}
	if !existingImageArchitecture.MatchString(i.Architecture) {
		p.addf("Architecture", "%q is not x86_64, arm64, i386, x86_64_mac or arm64_mac", i.Architecture)
	}
	return p.err()
}

// existingWay is a field that says which existing thing is meant.
type existingWay struct {
	field string
	text  provision.Text
}

// exactlyOne checks that one of several fields says which existing thing is meant.
func (p *problems) exactlyOne(ways ...existingWay) {
	var all, set []string
	for _, way := range ways {
		all = append(all, way.field)
		if way.text != "" {
			set = append(set, way.field)
		}
	}
	names := strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
	switch {
	case len(set) == 0:
		p.addf(all[0], "is missing; one of %s says which one is meant", names)
	case len(set) > 1:
		p.addf(set[1], "is set, and %s is too; one of %s says which one is meant", set[0], names)
	}
}

// ExistingImageRef is the handle of an [ExistingImage] in a blueprint.
type ExistingImageRef struct{ provision.Ref }

// AddExistingImage adds the look-up of an image to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddExistingImage(b *provision.Blueprint, name string, i ExistingImage, optFns ...func(*provision.Node)) ExistingImageRef {
	return ExistingImageRef{b.Add(name, i, optFns...)}
}

// ID is the image's id, for [Instance.Image] and [LaunchTemplate.Image]. It is known before anything is made, as are all that follow.
func (r ExistingImageRef) ID() provision.Text { return r.Output("ID") }

// Name is the image's name, which says in the owner's way what is in it.
func (r ExistingImageRef) Name() provision.Text { return r.Output("Name") }

// Architecture is the processor that the image is for, such as arm64.
func (r ExistingImageRef) Architecture() provision.Text { return r.Output("Architecture") }

// RootDevice is the device name of the root volume, such as /dev/xvda; empty if the image has none.
func (r ExistingImageRef) RootDevice() provision.Text { return r.Output("RootDevice") }
