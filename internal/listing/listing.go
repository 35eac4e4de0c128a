// Package listing finds what an owner has among the things of a service whose list shows their names, and whose tags have to be read one
// by one.
package listing

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/peppercorn-go/peppercorn/provision"
)

// Pages is what every paginator of the SDK is; O are the options of its client.
type Pages[Page, O any] interface {
	HasMorePages() bool
	NextPage(ctx context.Context, optFns ...func(*O)) (Page, error)
}

// Found is a thing as its service shows it. Its state needs no owner: that is in the tags, which are nil if the thing is gone by now.
type Found struct {
	State provision.State
	Tags  map[string]string
}

// Owned gives yield the state of everything on pages that is o's by its tags, in the order of the pages. Items returns what on a page may
// be o's. Look describes one of that, for up to parallel at the same time, and must not fail for what is gone.
//
// An error ends it: a page that cannot be read, which is said to be what, or a failure of look, for a thing whose owner is not known may
// be o's. It is the last that yield is given.
func Owned[Page, O, Item any](
	ctx context.Context, o provision.Owner, what string, parallel int, yield func(provision.State, error) bool,
	pages Pages[Page, O], items func(Page) []Item, look func(context.Context, Item) (Found, error),
) {
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			yield(provision.State{}, fmt.Errorf("%s: %w", what, err))
			return
		}
		found, err := all(ctx, parallel, items(page), look)
		if err != nil {
			yield(provision.State{}, err)
			return
		}
		for _, f := range found {
			ours := provision.StateOwner(&f.State, f.Tags)
			if ours && o.Matches(f.Tags) && !yield(f.State, nil) {
				return
			}
		}
	}
}

// all looks at all items, a few at a time, and keeps their order.
func all[Item any](ctx context.Context, parallel int, items []Item, look func(context.Context, Item) (Found, error)) ([]Found, error) {
	found := make([]Found, len(items))
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(max(1, parallel))
	for i, item := range items {
		tasks.Go(func() (err error) {
			found[i], err = look(ctx, item)
			return err
		})
	}
	return found, tasks.Wait()
}
