package secretsdriver

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// API is the part of AWS Secrets Manager that the driver needs, and so the list of the permissions that it needs. It changes nothing
// and cannot read a value. A *[secretsmanager.Client] has it.
type API interface {
	DescribeSecret(
		context.Context, *secretsmanager.DescribeSecretInput, ...func(*secretsmanager.Options),
	) (*secretsmanager.DescribeSecretOutput, error)
}

var _ API = (*secretsmanager.Client)(nil)
