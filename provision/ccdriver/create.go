package ccdriver

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// maxToken is the longest ClientToken.
const maxToken = 128

// Create makes the resource that c asks for, or returns the one that an earlier call for the same node, environment and
// attempt has made. It returns as soon as Cloud Control says the identifier, which for some types is when the resource is
// ready. A resource of that name that is somebody else's is a [provision.ForeignError], and a handler's failure that does not
// pass is a [HandlerError].
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	r, err := d.resourceOf(c)
	if err != nil {
		return provision.State{}, err
	}
	document, err := desired(r, c)
	if err != nil {
		return provision.State{}, fmt.Errorf("ccdriver: node %q: %w", c.Node, err)
	}
	s, err := d.create(ctx, c, r.Type, document)
	if err != nil {
		return provision.State{}, fmt.Errorf("ccdriver: creating the %s of node %q: %w", r.Type.Name, c.Node, err)
	}
	return s, nil
}

func (d *Driver) create(ctx context.Context, c provision.Call, t kinds.CloudControlType, document string) (provision.State, error) {
	var last error
	look := true
	for try := range max(1, d.opts.Tries) {
		if look {
			s, err := d.look(ctx, c, t)
			if err != nil || s != nil {
				return found(s, err)
			}
		}
		made, err := d.submit(ctx, t, document, c.Token(maxToken, "create "+strconv.Itoa(try)))
		switch {
		case taken(err):
			return d.whose(ctx, c, t, err)
		case err != nil && made.handler != nil && (made.old || made.handler.passes()):
			last, look = err, !made.old
			if !made.old {
				if err := wait.Sleep(ctx, d.pause(try)); err != nil {
					return provision.State{}, wait.Interrupted(err, last)
				}
			}
			continue
		case err != nil:
			return provision.State{}, err
		case !made.ready:
			// Nothing can be read yet. Await will see whose it is.
			return stateFor(c, t, made.identifier), nil
		}
		s, err := d.readBack(ctx, c, t, made.identifier)
		if unknown(err) && made.old {
			last, look = err, false // what an earlier call made is gone
			continue
		}
		return found(s, err)
	}
	return provision.State{}, fmt.Errorf("%d requests of the last 36 hours came to nothing, the last one so (put it right and "+
		"make another attempt: terminate the environment and deploy again): %w", max(1, d.opts.Tries), last)
}

// found returns what a search has found.
func found(s *provision.State, err error) (provision.State, error) {
	if s == nil {
		return provision.State{}, err
	}
	return *s, err
}

// answer is what came of a request to create.
type answer struct {
	identifier string
	ready      bool // the handler says that the resource is there
	// old says that the request had ended before this call: the token was used earlier.
	old     bool
	handler *HandlerError
}

// submit makes one request and follows it until the identifier is known. A failure that left half a resource behind is none
// here: the resource is to be deleted some day, and Await tells of the failure.
func (d *Driver) submit(ctx context.Context, t kinds.CloudControlType, document, token string) (answer, error) {
	out, err := d.api.CreateResource(ctx, &cloudcontrol.CreateResourceInput{
		TypeName: aws.String(t.Name), DesiredState: aws.String(document), ClientToken: aws.String(token),
	})
	var differs *types.ClientTokenConflictException
	switch {
	case errors.As(err, &differs):
		return answer{}, fmt.Errorf("the blueprint asks for something else than an earlier request of the same attempt: %w", err)
	case err != nil:
		return answer{}, err
	case out.ProgressEvent == nil:
		return answer{}, errNoEvent
	}
	a := answer{old: ended(out.ProgressEvent)}
	event, err := d.follow(ctx, out.ProgressEvent, out.ResultMetadata, identified, 0)
	if err != nil {
		return a, err
	}
	a.identifier = aws.ToString(event.Identifier)
	a.ready = event.OperationStatus == types.OperationStatusSuccess
	a.handler = failure(event)
	switch {
	case a.handler == nil && a.identifier == "":
		return a, fmt.Errorf("request %s succeeded without an identifier", aws.ToString(event.RequestToken))
	case a.handler == nil:
		return a, nil
	case a.identifier == "" || taken(a.handler):
		return a, a.handler
	}
	_, err = d.get(ctx, t, a.identifier)
	if unknown(err) {
		return a, a.handler
	}
	return a, err
}

// readBack reads a resource that was made, and proves that it is ours: some services hand out what is there already
// without a word.
func (d *Driver) readBack(ctx context.Context, c provision.Call, t kinds.CloudControlType, identifier string) (*provision.State, error) {
	r, err := d.getNew(ctx, t, identifier)
	if err != nil {
		return nil, err
	}
	if err := r.prove(c); err != nil {
		return nil, err
	}
	s := stateFor(c, t, identifier)
	return &s, nil
}

// stateFor describes what was made for c.
func stateFor(c provision.Call, t kinds.CloudControlType, identifier string) provision.State {
	s := stateOf(t, identifier, t.ResourceName(c))
	s.Node, s.Owner, s.Keep = c.Node, c.Owner, c.Keep
	if t.Tags != kinds.NoTags {
		provision.StateOwner(&s, c.Tags()) // as Find will read it
	}
	return s
}

// look looks whether the resource that c asks for is there. It returns nil if it is not, or not to be seen yet. One that
// has the name and is not ours is a *provision.ForeignError.
func (d *Driver) look(ctx context.Context, c provision.Call, t kinds.CloudControlType) (*provision.State, error) {
	name := t.ResourceName(c)
	wanted := func(identifier string) bool { return !t.NameIsIdentifier || identifier == name }
	for r, err := range d.list(ctx, t, wanted) {
		if err != nil {
			return nil, err
		}
		foreign := r.prove(c)
		switch {
		case foreign == nil:
			deleting, err := d.ongoing(ctx, types.OperationDelete)
			if err != nil {
				return nil, err
			}
			if deleting[r.id()] {
				return nil, fmt.Errorf("%s %w", r.id(), provision.ErrDeleting)
			}
			s := stateFor(c, t, r.identifier)
			return &s, nil
		case name != "" && r.name() == name:
			making, err := d.ongoing(ctx, types.OperationCreate)
			if err != nil {
				return nil, err
			}
			if !making[r.id()] { // else it may be ours, and its tags come later
				return nil, foreign
			}
		}
	}
	return nil, nil
}

// whose says whose the resource is that has the name already.
func (d *Driver) whose(ctx context.Context, c provision.Call, t kinds.CloudControlType, refusal error) (provision.State, error) {
	var s *provision.State
	err := d.retry(ctx, func(err error) bool { return errors.Is(err, errUnseen) }, func() (err error) {
		if s, err = d.look(ctx, c, t); err == nil && s == nil {
			err = errUnseen
		}
		return err
	})
	if errors.Is(err, errUnseen) {
		return provision.State{}, fmt.Errorf("there is a resource of the name %s already, and Cloud Control does not list it: %w",
			t.ResourceName(c), refusal)
	}
	return found(s, err)
}

// errUnseen says that a resource exists and is not listed.
var errUnseen = errors.New("not listed")

// pause is how long to wait before a request is made once more.
func (d *Driver) pause(try int) time.Duration {
	return min(d.opts.Settle<<min(try, 8), 2*longestPause)
}

// retry calls try again and again while its error is one that passes, with growing pauses, and at most for
// [Options.Appear]. It returns the last error of try, or that of a context that ended. The time that calls take is not
// counted, for one that AWS throttles may take minutes.
func (d *Driver) retry(ctx context.Context, passes func(error) bool, try func() error) error {
	return wait.Retry(ctx, d.opts.Settle, d.opts.Appear, passes, try)
}
