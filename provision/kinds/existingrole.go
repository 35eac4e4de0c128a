package kinds

import (
	"regexp"

	"github.com/peppercorn-go/peppercorn/provision"
)

// ExistingRoleKind is the kind of an [ExistingRole].
const ExistingRoleKind provision.Kind = "iam/existing-role"

// An ExistingRole is an IAM role that is there already, for software to act in: a role of its own for each application is made once,
// by whoever may grant permissions, and used by every version. It is looked up before anything is made, and never changed or deleted.
//
// Name leaves no choice, so nothing is pinned: a role that was deleted and made again under the same name is the same here.
type ExistingRole struct {
	// Name of the role, without its path, or its ARN. Required. Names are up to 64 letters, digits and _+=,.@- characters, and
	// unique in an account, whatever their upper and lower case. An ARN must be one of the account that the environment lives in, where IAM
	// can be asked about it; one of another account is no look-up but plain text.
	Name provision.Text
}

// existingRoleName is a name or an ARN (IAM API reference, GetRole).
var existingRoleName = regexp.MustCompile(`^([\w+=,.@-]{1,64}|arn:aws[a-z-]*:iam::\d{12}:role/([!-~]+/)?[\w+=,.@-]{1,64})$`)

// Kind returns [ExistingRoleKind].
func (ExistingRole) Kind() provision.Kind { return ExistingRoleKind }

// Existing says that a role is looked up and not made.
func (ExistingRole) Existing() {}

// Outputs of a role.
func (ExistingRole) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the role's ARN, for functions, tasks and policies"},
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the role's name, without its path"},
	}
}

// Validate checks the form of the name, if it is known.
func (r ExistingRole) Validate() error {
	var p problems
	p.required("Name", r.Name)
	if text, ok := literal(r.Name); ok && text != "" && !existingRoleName.MatchString(text) {
		p.addf("Name", "%q is neither the name of an IAM role, up to 64 letters, digits and _+=,.@- characters, nor the ARN of one", text)
	}
	return p.err()
}

// ExistingRoleRef is the handle of an [ExistingRole] in a blueprint.
type ExistingRoleRef struct{ provision.Ref }

// AddExistingRole adds the look-up of a role to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddExistingRole(b *provision.Blueprint, name string, r ExistingRole, optFns ...func(*provision.Node)) ExistingRoleRef {
	return ExistingRoleRef{b.Add(name, r, optFns...)}
}

// ARN is the role's ARN, for [Function.Role], [TaskDefinition.TaskRole] and policies. It is known before anything is made.
func (r ExistingRoleRef) ARN() provision.Text { return r.Output("ARN") }

// Name is the role's name, without its path. It is known before anything is made.
func (r ExistingRoleRef) Name() provision.Text { return r.Output("Name") }
