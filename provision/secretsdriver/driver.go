// Package secretsdriver looks up secrets in AWS Secrets Manager: the kind [kinds.ExistingSecret]. It makes, changes and deletes nothing.
//
//	driver := secretsdriver.New(secretsmanager.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver, ...})
//
// A program that does not mind to compile the SDKs of all services takes every driver at once from package awsdrivers. Package
// secretstest is the service to test against.
//
// The driver describes secrets and cannot do more: [API] has no call that returns a value, so none can get into the process, a log or a
// record. What it gives to a blueprint is the ARN, as an output that fits only into fields for secrets.
//
// A name leaves no choice, so no pin is ever returned.
package secretsdriver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Driver looks up secrets. It keeps no state and is safe for concurrent use.
type Driver struct {
	provision.NothingMade
	api API
}

var (
	_ provision.Driver = (*Driver)(nil)
	_ provision.Looker = (*Driver)(nil)
)

// New returns a driver that asks api, and so about one account and region.
func New(api API) *Driver { return &Driver{api: api} }

// Looks returns [kinds.ExistingSecretKind].
func (d *Driver) Looks() []provision.Kind { return []provision.Kind{kinds.ExistingSecretKind} }

// current is the label of the version that GetSecretValue returns.
const current = "AWSCURRENT"

// Look finds a secret by its name or whole ARN. One that does not exist, is scheduled for deletion, or has no current value is a
// *[provision.MissingError]. The pin is empty and is ignored.
func (d *Driver) Look(ctx context.Context, c provision.Call, _ string) (provision.State, string, error) {
	spec, ok := c.Spec.(kinds.ExistingSecret)
	if !ok {
		return provision.State{}, "", fmt.Errorf("secretsdriver: node %q: the spec is a %T, this driver looks up a kinds.ExistingSecret",
			c.Node, c.Spec)
	}
	// The form was checked when the blueprint was, but what a reference was resolved to was not, and it is repeated in errors, and by AWS in
	// CloudTrail.
	if err := spec.Validate(); err != nil {
		return provision.State{}, "", fmt.Errorf("secretsdriver: node %q: %w", c.Node, err)
	}
	asked := string(spec.Name)
	missing := &provision.MissingError{Field: "Name", What: "secret " + asked}
	there, err := d.api.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(asked)})
	var unknown *types.ResourceNotFoundException
	switch {
	case errors.As(err, &unknown):
		missing.Err, missing.Why = err, elsewhere(asked)
		return provision.State{}, "", missing
	case err != nil:
		return provision.State{}, "", fmt.Errorf("secretsdriver: looking up secret %s: %w", asked, err)
	}
	if missing.Why = unusable(asked, there); missing.Why != "" {
		return provision.State{}, "", missing
	}
	return provision.State{
		Kind: kinds.ExistingSecretKind, ID: aws.ToString(there.ARN), Name: aws.ToString(there.Name),
		Outputs: map[string]provision.Value{"ARN": provision.TextValue(aws.ToString(there.ARN))},
	}, "", nil
}

// unusable says why a secret is not what was asked for, or "".
func unusable(asked string, there *secretsmanager.DescribeSecretOutput) string {
	arn := aws.ToString(there.ARN)
	switch {
	case there.DeletedDate != nil:
		return fmt.Sprintf("it is scheduled for deletion (%s), which RestoreSecret would undo", there.DeletedDate.UTC().Format(time.DateOnly))
	case strings.HasPrefix(asked, "arn:") && asked != arn:
		// What ends like a whole ARN may be a part of one, of a secret whose name ends in a hyphen and six characters.
		return "there is only " + arn
	case !hasValue(there.VersionIdsToStages):
		return fmt.Sprintf("it has no value yet (no version of it is %s)", current)
	}
	return ""
}

// elsewhere says where the secret of an ARN would be, and nothing about a name.
func elsewhere(asked string) string {
	if parts := strings.Split(asked, ":"); len(parts) == 7 {
		return fmt.Sprintf("not known where the driver asks; the ARN is of the region %s and the account %s", parts[3], parts[4])
	}
	return ""
}

// hasValue reports whether one of the versions is the current one.
func hasValue(versions map[string][]string) bool {
	for _, labels := range versions {
		if slices.Contains(labels, current) {
			return true
		}
	}
	return false
}
