package kinds

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/provision"
)

// InstanceKind is the kind of an [Instance].
const InstanceKind provision.Kind = "ec2/instance"

// EnvironmentFile is where an instance finds its [Instance.Environment] and [Instance.Secrets].
const EnvironmentFile = "/etc/peppercorn/env"

// MaxUserData is the number of bytes that EC2 allows for the user data of an instance, before base64.
const MaxUserData = 16 << 10

// An Instance is one Amazon EC2 virtual machine. Image and Type are required.
//
// Some things are not left to choice, because they are what an environment needs to be safe and to leave nothing over:
// the metadata service answers version 2 requests only, and every volume is encrypted and goes when the instance goes.
//
// An instance is ready when it is running, which says nothing about the software on it: that is what an environment's
// probe is for.
type Instance struct {
	// Image is the id of the AMI (ami-...). Required.
	Image provision.Text
	// Type is the instance type, e.g. "t3.micro". Required.
	Type provision.Text
	// Subnet is the id of the subnet (subnet-...). Default: one that EC2 picks from the default VPC.
	Subnet provision.Text
	// SecurityGroups are the ids of security groups (sg-...) of the subnet's VPC, at most 5. Default: that VPC's default
	// group.
	SecurityGroups []provision.Text
	// Profile is the name or the ARN of the IAM instance profile whose role the software acts in. Default: none.
	Profile provision.Text
	// KeyName is the name of the key pair for SSH. Default: none.
	KeyName provision.Text
	// PublicIP says whether it gets a public IPv4 address. Default: as the subnet is set.
	PublicIP Toggle
	// RootGiB is the size of the root volume in GiB, 1 to 65,536 and no less than the image's. Default: the image's.
	RootGiB int
	// MetadataHops is how many network hops a reply of the metadata service may take: 1 to 64. Software in a container
	// with a network of its own needs 2 to reach the instance's credentials. Default 1.
	MetadataHops int
	// Script is run by cloud-init as root, once, at the first boot. It starts with "#!" and is passed on byte for byte:
	// nothing in it is replaced. Default: none.
	Script string
	// Environment is written to [EnvironmentFile] before the script runs, one shell-quoted NAME='value' a line, in the
	// order of the names. Whatever a value holds, sourcing the file has no other effect than setting the variable:
	//
	//	set -a; . /etc/peppercorn/env; set +a
	//
	// Names consist of letters, digits and "_" and do not start with a digit; a value may hold anything but a NUL byte.
	// Script, Environment and Secrets together, with a few hundred bytes of frame, fit in [MaxUserData] bytes. They can be
	// read by every program on the instance and by whoever may describe it, so they are no place for a secret. Default: none.
	Environment map[string]provision.Text
	// Secrets are further variables of [EnvironmentFile], whose values are the ARNs of secrets in Secrets Manager or of
	// parameters in SSM. The software finds the ARN there, never the secret, and reads the secret itself in the role of
	// Profile. Names as in Environment, and none that is there. Default: none.
	Secrets map[string]provision.Secret
}

// Variables returns Environment and the ARNs of Secrets together, as [EnvironmentFile] has them.
func (i Instance) Variables() map[string]provision.Text { return variables(i.Environment, i.Secrets) }

// Private returns script and values of the environment, which no error repeats.
func (i Instance) Private() []string { return privateTexts(i.Environment, i.Script) }

// A Toggle is a setting with a default that is not ours to name.
type Toggle string

// The values of a [Toggle].
const (
	Default Toggle = ""    // as AWS has it
	On      Toggle = "on"  // yes
	Off     Toggle = "off" // no
)

// Kind returns [InstanceKind].
func (Instance) Kind() provision.Kind { return InstanceKind }

// Outputs of an instance.
func (Instance) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ID", Type: provision.TextType, Early: true, Doc: "the instance's id, i-..."},
		{Name: "PrivateIP", Type: provision.TextType, Doc: "the private IPv4 address"},
		{Name: "PrivateDNS", Type: provision.TextType, Doc: "the name of the private address, within the VPC"},
		{Name: "PublicIP", Type: provision.TextType, Doc: "the public IPv4 address; empty if there is none"},
		{Name: "PublicDNS", Type: provision.TextType, Doc: "the name of the public address; empty if there is none"},
		{Name: "Subnet", Type: provision.TextType, Doc: "the id of the subnet that it is in"},
		{Name: "Zone", Type: provision.TextType, Doc: "the availability zone that it is in"},
	}
}

// Bounds of an instance (EC2 user guide: EBS volume limits, metadata options, VPC quotas).
const (
	maxRootGiB   = 1 << 16
	maxHops      = 64
	maxGroups    = 5
	maxKeyName   = 255
	maxProfile   = 128
	shebang      = "#!"
	typeExamples = `"t3.micro" or "m7g.large"`
)

var (
	instanceType = regexp.MustCompile(`^[a-z0-9-]+\.[a-z0-9-]+$`)
	profileName  = regexp.MustCompile(`^[\w+=,.@-]+$`)
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// Validate checks required fields, alphabets and ranges as far as they are known. It returns every problem, joined.
func (i Instance) Validate() error {
	var p problems
	p.required("Image", i.Image)
	p.id("Image", i.Image, "ami-")
	p.required("Type", i.Type)
	if text, ok := literal(i.Type); ok && text != "" && !instanceType.MatchString(text) {
		p.addf("Type", "%q is not an instance type such as %s", text, typeExamples)
	}
	p.id("Subnet", i.Subnet, "subnet-")
	i.checkGroups(&p)
	i.checkProfile(&p)
	if text, ok := literal(i.KeyName); ok && len(text) > maxKeyName {
		p.addf("KeyName", "has %d characters, at most %d are allowed", len(text), maxKeyName)
	}
	switch i.PublicIP {
	case Default, On, Off:
	default:
		p.addf("PublicIP", `%q is not "on", "off" or empty`, string(i.PublicIP))
	}
	if n := i.RootGiB; n < 0 || n > maxRootGiB {
		p.addf("RootGiB", "%d is out of range, it may be 1 to %d", n, maxRootGiB)
	}
	if n := i.MetadataHops; n < 0 || n > maxHops {
		p.addf("MetadataHops", "%d is out of range, it may be 1 to %d", n, maxHops)
	}
	i.checkScript(&p)
	i.checkEnvironment(&p)
	return p.err()
}

func (i Instance) checkGroups(p *problems) {
	if n := len(i.SecurityGroups); n > maxGroups {
		p.addf("SecurityGroups", "%d are too many, at most %d are allowed", n, maxGroups)
	}
	seen := map[provision.Text]bool{}
	for n, id := range i.SecurityGroups {
		field := indexed("SecurityGroups", n)
		p.required(field, id)
		p.id(field, id, "sg-")
		if seen[id] {
			p.addf(field, "%q is listed twice", id)
		}
		seen[id] = true
	}
}

func (i Instance) checkProfile(p *problems) {
	text, ok := literal(i.Profile)
	if !ok || text == "" {
		return
	}
	if strings.HasPrefix(text, "arn:") {
		if !strings.Contains(text, ":instance-profile/") {
			p.addf("Profile", "%q is not the ARN of an instance profile; a role's will not do", text)
		}
		return
	}
	if len(text) > maxProfile || !profileName.MatchString(text) {
		p.addf("Profile", "%q is not the name of an instance profile: up to %d letters, digits and _+=,.@- characters",
			text, maxProfile)
	}
}

func (i Instance) checkScript(p *problems) {
	switch {
	case i.Script == "":
	case !strings.HasPrefix(i.Script, shebang):
		p.addf("Script", `does not start with "#!"; cloud-init would not run it`)
	case len(i.Script) > MaxUserData:
		p.addf("Script", "has %d bytes, EC2 allows %d for all user data", len(i.Script), MaxUserData)
	}
}

func (i Instance) checkEnvironment(p *problems) {
	for _, name := range slices.Sorted(maps.Keys(i.Environment)) {
		field := fmt.Sprintf("Environment[%q]", name)
		if !variableName.MatchString(name) {
			p.addf(field, `the name of a variable consists of letters, digits and "_" and does not start with a digit`)
		}
		if strings.ContainsRune(string(i.Environment[name]), 0) {
			p.addf(field, "holds a NUL byte, which no variable can")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(i.Secrets)) {
		field := fmt.Sprintf("Secrets[%q]", name)
		if !variableName.MatchString(name) {
			p.addf(field, `the name of a variable consists of letters, digits and "_" and does not start with a digit`)
		}
		if _, twice := i.Environment[name]; twice {
			p.addf(field, "is in Environment as well")
		}
		p.secret(field, i.Secrets[name])
	}
}

// InstanceRef is the handle of an [Instance] in a blueprint.
type InstanceRef struct{ provision.Ref }

// AddInstance adds an instance to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddInstance(b *provision.Blueprint, name string, i Instance, optFns ...func(*provision.Node)) InstanceRef {
	return InstanceRef{b.Add(name, i, optFns...)}
}

// ID is the instance's id. Known at once.
func (r InstanceRef) ID() provision.Text { return r.Output("ID") }

// PrivateIP is the private IPv4 address. Known when it is ready.
func (r InstanceRef) PrivateIP() provision.Text { return r.Output("PrivateIP") }

// PrivateDNS is the name of the private address, within the VPC. Known when it is ready.
func (r InstanceRef) PrivateDNS() provision.Text { return r.Output("PrivateDNS") }

// PublicIP is the public IPv4 address; empty if there is none. Known when it is ready.
func (r InstanceRef) PublicIP() provision.Text { return r.Output("PublicIP") }

// PublicDNS is the name of the public address, which is a good [provision.Entrance] for a single machine; empty if there
// is none. Known when it is ready.
func (r InstanceRef) PublicDNS() provision.Text { return r.Output("PublicDNS") }

// Subnet is the id of the subnet that it is in. Known when it is ready.
func (r InstanceRef) Subnet() provision.Text { return r.Output("Subnet") }

// Zone is the availability zone that it is in. Known when it is ready.
func (r InstanceRef) Zone() provision.Text { return r.Output("Zone") }
