package ccdriver

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Await waits until the request that made the resource has ended, for as long as that takes, reads the resource, proves
// that it is s.Owner's, and adds the attributes to the outputs. A request that failed is a [HandlerError] at once. A
// resource that its service does not know for [Options.Appear] is a [provision.ErrGone].
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	t, identifier, err := d.split(s.ID)
	if err != nil {
		return provision.State{}, err
	}
	r, err := d.ready(ctx, t, identifier)
	switch {
	case unknown(err):
		return provision.State{}, fmt.Errorf("ccdriver: %s of node %q %w: %w", s.ID, s.Node, provision.ErrGone, err)
	case err != nil:
		return provision.State{}, fmt.Errorf("ccdriver: awaiting %s: %w", s.ID, err)
	}
	if err := r.prove(provision.Call{Owner: s.Owner, Node: s.Node}); err != nil {
		return provision.State{}, fmt.Errorf("ccdriver: %w", err)
	}
	if s.Outputs, err = r.outputs(); err != nil {
		return provision.State{}, fmt.Errorf("ccdriver: node %q: %w", s.Node, err)
	}
	return s, nil
}

// ready returns the resource once the request that made it has ended well. Requests are forgotten after seven days; what is
// there without one was made long ago.
func (d *Driver) ready(ctx context.Context, t kinds.CloudControlType, identifier string) (resource, error) {
	event, meta, err := d.newest(ctx, t.Name, identifier, types.OperationCreate)
	if err != nil {
		return resource{}, err
	}
	if event != nil {
		if event, err = d.follow(ctx, event, meta, ended, 0); err != nil {
			return resource{}, err
		}
		if failed := failure(event); failed != nil && !taken(failed) {
			return resource{}, failed
		}
	}
	return d.getNew(ctx, t, identifier)
}
