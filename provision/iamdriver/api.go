package iamdriver

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// API is the part of AWS IAM that the driver needs, and so the list of the permissions that it needs. It changes nothing. An
// *[iam.Client] has it.
type API interface {
	GetInstanceProfile(context.Context, *iam.GetInstanceProfileInput, ...func(*iam.Options)) (*iam.GetInstanceProfileOutput, error)
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
}

var _ API = (*iam.Client)(nil)
