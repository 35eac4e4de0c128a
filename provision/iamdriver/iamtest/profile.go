package iamtest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// profile is an instance profile.
type profile struct {
	name, path, id, arn string
	roles               []*role // one at most
	shown               time.Time
	made, usable        time.Time
}

// known reports whether calls find the profile.
func (p *profile) known() bool { return p != nil && !time.Now().Before(p.usable) }

func (s *IAM) createInstanceProfile(in *iam.CreateInstanceProfileInput) (*iam.CreateInstanceProfileOutput, error) {
	p, err := s.makeProfile(aws.ToString(in.InstanceProfileName), cmp.Or(aws.ToString(in.Path), "/"))
	if err != nil {
		return nil, err
	}
	return &iam.CreateInstanceProfileOutput{InstanceProfile: p.describe()}, nil
}

func (s *IAM) makeProfile(name, path string) (*profile, error) {
	if err := checkName("instanceProfileName", name, maxProfile); err != nil {
		return nil, err
	}
	if err := checkPath(path); err != nil {
		return nil, err
	}
	key := strings.ToLower(name)
	if s.profiles[key] != nil {
		return nil, alreadyExists("Instance Profile", name)
	}
	now := time.Now()
	s.profiles[key] = &profile{
		name: name, path: path, id: s.idOf("AIPA"), arn: s.arnOf("instance-profile", path, name),
		made: now, usable: now.Add(s.opts.Settle),
	}
	return s.profiles[key], nil
}

// describe is the profile as answers show it.
func (p *profile) describe() *types.InstanceProfile {
	out := &types.InstanceProfile{
		InstanceProfileName: aws.String(p.name), Path: aws.String(p.path), InstanceProfileId: aws.String(p.id), Arn: aws.String(p.arn),
		CreateDate: aws.Time(p.made), Roles: []types.Role{},
	}
	if time.Now().Before(p.shown) {
		return out
	}
	for _, r := range p.roles {
		out.Roles = append(out.Roles, *r.describe())
	}
	return out
}

// profileNamed returns an instance profile that is known.
func (s *IAM) profileNamed(name *string) (*profile, error) {
	if err := checkName("instanceProfileName", aws.ToString(name), maxProfile); err != nil {
		return nil, err
	}
	p := s.profiles[strings.ToLower(*name)]
	if !p.known() {
		return nil, noSuchEntity("Instance Profile %s cannot be found.", *name)
	}
	return p, nil
}

func (s *IAM) getInstanceProfile(in *iam.GetInstanceProfileInput) (*iam.GetInstanceProfileOutput, error) {
	p, err := s.profileNamed(in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	return &iam.GetInstanceProfileOutput{InstanceProfile: p.describe()}, nil
}

func (s *IAM) deleteInstanceProfile(in *iam.DeleteInstanceProfileInput) (*iam.DeleteInstanceProfileOutput, error) {
	p, err := s.profileNamed(in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	if len(p.roles) > 0 {
		return nil, deleteConflict("Cannot delete entity, must remove roles from instance profile first.")
	}
	delete(s.profiles, strings.ToLower(p.name))
	return &iam.DeleteInstanceProfileOutput{}, nil
}

func (s *IAM) addRoleToInstanceProfile(in *iam.AddRoleToInstanceProfileInput) (*iam.AddRoleToInstanceProfileOutput, error) {
	p, err := s.profileNamed(in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	r, err := s.roleNamed(in.RoleName)
	if err != nil {
		return nil, err
	}
	if len(p.roles) > 0 {
		return nil, sim.WithStatus(&types.LimitExceededException{
			Message: aws.String("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"),
		}, http.StatusConflict)
	}
	p.roles, p.shown = []*role{r}, time.Now().Add(s.opts.Settle)
	return &iam.AddRoleToInstanceProfileOutput{}, nil
}

func (s *IAM) removeRoleFromInstanceProfile(
	in *iam.RemoveRoleFromInstanceProfileInput,
) (*iam.RemoveRoleFromInstanceProfileOutput, error) {
	p, err := s.profileNamed(in.InstanceProfileName)
	if err != nil {
		return nil, err
	}
	r, err := s.roleNamed(in.RoleName)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(p.roles, r) {
		return nil, noSuchEntity("Role %s is not in instance profile %s.", r.name, p.name)
	}
	p.roles = nil
	return &iam.RemoveRoleFromInstanceProfileOutput{}, nil
}
