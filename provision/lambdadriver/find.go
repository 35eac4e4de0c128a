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

	"github.com/peppercorn-go/peppercorn/internal/listing"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Find lists the functions that o owns, with their early outputs; [Driver.Await] adds the others. It lists the account's
// functions, page by page, and reads each whose name may be one of o's, because a list shows no tags.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		prefix := o.NamePrefix(maxName)
		listing.Owned(ctx, o, "lambdadriver: listing functions", d.opts.Parallel, yield,
			lambda.NewListFunctionsPaginator(d.api, &lambda.ListFunctionsInput{}),
			func(page *lambda.ListFunctionsOutput) (names []string) {
				for _, config := range page.Functions {
					if name := aws.ToString(config.FunctionName); strings.HasPrefix(name, prefix) {
						names = append(names, name)
					}
				}
				return names
			}, d.look)
	}
}

// look describes a function of a list; one that is gone meanwhile, or too new to be known everywhere, has no tags.
func (d *Driver) look(ctx context.Context, name string) (listing.Found, error) {
	fn, err := d.read(ctx, name, "")
	if err != nil && !unknown(err) {
		return listing.Found{}, fmt.Errorf("lambdadriver: whose is function %s? %w", name, err)
	}
	return listing.Found{State: stateOf(fn), Tags: fn.tags}, nil
}

// stateOf describes a function without its owner.
func stateOf(fn function) provision.State {
	return provision.State{
		Kind: kinds.FunctionKind,
		ID:   fn.arn,
		Name: fn.name,
		Outputs: map[string]provision.Value{
			"Name": provision.TextValue(fn.name),
			"ARN":  provision.TextValue(fn.arn),
		},
		Deleting: fn.state == types.StateDeleting,
	}
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
