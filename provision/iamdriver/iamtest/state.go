package iamtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Role is a role as it is at one moment, for tests to look at. It shares nothing with the service.
type Role struct {
	// Name, Path and ARN of the role. The path is "/" for most.
	Name, Path, ARN string
	// ID is unique even among roles of one name that were made one after the other: AROA...
	ID string
	// Created is when it was made.
	Created time.Time
}

// InstanceProfile is an instance profile as it is at one moment, for tests to look at. It shares nothing with the service.
type InstanceProfile struct {
	// Name, Path and ARN of the profile. The path is "/" for most.
	Name, Path, ARN string
	// Role is the name of the role in it, or "".
	Role string
	// Created is when it was made.
	Created time.Time
}

// Roles returns all roles, also those that are not known yet, in the order of names. It is no call: nothing is recorded, and no
// fault strikes.
func (s *IAM) Roles() []Role {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Role
	for _, r := range s.roles {
		all = append(all, r.snapshot())
	}
	slices.SortFunc(all, func(a, b Role) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func (r *role) snapshot() Role {
	return Role{Name: r.name, Path: r.path, ARN: r.arn, ID: r.id, Created: r.made}
}

// InstanceProfiles returns all instance profiles, also those that are not known yet, in the order of names. It is no call.
func (s *IAM) InstanceProfiles() []InstanceProfile {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []InstanceProfile
	for _, p := range s.profiles {
		all = append(all, p.snapshot())
	}
	slices.SortFunc(all, func(a, b InstanceProfile) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func (p *profile) snapshot() InstanceProfile {
	snapshot := InstanceProfile{Name: p.name, Path: p.path, ARN: p.arn, Created: p.made}
	if len(p.roles) > 0 {
		snapshot.Role = p.roles[0].name
	}
	return snapshot
}

// anyone is a policy that lets EC2, ECS and Lambda assume a role.
const anyone = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com",` +
	`"ecs-tasks.amazonaws.com","lambda.amazonaws.com"]},"Action":"sts:AssumeRole"}]}`

// AddRole makes a role that EC2, ECS and Lambda may assume, by somebody else's hand: no call is recorded, no fault strikes, and it is
// known at once. The name may be preceded by a path, as in /teams/shop/web. It refuses what CreateRole would refuse.
func (s *IAM) AddRole(name string) (Role, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path, last := split(name)
	r, err := s.makeRole(last, path, anyone)
	if err != nil {
		return Role{}, fmt.Errorf("iamtest: adding role %s: %w", name, err)
	}
	r.usable = r.made
	return r.snapshot(), nil
}

// AddInstanceProfile makes an instance profile with that role in it, or with none for "", by somebody else's hand, as AddRole does.
// The role must be there.
func (s *IAM) AddInstanceProfile(name, role string) (InstanceProfile, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path, last := split(name)
	r := s.roles[strings.ToLower(role)]
	if role != "" && r == nil {
		return InstanceProfile{}, fmt.Errorf("iamtest: adding instance profile %s: there is no role %s", name, role)
	}
	p, err := s.makeProfile(last, path)
	if err != nil {
		return InstanceProfile{}, fmt.Errorf("iamtest: adding instance profile %s: %w", name, err)
	}
	if p.usable = p.made; r != nil {
		p.roles = append(p.roles, r)
	}
	return p.snapshot(), nil
}

// split parts a name from the path before it.
func split(name string) (path, last string) {
	at := strings.LastIndex(name, "/") + 1
	return cmp.Or(name[:at], "/"), name[at:]
}
