package lambdatest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// A Statement of the policy of a function: who may do what.
type Statement struct {
	// ID of the statement.
	ID string
	// Action, such as "lambda:InvokeFunctionUrl".
	Action string
	// Principal that may do it; "*" is everybody.
	Principal string
	// AuthType is the type of the URL that the statement is limited to; "" is no limit.
	AuthType string
	// ViaURL limits the statement to calls through the URL.
	ViaURL bool
}

func (l *Lambda) createURL(region string, in *lambda.CreateFunctionUrlConfigInput) (*lambda.CreateFunctionUrlConfigOutput, error) {
	f, err := l.settled(region, in.FunctionName)
	if err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains(in.AuthType.Values(), in.AuthType):
		return nil, outOfRange("authType", in.AuthType, "Member must satisfy enum value set: [NONE, AWS_IAM]")
	case in.Qualifier != nil:
		return nil, invalid("The simulated Lambda has no aliases.")
	case f.url != nil:
		return nil, conflict("Failed to create function url config for [functionArn = %s]. Error message:  FunctionUrlConfig exists for "+
			"this Lambda function", f.arn)
	}
	f.url = &types.FunctionUrlConfig{
		AuthType: in.AuthType, FunctionArn: aws.String(f.arn), InvokeMode: types.InvokeModeBuffered,
		FunctionUrl:  aws.String(fmt.Sprintf("https://%s.lambda-url.%s.on.aws/", f.id, region)),
		CreationTime: aws.String(time.Now().UTC().Format(time.RFC3339Nano)),
	}
	url := sim.Clone(f.url)
	return &lambda.CreateFunctionUrlConfigOutput{
		AuthType: url.AuthType, FunctionArn: url.FunctionArn, FunctionUrl: url.FunctionUrl, CreationTime: url.CreationTime,
		InvokeMode: url.InvokeMode,
	}, nil
}

func (l *Lambda) getURL(region string, in *lambda.GetFunctionUrlConfigInput) (*lambda.GetFunctionUrlConfigOutput, error) {
	f, err := l.find(region, in.FunctionName)
	if err != nil {
		return nil, err
	}
	if f.url == nil {
		return nil, notFound("The resource you requested does not exist.")
	}
	url := sim.Clone(f.url)
	return &lambda.GetFunctionUrlConfigOutput{
		AuthType: url.AuthType, FunctionArn: url.FunctionArn, FunctionUrl: url.FunctionUrl, CreationTime: url.CreationTime,
		InvokeMode: url.InvokeMode,
	}, nil
}

func (l *Lambda) addPermission(region string, in *lambda.AddPermissionInput) (*lambda.AddPermissionOutput, error) {
	f, err := l.settled(region, in.FunctionName)
	if err != nil {
		return nil, err
	}
	s := Statement{
		ID: aws.ToString(in.StatementId), Action: aws.ToString(in.Action), Principal: aws.ToString(in.Principal),
		AuthType: string(in.FunctionUrlAuthType), ViaURL: aws.ToBool(in.InvokedViaFunctionUrl),
	}
	switch {
	case s.AuthType != "" && s.Action != "lambda:InvokeFunctionUrl":
		return nil, invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action")
	case s.ViaURL && s.Action != "lambda:InvokeFunction":
		return nil, invalid("InvokedViaFunctionUrl is only supported for lambda:InvokeFunction action")
	case slices.ContainsFunc(f.statements, func(other Statement) bool { return other.ID == s.ID }):
		return nil, conflict("The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing "+
			"statement.", s.ID)
	}
	f.statements = append(f.statements, s)
	text, err := json.Marshal(s.wire(f.arn))
	if err != nil {
		return nil, fmt.Errorf("writing the statement: %w", err)
	}
	return &lambda.AddPermissionOutput{Statement: aws.String(string(text))}, nil
}

func (l *Lambda) getPolicy(region string, in *lambda.GetPolicyInput) (*lambda.GetPolicyOutput, error) {
	f, err := l.find(region, in.FunctionName)
	if err != nil {
		return nil, err
	}
	if len(f.statements) == 0 {
		return nil, notFound("The resource you requested does not exist.")
	}
	policy := struct {
		Version, ID string
		Statement   []map[string]any
	}{Version: "2012-10-17", ID: "default"}
	for _, s := range f.statements {
		policy.Statement = append(policy.Statement, s.wire(f.arn))
	}
	text, err := json.Marshal(policy)
	if err != nil {
		return nil, fmt.Errorf("writing the policy: %w", err)
	}
	return &lambda.GetPolicyOutput{Policy: aws.String(string(text))}, nil
}

// wire is the statement as a policy document has it.
func (s Statement) wire(arn string) map[string]any {
	statement := map[string]any{"Sid": s.ID, "Effect": "Allow", "Principal": s.Principal, "Action": s.Action, "Resource": arn}
	if s.AuthType != "" {
		statement["Condition"] = map[string]any{"StringEquals": map[string]string{"lambda:FunctionUrlAuthType": s.AuthType}}
	}
	if s.ViaURL {
		statement["Condition"] = map[string]any{"Bool": map[string]string{"lambda:InvokedViaFunctionUrl": "true"}}
	}
	return statement
}
