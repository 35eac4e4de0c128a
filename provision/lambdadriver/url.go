package lambdadriver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// Statements of the policy of a function with a public URL. Their ids are fixed, so that a second one is refused.
const (
	statementURL    = "peppercorn-url"
	statementInvoke = "peppercorn-url-invoke"
)

// giveURL gives a function of ours its URL, and whoever may call it the right to do so. What is there already is left.
func (d *Driver) giveURL(ctx context.Context, arn string, auth types.FunctionUrlAuthType) (string, error) {
	if err := d.active(ctx, arn, ""); err != nil {
		return "", err
	}
	var url string
	err := d.retry(ctx, d.opts.Appear, unsettled, func() (err error) {
		url, err = d.makeURL(ctx, arn, auth)
		return err
	})
	if err != nil || auth != types.FunctionUrlAuthTypeNone {
		return url, err
	}
	// A URL that was made since October 2025 needs both (developer guide, control access to function URLs).
	for _, in := range []*lambda.AddPermissionInput{
		{
			StatementId: aws.String(statementURL), Action: aws.String("lambda:InvokeFunctionUrl"),
			FunctionUrlAuthType: types.FunctionUrlAuthTypeNone,
		},
		{
			StatementId: aws.String(statementInvoke), Action: aws.String("lambda:InvokeFunction"),
			InvokedViaFunctionUrl: aws.Bool(true),
		},
	} {
		in.FunctionName, in.Principal = aws.String(arn), aws.String("*")
		err := d.retry(ctx, d.opts.Appear, unsettled, func() error { return d.allow(ctx, in) })
		if err != nil {
			return "", fmt.Errorf("allowing everybody to call it: %w", err)
		}
	}
	return url, nil
}

// makeURL makes the URL of a function, or returns the one that it has.
func (d *Driver) makeURL(ctx context.Context, arn string, auth types.FunctionUrlAuthType) (string, error) {
	made, refusal := d.api.CreateFunctionUrlConfig(ctx, &lambda.CreateFunctionUrlConfigInput{
		FunctionName: aws.String(arn), AuthType: auth,
	})
	switch {
	case refusal == nil:
		return aws.ToString(made.FunctionUrl), nil
	case !conflicts(refusal):
		return "", refusal
	}
	there, err := d.api.GetFunctionUrlConfig(ctx, &lambda.GetFunctionUrlConfigInput{FunctionName: aws.String(arn)})
	switch {
	case unknown(err):
		return "", refusal // there is none, so the function was busy
	case err != nil:
		return "", errors.Join(err, refusal)
	case there.AuthType != auth:
		return "", fmt.Errorf("its URL is of the type %s, not %s as the blueprint says; somebody changed it by hand (put it back, "+
			"or terminate the environment and deploy again)", there.AuthType, auth)
	}
	return aws.ToString(there.FunctionUrl), nil
}

// allow adds a statement to the policy of a function, unless one of that id is there.
func (d *Driver) allow(ctx context.Context, in *lambda.AddPermissionInput) error {
	_, refusal := d.api.AddPermission(ctx, in)
	if refusal == nil || !conflicts(refusal) {
		return refusal
	}
	out, err := d.api.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: in.FunctionName})
	switch {
	case unknown(err):
		return refusal // there is none, so the function was busy
	case err != nil:
		return errors.Join(err, refusal)
	}
	var policy struct {
		Statement []struct{ Sid string }
	}
	if err := json.Unmarshal([]byte(aws.ToString(out.Policy)), &policy); err != nil {
		return fmt.Errorf("reading its policy: %w", err)
	}
	for _, statement := range policy.Statement {
		if statement.Sid == aws.ToString(in.StatementId) {
			return nil
		}
	}
	return refusal
}

// urlOf returns the URL of a function, and "" if it has none.
func (d *Driver) urlOf(ctx context.Context, arn string) (string, error) {
	out, err := d.api.GetFunctionUrlConfig(ctx, &lambda.GetFunctionUrlConfigInput{FunctionName: aws.String(arn)})
	switch {
	case unknown(err):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("reading its URL: %w", err)
	}
	return aws.ToString(out.FunctionUrl), nil
}
