package kinds

import "github.com/peppercorn-go/peppercorn/provision"

// LaunchTemplateKind is the kind of a [LaunchTemplate].
const LaunchTemplateKind provision.Kind = "ec2/launch-template"

// A LaunchTemplate says how the instances of an Auto Scaling [Group] are made. Its fields mean what those of an [Instance]
// mean, and the same is not left to choice: the metadata service answers version 2 requests only, and every volume is
// encrypted and goes when its instance goes. Where an instance goes is up to the group, so there is no subnet. Image and
// Type are required.
//
// A template has one version and gets no other: another template is another environment. It costs nothing, and is ready
// when EC2 knows it. EC2 looks at what is in it when something is launched, so a mistake shows with the group.
type LaunchTemplate struct {
	// Image is the id of the AMI (ami-...). Required.
	Image provision.Text
	// Type is the instance type, e.g. "t3.micro". Required.
	Type provision.Text
	// SecurityGroups are the ids of security groups (sg-...) of the VPC that the group launches into, at most 5. Default:
	// that VPC's default group.
	SecurityGroups []provision.Text
	// Profile is the name or the ARN of the IAM instance profile whose role the software acts in. Default: none.
	Profile provision.Text
	// KeyName is the name of the key pair for SSH. Default: none.
	KeyName provision.Text
	// PublicIP says whether an instance gets a public IPv4 address. Default: as its subnet is set.
	PublicIP Toggle
	// RootGiB is the size of the root volume in GiB, 1 to 65,536 and no less than the image's. Default: the image's.
	RootGiB int
	// MetadataHops is how many network hops a reply of the metadata service may take: 1 to 64. Software in a container
	// with a network of its own needs 2 to reach the instance's credentials. Default 1.
	MetadataHops int
	// Script is run by cloud-init as root, once, at the first boot of each instance. See [Instance.Script]. Default: none.
	Script string
	// Environment is written to [EnvironmentFile] of each instance before the script runs. See [Instance.Environment], and
	// why it is no place for a secret. Default: none.
	Environment map[string]provision.Text
	// Secrets are further variables of [EnvironmentFile] of each instance, whose values are ARNs of secrets. See
	// [Instance.Secrets]. Default: none.
	Secrets map[string]provision.Secret
}

// Private returns script and values of the environment, which no error repeats.
func (t LaunchTemplate) Private() []string { return t.Instance().Private() }

// Instance returns the instance that the template describes, but for the subnet, which the group chooses.
func (t LaunchTemplate) Instance() Instance {
	return Instance{
		Image: t.Image, Type: t.Type, SecurityGroups: t.SecurityGroups, Profile: t.Profile, KeyName: t.KeyName,
		PublicIP: t.PublicIP, RootGiB: t.RootGiB, MetadataHops: t.MetadataHops, Script: t.Script, Environment: t.Environment,
		Secrets: t.Secrets,
	}
}

// Kind returns [LaunchTemplateKind].
func (LaunchTemplate) Kind() provision.Kind { return LaunchTemplateKind }

// Outputs of a launch template.
func (LaunchTemplate) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ID", Type: provision.TextType, Early: true, Doc: "the template's id, lt-..."},
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the template's name"},
		{Name: "Version", Type: provision.TextType, Early: true, Doc: `the number of the only version, "1"`},
	}
}

// Validate checks required fields, alphabets and ranges as far as they are known. It returns every problem, joined.
func (t LaunchTemplate) Validate() error { return t.Instance().Validate() }

// LaunchTemplateRef is the handle of a [LaunchTemplate] in a blueprint.
type LaunchTemplateRef struct{ provision.Ref }

// AddLaunchTemplate adds a launch template to a blueprint. A bad name or a duplicate is reported by the blueprint's
// Validate.
func AddLaunchTemplate(b *provision.Blueprint, name string, t LaunchTemplate, optFns ...func(*provision.Node)) LaunchTemplateRef {
	return LaunchTemplateRef{b.Add(name, t, optFns...)}
}

// ID is the template's id. Known at once.
func (r LaunchTemplateRef) ID() provision.Text { return r.Output("ID") }

// Name is the template's name. Known at once.
func (r LaunchTemplateRef) Name() provision.Text { return r.Output("Name") }

// Version is the number of the template's only version, "1". Known at once.
func (r LaunchTemplateRef) Version() provision.Text { return r.Output("Version") }
