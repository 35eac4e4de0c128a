package lambdatest

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// Limits of functions (API reference, CreateFunction; developer guide, quotas).
const (
	minMemory      = 128
	maxMemory      = 10_240
	maxTimeout     = 900
	maxEnvironment = 4 << 10
	maxSubnets     = 16
	maxGroups      = 5
)

var (
	nameShape     = regexp.MustCompile(`^[a-zA-Z0-9-_]{1,64}$`)
	roleShape     = regexp.MustCompile(`^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$`)
	variableShape = regexp.MustCompile(`^[a-zA-Z]([a-zA-Z0-9_])+$`)
)

// checkFunction checks what a caller wants to make.
func checkFunction(in *lambda.CreateFunctionInput) error {
	name, memory, timeout := aws.ToString(in.FunctionName), aws.ToInt32(in.MemorySize), aws.ToInt32(in.Timeout)
	switch {
	case !nameShape.MatchString(name):
		return outOfRange("functionName", name, "Member must satisfy regular expression pattern: [a-zA-Z0-9-_]{1,64}")
	case !roleShape.MatchString(aws.ToString(in.Role)):
		return outOfRange("role", aws.ToString(in.Role), "Member must satisfy regular expression pattern: "+roleShape.String())
	case in.MemorySize != nil && (memory < minMemory || memory > maxMemory):
		return outOfRange("memorySize", memory, "Member must have value from 128 to 10240")
	case in.Timeout != nil && (timeout < 1 || timeout > maxTimeout):
		return outOfRange("timeout", timeout, "Member must have value from 1 to 900")
	}
	for _, check := range []error{checkCode(in), checkEnvironment(in.Environment), checkVPC(in.VpcConfig), checkTags(in.Tags)} {
		if check != nil {
			return check
		}
	}
	return nil
}

func checkCode(in *lambda.CreateFunctionInput) error {
	code, image := in.Code, in.PackageType == types.PackageTypeImage
	switch {
	case image && aws.ToString(code.ImageUri) == "":
		return invalid("Please provide ImageUri when creating a function with packageType Image.")
	case image && (in.Runtime != "" || in.Handler != nil):
		return invalid("Please don't provide Handler or Runtime or Layer when the intent is to create a function with a container image.")
	case image:
	case aws.ToString(code.ImageUri) != "":
		return invalid("Please provide only one of ImageUri and S3 location.")
	case in.Runtime == "" || aws.ToString(in.Handler) == "":
		return invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	case len(code.ZipFile) == 0 && (aws.ToString(code.S3Bucket) == "" || aws.ToString(code.S3Key) == ""):
		return invalid("Please provide a source for function code.")
	}
	return nil
}

func checkEnvironment(environment *types.Environment) error {
	if environment == nil {
		return nil
	}
	total := 0
	for _, name := range slices.Sorted(maps.Keys(environment.Variables)) {
		if !variableShape.MatchString(name) {
			return outOfRange("environment.variables", name, "Map keys must satisfy constraint: [a-zA-Z]([a-zA-Z0-9_])+")
		}
		if name == "AWS_REGION" || strings.HasPrefix(name, "AWS_LAMBDA_") || strings.HasPrefix(name, "LAMBDA_") {
			return invalid("Lambda was unable to configure your environment variables because the environment variables you have "+
				"provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: %s", name)
		}
		total += len(name) + len(environment.Variables[name])
	}
	if total > maxEnvironment {
		return invalid("Lambda was unable to configure your environment variables because the environment variables you have provided " +
			"exceeded the 4KB limit.")
	}
	return nil
}

func checkVPC(vpc *types.VpcConfig) error {
	if vpc == nil {
		return nil
	}
	switch subnets, groups := len(vpc.SubnetIds), len(vpc.SecurityGroupIds); {
	case (subnets == 0) != (groups == 0):
		return invalid("SubnetIds and SecurityIds must coexist or be both empty list.")
	case subnets > maxSubnets || groups > maxGroups:
		return outOfRange("vpcConfig", subnets+groups, "Members must have length less than or equal to 16 subnets and 5 groups")
	}
	return nil
}
