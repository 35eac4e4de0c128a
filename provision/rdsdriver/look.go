package rdsdriver

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

var _ provision.Looker = (*Driver)(nil)

// Looks returns [kinds.ExistingDatabaseKind] and [kinds.ExistingSnapshotKind].
func (d *Driver) Looks() []provision.Kind {
	return []provision.Kind{kinds.ExistingDatabaseKind, kinds.ExistingSnapshotKind}
}

// Look finds a database or a snapshot. The pin of a snapshot is its name; a database has none. It makes Describe calls only.
func (d *Driver) Look(ctx context.Context, c provision.Call, pin string) (s provision.State, newPin string, err error) {
	switch spec := c.Spec.(type) {
	case kinds.ExistingDatabase:
		s, err = d.lookDatabase(ctx, spec)
	case kinds.ExistingSnapshot:
		s, newPin, err = d.lookSnapshot(ctx, c.Owner, spec, pin)
	default:
		err = fmt.Errorf("%w: %T", provision.ErrNoDriver, c.Spec)
	}
	if err != nil {
		return provision.State{}, "", fmt.Errorf("rdsdriver: %w", err)
	}
	return s, newPin, nil
}

// lookDatabase finds a DB instance that can be reached, now or when somebody starts it again.
func (d *Driver) lookDatabase(ctx context.Context, spec kinds.ExistingDatabase) (provision.State, error) {
	missing := &provision.MissingError{Field: "Name", What: "database " + string(spec.Name)}
	db, err := d.describe(ctx, string(spec.Name))
	switch {
	case unknown(err):
		return provision.State{}, missing
	case err != nil:
		return provision.State{}, fmt.Errorf("look for database %s: %w", spec.Name, err)
	}
	status := aws.ToString(db.DBInstanceStatus)
	switch {
	case status == statusDeleting || slices.Contains(abandoned, status):
		missing.Why = "its status is " + status
		return provision.State{}, missing
	case db.Endpoint == nil || aws.ToString(db.Endpoint.Address) == "":
		missing.Why = "it has no endpoint yet, its status is " + status
		return provision.State{}, missing
	case db.MasterUserSecret == nil && !spec.NoSecret:
		missing.Why = "RDS does not keep its master password in Secrets Manager, so it has no SecretARN; hand the password over " +
			"(ModifyDBInstance, ManageMasterUserPassword=true) or set NoSecret"
		return provision.State{}, missing
	}
	name := aws.ToString(db.DBInstanceIdentifier)
	return withOutputs(provision.State{ID: name, Name: name, Outputs: map[string]provision.Value{"SecretARN": {}}}, db), nil
}
