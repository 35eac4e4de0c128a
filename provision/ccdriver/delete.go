package ccdriver

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Delete deletes a resource if it is proven to be s.Owner's. It follows the deletion for [Options.Step], and answers
// [provision.ErrDeleting] as long as that is under way. While the resource is still being made, or something else needs it, the
// answer is a [provision.BusyError], with the service's reason.
func (d *Driver) Delete(ctx context.Context, s provision.State) error {
	t, identifier, err := d.split(s.ID)
	if err != nil {
		return err
	}
	if err := d.delete(ctx, s, t, identifier); err != nil {
		return fmt.Errorf("ccdriver: deleting %s: %w", s.ID, err)
	}
	return nil
}

func (d *Driver) delete(ctx context.Context, s provision.State, t kinds.CloudControlType, identifier string) error {
	event, meta, err := d.newest(ctx, t.Name, identifier, types.OperationCreate, types.OperationDelete)
	if err != nil {
		return err
	}
	running := event != nil && !ended(event)
	switch {
	case running && event.Operation == types.OperationDelete:
		return d.finish(ctx, s, event, meta)
	case running:
		return &provision.BusyError{Kind: s.Kind, ID: s.ID, Blocker: "its own creation, which is under way"}
	}
	there, err := d.confirm(ctx, t, identifier, event)
	if err != nil || there == nil {
		return err
	}
	if err := there.prove(provision.Call{Owner: s.Owner, Node: s.Node}); err != nil {
		return err
	}
	out, err := d.api.DeleteResource(ctx, &cloudcontrol.DeleteResourceInput{
		// Without a token of ours the SDK makes a new one, so that an old failure is not repeated to us.
		TypeName: aws.String(t.Name), Identifier: aws.String(identifier),
	})
	switch {
	case unknown(err):
		return provision.ErrDeleting // the next call makes sure
	case occupied(err):
		return &provision.BusyError{Kind: s.Kind, ID: s.ID, Blocker: "another operation on it", Err: err}
	case err != nil:
		return err
	case out.ProgressEvent == nil:
		return errNoEvent
	}
	return d.finish(ctx, s, out.ProgressEvent, out.ResultMetadata)
}

// confirm reads the resource, and returns nil if it is certainly gone: a resource that was just made may be unknown to its
// own service for a while. event is the latest request about the resource.
func (d *Driver) confirm(ctx context.Context, t kinds.CloudControlType, identifier string, event *types.ProgressEvent) (*resource, error) {
	r, err := d.get(ctx, t, identifier)
	if unknown(err) && event != nil && event.OperationStatus == types.OperationStatusSuccess {
		if event.Operation == types.OperationDelete {
			return nil, nil
		}
		r, err = d.getNew(ctx, t, identifier)
	}
	switch {
	case unknown(err):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &r, nil
}

// finish follows a deletion for a while, and says how it stands.
func (d *Driver) finish(ctx context.Context, s provision.State, event *types.ProgressEvent, meta middleware.Metadata) error {
	event, err := d.follow(ctx, event, meta, ended, d.opts.Step)
	if err != nil {
		return err
	}
	if !ended(event) {
		return provision.ErrDeleting
	}
	failed := failure(event)
	switch {
	case failed == nil:
		return nil
	case failed.Code == types.HandlerErrorCodeNotFound:
		return provision.ErrDeleting // the next call makes sure
	case failed.busy():
		return &provision.BusyError{Kind: s.Kind, ID: s.ID, Blocker: failed.Message, Err: failed}
	case failed.passes():
		return &provision.BusyError{Kind: s.Kind, ID: s.ID, Blocker: "a failure that passes", Err: failed}
	}
	return failed
}
