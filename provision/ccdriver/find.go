package ccdriver

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"
	"golang.org/x/sync/errgroup"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// errNoDescription would be a fault of the service.
var errNoDescription = errors.New("the service answered without a description")

// Find lists the resources that o owns, of all types that the driver was told of. Of the outputs it gives the identifier;
// [Driver.Await] adds the others. Resources of types that take no tags are listed only if o names an attempt.
//
// A driver that was told of no types cannot say that there is nothing, and fails.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		if len(d.names) == 0 {
			yield(provision.State{}, errNoTypes)
			return
		}
		// What is deleted from now on may be listed as if it were to stay; to delete it again does no harm.
		deleting, err := d.ongoing(ctx, types.OperationDelete)
		if err != nil {
			yield(provision.State{}, fmt.Errorf("ccdriver: %w", err))
			return
		}
		for _, name := range d.names {
			t := d.types[name]
			if t.Tags == kinds.NoTags && o.Attempt == "" {
				continue
			}
			for found, err := range d.list(ctx, t, func(string) bool { return true }) {
				if err != nil {
					yield(provision.State{}, fmt.Errorf("ccdriver: %w", err))
					return
				}
				s, ours := found.state(o)
				s.Deleting = deleting[s.ID]
				if ours && !yield(s, nil) {
					return
				}
			}
		}
	}
}

// list reads the resources of a type whose identifiers are wanted, page by page. The sequence ends after the first error:
// a resource that cannot be read may be ours.
func (d *Driver) list(ctx context.Context, t kinds.CloudControlType, wanted func(identifier string) bool) iter.Seq2[resource, error] {
	return func(yield func(resource, error) bool) {
		pages := cloudcontrol.NewListResourcesPaginator(d.api, &cloudcontrol.ListResourcesInput{TypeName: aws.String(t.Name)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(resource{}, fmt.Errorf("listing resources of type %s: %w", t.Name, err))
				return
			}
			read, err := d.readAll(ctx, t, page.ResourceDescriptions, wanted)
			if err != nil {
				yield(resource{}, err)
				return
			}
			for _, r := range read {
				if r != nil && !yield(*r, nil) {
					return
				}
			}
		}
	}
}

// readAll reads resources that were listed, a few at a time. Those that are not wanted, and those that are gone meanwhile, are nil.
func (d *Driver) readAll(ctx context.Context, t kinds.CloudControlType, listed []types.ResourceDescription,
	wanted func(identifier string) bool,
) ([]*resource, error) {
	all := make([]*resource, len(listed))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, d.opts.Parallel))
	for i := range listed {
		if !wanted(aws.ToString(listed[i].Identifier)) {
			continue
		}
		// Some types list whole resources, others hardly more than identifiers. Tags that are there are enough.
		if r, err := parse(t, &listed[i]); err == nil && len(r.tags()) > 0 && (t.NameProperty == "" || r.name() != "") {
			all[i] = &r
			continue
		}
		group.Go(func() error {
			r, err := d.get(ctx, t, aws.ToString(listed[i].Identifier))
			if unknown(err) {
				return nil
			}
			all[i] = &r
			return err
		})
	}
	return all, group.Wait()
}
