package rdsdriver

import (
	"context"
	"fmt"
	"iter"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Find lists the databases that o owns, with all outputs that RDS tells. It reads all DB instances of the account's region,
// page by page; RDS has no filter for tags, but lists them.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		pages := rds.NewDescribeDBInstancesPaginator(d.api, &rds.DescribeDBInstancesInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(provision.State{}, fmt.Errorf("rdsdriver: listing databases: %w", err))
				return
			}
			for i := range page.DBInstances {
				db := &page.DBInstances[i]
				s, ours := stateOf(db)
				if ours && o.Matches(tagsOf(db)) && !yield(withOutputs(s, db), nil) {
					return
				}
			}
		}
	}
}

// stateOf describes a database; ours is false if it does not carry all of our tags, or not the name that goes with them.
func stateOf(db *types.DBInstance) (s provision.State, ours bool) {
	name := aws.ToString(db.DBInstanceIdentifier)
	s = provision.State{
		Kind:     kinds.DatabaseKind,
		ID:       name,
		Name:     name,
		Outputs:  map[string]provision.Value{"Name": provision.TextValue(name)},
		Deleting: aws.ToString(db.DBInstanceStatus) == statusDeleting,
	}
	ours = provision.StateOwner(&s, tagsOf(db)) && name == nameOf(s)
	return s, ours
}

// nameOf returns the name that the database of s.Owner's node has. Tags alone do not tell whose a database is: RDS gives those of a
// snapshot to what anybody restores from it without saying which tags it is to have (API reference,
// RestoreDBInstanceFromDBSnapshot, CopyTagsToSnapshot), and who restores one to save a row must not lose it to a teardown.
func nameOf(s provision.State) string {
	return provision.Call{Owner: s.Owner, Node: s.Node}.Name(maxName, "")
}

// withOutputs returns s with the outputs that RDS tells by now. The outputs that s shares with others are not written to.
func withOutputs(s provision.State, db *types.DBInstance) provision.State {
	s.Outputs = maps.Clone(s.Outputs)
	if s.Outputs == nil {
		s.Outputs = map[string]provision.Value{}
	}
	set := func(name string, value *string) {
		if text := aws.ToString(value); text != "" {
			s.Outputs[name] = provision.TextValue(text)
		}
	}
	set("Name", db.DBInstanceIdentifier)
	set("ARN", db.DBInstanceArn)
	set("Engine", db.Engine)
	if secret := db.MasterUserSecret; secret != nil {
		set("SecretARN", secret.SecretArn)
	}
	if endpoint := db.Endpoint; endpoint != nil {
		set("Endpoint", endpoint.Address)
		s.Outputs["Port"] = provision.NumberValue(float64(aws.ToInt32(endpoint.Port)))
	}
	return s
}
