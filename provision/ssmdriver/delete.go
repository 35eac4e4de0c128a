package ssmdriver

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Delete deletes a parameter, with all its versions, if its tags say that it is s.Owner's. It answers
// [provision.ErrDeleting] until Systems Manager has said twice that there is no such parameter. The value is in the
// blueprint, so nothing is lost.
func (d *Driver) Delete(ctx context.Context, s provision.State) error {
	var tags map[string]string
	err := wait.Twice(ctx, d.opts.Settle, unknown, func() (err error) {
		tags, err = d.tags(ctx, s.ID)
		return err
	})
	switch {
	case unknown(err):
		return nil
	case err != nil:
		return fmt.Errorf("ssmdriver: whose is parameter %s? reading its tags: %w", s.ID, err)
	}
	owner := provision.Call{Owner: s.Owner, Node: s.Node}
	if err := owner.CheckOwner(kinds.ParameterKind, s.ID, tags); err != nil {
		return err
	}
	// If there is no such parameter by now, the next call finds that out, and does not take it from a single answer.
	_, err = d.api.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: aws.String(s.ID)})
	if err != nil && !unsettled(err) {
		return fmt.Errorf("ssmdriver: deleting parameter %s: %w", s.ID, err)
	}
	return fmt.Errorf("ssmdriver: parameter %s %w", s.ID, provision.ErrDeleting)
}
