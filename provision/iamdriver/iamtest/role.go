package iamtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// role is a role.
type role struct {
	name, path, id, arn string
	policy              string // who may assume it
	made, usable        time.Time
}

// known reports whether calls find the role.
func (r *role) known() bool { return r != nil && !time.Now().Before(r.usable) }

// Lengths and alphabets (IAM API reference, CreateRole and CreateInstanceProfile).
const (
	maxRole    = 64
	maxProfile = 128
)

var (
	nameText = regexp.MustCompile(`^[\w+=,.@-]+$`)
	pathText = regexp.MustCompile(`^(/|/[!-~]+/)$`)
)

func checkName(field, name string, most int) error {
	if !nameText.MatchString(name) {
		return invalid("The specified value for %s is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-", field)
	}
	if len(name) > most {
		return invalid("1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have length less than or "+
			"equal to %d", field, most)
	}
	return nil
}

func checkPath(path string) error {
	if !pathText.MatchString(path) || len(path) > 512 {
		return invalid("The specified value for path is invalid. It must begin and end with / and contain only characters between ! and DEL")
	}
	return nil
}

func (s *IAM) arnOf(what, path, name string) string {
	return fmt.Sprintf("arn:aws:iam::%s:%s%s%s", s.cloud.Options().Account, what, path, name)
}

// idOf makes a unique id with the prefix of its sort.
func (s *IAM) idOf(prefix string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	id := []byte(prefix)
	for range 17 {
		id = append(id, alphabet[s.dice.IntN(len(alphabet))])
	}
	return string(id)
}

func (s *IAM) createRole(in *iam.CreateRoleInput) (*iam.CreateRoleOutput, error) {
	r, err := s.makeRole(aws.ToString(in.RoleName), cmp.Or(aws.ToString(in.Path), "/"), aws.ToString(in.AssumeRolePolicyDocument))
	if err != nil {
		return nil, err
	}
	return &iam.CreateRoleOutput{Role: r.describe()}, nil
}

func (s *IAM) makeRole(name, path, policy string) (*role, error) {
	if err := checkName("roleName", name, maxRole); err != nil {
		return nil, err
	}
	if err := checkPath(path); err != nil {
		return nil, err
	}
	if !json.Valid([]byte(policy)) {
		return nil, &types.MalformedPolicyDocumentException{Message: aws.String("This policy contains invalid Json")}
	}
	key := strings.ToLower(name)
	if s.roles[key] != nil {
		return nil, alreadyExists("Role", name)
	}
	now := time.Now()
	s.roles[key] = &role{
		name: name, path: path, id: s.idOf("AROA"), arn: s.arnOf("role", path, name), policy: policy,
		made: now, usable: now.Add(s.opts.Settle),
	}
	return s.roles[key], nil
}

// describe is the role as answers show it, its policy as in a URL.
func (r *role) describe() *types.Role {
	return &types.Role{
		RoleName: aws.String(r.name), Path: aws.String(r.path), RoleId: aws.String(r.id), Arn: aws.String(r.arn),
		CreateDate: aws.Time(r.made), AssumeRolePolicyDocument: aws.String(url.QueryEscape(r.policy)),
	}
}

// roleNamed returns a role that is known.
func (s *IAM) roleNamed(name *string) (*role, error) {
	if err := checkName("roleName", aws.ToString(name), maxRole); err != nil {
		return nil, err
	}
	r := s.roles[strings.ToLower(*name)]
	if !r.known() {
		return nil, noSuchEntity("The role with name %s cannot be found.", *name)
	}
	return r, nil
}

func (s *IAM) getRole(in *iam.GetRoleInput) (*iam.GetRoleOutput, error) {
	r, err := s.roleNamed(in.RoleName)
	if err != nil {
		return nil, err
	}
	return &iam.GetRoleOutput{Role: r.describe()}, nil
}

func (s *IAM) deleteRole(in *iam.DeleteRoleInput) (*iam.DeleteRoleOutput, error) {
	r, err := s.roleNamed(in.RoleName)
	if err != nil {
		return nil, err
	}
	for _, p := range s.profiles {
		if slices.Contains(p.roles, r) {
			return nil, deleteConflict("Cannot delete entity, must remove roles from instance profile first.")
		}
	}
	delete(s.roles, strings.ToLower(r.name))
	return &iam.DeleteRoleOutput{}, nil
}
