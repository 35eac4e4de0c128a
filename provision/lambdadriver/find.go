package lambdadriver

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"golang.org/x/sync/errgroup"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Find lists the functions that o owns, with their early outputs; [Driver.Await] adds the others. It lists the account's
// functions, page by page, and reads each whose name may be one of o's, because a list shows no tags.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		prefix := o.NamePrefix(maxName)
		pages := lambda.NewListFunctionsPaginator(d.api, &lambda.ListFunctionsInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(provision.State{}, fmt.Errorf("lambdadriver: listing functions: %w", err))
				return
			}
			var names []string
			for _, config := range page.Functions {
				if name := aws.ToString(config.FunctionName); strings.HasPrefix(name, prefix) {
					names = append(names, name)
				}
			}
			functions, err := d.readAll(ctx, names)
			if err != nil {
				yield(provision.State{}, err)
				return
			}
			for _, fn := range functions {
				s, ours := stateOf(fn)
				if ours && o.Matches(fn.tags) && !yield(s, nil) {
					return
				}
			}
		}
	}
}

// readAll reads many functions, a few at a time. One that is gone, or too new to be known everywhere, has no tags then and
// so is nobody's. Any other failure is one of the whole, for a function whose owner is not known may be ours.
func (d *Driver) readAll(ctx context.Context, names []string) ([]function, error) {
	all := make([]function, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, d.opts.Parallel))
	for i, name := range names {
		group.Go(func() error {
			fn, err := d.read(ctx, name, "")
			if err != nil && !unknown(err) {
				return fmt.Errorf("lambdadriver: whose is function %s? %w", name, err)
			}
			all[i] = fn
			return nil
		})
	}
	return all, group.Wait()
}

// stateOf describes a function; ours is false if it does not carry all of our tags.
func stateOf(fn function) (s provision.State, ours bool) {
	s = provision.State{
		Kind: kinds.FunctionKind,
		ID:   fn.arn,
		Name: fn.name,
		Outputs: map[string]provision.Value{
			"Name": provision.TextValue(fn.name),
			"ARN":  provision.TextValue(fn.arn),
		},
		Deleting: fn.state == types.StateDeleting,
	}
	ours = provision.StateOwner(&s, fn.tags)
	return s, ours
}

// unqualified takes the version off an ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME:VERSION.
func unqualified(arn string) string {
	const parts = 7
	if split := strings.Split(arn, ":"); len(split) > parts {
		return strings.Join(split[:parts], ":")
	}
	return arn
}

// nameIn returns the name in an ARN without a version.
func nameIn(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }

// withOutput returns s with one more output. The outputs that s shares with others are not written to.
func withOutput(s provision.State, name, value string) provision.State {
	s.Outputs = maps.Clone(s.Outputs)
	if s.Outputs == nil {
		s.Outputs = map[string]provision.Value{}
	}
	s.Outputs[name] = provision.TextValue(value)
	return s
}

// withURL returns s with the outputs of its URL, which are empty if it has none.
func withURL(s provision.State, address string) provision.State {
	host := ""
	if u, err := url.Parse(address); err == nil {
		host = u.Hostname()
	}
	return withOutput(withOutput(s, "URL", address), "URLHost", host)
}
