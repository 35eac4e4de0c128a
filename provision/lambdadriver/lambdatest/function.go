package lambdatest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// pageLimit is how many functions or versions Lambda lists in one answer, at most.
const pageLimit = 50

const latest = "$LATEST"

// function is one incarnation of a function. All times are compared with now when somebody asks: nothing runs by itself.
type function struct {
	region, name, arn string
	in                *lambda.CreateFunctionInput
	tags              map[string]string
	number            int // of the published version; 0 if there is none
	id                string

	code   types.StateReasonCode // why it fails; empty if it does not
	reason string

	created time.Time
	appears time.Time // from then on it is known
	settled time.Time // from then on it is active, or has failed
	deleted time.Time // zero if it was not

	url        *types.FunctionUrlConfig
	statements []Statement
}

func (f *function) known(now time.Time) bool { return f.deleted.IsZero() && !now.Before(f.appears) }

func (f *function) pending(now time.Time) bool { return now.Before(f.settled) }

// config is what Lambda says of a function, or of its version.
func (f *function) config(version string, now time.Time) types.FunctionConfiguration {
	in := sim.Clone(f.in)
	config := types.FunctionConfiguration{
		FunctionName: aws.String(f.name), FunctionArn: aws.String(f.arn), Version: aws.String(cmp.Or(version, latest)),
		Role: in.Role, Architectures: in.Architectures, MemorySize: in.MemorySize, Timeout: in.Timeout,
		PackageType: in.PackageType, Runtime: in.Runtime, Handler: in.Handler, KMSKeyArn: in.KMSKeyArn,
		LoggingConfig: in.LoggingConfig, LastModified: aws.String(f.created.UTC().Format("2006-01-02T15:04:05.000+0000")),
		State: types.StateActive,
	}
	if version != "" {
		config.FunctionArn = aws.String(f.arn + ":" + version)
	}
	if in.Environment != nil {
		config.Environment = &types.EnvironmentResponse{Variables: in.Environment.Variables}
	}
	if in.VpcConfig != nil {
		config.VpcConfig = &types.VpcConfigResponse{SubnetIds: in.VpcConfig.SubnetIds, SecurityGroupIds: in.VpcConfig.SecurityGroupIds}
	}
	switch {
	case f.pending(now):
		config.State, config.StateReasonCode = types.StatePending, types.StateReasonCodeCreating
		config.StateReason = aws.String("The function is being created.")
	case f.code != "":
		config.State, config.StateReasonCode, config.StateReason = types.StateFailed, f.code, aws.String(f.reason)
	}
	return config
}

// find returns the function that a name or an ARN means, if it is known.
func (l *Lambda) find(region string, nameOrARN *string) (*function, error) {
	name := aws.ToString(nameOrARN)
	if strings.HasPrefix(name, "arn:") {
		parts := strings.Split(name, ":")
		if len(parts) != 7 || parts[3] != region {
			return nil, outOfRange("functionName", name, "Member must be a function of this region, without a version")
		}
		name = parts[6]
	}
	f := l.functions[key{region, name}]
	if f == nil || !f.known(time.Now()) {
		return nil, notFound("Function not found: %s", l.arn(region, name))
	}
	return f, nil
}

// settled returns a function that can be changed.
func (l *Lambda) settled(region string, nameOrARN *string) (*function, error) {
	f, err := l.find(region, nameOrARN)
	if err != nil {
		return nil, err
	}
	if f.pending(time.Now()) {
		return nil, conflict("The operation cannot be performed at this time. The function is currently in the following state: Pending")
	}
	return f, nil
}

func (l *Lambda) arn(region, name string) string {
	return fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", region, l.cloud.Options().Account, name)
}

func (l *Lambda) createFunction(region string, in *lambda.CreateFunctionInput) (*lambda.CreateFunctionOutput, error) {
	f, err := l.create(region, in)
	if err != nil {
		return nil, err
	}
	config := f.config("", time.Now())
	version := aws.String(latest)
	if f.number > 0 {
		version = aws.String(strconv.Itoa(f.number))
	}
	return &lambda.CreateFunctionOutput{
		FunctionName: config.FunctionName, FunctionArn: config.FunctionArn, Version: version, Role: config.Role,
		State: config.State, StateReason: config.StateReason, StateReasonCode: config.StateReasonCode,
	}, nil
}

func (l *Lambda) create(region string, in *lambda.CreateFunctionInput) (*function, error) {
	if err := checkFunction(in); err != nil {
		return nil, err
	}
	now, name := time.Now(), aws.ToString(in.FunctionName)
	at := key{region, name}
	if old := l.functions[at]; old != nil && old.deleted.IsZero() {
		return nil, conflict("Function already exist: %s", name)
	}
	if now.Before(l.roles[aws.ToString(in.Role)]) {
		return nil, invalid("The role defined for the function cannot be assumed by Lambda.")
	}
	l.made++
	f := &function{
		region: region, name: name, arn: l.arn(region, name), in: sim.Clone(in), tags: maps.Clone(in.Tags),
		id: fmt.Sprintf("f%031d", l.made), created: now, appears: now.Add(l.opts.Appear), settled: now.Add(l.opts.Pending),
	}
	if in.VpcConfig != nil && len(in.VpcConfig.SubnetIds) > 0 {
		f.settled = now.Add(l.opts.PendingVPC)
	}
	if in.Publish {
		l.versions[at]++
		f.number = l.versions[at]
	}
	if l.opts.Outcome != nil {
		f.code, f.reason = l.opts.Outcome(sim.Clone(in))
	}
	l.functions[at] = f
	l.announce(f)
	return f, nil
}

func (l *Lambda) getFunction(region string, in *lambda.GetFunctionInput) (*lambda.GetFunctionOutput, error) {
	f, err := l.find(region, in.FunctionName)
	if err != nil {
		return nil, err
	}
	version := aws.ToString(in.Qualifier)
	if version == latest {
		version = ""
	}
	if version != "" && version != strconv.Itoa(f.number) {
		return nil, notFound("Function not found: %s:%s", f.arn, version)
	}
	config := f.config(version, time.Now())
	location := &types.FunctionCodeLocation{RepositoryType: aws.String("S3"), Location: aws.String("https://awslambda-" + region +
		"-tasks.s3." + region + ".amazonaws.com/" + f.name + "?X-Amz-Security-Token=" + PresignedToken)}
	if f.in.Code.ImageUri != nil {
		location = &types.FunctionCodeLocation{RepositoryType: aws.String("ECR"), ImageUri: aws.String(*f.in.Code.ImageUri)}
	}
	return &lambda.GetFunctionOutput{Configuration: &config, Code: location, Tags: maps.Clone(f.tags)}, nil
}

// PresignedToken is the secret part of the link in the answer of GetFunction by which the code of a zip can be read. It
// must not be seen anywhere.
const PresignedToken = "canary-of-a-presigned-link"

// listFunctions lists in the order of names. The marker is the name that the last page ended with.
func (l *Lambda) listFunctions(region string, in *lambda.ListFunctionsInput) (*lambda.ListFunctionsOutput, error) {
	limit, err := l.limit(in.MaxItems)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	var names []string
	for k, f := range l.functions {
		listed := f.known(now) || (!f.deleted.IsZero() && now.Before(f.deleted.Add(l.opts.Linger)))
		if k.region == region && listed && k.name > aws.ToString(in.Marker) {
			names = append(names, k.name)
		}
	}
	slices.Sort(names)
	out := &lambda.ListFunctionsOutput{}
	if len(names) > limit {
		names = names[:limit]
		out.NextMarker = aws.String(names[limit-1])
	}
	for _, name := range names {
		config := l.functions[key{region, name}].config("", now)
		config.State, config.StateReason, config.StateReasonCode = "", nil, "" // a list does not tell them
		out.Functions = append(out.Functions, config)
	}
	return out, nil
}

func (l *Lambda) limit(maxItems *int32) (int, error) {
	limit := pageLimit
	if maxItems != nil {
		if *maxItems < 1 || *maxItems > 10_000 {
			return 0, outOfRange("maxItems", *maxItems, "Member must have value from 1 to 10000")
		}
		limit = min(limit, int(*maxItems))
	}
	if size := l.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	return limit, nil
}

// listVersions lists $LATEST first, and the published version after it: on a second page if pages are of one item.
func (l *Lambda) listVersions(region string, in *lambda.ListVersionsByFunctionInput) (*lambda.ListVersionsByFunctionOutput, error) {
	limit, err := l.limit(in.MaxItems)
	if err != nil {
		return nil, err
	}
	f, err := l.find(region, in.FunctionName)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	versions := []types.FunctionConfiguration{f.config("", now)}
	if f.number > 0 {
		versions = append(versions, f.config(strconv.Itoa(f.number), now))
	}
	start := 0
	if in.Marker != nil {
		if start, err = strconv.Atoi(*in.Marker); err != nil || start < 0 || start > len(versions) {
			return nil, invalid("The marker %s is not one of ours", *in.Marker)
		}
	}
	end := min(start+limit, len(versions))
	out := &lambda.ListVersionsByFunctionOutput{Versions: versions[start:end]}
	if end < len(versions) {
		out.NextMarker = aws.String(strconv.Itoa(end))
	}
	return out, nil
}

func (l *Lambda) deleteFunction(region string, in *lambda.DeleteFunctionInput) (*lambda.DeleteFunctionOutput, error) {
	if in.Qualifier != nil {
		return nil, invalid("The simulated Lambda deletes whole functions only.")
	}
	f, err := l.settled(region, in.FunctionName)
	if err != nil {
		return nil, err
	}
	f.deleted = time.Now()
	l.announce(f)
	return &lambda.DeleteFunctionOutput{StatusCode: 204}, nil
}
