package env

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/tracing"
)

// tracerScope names this package to a tracer, as the SDK's clients name theirs.
const tracerScope = "github.com/peppercorn-go/peppercorn/env"

// span begins the span of one call of a verb; end ends it. Its properties are peppercorn.app, peppercorn.base and, if the verb is about
// something, peppercorn.subject; those of an error are named as the SDK's clients name theirs.
func (m *Manager) span(ctx context.Context, op, subject string) (_ context.Context, end func(error)) {
	ctx, span := m.tracer.StartSpan(ctx, "peppercorn."+op, func(o *tracing.SpanOptions) {
		o.Kind = tracing.SpanKindInternal
		o.Properties.Set("peppercorn.app", m.app)
		o.Properties.Set("peppercorn.base", m.base)
		if subject != "" {
			o.Properties.Set("peppercorn.subject", subject)
		}
	})
	return ctx, func(err error) {
		defer span.End()
		span.SetProperty("error", err != nil)
		if err == nil {
			span.SetStatus(tracing.SpanStatusOK)
			return
		}
		span.SetStatus(tracing.SpanStatusError)
		span.SetProperty("exception.type", fmt.Sprintf("%T", cause(err)))
		span.SetProperty("exception.message", err.Error())
		var api smithy.APIError
		if errors.As(err, &api) {
			span.SetProperty("api.error_code", api.ErrorCode())
		}
	}
}

// cause is what an error of a verb is about: *Error says only which verb.
func cause(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Err != nil {
		return e.Err
	}
	return err
}
