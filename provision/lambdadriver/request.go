package lambdadriver

import (
	"cmp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// maxName is the longest name of a function.
const maxName = 64

// What Lambda does by default. The driver says so in every request, so that a change of defaults changes nothing here.
const (
	defaultMemoryMiB = 128
	defaultTimeout   = 3 * time.Second
)

func nameOf(c provision.Call) string { return c.Name(maxName, "") }

// requestOf writes a function in Lambda's words. It is a pure function of c and f.
func requestOf(c provision.Call, f kinds.Function) *lambda.CreateFunctionInput {
	in := &lambda.CreateFunctionInput{
		FunctionName:  aws.String(nameOf(c)),
		Role:          aws.String(string(f.Role)),
		Architectures: []types.Architecture{types.Architecture(cmp.Or(f.Architecture, kinds.X8664))},
		MemorySize:    aws.Int32(int32(cmp.Or(f.MemoryMiB, defaultMemoryMiB))),
		Timeout:       aws.Int32(int32(cmp.Or(f.Timeout, defaultTimeout) / time.Second)),
		LoggingConfig: &types.LoggingConfig{LogFormat: types.LogFormatText, LogGroup: optional(f.LogGroup)},
		KMSKeyArn:     optional(f.KMSKey),
		Tags:          c.Tags(),
		Publish:       true,
	}
	if f.JSONLogs {
		in.LoggingConfig.LogFormat = types.LogFormatJson
	}
	if f.Image != "" {
		in.PackageType = types.PackageTypeImage
		in.Code = &types.FunctionCode{ImageUri: aws.String(string(f.Image))}
	} else {
		in.PackageType = types.PackageTypeZip
		in.Code = &types.FunctionCode{
			S3Bucket:        aws.String(string(f.Zip.Bucket)),
			S3Key:           aws.String(string(f.Zip.Key)),
			S3ObjectVersion: optional(f.Zip.Version),
		}
		in.Runtime = types.Runtime(f.Zip.Runtime)
		in.Handler = aws.String(f.Zip.Handler)
	}
	if variables := f.Variables(); len(variables) > 0 {
		in.Environment = &types.Environment{Variables: map[string]string{}}
		for name, value := range variables {
			in.Environment.Variables[name] = string(value)
		}
	}
	if len(f.Subnets) > 0 {
		in.VpcConfig = &types.VpcConfig{SubnetIds: texts(f.Subnets), SecurityGroupIds: texts(f.SecurityGroups)}
	}
	return in
}

// optional returns nil for what is not set.
func optional(t provision.Text) *string {
	if t == "" {
		return nil
	}
	return aws.String(string(t))
}

func texts(list []provision.Text) []string {
	plain := make([]string, len(list))
	for i, t := range list {
		plain[i] = string(t)
	}
	return plain
}
