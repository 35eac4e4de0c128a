// Package iamdriver looks up roles and instance profiles in AWS IAM: the kinds [kinds.ExistingRole] and
// [kinds.ExistingInstanceProfile]. It makes, changes and deletes nothing.
//
//	driver := iamdriver.New(iam.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver, ...})
//
// A program that does not mind to compile the SDKs of all services takes every driver at once from package awsdrivers, which also
// lets the drivers of instances, functions and containers ask this one about the roles and profiles that they are to use:
// [Driver.CheckRole] and [Driver.CheckInstanceProfile]. Package iamtest is the service to test against.
//
// IAM has no regions: what is found here is the same for every region of an account. It is eventually consistent, and what another
// program made a moment ago may not be known yet; see [Options].Appear. Even then, other services may learn of it seconds
// later, which is the business of their drivers.
//
// Nothing leaves a choice, so no pin is ever returned.
package iamdriver

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Options of a [Driver]. The defaults are right for AWS; shorter times are for services that are simulated.
type Options struct {
	// Settle is the first pause between two questions about what is not known. Default 1 s.
	Settle time.Duration
	// Appear is how long something may be unknown before it counts as missing. IAM promises no time; most often it takes a
	// few seconds. It is also how long a misspelt name takes to be noticed. Default 5 s.
	Appear time.Duration
}

// Driver looks up roles and instance profiles. It keeps no state and is safe for concurrent use.
type Driver struct {
	provision.NothingMade
	api  API
	opts Options
}

var (
	_ provision.Driver = (*Driver)(nil)
	_ provision.Looker = (*Driver)(nil)
)

// New returns a driver that asks api, and so about the account of its credentials.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{Settle: time.Second, Appear: 5 * time.Second}
	for _, fn := range optFns {
		fn(&opts)
	}
	return &Driver{api: api, opts: opts}
}

// Looks returns [kinds.ExistingRoleKind] and [kinds.ExistingInstanceProfileKind].
func (d *Driver) Looks() []provision.Kind {
	return []provision.Kind{kinds.ExistingRoleKind, kinds.ExistingInstanceProfileKind}
}

// unknown reports whether err says that there is no such thing, or none yet.
func unknown(err error) bool {
	var missing *types.NoSuchEntityException
	return errors.As(err, &missing)
}

// denied reports whether err says that the question may not be asked. The API has no type for it.
func denied(err error) bool {
	var refusal smithy.APIError
	return errors.As(err, &refusal) && refusal.ErrorCode() == "AccessDenied"
}

// errPartial says that something was found, but not everything.
var errPartial = errors.New("not everything is there yet")

// found calls get until it finds everything, fails for another reason, or Options.Appear has passed, with growing pauses. What is found
// in part by then is found.
func (d *Driver) found(ctx context.Context, get func() (everything bool, err error)) error {
	notYet := func(err error) bool { return unknown(err) || errors.Is(err, errPartial) }
	err := wait.Retry(ctx, d.opts.Settle, d.opts.Appear, notYet, func() error {
		everything, err := get()
		if err == nil && !everything {
			return errPartial
		}
		return err
	})
	if errors.Is(err, errPartial) {
		return nil
	}
	return err
}
