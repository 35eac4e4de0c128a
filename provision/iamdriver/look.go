package iamdriver

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Look finds a role or an instance profile by its name or ARN. What IAM does not know for [Options].Appear is a
// *[provision.MissingError]; so are an instance profile without a role, and an ARN whose name belongs to something else: of
// another account, or with another path. The pin is empty and is ignored, since a name leaves no choice.
func (d *Driver) Look(ctx context.Context, c provision.Call, _ string) (s provision.State, pin string, err error) {
	switch spec := c.Spec.(type) {
	case kinds.ExistingRole:
		s, err = d.role(ctx, "Name", string(spec.Name))
	case kinds.ExistingInstanceProfile:
		s, err = d.profile(ctx, "Name", string(spec.Name))
	default:
		err = fmt.Errorf("iamdriver: node %q: the spec is a %T, this driver looks up a kinds.ExistingRole or a kinds.ExistingInstanceProfile",
			c.Node, c.Spec)
	}
	return s, "", err
}

// CheckRole asks whether there is a role of that name or ARN. Nil means that there is one, or that the question may not be asked.
// One that is missing is a *[provision.MissingError] without a Field. The ARN of another account's role cannot be asked about here, and
// counts as missing.
func (d *Driver) CheckRole(ctx context.Context, nameOrARN string) error {
	_, err := d.role(ctx, "", nameOrARN)
	return unlessDenied(err)
}

// CheckInstanceProfile asks whether there is an instance profile of that name or ARN, with a role in it. Errors are as those of
// CheckRole.
func (d *Driver) CheckInstanceProfile(ctx context.Context, nameOrARN string) error {
	_, err := d.profile(ctx, "", nameOrARN)
	return unlessDenied(err)
}

func unlessDenied(err error) error {
	if denied(err) {
		return nil
	}
	return err
}

// role finds the role that a field of a spec names.
func (d *Driver) role(ctx context.Context, field, nameOrARN string) (provision.State, error) {
	what := "IAM role " + nameOrARN
	var out *iam.GetRoleOutput
	err := d.found(ctx, func() (_ bool, err error) {
		out, err = d.api.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(nameOf(nameOrARN))})
		return err == nil, err
	})
	switch {
	case unknown(err):
		return provision.State{}, &provision.MissingError{Field: field, What: what, Err: err}
	case err != nil:
		return provision.State{}, fmt.Errorf("iamdriver: looking up the %s: %w", what, err)
	case out.Role == nil:
		return provision.State{}, fmt.Errorf("iamdriver: looking up the %s: IAM answered with none", what)
	}
	return stateOf(kinds.ExistingRoleKind, field, what, nameOrARN, aws.ToString(out.Role.RoleName), aws.ToString(out.Role.Arn))
}

// profile finds the instance profile that a field of a spec names.
func (d *Driver) profile(ctx context.Context, field, nameOrARN string) (provision.State, error) {
	what := "instance profile " + nameOrARN
	var out *iam.GetInstanceProfileOutput
	err := d.found(ctx, func() (_ bool, err error) {
		out, err = d.api.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: aws.String(nameOf(nameOrARN))})
		return err == nil && out.InstanceProfile != nil && len(out.InstanceProfile.Roles) > 0, err
	})
	switch {
	case unknown(err):
		return provision.State{}, &provision.MissingError{Field: field, What: what, Err: err}
	case err != nil:
		return provision.State{}, fmt.Errorf("iamdriver: looking up the %s: %w", what, err)
	case out.InstanceProfile == nil:
		return provision.State{}, fmt.Errorf("iamdriver: looking up the %s: IAM answered with none", what)
	}
	there := out.InstanceProfile
	if len(there.Roles) == 0 {
		return provision.State{}, &provision.MissingError{Field: field, What: what,
			Why: "it has no role in it, so instances could do nothing with it (add one: AddRoleToInstanceProfile)"}
	}
	return stateOf(kinds.ExistingInstanceProfileKind, field, what, nameOrARN, aws.ToString(there.InstanceProfileName), aws.ToString(there.Arn))
}

// stateOf describes what was found. IAM is asked by name, which is unique in the account whatever the path; so what was meant by its
// ARN must have that very ARN.
func stateOf(kind provision.Kind, field, what, asked, name, arn string) (provision.State, error) {
	if isARN(asked) && asked != arn {
		return provision.State{}, &provision.MissingError{Field: field, What: what,
			Why: fmt.Sprintf("what has that name in this account is %s", arn)}
	}
	return provision.State{Kind: kind, ID: arn, Name: name, Outputs: map[string]provision.Value{
		"ARN": provision.TextValue(arn), "Name": provision.TextValue(name),
	}}, nil
}

func isARN(s string) bool { return strings.HasPrefix(s, "arn:") }

// nameOf returns the name that an ARN ends in, after the path; a name is what it is.
func nameOf(nameOrARN string) string {
	if !isARN(nameOrARN) {
		return nameOrARN
	}
	return nameOrARN[strings.LastIndex(nameOrARN, "/")+1:]
}
