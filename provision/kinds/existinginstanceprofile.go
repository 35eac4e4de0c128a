package kinds

import (
	"regexp"

	"github.com/peppercorn-go/peppercorn/provision"
)

// ExistingInstanceProfileKind is the kind of an [ExistingInstanceProfile].
const ExistingInstanceProfileKind provision.Kind = "iam/existing-instance-profile"

// An ExistingInstanceProfile is an IAM instance profile that is there already: what EC2 takes to give the software of an instance the
// permissions of a role. It is looked up before anything is made, and never changed or deleted. One without a role in it counts as
// missing, since its instances could do nothing.
//
// Name leaves no choice, so nothing is pinned.
type ExistingInstanceProfile struct {
	// Name of the profile, without its path, or its ARN. Required. Names are up to 128 letters, digits and _+=,.@- characters, and
	// unique in an account. The console gives a profile the name of its role; other tools may not. An ARN must be one of the account that the
	// environment lives in.
	Name provision.Text
}

// existingProfileName is a name or an ARN (IAM API reference, GetInstanceProfile).
var existingProfileName = regexp.MustCompile(
	`^([\w+=,.@-]{1,128}|arn:aws[a-z-]*:iam::\d{12}:instance-profile/([!-~]+/)?[\w+=,.@-]{1,128})$`)

// Kind returns [ExistingInstanceProfileKind].
func (ExistingInstanceProfile) Kind() provision.Kind { return ExistingInstanceProfileKind }

// Existing says that an instance profile is looked up and not made.
func (ExistingInstanceProfile) Existing() {}

// Outputs of an instance profile.
func (ExistingInstanceProfile) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the profile's ARN, for instances and launch templates"},
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the profile's name, without its path"},
	}
}

// Validate checks the form of the name, if it is known.
func (x ExistingInstanceProfile) Validate() error {
	var p problems
	p.required("Name", x.Name)
	if text, ok := literal(x.Name); ok && text != "" && !existingProfileName.MatchString(text) {
		p.addf("Name", "%q is neither the name of an instance profile, up to 128 letters, digits and _+=,.@- characters, nor the "+
			"ARN of one; a role's will not do", text)
	}
	return p.err()
}

// ExistingInstanceProfileRef is the handle of an [ExistingInstanceProfile] in a blueprint.
type ExistingInstanceProfileRef struct{ provision.Ref }

// AddExistingInstanceProfile adds the look-up of an instance profile to a blueprint. A bad name or a duplicate is reported by the
// blueprint's Validate.
func AddExistingInstanceProfile(
	b *provision.Blueprint, name string, x ExistingInstanceProfile, optFns ...func(*provision.Node),
) ExistingInstanceProfileRef {
	return ExistingInstanceProfileRef{b.Add(name, x, optFns...)}
}

// ARN is the profile's ARN, for [Instance.Profile] and [LaunchTemplate.Profile]. It is known before anything is made.
func (r ExistingInstanceProfileRef) ARN() provision.Text { return r.Output("ARN") }

// Name is the profile's name, without its path. It is known before anything is made.
func (r ExistingInstanceProfileRef) Name() provision.Text { return r.Output("Name") }
