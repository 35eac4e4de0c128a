// Package ssmdriver makes, finds and deletes parameters in the Parameter Store of AWS Systems Manager: the kind
// [kinds.Parameter].
//
//	driver := ssmdriver.New(ssm.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver})
//
// A program that does not mind to compile the SDKs of all services takes every driver at once from package awsdrivers,
// which also gives them a retryer that is fit for deployments. Package ssmtest is the service to test against.
//
// # How it keeps the contract
//
// A parameter is unique by its name. PutParameter, told not to overwrite, refuses a name that is taken
// (ParameterAlreadyExists), and takes the tags; so whoever gets no refusal has made the parameter, and whoever gets one
// reads the tags and adopts the parameter only if they say that it is ours. One of ours with another value than the
// blueprint's is an error, which says so and shows neither value.
//
// Names are paths: /peppercorn/ and the name that [provision.Call.Name] makes. Parameter Store refuses names that begin
// with aws or ssm, which an application's may; and one prefix for all is what a policy of IAM needs.
//
// Systems Manager asks to wait for 30 seconds before a name is used again after a deletion. Create waits for as long as the
// name is taken by a parameter that nobody can look at.
//
// Parameters are found by their tags, which DescribeParameters can filter by, and whose each parameter is, is read from its own
// tags. A page of that list may be empty and still have a next one.
//
// There are no secrets here: the driver makes parameters of the types String and StringList only, and never asks for
// anything to be decrypted.
package ssmdriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Options of a [Driver]. The defaults are right for AWS; shorter times are for services that are simulated.
type Options struct {
	// Settle is the first pause between two questions about what is not settled. Default 1 s.
	Settle time.Duration
	// Appear is how long a parameter that was just created may be unknown before it counts as gone, and how long Create
	// waits for a name whose parameter was deleted. Systems Manager asks to wait for 30 seconds. Default 1 min.
	Appear time.Duration
	// Parallel is how many parameters Find asks for their tags at the same time. Default 4.
	Parallel int
}

// Driver is the driver of parameters. It keeps no state and is safe for concurrent use.
type Driver struct {
	api  API
	opts Options
}

var (
	_ provision.Driver    = (*Driver)(nil)
	_ provision.Validator = (*Driver)(nil)
)

// New returns a driver that acts where api does: in one account and region. A client of the SDK retries three times by
// default, which is little when many parameters are made at once; see package awsdrivers.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{Settle: time.Second, Appear: time.Minute, Parallel: 4}
	for _, fn := range optFns {
		fn(&opts)
	}
	return &Driver{api: api, opts: opts}
}

// Kinds returns [kinds.ParameterKind].
func (d *Driver) Kinds() []provision.Kind { return []provision.Kind{kinds.ParameterKind} }

// Validate refuses what is no [kinds.Parameter]. It makes no calls.
func (d *Driver) Validate(c provision.Call) error {
	_, err := parameterOf(c)
	return err
}

// parameterOf returns the parameter that c asks for.
func parameterOf(c provision.Call) (kinds.Parameter, error) {
	p, ok := c.Spec.(kinds.Parameter)
	if !ok {
		return kinds.Parameter{}, fmt.Errorf("ssmdriver: node %q: the spec is a %T, this driver makes a kinds.Parameter", c.Node, c.Spec)
	}
	return p, nil
}

// unknown reports whether err says that there is no such parameter, or none yet.
func unknown(err error) bool {
	var (
		missing *types.ParameterNotFound
		invalid *types.InvalidResourceId
	)
	return errors.As(err, &missing) || errors.As(err, &invalid)
}

// unsettled reports whether err passes: the parameter is not known everywhere yet, or another call is changing it.
func unsettled(err error) bool {
	var concurrent *types.TooManyUpdates
	return unknown(err) || errors.As(err, &concurrent)
}

// retry calls try again and again while its error is one that passes, with growing pauses, and at most for
// Options.Appear. It returns the last error of try, or that of a context that ended. The time that calls take is not
// counted, for one that AWS throttles may take minutes.
func (d *Driver) retry(ctx context.Context, passes func(error) bool, try func() error) error {
	return wait.Retry(ctx, d.opts.Settle, d.opts.Appear, passes, try)
}
