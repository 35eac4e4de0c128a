package lambdadriver

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Create makes the function that c asks for, or returns the one that an earlier call for the same node, environment and
// attempt has made, and completes what that call left undone. It waits for up to [Options.Role] for a role that Lambda
// cannot assume yet, and for a function that shall have a URL until it is active; one that fails meanwhile is a
// [FailedError]. A function of that name that is somebody else's is a [provision.ForeignError].
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	f, err := functionOf(c)
	if err != nil {
		return provision.State{}, err
	}
	in := requestOf(c, f)
	name := aws.ToString(in.FunctionName)
	refusal := d.retry(ctx, d.opts.Role, roleUnready, func() error {
		_, err := d.api.CreateFunction(ctx, in)
		return err
	})
	switch {
	case refusal == nil, conflicts(refusal):
	case roleUnready(refusal):
		return provision.State{}, fmt.Errorf("lambdadriver: creating function %s of node %q: role %s is not usable after %v (check that it "+
			"trusts lambda.amazonaws.com, and may manage network interfaces if the function is in a VPC): %w",
			name, c.Node, f.Role, d.opts.Role, refusal)
	default:
		return provision.State{}, fmt.Errorf("lambdadriver: creating function %s of node %q: %w", name, c.Node, refusal)
	}
	// Who made the function that is there now is known from its tags only.
	fn, err := d.readNew(ctx, name)
	if err != nil {
		return provision.State{}, fmt.Errorf("lambdadriver: whose is function %s? %w", name, errors.Join(err, refusal))
	}
	if err := c.CheckOwner(kinds.FunctionKind, fn.arn, fn.tags); err != nil {
		return provision.State{}, err
	}
	if fn.state == types.StateDeleting {
		return provision.State{}, fmt.Errorf("lambdadriver: creating function %s: the one of this name %w", name, provision.ErrDeleting)
	}
	s := stateOf(fn)
	provision.StateOwner(&s, fn.tags) // ours, as was just proven
	if f.URL == kinds.NoURL {
		return withURL(s, ""), nil
	}
	url, err := d.giveURL(ctx, fn.arn, types.FunctionUrlAuthType(f.URL))
	if err != nil {
		return provision.State{}, fmt.Errorf("lambdadriver: giving function %s of node %q its URL: %w", name, c.Node, err)
	}
	return withURL(s, url), nil
}

// function is what the driver wants to know of one.
type function struct {
	arn, name string
	tags      map[string]string
	state     types.State
	code      types.StateReasonCode
	reason    string
}

// read reads the function, or a version of it. Lambda leaves the tags out if they may not be read, which must not look as
// if there were none.
func (d *Driver) read(ctx context.Context, name, version string) (function, error) {
	in := &lambda.GetFunctionInput{FunctionName: aws.String(name)}
	if version != "" {
		in.Qualifier = aws.String(version)
	}
	out, err := d.api.GetFunction(ctx, in)
	if err != nil {
		return function{}, err
	}
	if e := out.TagsError; e != nil {
		return function{}, fmt.Errorf("reading its tags: %s: %s", aws.ToString(e.ErrorCode), aws.ToString(e.Message))
	}
	config := out.Configuration
	if config == nil {
		return function{}, errors.New("reading its tags: the answer has no configuration")
	}
	return function{
		arn:    unqualified(aws.ToString(config.FunctionArn)),
		name:   aws.ToString(config.FunctionName),
		tags:   out.Tags,
		state:  config.State,
		code:   config.StateReasonCode,
		reason: aws.ToString(config.StateReason),
	}, nil
}

// readNew reads a function that may be so new that Lambda does not know it everywhere.
func (d *Driver) readNew(ctx context.Context, name string) (fn function, err error) {
	err = d.retry(ctx, d.opts.Appear, unknown, func() error {
		fn, err = d.read(ctx, name, "")
		return err
	})
	return fn, err
}
