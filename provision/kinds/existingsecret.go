package kinds

import (
	"regexp"

	"github.com/peppercorn-go/peppercorn/provision"
)

// ExistingSecretKind is the kind of an [ExistingSecret].
const ExistingSecretKind provision.Kind = "secretsmanager/existing-secret"

// An ExistingSecret is a secret of AWS Secrets Manager that is there already. It is looked up before anything is made, and never changed
// or deleted. Its value is never asked for, so it cannot get into a log or a record: software gets the ARN and reads the value itself, or AWS
// reads it for the software. A secret that is scheduled for deletion, or has no value yet, counts as missing.
//
// Name leaves no choice, so nothing is pinned: rotation changes the value and leaves the ARN as it is.
type ExistingSecret struct {
	// Name of the secret, or its whole ARN, with the six random characters in the end. Required. Names are up to 512 letters, digits and
	// /_+=.@- characters, and unique in an account and region. The secret of another account is found by its ARN, if its policy
	// allows that. The name is a part of the blueprint's digest; it must not be confidential.
	Name provision.Secret
}

// existingSecretName is a name or a whole ARN (Secrets Manager API reference, CreateSecret).
var existingSecretName = regexp.MustCompile(
	`^([A-Za-z0-9/_+=.@-]{1,512}|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6})$`)

// Kind returns [ExistingSecretKind].
func (ExistingSecret) Kind() provision.Kind { return ExistingSecretKind }

// Existing says that a secret is looked up and not made.
func (ExistingSecret) Existing() {}

// Outputs of a secret.
func (ExistingSecret) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ARN", Type: provision.TextType, Early: true, Secret: true, Doc: "the secret's ARN, by which its value can be read, also from another account"},
	}
}

// Validate checks the form of the name, if it is known. The error does not show it, for it may be a value that was put there by mistake.
func (s ExistingSecret) Validate() error {
	var p problems
	p.required("Name", provision.Text(s.Name))
	if text, ok := literal(provision.Text(s.Name)); ok && text != "" && !existingSecretName.MatchString(text) {
		p.addf("Name", "is neither the name of a secret, up to 512 letters, digits and /_+=.@- characters, nor the whole ARN of one "+
			"(it is not shown here, in case it is a value)")
	}
	return p.err()
}

// ExistingSecretRef is the handle of an [ExistingSecret] in a blueprint.
type ExistingSecretRef struct{ provision.Ref }

// AddExistingSecret adds the look-up of a secret to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddExistingSecret(b *provision.Blueprint, name string, s ExistingSecret, optFns ...func(*provision.Node)) ExistingSecretRef {
	return ExistingSecretRef{b.Add(name, s, optFns...)}
}

// ARN is the secret's ARN, by which its value can be read. It fits only into fields for secrets. It is known before anything is made.
func (r ExistingSecretRef) ARN() provision.Secret { return r.Secret("ARN") }
