package drivertest

import (
	"context"
	"fmt"
	"reflect"

	"github.com/peppercorn-go/peppercorn/internal/listing"
)

// Unchanged looks at a stranger's thing, and returns a function that looks again and fails if it is not as it was.
func Unchanged[T any](look func() (T, error)) (func() error, error) {
	before, err := look()
	return func() error {
		after, err := look()
		if err == nil && !reflect.DeepEqual(before, after) {
			err = fmt.Errorf("it was %v and is %v", before, after)
		}
		return err
	}, err
}

// Count adds up what is on all pages; -1 if they cannot be read.
func Count[Page, O any](ctx context.Context, pages listing.Pages[Page, O], on func(Page) int) (n int) {
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return -1
		}
		n += on(page)
	}
	return n
}
