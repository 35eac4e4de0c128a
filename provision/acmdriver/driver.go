// Package acmdriver looks up certificates in AWS Certificate Manager: the kind [kinds.ExistingCertificate]. It makes, changes and deletes
// nothing.
//
//	driver := acmdriver.New(acm.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver, ...})
//
// A program that does not mind to compile the SDKs of all services takes every driver at once from package awsdrivers, which also
// lets the driver of listeners ask this one about their certificates: [Driver.CheckCertificate]. Package acmtest is the service to
// test against.
//
// Certificates belong to a region, and a load balancer takes only those of its own. So the driver must act in the region of the
// environment, like every other one.
//
// # How a certificate is chosen
//
// ListCertificates leaves out keys other than RSA of 2,048 bits or less unless it is told otherwise, so the driver asks for every
// algorithm. It never asks for certificates whose keys ACM does not have (those that servers of the user's own get by
// ACME): no load balancer can use them. A summary in the list has a hundred names at most, so what
// may cover the domain is described, and only that counts: status, dates and all names.
package acmdriver

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/smithy-go"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Options of a [Driver].
type Options struct {
	// Region is where the client acts. With it, the ARN of a certificate of another region is told apart from one that does not exist,
	// also by a principal who may ask about this region only. Default: ACM is asked, which knows no certificate of another region.
	Region string
}

// Driver looks up certificates. It keeps no state and is safe for concurrent use.
type Driver struct {
	provision.NothingMade
	api  API
	opts Options
}

var (
	_ provision.Driver = (*Driver)(nil)
	_ provision.Looker = (*Driver)(nil)
)

// New returns a driver that asks api, and so about one account and region.
func New(api API, optFns ...func(*Options)) *Driver {
	var opts Options
	for _, fn := range optFns {
		fn(&opts)
	}
	return &Driver{api: api, opts: opts}
}

// Looks returns [kinds.ExistingCertificateKind].
func (d *Driver) Looks() []provision.Kind { return []provision.Kind{kinds.ExistingCertificateKind} }

// unknown reports whether err says that there is no such certificate here.
func unknown(err error) bool {
	var missing *types.ResourceNotFoundException
	return errors.As(err, &missing)
}

// denied reports whether err says that the question may not be asked.
func denied(err error) bool {
	var refusal smithy.APIError
	return errors.As(err, &refusal) && refusal.ErrorCode() == "AccessDeniedException"
}
