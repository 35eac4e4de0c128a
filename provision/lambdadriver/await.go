package lambdadriver

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
)

// Await waits until the function and its version are active, and adds version and URL to the outputs. A function that
// Lambda gave up is a [FailedError] at once, with Lambda's reason. One that Lambda does not know for [Options.Appear] is a
// [provision.ErrGone].
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	fail := func(err error) (provision.State, error) {
		if unknown(err) {
			err = fmt.Errorf("it %w: %w", provision.ErrGone, err)
		}
		return provision.State{}, fmt.Errorf("lambdadriver: awaiting function %s of node %q: %w", s.ID, s.Node, err)
	}
	if err := d.active(ctx, s.ID, ""); err != nil {
		return fail(err)
	}
	version, err := d.version(ctx, nameIn(s.ID))
	if err != nil {
		return fail(err)
	}
	if err := d.active(ctx, s.ID, version); err != nil {
		return fail(err)
	}
	s = withOutput(s, "Version", version)
	s = withOutput(s, "VersionARN", s.ID+":"+version)
	if _, known := s.Outputs["URL"]; known {
		return s, nil // Create has said whether there is one
	}
	url, err := d.urlOf(ctx, s.ID)
	if err != nil {
		return fail(err)
	}
	return withURL(s, url), nil
}

// active waits until a function, or a version of it, can be called. One that was not called for weeks is inactive: Lambda
// has put its resources away and gets them back at the next call, so that it counts as usable.
func (d *Driver) active(ctx context.Context, arn, version string) error {
	start, seen := time.Now(), time.Now()
	for pause := d.opts.Settle; ; pause = min(2*pause, 8*d.opts.Settle) {
		fn, err := d.read(ctx, arn, version)
		switch {
		case unknown(err) && time.Since(seen) < d.opts.Appear:
		case err != nil:
			return err
		default:
			seen = time.Now()
			switch fn.state {
			case types.StateActive, types.StateInactive:
				return nil
			case types.StateFailed:
				return &FailedError{Function: arn, Version: version, Code: fn.code, Reason: fn.reason}
			case types.StateDeleting:
				return fmt.Errorf("it %w: somebody deletes it", provision.ErrGone)
			}
			if waited := time.Since(start); waited >= d.opts.Ready {
				return fmt.Errorf("it is not active after %v but %s: %s", waited, fn.state, fn.reason)
			}
		}
		if err := wait.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

var errNoVersion = errors.New("it has no published version any more; somebody deleted it by hand (publish one, or terminate the " +
	"environment and deploy again)")

// version returns the number of the version that the driver published: the oldest that there is. It need not be 1, for
// Lambda goes on counting when a function of the same name was there before.
func (d *Driver) version(ctx context.Context, name string) (string, error) {
	oldest := uint64(0)
	err := d.retry(ctx, d.opts.Appear, unknown, func() error {
		pages := lambda.NewListVersionsByFunctionPaginator(d.api, &lambda.ListVersionsByFunctionInput{FunctionName: aws.String(name)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return err
			}
			for _, v := range page.Versions {
				n, err := strconv.ParseUint(aws.ToString(v.Version), 10, 64)
				if err == nil && (oldest == 0 || n < oldest) { // "$LATEST" is no number
					oldest = n
				}
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return "", fmt.Errorf("listing its versions: %w", err)
	case oldest == 0:
		return "", errNoVersion
	}
	return strconv.FormatUint(oldest, 10), nil
}
