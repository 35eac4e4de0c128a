package lambdadriver

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Delete deletes a function, with its versions, URL and policy, if its tags say that it is s.Owner's. It answers
// [provision.ErrDeleting] until Lambda has said twice that there is no such function, and [provision.ErrBusy] while Lambda
// still prepares it.
//
// The network interfaces of a function in a VPC are not the function's but Lambda's, which takes them away up to 45
// minutes later; until then its subnets and security groups are busy. The log group that Lambda makes by itself stays.
func (d *Driver) Delete(ctx context.Context, s provision.State) error {
	var fn function
	err := wait.Twice(ctx, 2*d.opts.Settle, unknown, func() (err error) {
		fn, err = d.read(ctx, s.ID, "")
		return err
	})
	switch {
	case unknown(err):
		return nil
	case err != nil:
		return fmt.Errorf("lambdadriver: whose is function %s? %w", s.ID, err)
	}
	owner := provision.Call{Owner: s.Owner, Node: s.Node}
	if err := owner.CheckOwner(kinds.FunctionKind, s.ID, fn.tags); err != nil {
		return err
	}
	if fn.state == types.StateDeleting {
		return fmt.Errorf("lambdadriver: function %s %w", s.ID, provision.ErrDeleting)
	}
	_, err = d.api.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: aws.String(s.ID)})
	switch {
	case conflicts(err):
		return fmt.Errorf("lambdadriver: deleting function %s: %w", s.ID, &provision.BusyError{
			Kind: kinds.FunctionKind, ID: s.ID, Blocker: "a change of its own that Lambda has not finished", Err: err,
		})
	case err != nil && !unknown(err):
		return fmt.Errorf("lambdadriver: deleting function %s: %w", s.ID, err)
	}
	return fmt.Errorf("lambdadriver: function %s %w", s.ID, provision.ErrDeleting)
}
