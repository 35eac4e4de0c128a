package sim

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// install puts the simulation into the stack of one operation, as three middlewares:
//
//   - the last one to see the input before it becomes a request keeps it (after defaults such as idempotency tokens, and
//     after Route 53's trimming of ids);
//   - the innermost one of the Deserialize step answers in place of the HTTP client, so that what the SDK puts around
//     the exchange (timing, clock skew, request ids, error wrapping) finds a response to work on;
//   - one in the place of the operation's deserialiser hands the typed answer to the SDK.
//
// A stack without deserialiser is that of a presigned request, which is never sent.
func install(stack *middleware.Stack, p *Process) error {
	const deserializer = "OperationDeserializer"
	if _, ok := stack.Deserialize.Get(deserializer); !ok {
		return nil
	}
	if err := stack.Serialize.Add(middleware.SerializeMiddlewareFunc("SimKeepInput", keepInput), middleware.After); err != nil {
		return err
	}
	if _, err := stack.Deserialize.Swap(deserializer, middleware.DeserializeMiddlewareFunc(deserializer, unpack)); err != nil {
		return err
	}
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("SimWire", p.exchange), middleware.After)
}

// operation is what one call of the client's method shares between its attempts. The attempts follow one another, so it
// needs no lock.
type operation struct {
	input    any
	attempts int
}

type operationKey struct{}

func keepInput(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (
	middleware.SerializeOutput, middleware.Metadata, error,
) {
	ctx = middleware.WithStackValue(ctx, operationKey{}, &operation{input: Clone(in.Parameters)})
	return next.HandleSerialize(ctx, in)
}

// reply travels from the wire to the place of the deserialiser, past the middlewares in between, which take a call that
// reached the service for a success: that is what they do with a real response of status 400, too.
type reply struct {
	out any
	err error
}

type replyKey struct{}

func unpack(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	out, metadata, err = next.HandleDeserialize(ctx, in)
	if err != nil {
		return out, metadata, err
	}
	r, ok := metadata.Get(replyKey{}).(*reply)
	if !ok {
		return out, metadata, &smithy.DeserializationError{Err: fmt.Errorf("sim: the call never reached the simulation")}
	}
	metadata.Set(replyKey{}, nil)
	out.Result = r.out
	return out, metadata, r.err
}

// exchange takes the place of the HTTP client.
func (p *Process) exchange(ctx context.Context, in middleware.DeserializeInput, _ middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	// Without a response, the SDK's HTTP handler hands on an empty one.
	none := &smithyhttp.Response{Response: &http.Response{Header: http.Header{}, Body: http.NoBody}}
	req, ok := in.Request.(*smithyhttp.Request)
	if !ok {
		return out, metadata, fmt.Errorf("sim: unexpected request type %T", in.Request)
	}
	op, ok := middleware.GetStackValue(ctx, operationKey{}).(*operation)
	if !ok {
		return out, metadata, fmt.Errorf("sim: the operation has no input")
	}
	op.attempts++
	a := p.arrive(ctx, op, req)
	if a == nil {
		return middleware.DeserializeOutput{RawResponse: none}, metadata, ErrCrashed
	}
	answer, code, err := a.run(ctx)
	if err != nil {
		a.end(err)
		return middleware.DeserializeOutput{RawResponse: none}, metadata, err
	}
	a.end(answer.err)
	metadata.Set(replyKey{}, answer)
	return middleware.DeserializeOutput{RawResponse: p.cloud.response(code, a.record.RequestID)}, metadata, nil
}

// response is the frame of a reply; its content is typed and needs no body.
func (c *Cloud) response(code int, requestID string) *smithyhttp.Response {
	return &smithyhttp.Response{Response: &http.Response{
		StatusCode: code,
		Status:     fmt.Sprintf("%d %s", code, http.StatusText(code)),
		Proto:      "HTTP/1.1",
		ProtoMajor: 1,
		ProtoMinor: 1,
		Header: http.Header{
			"Date":             {time.Now().Add(c.opts.ServerSkew).UTC().Format(http.TimeFormat)},
			"X-Amzn-Requestid": {requestID},
		},
		Body: http.NoBody,
	}}
}
