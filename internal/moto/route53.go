package moto

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go/middleware"
)

// AllowReturn is an option of Route 53 clients that lets a record go back to a
// value that it had before, as a rollback does. Route 53 compares the CREATE in a
// batch of DELETE and CREATE with the zone as the DELETE leaves it. moto compares it
// with every CREATE it ever saw, before it looks at the DELETE, and refuses the
// return with "already exists"; an UPSERT in that place it takes. So on the way to
// moto, and nowhere else, the CREATE of such a pair becomes an UPSERT.
func AllowReturn(o *route53.Options) {
	step := middleware.InitializeMiddlewareFunc("MotoAllowReturn", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		if batch, ok := in.Parameters.(*route53.ChangeResourceRecordSetsInput); ok && batch.ChangeBatch != nil {
			in.Parameters = allowReturn(batch)
		}
		return next.HandleInitialize(ctx, in)
	})
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(step, middleware.After)
	})
}

// allowReturn returns a changed copy.
func allowReturn(in *route53.ChangeResourceRecordSetsInput) *route53.ChangeResourceRecordSetsInput {
	type key struct {
		name string
		typ  types.RRType
	}
	keyOf := func(c types.Change) key { return key{aws.ToString(c.ResourceRecordSet.Name), c.ResourceRecordSet.Type} }
	changed, batch := *in, *in.ChangeBatch
	batch.Changes = slices.Clone(batch.Changes)
	changed.ChangeBatch = &batch
	deleted := make(map[key]bool)
	for i, c := range batch.Changes {
		switch {
		case c.ResourceRecordSet == nil:
		case c.Action == types.ChangeActionDelete:
			deleted[keyOf(c)] = true
		case c.Action == types.ChangeActionCreate && deleted[keyOf(c)]:
			batch.Changes[i].Action = types.ChangeActionUpsert
		}
	}
	return &changed
}
